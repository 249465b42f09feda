using System.Security.Cryptography;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Setup;

/// <summary>Checks that points stand in the same ratio, by pairings and by random linear combinations of 128 bits: a wrong run passes with probability 2^-128.</summary>
static class RatioCheck
{
    /// <summary>Whether right = k·left in G1 and rightInG2 = k·leftInG2 for one k other than 0. A zero anywhere fails: it would prove nothing.</summary>
    public static bool IsSame(in G1Affine left, in G1Affine right, in G2Affine leftInG2, in G2Affine rightInG2) =>
        !left.IsInfinity && !right.IsInfinity && !leftInG2.IsInfinity && !rightInG2.IsInfinity
        && Pairing.ProductIsOne([(left, rightInG2), (-right, leftInG2)]);

    /// <summary>Elements of 128 random bits.</summary>
    public static Fr[] RandomElements(int count)
    {
        byte[] bytes = new byte[16 * 1024];
        Fr[] elements = new Fr[count];
        for (int i = 0; i < count; i++)
        {
            if (i % 1024 == 0) RandomNumberGenerator.Fill(bytes);
            int at = 16 * (i % 1024);
            Fr.TryFromLimbs(BitConverter.ToUInt64(bytes, at), BitConverter.ToUInt64(bytes, at + 8), 0, 0, out elements[i]);
        }
        return elements;
    }
}

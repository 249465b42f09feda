using System.Numerics;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.R1cs;

/// <summary>Elements of Fr as integers of any size.</summary>
public static class FrIntegers
{
    /// <summary>r, the number of elements.</summary>
    public static BigInteger Modulus { get; } = ToInteger(-Fr.One) + 1;

    /// <summary>The bits of an element: r is in (2^253, 2^254).</summary>
    public const int BitCount = 254;

    /// <summary>The integer of an element, in [0, r).</summary>
    public static BigInteger ToInteger(in Fr value)
    {
        Span<byte> bytes = stackalloc byte[32];
        value.WriteLittleEndian(bytes);
        return new(bytes, isUnsigned: true);
    }

    /// <summary>The element of an integer modulo r; negative ones count down from r.</summary>
    public static Fr FromInteger(BigInteger value)
    {
        BigInteger rest = BigInteger.Remainder(value, Modulus);
        if (rest.Sign < 0) rest += Modulus;
        Span<byte> bytes = stackalloc byte[32];
        bytes.Clear();
        rest.TryWriteBytes(bytes, out _, isUnsigned: true);
        return Fr.TryReadLittleEndian(bytes, out Fr element) ? element : throw new InvalidOperationException("A remainder modulo r is below r.");
    }
}

using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Verifier;

/// <summary>A proof: A and C in G1, B in G2.</summary>
/// <remarks>
/// Whoever has one proof can make others of the same statement, so no byte of a proof may serve as a name. The constructor checks nothing;
/// <see cref="Groth16Verifier"/> checks the points.
/// </remarks>
public sealed record Groth16Proof(G1Affine A, G2Affine B, G1Affine C)
{
    /// <summary>Bytes of an encoding: A, B, C as EIP-196 and EIP-197 write them.</summary>
    public const int ByteCount = 256;

    /// <summary>The encoding.</summary>
    public byte[] Encode()
    {
        byte[] bytes = new byte[ByteCount];
        A.Encode(bytes);
        B.Encode(bytes.AsSpan(64));
        C.Encode(bytes.AsSpan(192));
        return bytes;
    }

    /// <summary>Reads what <see cref="Encode"/> writes and checks each point; null unless accepted.</summary>
    public static Groth16Result TryDecode(ReadOnlySpan<byte> source, out Groth16Proof? proof)
    {
        proof = null;
        if (source.Length != ByteCount)
            return new(Groth16Error.WrongLength, $"proof: expected {ByteCount} bytes, got {source.Length}.");
        PointError a = G1Affine.TryDecode(source[..64], out G1Affine pointA);
        if (a != PointError.None) return PointCheck.Describe("proof, A", a);
        PointError b = G2Affine.TryDecode(source[64..192], out G2Affine pointB);
        if (b != PointError.None) return PointCheck.Describe("proof, B", b);
        PointError c = G1Affine.TryDecode(source[192..], out G1Affine pointC);
        if (c != PointError.None) return PointCheck.Describe("proof, C", c);
        proof = new(pointA, pointB, pointC);
        return Groth16Result.Accepted;
    }

    /// <summary>Whether each point is in its group.</summary>
    public Groth16Result CheckPoints()
    {
        if (A.Check() is not PointError.None and var a) return PointCheck.Describe("proof, A", a);
        if (B.Check() is not PointError.None and var b) return PointCheck.Describe("proof, B", b);
        return C.Check() is not PointError.None and var c ? PointCheck.Describe("proof, C", c) : Groth16Result.Accepted;
    }
}

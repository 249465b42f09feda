using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Setup;

/// <summary>Square roots in Fq and Fq2, for points that are hashed to.</summary>
static class Fq2SquareRoot
{
    // (q + 1)/4, least significant word first; q ≡ 3 mod 4.
    static ReadOnlySpan<ulong> QuarterExponent => [0x4F082305B61F3F52, 0x65E05AA45A1C72A3, 0x6E14116DA0605617, 0x0C19139CB84C680A];

    /// <summary>A root in Fq, where there is one.</summary>
    public static bool TryCompute(in Fq value, out Fq root)
    {
        root = FieldAlgorithms.Power(value, QuarterExponent);
        return root.Square() == value;
    }

    /// <summary>A root in Fq2, where there is one: x + y·u with x² = (c0 ± |c|)/2 and 2·x·y = c1, |c| the root of the norm.</summary>
    public static bool TryCompute(in Fq2 value, out Fq2 root)
    {
        root = default;
        Fq half = Fq.FromUInt64(2).Inverse();
        if (value.C1.IsZero)
        {
            // -1 is no square in Fq: either c0 or -c0 has a root there.
            bool isSquare = TryCompute(value.C0, out Fq x);
            if (!isSquare) TryCompute(-value.C0, out x);
            root = isSquare ? new(x, default) : new(default, x);
            return true;
        }
        if (!TryCompute(value.Norm(), out Fq norm)) return false;
        if (!TryCompute((value.C0 + norm) * half, out Fq real) && !TryCompute((value.C0 - norm) * half, out real)) return false;
        root = new(real, value.C1 * half * real.Inverse());
        return root.Square() == value;
    }
}

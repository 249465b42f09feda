namespace Zkml.Fields.Bn254;

/// <summary>Square roots in Fq.</summary>
public static class FqSquareRoot
{
    /// <summary>(q + 1)/4, 64-bit limbs, least significant first.</summary>
    internal static ReadOnlySpan<ulong> Exponent => [0x4F082305B61F3F52, 0x65E05AA45A1C72A3, 0x6E14116DA0605617, 0x0C19139CB84C680A];

    /// <summary>
    /// One root of <paramref name="value"/>, the other being its negative; false where there is none.
    /// Because q ≡ 3 mod 4, a square x has the root x^((q+1)/4).
    /// </summary>
    public static bool TryCompute(in Fq value, out Fq root)
    {
        root = FieldAlgorithms.Power(value, Exponent);
        if (root.Square() == value)
            return true;
        root = default;
        return false;
    }
}

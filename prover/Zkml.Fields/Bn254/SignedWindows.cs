namespace Zkml.Fields.Bn254;

/// <summary>The width-4 non-adjacent form of an integer: digits 0, ±1, ±3, ±5, ±7, and of four neighbours at most one that is not 0.</summary>
static class SignedWindows
{
    const int Width = 4;

    /// <summary>Digits for the powers of two, lowest first; the last one is not 0. Empty for 0.</summary>
    /// <param name="scalar">Words, least significant first.</param>
    public static sbyte[] Recode(ReadOnlySpan<ulong> scalar)
    {
        var digits = new sbyte[64 * scalar.Length + 1];
        int carry = 0, length = 0;
        for (int bit = 0; bit < digits.Length;)
        {
            if (BitAt(scalar, bit) == carry)
            {
                bit++;
                continue;
            }

            int window = carry;
            for (int i = 0; i < Width; i++)
                window += BitAt(scalar, bit + i) << i;
            carry = window >> (Width - 1);
            digits[bit] = (sbyte)(window - (carry << Width));
            length = bit + 1;
            bit += Width;
        }

        return digits[..length];
    }

    static int BitAt(ReadOnlySpan<ulong> scalar, int bit) => bit < 64 * scalar.Length ? (int)(scalar[bit >> 6] >> (bit & 63)) & 1 : 0;
}

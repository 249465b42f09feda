using System.Numerics;

namespace Zkml.Fields;

/// <summary>The readable transforms of one polynomial, radix 2, in O(n log n): what every packed transform is tested against.</summary>
public static class NttReference
{
    /// <summary>
    /// Coefficients in natural order to values over shift·H_n in natural order, in place. From P(x) = E(x²) + x·O(x²).
    /// </summary>
    /// <param name="values">[n], n a power of two up to 2^24.</param>
    /// <param name="shift">Not zero for a coset.</param>
    public static void Evaluate(Span<KoalaBear> values, KoalaBear shift)
    {
        int logSize = CheckedLogSize(values.Length);
        KoalaBear power = KoalaBear.One;
        foreach (ref KoalaBear value in values)
        {
            value *= power;
            power *= shift;
        }

        BitReverse(values);
        for (int logHalf = 0; logHalf < logSize; logHalf++)
            Stage(values, 1 << logHalf, KoalaBear.TwoAdicRoot(logHalf + 1));
    }

    /// <summary>Values over shift·H_n in natural order to coefficients in natural order, in place.</summary>
    /// <param name="values">[n], n a power of two up to 2^24.</param>
    /// <param name="shift">Not zero.</param>
    public static void Interpolate(Span<KoalaBear> values, KoalaBear shift)
    {
        int logSize = CheckedLogSize(values.Length);
        BitReverse(values);
        for (int logHalf = 0; logHalf < logSize; logHalf++)
            Stage(values, 1 << logHalf, KoalaBear.TwoAdicRoot(logHalf + 1).Inverse());
        KoalaBear power = KoalaBear.FromCanonical((uint)values.Length).Inverse(), step = shift.Inverse();
        foreach (ref KoalaBear value in values)
        {
            value *= power;
            power *= step;
        }
    }

    /// <summary>Moves the entry at i to the place whose log n bits are those of i reversed.</summary>
    public static void BitReverse<T>(Span<T> values)
    {
        int logSize = CheckedLogSize(values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            int reversed = (int)ReverseBits((uint)i, logSize);
            if (reversed > i)
                (values[i], values[reversed]) = (values[reversed], values[i]);
        }
    }

    /// <summary>The lowest <paramref name="bits"/> bits of <paramref name="value"/>, which has no others, in reverse order; bits in [0, 32].</summary>
    public static uint ReverseBits(uint value, int bits)
    {
        uint reversed = 0;
        for (int bit = 0; bit < bits; bit++)
            reversed |= (value >> bit & 1) << (bits - 1 - bit);
        return reversed;
    }

    static void Stage(Span<KoalaBear> values, int half, KoalaBear root)
    {
        for (int start = 0; start < values.Length; start += 2 * half)
        {
            KoalaBear twiddle = KoalaBear.One;
            for (int i = start; i < start + half; i++, twiddle *= root)
            {
                KoalaBear even = values[i], odd = values[i + half] * twiddle;
                values[i] = even + odd;
                values[i + half] = even - odd;
            }
        }
    }

    internal static int CheckedLogSize(int length)
    {
        if (!BitOperations.IsPow2(length) || length > 1 << Domains.MaxLogSize)
            throw new ArgumentException($"Transform of length {length}, expected a power of two up to 2^{Domains.MaxLogSize}.", nameof(length));
        return BitOperations.Log2((uint)length);
    }
}

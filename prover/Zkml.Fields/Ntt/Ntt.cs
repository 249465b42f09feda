using System.Numerics;

namespace Zkml.Fields;

/// <summary>
/// Transforms of one polynomial over F or K, radix 2, in O(n log n), for short vectors such as the final polynomial; the readable form that
/// <see cref="Lde"/> is tested against.
/// </summary>
public static class Ntt
{
    /// <summary>
    /// Coefficients in natural order to values over shift·H_n in natural order, in place. From P(x) = E(x²) + x·O(x²).
    /// </summary>
    /// <param name="values">[n], n a power of two up to 2^24.</param>
    /// <param name="shift">Not zero for a coset.</param>
    public static void Evaluate<T>(Span<T> values, KoalaBear shift)
        where T : unmanaged, IAlgebra<T>
    {
        int logSize = CheckedLogSize(values.Length);
        KoalaBear power = KoalaBear.One;
        foreach (ref T value in values)
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
    public static void Interpolate<T>(Span<T> values, KoalaBear shift)
        where T : unmanaged, IAlgebra<T>
    {
        int logSize = CheckedLogSize(values.Length);
        BitReverse(values);
        for (int logHalf = 0; logHalf < logSize; logHalf++)
            Stage(values, 1 << logHalf, KoalaBear.TwoAdicRoot(logHalf + 1).Inverse());
        KoalaBear power = KoalaBear.FromCanonical((uint)values.Length).Inverse(), step = shift.Inverse();
        foreach (ref T value in values)
        {
            value *= power;
            power *= step;
        }
    }

    /// <summary>Σ_i coefficients[i]·x^i, by Horner's rule; 0 for no coefficients.</summary>
    public static KoalaBear5 EvaluateAt(ReadOnlySpan<KoalaBear5> coefficients, KoalaBear5 x)
    {
        KoalaBear5 result = KoalaBear5.Zero;
        for (int i = coefficients.Length - 1; i >= 0; i--)
            result = result * x + coefficients[i];
        return result;
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

    static void Stage<T>(Span<T> values, int half, KoalaBear root)
        where T : unmanaged, IAlgebra<T>
    {
        for (int start = 0; start < values.Length; start += 2 * half)
        {
            KoalaBear twiddle = KoalaBear.One;
            for (int i = start; i < start + half; i++, twiddle *= root)
            {
                T even = values[i], odd = values[i + half] * twiddle;
                values[i] = even + odd;
                values[i + half] = even - odd;
            }
        }
    }

    static int CheckedLogSize(int length)
    {
        if (!BitOperations.IsPow2(length) || length > 1 << Domains.MaxLogSize)
            throw new ArgumentException($"Transform of length {length}, expected a power of two up to 2^{Domains.MaxLogSize}.", nameof(length));
        return BitOperations.Log2((uint)length);
    }
}

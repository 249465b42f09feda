using System.Runtime.CompilerServices;
using System.Buffers;

namespace Zkml.Fields.Bn254;

/// <summary>Algorithms that are the same in every field of the tower.</summary>
public static class FieldAlgorithms
{
    /// <summary>
    /// <paramref name="value"/> to a power (0^0 = 1). The exponent is given in 64-bit limbs, least significant first.
    /// The running time depends on the exponent.
    /// </summary>
    public static T Power<T>(in T value, ReadOnlySpan<ulong> exponent)
        where T : unmanaged, IField<T>
    {
        T result = T.One;
        bool started = false;
        for (int i = exponent.Length * 64 - 1; i >= 0; i--)
        {
            if (started)
                result = result.Square();
            if (((exponent[i >> 6] >> (i & 63)) & 1) == 0)
                continue;
            result = started ? result * value : value;
            started = true;
        }

        return result;
    }

    /// <summary>
    /// Replaces each element by its inverse with one inversion in all (Montgomery's trick). A zero stays zero and does not disturb the others.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InvertInPlace<T>(Span<T> values)
        where T : unmanaged, IField<T>
    {
        T[] prefixes = ArrayPool<T>.Shared.Rent(values.Length);
        T product = T.One;
        for (int i = 0; i < values.Length; i++)
        {
            prefixes[i] = product;
            if (!values[i].IsZero)
                product *= values[i];
        }

        T inverse = product.Inverse();
        for (int i = values.Length - 1; i >= 0; i--)
        {
            if (values[i].IsZero)
                continue;
            T value = values[i];
            values[i] = inverse * prefixes[i];
            inverse *= value;
        }

        ArrayPool<T>.Shared.Return(prefixes);
    }
}

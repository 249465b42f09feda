using System.Numerics;

namespace Zkml.Examples.Training;

/// <summary>
/// Matrix products. Each element of a result is summed in one order, whatever the width of the machine's vectors: the same seed gives the
/// same network on every machine.
/// </summary>
static class Kernels
{
    /// <summary>c [m × n] += a [m × k] · b [k × n].</summary>
    public static void MultiplyAdd(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n)
    {
        for (int i = 0; i < m; i++)
        {
            Span<float> row = c.Slice(i * n, n);
            for (int j = 0; j < k; j++)
            {
                float factor = a[i * k + j];
                if (factor != 0) AddScaled(row, b.Slice(j * n, n), factor);
            }
        }
    }

    /// <summary>c [m × n] += aᵀ · b for a [k × m], b [k × n].</summary>
    public static void TransposedMultiplyAdd(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> c, int m, int k, int n)
    {
        for (int j = 0; j < k; j++)
        {
            for (int i = 0; i < m; i++)
            {
                float factor = a[j * m + i];
                if (factor != 0) AddScaled(c.Slice(i * n, n), b.Slice(j * n, n), factor);
            }
        }
    }

    /// <summary>The transpose [columns × rows] of a [rows × columns].</summary>
    public static float[] Transpose(ReadOnlySpan<float> a, int rows, int columns)
    {
        float[] result = new float[rows * columns];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) result[j * rows + i] = a[i * columns + j];
        return result;
    }

    /// <summary>target += scale · source.</summary>
    public static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float scale)
    {
        int i = 0;
        Vector<float> factor = new(scale);
        for (; i + Vector<float>.Count <= source.Length; i += Vector<float>.Count)
            (new Vector<float>(target[i..]) + factor * new Vector<float>(source[i..])).CopyTo(target[i..]);
        for (; i < source.Length; i++) target[i] += scale * source[i];
    }
}

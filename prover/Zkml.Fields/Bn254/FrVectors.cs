using Fr8 = Zkml.Fields.Bn254.PackedMontgomery<Zkml.Fields.Bn254.FrModulus>;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>Element-wise work on long runs of Fr, in place, eight elements at a time where the processor has AVX-512.</summary>
public static unsafe class FrVectors
{
    const int ChunkLength = 1 << 12, Step = 2 * Fr8.Lanes;

    /// <summary>values[i] = values[i]·factor·ratio^i.</summary>
    /// <param name="values">Any length.</param>
    /// <param name="factor">For all.</param>
    /// <param name="ratio">From an element to the next.</param>
    /// <param name="threads">Most threads at work, at least 1.</param>
    /// <param name="cancellation">Looked at every few thousand elements.</param>
    public static void ScaleByPowers(Span<Fr> values, Fr factor, Fr ratio, int threads, CancellationToken cancellation = default)
    {
        fixed (Fr* first = values)
        {
            Fr* address = first;
            ParallelRange.Run(
                values.Length, ChunkLength, threads,
                (start, end, _) => ScaleChunk(address + start, end - start, factor * FieldAlgorithms.Power(ratio, [(ulong)start]), ratio), cancellation);
        }
    }

    /// <summary>left[i] = left[i]·right[i] - subtracted[i], as the quotient of an R1CS needs it.</summary>
    /// <param name="left">First factors, then the results.</param>
    /// <param name="right">Second factors, as many.</param>
    /// <param name="subtracted">What is taken off, as many.</param>
    /// <param name="threads">Most threads at work, at least 1.</param>
    /// <param name="cancellation">Looked at every few thousand elements.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void MultiplySubtract(
        Span<Fr> left, ReadOnlySpan<Fr> right, ReadOnlySpan<Fr> subtracted, int threads, CancellationToken cancellation = default)
    {
        if (right.Length != left.Length || subtracted.Length != left.Length)
            throw new ArgumentException($"Expected three runs of {left.Length} elements, got {right.Length} and {subtracted.Length}.", nameof(right));
        // Safe: all three stay pinned, and a chunk is within their common length.
        fixed (Fr* firstLeft = left, firstRight = right, firstSubtracted = subtracted)
        {
            Fr* a = firstLeft, b = firstRight, c = firstSubtracted;
            ParallelRange.Run(
                left.Length, ChunkLength, threads, (start, end, _) => MultiplySubtractChunk(a + start, b + start, c + start, end - start), cancellation);
        }
    }

    static void ScaleChunk(Fr* values, int count, Fr factor, Fr ratio)
    {
        int done = Fr8.IsSupported ? ScalePacked(values, count, factor, ratio) : 0;
        factor *= FieldAlgorithms.Power(ratio, [(ulong)done]);
        for (int i = done; i < count; i++, factor *= ratio)
            values[i] *= factor;
    }

    static int ScalePacked(Fr* values, int count, Fr factor, Fr ratio)
    {
        byte* memory = stackalloc byte[PackedLines.AlignedBytes(4 * Fr8.LimbCount)];
        Limb* first = PackedLines.Align(memory), second = first + Fr8.LimbCount, firstFactor = second + Fr8.LimbCount, secondFactor = firstFactor + Fr8.LimbCount;
        for (int i = 0; i < Fr8.Lanes; i++, factor *= ratio)
        {
            Fr value = factor;
            Fr8.SetLane(firstFactor, PackedFrMemory.LaneOrder.IndexOf((byte)i), (ulong*)&value);
        }

        ulong* eighth = stackalloc ulong[Fr8.LimbCount], sixteenth = stackalloc ulong[Fr8.LimbCount];
        Fr power = FieldAlgorithms.Power(ratio, [Fr8.Lanes]);
        Fr8.Spread(power, eighth);
        Fr8.Spread(power.Square(), sixteenth);
        Fr8.Enter(firstFactor, firstFactor);
        Fr8.Multiply(firstFactor, eighth, secondFactor);
        int done = 0;
        for (; done + Step <= count; done += Step)
        {
            PackedFrMemory.LoadRuns(values + done, values + done + Fr8.Lanes, first, second);
            Fr8.Multiply(first, firstFactor, first);
            Fr8.Multiply(second, secondFactor, second);
            Fr8.Multiply(firstFactor, sixteenth, firstFactor);
            Fr8.Multiply(secondFactor, sixteenth, secondFactor);
            PackedFrMemory.Finish(first);
            PackedFrMemory.Finish(second);
            PackedFrMemory.StoreRuns(first, second, values + done, values + done + Fr8.Lanes);
        }

        return done;
    }

    static void MultiplySubtractChunk(Fr* left, Fr* right, Fr* subtracted, int count)
    {
        int i = 0;
        if (Fr8.IsSupported)
        {
            byte* memory = stackalloc byte[PackedLines.AlignedBytes(6 * Fr8.LimbCount)];
            Limb* a = PackedLines.Align(memory), b = a + 2 * Fr8.LimbCount, c = b + 2 * Fr8.LimbCount;
            for (; i + Step <= count; i += Step)
            {
                PackedFrMemory.LoadRuns(left + i, left + i + Fr8.Lanes, a, a + Fr8.LimbCount);
                PackedFrMemory.LoadRuns(right + i, right + i + Fr8.Lanes, b, b + Fr8.LimbCount);
                PackedFrMemory.LoadRuns(subtracted + i, subtracted + i + Fr8.Lanes, c, c + Fr8.LimbCount);
                for (int run = 0; run < 2 * Fr8.LimbCount; run += Fr8.LimbCount)
                {
                    // One factor in the radix of the packed product leaves the result in that of the elements.
                    Fr8.Enter(a + run, a + run);
                    Fr8.Multiply(a + run, b + run, a + run);
                    Fr8.SubtractReduced(a + run, c + run, a + run);
                    Fr8.Canonicalize(a + run, a + run);
                }

                PackedFrMemory.StoreRuns(a, a + Fr8.LimbCount, left + i, left + i + Fr8.Lanes);
            }
        }

        for (; i < count; i++)
            left[i] = left[i] * right[i] - subtracted[i];
    }
}

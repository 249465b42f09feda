namespace Zkml.Fields.Bn254;

/// <summary>Work on long runs of points, eight at a time where the processor has AVX-512: what a setup does to the points of a file.</summary>
public static unsafe class PointVectors
{
    const int ChunkLength = 1 << 9;

    /// <summary>points[i] = scalar·points[i]. Points must be on the curve; infinity stays.</summary>
    public static void Multiply(Span<G1Affine> points, in Fr scalar, MsmOptions? options = null)
    {
        if (Msm.UsePacked(options))
            Multiply<G1Curve, Fq, PackedPointKernel<G1Curve, Fq, PackedFq>>(points, scalar, options);
        else
            Multiply<G1Curve, Fq, ScalarPointKernel<G1Curve, Fq>>(points, scalar, options);
    }

    /// <inheritdoc cref="Multiply(Span{G1Affine}, in Fr, MsmOptions?)"/>
    public static void Multiply(Span<G2Affine> points, in Fr scalar, MsmOptions? options = null)
    {
        if (Msm.UsePacked(options))
            Multiply<G2Curve, Fq2, PackedPointKernel<G2Curve, Fq2, PackedFq2>>(points, scalar, options);
        else
            Multiply<G2Curve, Fq2, ScalarPointKernel<G2Curve, Fq2>>(points, scalar, options);
    }

    /// <summary>The index of the first point that is not on the curve, or -1; infinity is on it. In G1 such a point is also in the group.</summary>
    public static int FindInvalid(ReadOnlySpan<G1Affine> points, MsmOptions? options = null)
    {
        fixed (G1Affine* first = points)
        {
            G1Affine* address = first;
            return FindFirst(points.Length, options, (start, count) => FindOffCurve(address + start, count));
        }
    }

    /// <summary>The index of the first point that is not on the curve or not in the subgroup of order r, or -1; infinity is in it.</summary>
    public static int FindInvalid(ReadOnlySpan<G2Affine> points, MsmOptions? options = null)
    {
        bool isPacked = Msm.UsePacked(options);
        fixed (G2Affine* first = points)
        {
            G2Affine* address = first;
            return FindFirst(points.Length, options, (start, count) => FindOutsideSubgroup(address + start, count, isPacked));
        }
    }

    static void Multiply<TCurve, TField, TKernel>(Span<AffinePoint<TCurve, TField>> points, in Fr scalar, MsmOptions? options)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>
        where TKernel : struct, IPointKernel<TCurve, TField>
    {
        options ??= MsmOptions.Default;
        var limbs = new ulong[4];
        scalar.CopyLimbs(limbs);
        int total = points.Length;
        long done = 0;
        // Safe: the points stay pinned, and chunks are disjoint.
        fixed (AffinePoint<TCurve, TField>* first = points)
        {
            AffinePoint<TCurve, TField>* address = first;
            ParallelRange.Run(
                total, ChunkLength, options.Threads,
                (start, end, _) =>
                {
                    TKernel.MultiplyAll(address + start, end - start, limbs);
                    options.Progress?.Report((double)Interlocked.Add(ref done, end - start) / total);
                },
                options.Cancellation);
        }
    }

    /// <summary>The least index that a search of the chunks, each giving an index within its chunk or -1, finds.</summary>
    static int FindFirst(int length, MsmOptions? options, Func<int, int, int> find)
    {
        options ??= MsmOptions.Default;
        var found = new int[(length + ChunkLength - 1) / ChunkLength];
        long done = 0;
        ParallelRange.Run(
            length, ChunkLength, options.Threads,
            (start, end, _) =>
            {
                int within = find(start, end - start);
                found[start / ChunkLength] = within < 0 ? -1 : start + within;
                options.Progress?.Report((double)Interlocked.Add(ref done, end - start) / length);
            },
            options.Cancellation);
        int chunk = found.AsSpan().IndexOfAnyExcept(-1);
        return chunk < 0 ? -1 : found[chunk];
    }

    static int FindOffCurve(G1Affine* points, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (!points[i].IsOnCurve)
                return i;
        }

        return -1;
    }

    /// <summary>Compares 6t²·P with ψ(P), as <see cref="G2Curve.IsInSubgroup"/> does.</summary>
    static int FindOutsideSubgroup(G2Affine* points, int count, bool isPacked)
    {
        var multiples = new G2Affine[count];
        // The multiples of a point off the curve mean nothing, but it is found by its own equation.
        new ReadOnlySpan<G2Affine>(points, count).CopyTo(multiples);
        fixed (G2Affine* first = multiples)
        {
            if (isPacked)
                PackedPointKernel<G2Curve, Fq2, PackedFq2>.MultiplyAll(first, count, G2Curve.Eigenvalue);
            else
                ScalarPointKernel<G2Curve, Fq2>.MultiplyAll(first, count, G2Curve.Eigenvalue);
        }

        for (int i = 0; i < count; i++)
        {
            if (!points[i].IsOnCurve || multiples[i] != G2Curve.Endomorphism(points[i]))
                return i;
        }

        return -1;
    }
}

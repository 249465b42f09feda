namespace Zkml.Fields.Bn254;

/// <summary>Many multiples of one point, as a setup needs them: scalars[i]·point for each i, from tables of the point's multiples.</summary>
/// <remarks>
/// A table has the multiples of 2^(w·k)·point for each window of w bits; a multiple is then a sum of one entry of each. Memory: the tables, at most
/// 34 MiB in G1 and 67 MiB in G2, and 32 bytes a scalar. The running time depends on the scalars.
/// </remarks>
public static unsafe class FixedBase
{
    /// <summary>destination[i] = scalars[i]·point in G1.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Multiply(in G1Affine point, ReadOnlySpan<Fr> scalars, Span<G1Affine> destination, MsmOptions? options = null)
    {
        if (Msm.UsePacked(options))
            Multiply<G1Curve, Fq, PackedPointKernel<G1Curve, Fq, PackedFq>>(point, scalars, destination, options);
        else
            Multiply<G1Curve, Fq, ScalarPointKernel<G1Curve, Fq>>(point, scalars, destination, options);
    }

    /// <summary>destination[i] = scalars[i]·point in G2.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Multiply(in G2Affine point, ReadOnlySpan<Fr> scalars, Span<G2Affine> destination, MsmOptions? options = null)
    {
        if (Msm.UsePacked(options))
            Multiply<G2Curve, Fq2, PackedPointKernel<G2Curve, Fq2, PackedFq2>>(point, scalars, destination, options);
        else
            Multiply<G2Curve, Fq2, ScalarPointKernel<G2Curve, Fq2>>(point, scalars, destination, options);
    }

    static void Multiply<TCurve, TField, TKernel>(
        in AffinePoint<TCurve, TField> point, ReadOnlySpan<Fr> scalars, Span<AffinePoint<TCurve, TField>> destination, MsmOptions? options)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>
        where TKernel : struct, IPointKernel<TCurve, TField>
    {
        if (destination.Length != scalars.Length)
            throw new ArgumentException($"Expected {scalars.Length} places for as many multiples, got {destination.Length}.", nameof(destination));
        options ??= MsmOptions.Default;
        if (scalars.IsEmpty)
            return;
        // Safe: both stay pinned until the run, which stays within their common length, is done.
        fixed (Fr* firstScalar = scalars)
        fixed (AffinePoint<TCurve, TField>* firstResult = destination)
        {
            using var run = new FixedBaseRun<TCurve, TField, TKernel>(new MsmScalars((ulong*)firstScalar, isMontgomery: true), firstResult, scalars.Length, options);
            run.Run(point);
        }
    }
}

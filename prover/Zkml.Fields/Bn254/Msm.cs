namespace Zkml.Fields.Bn254;

/// <summary>
/// Multi-scalar multiplication: Σ scalars[i]·bases[i] in G1 and G2, by Pippenger's buckets with signed digits and batch-affine sums. Scalars that are
/// zero cost almost nothing, and short ones (or r minus a short one) little. Equal, opposite and infinite bases are allowed.
/// </summary>
/// <remarks>
/// Bases must be on the curve. Memory: 96 bytes a term in G1 and 160 in G2, for at most 2^22 terms at a time, and for each thread 8 bytes a term and
/// some MiB. The running time depends on the scalars.
/// </remarks>
public static unsafe class Msm
{
    const int MaximumBlock = 1 << 22;

    /// <summary>The sum in G1 with scalars in Fr.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static G1 Sum(ReadOnlySpan<G1Affine> bases, ReadOnlySpan<Fr> scalars, MsmOptions? options = null)
    {
        fixed (Fr* elements = scalars)
            return SumG1(bases, new MsmScalars((ulong*)elements, isMontgomery: true), scalars.Length, options);
    }

    /// <summary>The sum in G1 with scalars of 32 bytes, least significant first, as a .wtns file has them.</summary>
    /// <exception cref="ArgumentException">The lengths do not fit, or a scalar is not below r.</exception>
    public static G1 Sum(ReadOnlySpan<G1Affine> bases, ReadOnlySpan<byte> scalars, MsmOptions? options = null)
    {
        fixed (byte* bytes = scalars)
            return SumG1(bases, new MsmScalars((ulong*)bytes, isMontgomery: false), CountOf(scalars), options);
    }

    /// <summary>The sum in G2 with scalars in Fr.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static G2 Sum(ReadOnlySpan<G2Affine> bases, ReadOnlySpan<Fr> scalars, MsmOptions? options = null)
    {
        fixed (Fr* elements = scalars)
            return SumG2(bases, new MsmScalars((ulong*)elements, isMontgomery: true), scalars.Length, options);
    }

    /// <summary>The sum in G2 with scalars of 32 bytes, least significant first, as a .wtns file has them.</summary>
    /// <exception cref="ArgumentException">The lengths do not fit, or a scalar is not below r.</exception>
    public static G2 Sum(ReadOnlySpan<G2Affine> bases, ReadOnlySpan<byte> scalars, MsmOptions? options = null)
    {
        fixed (byte* bytes = scalars)
            return SumG2(bases, new MsmScalars((ulong*)bytes, isMontgomery: false), CountOf(scalars), options);
    }

    static G1 SumG1(ReadOnlySpan<G1Affine> bases, MsmScalars scalars, int count, MsmOptions? options) =>
        UsePacked(options)
            ? Sum<G1Curve, Fq, PackedPointKernel<G1Curve, Fq, PackedFq>>(bases, scalars, count, options)
            : Sum<G1Curve, Fq, ScalarPointKernel<G1Curve, Fq>>(bases, scalars, count, options);

    static G2 SumG2(ReadOnlySpan<G2Affine> bases, MsmScalars scalars, int count, MsmOptions? options) =>
        UsePacked(options)
            ? Sum<G2Curve, Fq2, PackedPointKernel<G2Curve, Fq2, PackedFq2>>(bases, scalars, count, options)
            : Sum<G2Curve, Fq2, ScalarPointKernel<G2Curve, Fq2>>(bases, scalars, count, options);

    internal static bool UsePacked(MsmOptions? options) => PackedMontgomery<FqModulus>.IsSupported && options is not { UseScalarKernel: true };

    static int CountOf(ReadOnlySpan<byte> scalars) =>
        scalars.Length % 32 == 0 ? scalars.Length / 32 : throw new ArgumentException($"Expected scalars of 32 bytes each, got {scalars.Length} bytes.", nameof(scalars));

    static JacobianPoint<TCurve, TField> Sum<TCurve, TField, TKernel>(
        ReadOnlySpan<AffinePoint<TCurve, TField>> bases, MsmScalars scalars, int count, MsmOptions? options)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>
        where TKernel : struct, IPointKernel<TCurve, TField>
    {
        if (bases.Length != count)
            throw new ArgumentException($"Expected a scalar for each of {bases.Length} bases, got {count} scalars.", nameof(bases));
        options ??= MsmOptions.Default;
        JacobianPoint<TCurve, TField> sum = default;
        // Safe: the bases stay pinned until the last block is done, and no block reaches beyond the count.
        fixed (AffinePoint<TCurve, TField>* first = bases)
        {
            for (long start = 0; start < count; start += MaximumBlock)
            {
                using var block = new MsmBlock<TCurve, TField, TKernel>(first + start, scalars.From(start), (int)Math.Min(MaximumBlock, count - start), options);
                long done = start;
                sum += block.Run(part => options.Progress?.Report((done + part * block.Count) / count));
            }
        }

        return sum;
    }
}

namespace Zkml.Fields.Bn254;

/// <summary>
/// Sums of many pairs of affine points, the inner loop of every multi-scalar multiplication. Points are kept in a form of the kernel's own, in places
/// of one affine point each; all zero is infinity.
/// </summary>
/// <typeparam name="TCurve">G1 or G2.</typeparam>
/// <typeparam name="TField">The field of its coordinates.</typeparam>
unsafe interface IPointKernel<TCurve, TField>
    where TCurve : struct, ICurve<TCurve, TField>
    where TField : unmanaged, ICoordinate<TField>
{
    /// <summary>Brings points into the kernel's form. Destination and source may be the same.</summary>
    static abstract void Import(AffinePoint<TCurve, TField>* source, AffinePoint<TCurve, TField>* destination, int count);

    /// <summary>Brings points back, canonical. Destination and source may be the same.</summary>
    static abstract void Export(AffinePoint<TCurve, TField>* source, AffinePoint<TCurve, TField>* destination, int count);

    /// <summary>Makes kept points canonical, so that they may be operands with a sign.</summary>
    static abstract void Canonicalize(AffinePoint<TCurve, TField>* points, int count);

    /// <summary>
    /// Writes left[i] + right[i] to targets[i] for all i below <paramref name="count"/>, with one inversion in all. Equal, opposite and infinite
    /// operands are allowed. A target is no operand of the same call.
    /// </summary>
    static abstract void AddPairs(PointPairs pairs, int count);

    /// <summary>Σ (i + 1)·buckets[i].</summary>
    static abstract JacobianPoint<TCurve, TField> SumWeighted(AffinePoint<TCurve, TField>* buckets, int count);

    /// <summary>points[i] = scalar·points[i], all in the ordinary form. The scalar is any integer, in words, least significant first.</summary>
    static abstract void MultiplyAll(AffinePoint<TCurve, TField>* points, int count, ReadOnlySpan<ulong> scalar);
}

namespace Zkml.Fields.Bn254;

/// <summary>Sums of affine points one at a time: the reference of the packed kernel, and its stand-in where there is no AVX-512. Points are kept as they are.</summary>
/// <remarks>The unsafe code is safe where the caller's addresses name points and the scratch memory has the stated size.</remarks>
readonly unsafe struct ScalarPointKernel<TCurve, TField> : IPointKernel<TCurve, TField>
    where TCurve : struct, ICurve<TCurve, TField>
    where TField : unmanaged, ICoordinate<TField>
{
    /// <inheritdoc/>
    public static void Import(AffinePoint<TCurve, TField>* source, AffinePoint<TCurve, TField>* destination, int count) =>
        new ReadOnlySpan<AffinePoint<TCurve, TField>>(source, count).CopyTo(new(destination, count));

    /// <inheritdoc/>
    public static void Export(AffinePoint<TCurve, TField>* source, AffinePoint<TCurve, TField>* destination, int count) =>
        Import(source, destination, count);

    /// <inheritdoc/>
    public static void Canonicalize(AffinePoint<TCurve, TField>* points, int count)
    {
        // Elements are always canonical.
    }

    /// <inheritdoc/>
    public static void AddPairs(PointPairs pairs, int count)
    {
        var prefixes = (TField*)pairs.Scratch;
        TField product = TField.One;
        for (int i = 0; i < count; i++)
        {
            prefixes[i] = product;
            product *= Denominator(PointPairs.Read<TCurve, TField>(pairs.Left[i]), PointPairs.Read<TCurve, TField>(pairs.Right[i]));
        }

        TField inverse = product.Inverse();
        for (int i = count - 1; i >= 0; i--)
        {
            AffinePoint<TCurve, TField> left = PointPairs.Read<TCurve, TField>(pairs.Left[i]), right = PointPairs.Read<TCurve, TField>(pairs.Right[i]);
            TField inverseDenominator = inverse * prefixes[i];
            inverse *= Denominator(left, right);
            *(AffinePoint<TCurve, TField>*)pairs.Targets[i] = Add(left, right, inverseDenominator);
        }
    }

    /// <inheritdoc/>
    public static JacobianPoint<TCurve, TField> SumWeighted(AffinePoint<TCurve, TField>* buckets, int count)
    {
        JacobianPoint<TCurve, TField> running = default, total = default;
        for (int i = count - 1; i >= 0; i--)
        {
            running += buckets[i];
            total += running;
        }

        return total;
    }

    /// <inheritdoc/>
    public static void MultiplyAll(AffinePoint<TCurve, TField>* points, int count, ReadOnlySpan<ulong> scalar)
    {
        var multiples = new JacobianPoint<TCurve, TField>[count];
        for (int i = 0; i < count; i++)
            multiples[i] = points[i].ToJacobian().Multiply(scalar);
        JacobianPoint<TCurve, TField>.ToAffine(multiples, new Span<AffinePoint<TCurve, TField>>(points, count));
    }

    /// <summary>The denominator of the slope; 1 where the sum needs no slope. Never zero, for no point has order two.</summary>
    static TField Denominator(in AffinePoint<TCurve, TField> left, in AffinePoint<TCurve, TField> right)
    {
        if (left.IsInfinity || right.IsInfinity)
            return TField.One;
        if (!left.X.Equals(right.X))
            return right.X - left.X;
        return left.Y.Equals(right.Y) ? left.Y + left.Y : TField.One;
    }

    static AffinePoint<TCurve, TField> Add(in AffinePoint<TCurve, TField> left, in AffinePoint<TCurve, TField> right, in TField inverseDenominator)
    {
        if (left.IsInfinity)
            return right;
        if (right.IsInfinity)
            return left;
        TField numerator = right.Y - left.Y;
        if (left.X.Equals(right.X))
        {
            if (!left.Y.Equals(right.Y))
                return default;
            TField square = left.X.Square();
            numerator = square + square + square;
        }

        TField slope = numerator * inverseDenominator, x = slope.Square() - left.X - right.X;
        return new(x, slope * (left.X - x) - left.Y);
    }
}

namespace Zkml.Fields.Bn254;

/// <summary>A curve y² = x³ + b with a subgroup of prime order r and no point of order two.</summary>
/// <typeparam name="TCurve">The curve itself; an empty struct.</typeparam>
/// <typeparam name="TField">The field of the coordinates.</typeparam>
public interface ICurve<TCurve, TField>
    where TCurve : struct, ICurve<TCurve, TField>
    where TField : unmanaged, ICoordinate<TField>
{
    /// <summary>The constant b, not zero, so that (0, 0) is off the curve.</summary>
    static abstract TField B { get; }

    /// <summary>The generator that EIP-196 and EIP-197 fix.</summary>
    static abstract AffinePoint<TCurve, TField> Generator { get; }

    /// <summary>Whether a point of the curve has an order that divides r.</summary>
    static abstract bool IsInSubgroup(in AffinePoint<TCurve, TField> point);
}

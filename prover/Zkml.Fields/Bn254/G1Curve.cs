namespace Zkml.Fields.Bn254;

/// <summary>y² = x³ + 3 over Fq. It has exactly r points, so the group is the whole curve.</summary>
public readonly struct G1Curve : ICurve<G1Curve, Fq>
{
    public static Fq B { get; } = Fq.FromUInt64(3);

    /// <summary>(1, 2).</summary>
    public static G1Affine Generator { get; } = new(Fq.One, Fq.FromUInt64(2));

    public static bool IsInSubgroup(in G1Affine point) => true;
}

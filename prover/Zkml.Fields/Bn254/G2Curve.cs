namespace Zkml.Fields.Bn254;

/// <summary>The twist y² = x³ + 3/ξ over Fq2. It has r·(2q - r) points; the group is the subgroup of order r.</summary>
public readonly struct G2Curve : ICurve<G2Curve, Fq2>
{
    /// <summary>6t², 64-bit limbs, least significant first: the eigenvalue of <see cref="Endomorphism"/> on the group.</summary>
    internal static ReadOnlySpan<ulong> Eigenvalue => [0xF83E9682E87CFD46, 0x6F4D8248EEB859FB];

    public static Fq2 B { get; } = new Fq2(Fq.FromUInt64(3), default) * Fq2.Xi.Inverse();

    public static G2Affine Generator { get; } = new(
        new Fq2(
            Parse("1800DEEF121F1E76426A00665E5C4479674322D4F75EDADD46DEBD5CD992F6ED"),
            Parse("198E9393920D483A7260BFB731FB5D25F1AA493335A9E71297E485B7AEF312C2")),
        new Fq2(
            Parse("12C85EA5DB8C6DEB4AAB71808DCB408FE3D1E7690C43D37B4CE6CC0166FA7DAA"),
            Parse("090689D0585FF075EC9E99AD690C3395BC4B313370B38EF355ACDADCD122975B")));

    /// <summary>
    /// Whether ψ(P) = 6t²·P, which holds exactly where r·P = 0. Every point of the twist satisfies ψ²(P) - (6t² + 1)·ψ(P) + q·P = 0, so the
    /// equality gives (q - 6t²)·P = r·P = 0; conversely ψ acts on the group as q, and q ≡ 6t² mod r. Half the length of r·P.
    /// </summary>
    public static bool IsInSubgroup(in G2Affine point) => Endomorphism(point).ToJacobian() == point.ToJacobian().Multiply(Eigenvalue);

    /// <summary>ψ: the Frobenius map of the curve over Fq12, seen on the twist: (x, y) ↦ (x^q·γ², y^q·γ³).</summary>
    internal static G2Affine Endomorphism(in G2Affine point) =>
        new(point.X.Conjugate() * FrobeniusConstants.Gamma2, point.Y.Conjugate() * FrobeniusConstants.Gamma3);

    static Fq Parse(string hexadecimal) =>
        Fq.TryReadBigEndian(Convert.FromHexString(hexadecimal), out Fq value) ? value : throw new ArgumentException($"{hexadecimal} is not below q.");
}

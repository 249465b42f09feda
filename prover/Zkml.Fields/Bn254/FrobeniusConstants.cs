namespace Zkml.Fields.Bn254;

/// <summary>The constants of the Frobenius maps of Fq12 and of the twist: powers of γ = ξ^((q-1)/6) and of δ = γ^(q+1), δ³ = -1.</summary>
static class FrobeniusConstants
{
    /// <summary>(q - 1)/6, 64-bit limbs, least significant first.</summary>
    internal static ReadOnlySpan<ulong> Exponent => [0x34B017592414D4E1, 0xEE9591C2E6BDA1C2, 0xF40D60F3C0403964, 0x0810B7BDD032F006];

    internal static readonly Fq2 Gamma1 = FieldAlgorithms.Power(Fq2.Xi, Exponent);
    internal static readonly Fq2 Gamma2 = Gamma1.Square();
    internal static readonly Fq2 Gamma3 = Gamma2 * Gamma1;
    internal static readonly Fq2 Gamma4 = Gamma2.Square();
    internal static readonly Fq2 Gamma5 = Gamma4 * Gamma1;

    internal static readonly Fq Delta1 = Gamma1.Norm();
    internal static readonly Fq Delta2 = Delta1.Square();
    internal static readonly Fq Delta4 = Delta2.Square();
    internal static readonly Fq Delta5 = Delta4 * Delta1;
}

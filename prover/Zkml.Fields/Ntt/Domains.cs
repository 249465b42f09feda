namespace Zkml.Fields;

/// <summary>
/// The evaluation domains of the whole project. H_N = {ω_N^i} is the subgroup of order N = 2^logSize, in the order of i; a committed codeword of
/// length n lives on the coset g_n·H_n with g_n = 3^(2^24/n), so that g_n = g_(r·n)^r and x ↦ x^r maps one such coset onto the other.
/// </summary>
public static class Domains
{
    /// <summary>The largest logSize of a subgroup, and of a coset: 24.</summary>
    public const int MaxLogSize = KoalaBear.TwoAdicity;

    /// <summary>ω_N, the generator of H_N, for logSize in [0, 24].</summary>
    public static KoalaBear Root(int logSize) => KoalaBear.TwoAdicRoot(logSize);

    /// <summary>g_n = 3^(2^24/n) for n = 2^logSize, logSize in [0, 24]. Never in H_n, because g_n^n = 3^(2^24) ≠ 1.</summary>
    public static KoalaBear CosetShift(int logSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)logSize, (uint)MaxLogSize);
        return KoalaBear.Generator.Power(1ul << (MaxLogSize - logSize));
    }

    /// <summary>
    /// The shift of coset h of a low-degree extension: g_(bN)·ω_(bN)^h, b = 2^logBlowup, h in [0, b). The coset is this shift times H_N.
    /// </summary>
    public static KoalaBear ExtensionShift(int logSize, int logBlowup, int coset) =>
        CosetShift(logSize + logBlowup) * Root(logSize + logBlowup).Power((ulong)coset);
}

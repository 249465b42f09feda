using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Verifier;

/// <summary>Values themselves: the verifier that people run. Keeps the first failed check.</summary>
public struct NativeArithmetic : IVerifierArithmetic<KoalaBear, KoalaBear5>
{
    string? _detail;
    RejectionReason _reason;

    /// <summary>The verdict so far.</summary>
    public readonly VerificationResult Result => _reason == RejectionReason.None ? VerificationResult.Accepted : new(_reason, _detail ?? "");

    public readonly bool IsRejected => _reason != RejectionReason.None;

    public static void Permute16(Span<KoalaBear> state) => Poseidon2.Permute16(state);

    public static void Permute24(Span<KoalaBear> state) => Poseidon2.Permute24(state);

    public readonly KoalaBear Read(KoalaBear value) => value;

    public readonly void Bits(KoalaBear value, Span<KoalaBear> bits)
    {
        uint canonical = value.ToCanonical();
        for (int i = 0; i < bits.Length; i++)
            bits[i] = KoalaBear.FromBool(((canonical >> i) & 1) != 0);
    }

    public readonly void Coefficients(KoalaBear5 value, Span<KoalaBear> coefficients)
    {
        for (int i = 0; i < KoalaBear5.Degree; i++)
            coefficients[i] = value[i];
    }

    public KoalaBear5 Inverse(KoalaBear5 value, CheckSite site)
    {
        if (value == KoalaBear5.Zero) Reject(site, "expected a value other than 0, got 0.");
        return value.Inverse();
    }

    public void AssertOutsideBase(KoalaBear5 value, CheckSite site)
    {
        if (value == KoalaBear5.FromBase(value.C0)) Reject(site, $"expected an element outside of the base field, got {value}.");
    }

    public void AssertEqual(KoalaBear expected, KoalaBear actual, CheckSite site)
    {
        if (expected != actual) Reject(site, $"expected {expected}, got {actual}.");
    }

    public void AssertEqual(KoalaBear5 expected, KoalaBear5 actual, CheckSite site)
    {
        if (expected != actual) Reject(site, $"expected {expected}, got {actual}.");
    }

    void Reject(CheckSite site, string what)
    {
        if (IsRejected) return;
        _reason = site.Reason;
        _detail = $"{site}: {what}";
    }
}

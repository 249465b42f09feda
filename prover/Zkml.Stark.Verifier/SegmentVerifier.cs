using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Verifier;

/// <summary>Verifies one segment of a session.</summary>
public static class SegmentVerifier
{
    /// <summary>
    /// Runs the verifier's text over any arithmetic and returns the segment's LogUp sum. The proof must have the layout's lengths; where values are
    /// known, the verdict is in <paramref name="arithmetic"/>.
    /// </summary>
    public static TExtension Run<TArithmetic, TBase, TExtension>(
        ref TArithmetic arithmetic, SegmentLayout layout, SegmentContext<TBase, TExtension> context, SegmentProof proof, ITranscriptObserver<TBase>? observer = null)
        where TArithmetic : struct, IVerifierArithmetic<TBase, TExtension>
        where TBase : unmanaged, IAlgebra<TBase>
        where TExtension : unmanaged, IExtensionAlgebra<TExtension, TBase>, IExtensionAlgebra<TExtension, TExtension>
    {
        var verification = new SegmentVerification<TArithmetic, TBase, TExtension>(arithmetic, layout, context, proof, observer);
        TExtension sum = verification.Run();
        arithmetic = verification.Arithmetic;
        return sum;
    }

    /// <summary>Checks the proof's lengths, then its content.</summary>
    /// <param name="layout">The segment's layout, from public data.</param>
    /// <param name="context">What the session says.</param>
    /// <param name="proof">The untrusted proof.</param>
    /// <param name="sum">The segment's LogUp sum, when accepted.</param>
    /// <param name="observer">When given, sees the transcript.</param>
    public static VerificationResult Verify(
        SegmentLayout layout, SegmentContext<KoalaBear, KoalaBear5> context, SegmentProof proof, out KoalaBear5 sum, ITranscriptObserver<KoalaBear>? observer = null)
    {
        sum = default;
        VerificationResult shape = ProofShapeCheck.Check(layout, proof);
        if (!shape.IsAccepted) return shape;
        var arithmetic = new NativeArithmetic();
        sum = Run<NativeArithmetic, KoalaBear, KoalaBear5>(ref arithmetic, layout, context, proof, observer);
        return arithmetic.Result;
    }
}

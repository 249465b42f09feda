using Zkml.Air;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Verifier;

/// <summary>Verifies a whole session: the shared challenge, every segment, and that the buses balance over all of them.</summary>
public static class SessionVerifier
{
    /// <summary>
    /// Checks that <paramref name="proof"/> proves <paramref name="statement"/> under <paramref name="rules"/>. The proof is untrusted and may hold
    /// anything; the answer is a verdict, never an exception.
    /// </summary>
    public static VerificationResult Verify(SessionRules rules, SessionStatement statement, SessionProof? proof)
    {
        try
        {
            return Check(rules, statement, proof);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // No input is known to come here: every length is checked before it is relied on. It stands so that an oversight rejects.
            return new(RejectionReason.Malformed, $"The verifier failed on this proof: {failure.GetType().Name}: {failure.Message}");
        }
    }

    /// <summary><see cref="Verify"/> without its catch, for the tests that show that nothing is thrown.</summary>
    internal static VerificationResult Check(SessionRules rules, SessionStatement statement, SessionProof? proof)
    {
        if (proof?.Segments is null) return new(RejectionReason.MissingPart, "Session: expected segments, got none.");
        VerificationResult result = CheckStatement(statement);
        if (result.IsAccepted) result = CheckClasses(rules, proof.Segments);
        if (result.IsAccepted) result = SessionBounds.Check(rules, proof.Segments);
        if (result.IsAccepted) result = CheckShapes(rules, proof);
        if (!result.IsAccepted) return result;

        Digest global = SessionChallenge.Global(rules.ParameterDigest, statement, Leaves(proof.Segments));
        if (!SessionChallenge.TryDerive(rules.Parameters, global, proof.Nonce, out KoalaBear5 alpha, out KoalaBear5 beta))
            return new(RejectionReason.LogUpGrind, $"Session: expected a nonce with {rules.Parameters.LogUpGrindBits} bits of work, got {proof.Nonce}.");

        KoalaBear5 sum = KoalaBear5.Zero;
        for (int i = 0; i < proof.Segments.Length; i++)
        {
            SegmentEntry entry = proof.Segments[i];
            SegmentLayout layout = rules.Layout(entry.ClassIndex);
            var context = new SegmentContext<KoalaBear, KoalaBear5>
            {
                Global = Digest.Elements(in global).ToArray(),
                Nonce = KoalaBear.FromCanonical(proof.Nonce),
                SegmentIndex = KoalaBear.FromCanonical((uint)i),
                ClassIndex = KoalaBear.FromCanonical((uint)entry.ClassIndex),
                Alpha = alpha,
                Beta = beta,
                MainCap = BaseElements.Of(entry.Proof.MainCap).ToArray(),
                PreprocessedRoots = [.. layout.Shape.Preprocessed.Select(tree => Digest.Elements(tree.Root).ToArray())],
            };
            var arithmetic = new NativeArithmetic();
            sum += SegmentVerifier.Run<NativeArithmetic, KoalaBear, KoalaBear5>(ref arithmetic, layout, context, entry.Proof);
            if (arithmetic.IsRejected) return arithmetic.Result.InSegment(i);
        }
        return CheckSum(rules, statement, sum, alpha, beta);
    }

    static VerificationResult CheckStatement(SessionStatement statement) => statement.OutputLimbs is { Length: SessionStatement.OutputLimbCount }
        ? VerificationResult.Accepted
        : new(RejectionReason.StatementRange, $"Statement: expected {SessionStatement.OutputLimbCount} output limbs, got {statement.OutputLimbs?.Length ?? 0}.");

    // The closing class holds the program's image: exactly one of it, or image words could be claimed zero or twice (OB-3).
    static VerificationResult CheckClasses(SessionRules rules, SegmentEntry[] segments)
    {
        if (segments.Length is 0 or > SessionRules.MaxSegmentCount)
            return new(RejectionReason.SegmentCount, $"Session: expected 1 to {SessionRules.MaxSegmentCount} segments, got {segments.Length}.");
        for (int i = 0; i < segments.Length; i++)
        {
            if (segments[i] is not { } entry) return new(RejectionReason.MissingPart, $"Segment {i}: expected a proof, got none.");
            if (rules.FindClass(entry.ClassIndex) is not { } segmentClass)
                return new(RejectionReason.UnknownClass, $"Segment {i}: expected a shape class of this program, got {entry.ClassIndex}.");
            if (segmentClass.IsClosing != (i == segments.Length - 1))
                return new(RejectionReason.ClosingSegment,
                    $"Segment {i} of {segments.Length}: expected {(segmentClass.IsClosing ? "an executing" : "a closing")} class, got class {entry.ClassIndex}.");
        }
        return VerificationResult.Accepted;
    }

    static VerificationResult CheckShapes(SessionRules rules, SessionProof proof)
    {
        VerificationResult result = ProofShapeCheck.Nonce(rules.Parameters, GrindSite.LogUp, proof.Nonce);
        for (int i = 0; result.IsAccepted && i < proof.Segments.Length; i++)
            result = ProofShapeCheck.Check(rules.Layout(proof.Segments[i].ClassIndex), proof.Segments[i].Proof).InSegment(i);
        return result;
    }

    static Digest[] Leaves(SegmentEntry[] segments)
    {
        var leaves = new Digest[segments.Length];
        for (int i = 0; i < leaves.Length; i++)
            leaves[i] = SessionChallenge.Leaf(i, segments[i].ClassIndex, segments[i].Proof.MainCap);
        return leaves;
    }

    /// <summary>Σ of the segments' sums and of the verifier's own terms m/f(bus; message) is 0.</summary>
    static VerificationResult CheckSum(SessionRules rules, SessionStatement statement, KoalaBear5 sum, KoalaBear5 alpha, KoalaBear5 beta)
    {
        foreach (SessionTerm term in rules.Terms(statement))
        {
            var betaPowers = new KoalaBear5[term.Message.Length];
            KoalaBear5 power = KoalaBear5.One;
            foreach (ref KoalaBear5 entry in betaPowers.AsSpan())
                entry = power *= beta;
            KoalaBear5 offset = alpha + KoalaBear5.FromBase(KoalaBear.FromCanonical(term.Bus.TagInSegment(0)));
            KoalaBear5 denominator = LogUp.Fingerprint<KoalaBear, KoalaBear5>(offset, betaPowers, term.Message);
            if (denominator == KoalaBear5.Zero)
                return new(RejectionReason.ZeroDenominator, $"Session, bus {term.Bus.Name}: expected a fingerprint other than 0, got 0.");
            sum += denominator.Inverse() * term.Multiplicity;
        }
        return sum == KoalaBear5.Zero ? VerificationResult.Accepted : new(RejectionReason.SessionSum, $"Session: expected a sum of 0 over all buses, got {sum}.");
    }
}

using Zkml.Air;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Verifier;

/// <summary>What the session's challenge needs of a segment: its class and the cap of its main tree.</summary>
public sealed record SegmentCommitment(int ClassIndex, Digest[] MainCap);

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
            return Unexpected(failure);
        }
    }

    /// <summary>
    /// The same for a session that need not be in memory: its commitments are, its proofs are asked for one after the other, each once. A source that
    /// gives another proof than the commitment was taken from changes nothing: every segment is checked against its commitment.
    /// </summary>
    /// <param name="rules">The rules.</param>
    /// <param name="statement">What the session should prove.</param>
    /// <param name="nonce">The nonce of the LogUp grind.</param>
    /// <param name="segments">The commitments of all segments, untrusted.</param>
    /// <param name="proofOf">The proof of a segment, untrusted; null where there is none. An IOException in it comes through.</param>
    public static VerificationResult Verify(
        SessionRules rules, SessionStatement statement, uint nonce, IReadOnlyList<SegmentCommitment> segments, Func<int, SegmentProof?> proofOf)
    {
        try
        {
            return Check(rules, statement, nonce, segments, proofOf);
        }
        catch (Exception failure) when (failure is not (OutOfMemoryException or IOException))
        {
            return Unexpected(failure);
        }
    }

    /// <summary><see cref="Verify(SessionRules, SessionStatement, SessionProof)"/> without its catch, for the tests that show that nothing is thrown.</summary>
    internal static VerificationResult Check(SessionRules rules, SessionStatement statement, SessionProof? proof)
    {
        if (proof?.Segments is null) return new(RejectionReason.MissingPart, "Session: expected segments, got none.");
        SegmentCommitment[] commitments = [.. proof.Segments.Select(entry => entry is null ? null! : new SegmentCommitment(entry.ClassIndex, entry.Proof?.MainCap ?? []))];
        VerificationResult result = CheckSession(rules, statement, commitments);
        if (result.IsAccepted) result = CheckShapes(rules, proof);
        return result.IsAccepted ? CheckProofs(rules, statement, proof.Nonce, commitments, index => proof.Segments[index].Proof) : result;
    }

    /// <summary>The streamed verification without its catch.</summary>
    internal static VerificationResult Check(
        SessionRules rules, SessionStatement statement, uint nonce, IReadOnlyList<SegmentCommitment> segments, Func<int, SegmentProof?> proofOf)
    {
        VerificationResult result = CheckSession(rules, statement, segments);
        if (result.IsAccepted) result = CheckCaps(rules, segments);
        if (result.IsAccepted) result = ProofShapeCheck.Nonce(rules.Parameters, GrindSite.LogUp, nonce);
        return result.IsAccepted ? CheckProofs(rules, statement, nonce, segments, proofOf) : result;
    }

    // No input is known to come here: every length is checked before it is relied on. It stands so that an oversight rejects.
    static VerificationResult Unexpected(Exception failure) =>
        new(RejectionReason.Malformed, $"The verifier failed on this proof: {failure.GetType().Name}: {failure.Message}");

    static VerificationResult CheckSession(SessionRules rules, SessionStatement statement, IReadOnlyList<SegmentCommitment> segments)
    {
        VerificationResult result = CheckStatement(rules, statement);
        if (result.IsAccepted) result = CheckClasses(rules, segments);
        return result.IsAccepted ? SessionBounds.Check(rules, segments) : result;
    }

    static VerificationResult CheckCaps(SessionRules rules, IReadOnlyList<SegmentCommitment> segments)
    {
        for (int i = 0; i < segments.Count; i++)
        {
            SegmentLayout layout = rules.Layout(segments[i].ClassIndex);
            int expected = layout.Trees[layout.MainTree].Merkle.CapLength;
            if (segments[i].MainCap.Length != expected)
                return new(RejectionReason.MainCapLength, $"Segment {i}, main cap: expected length {expected}, got {segments[i].MainCap.Length}.");
        }
        return VerificationResult.Accepted;
    }

    /// <summary>The challenge, every segment's proof, and the sum over all of them.</summary>
    static VerificationResult CheckProofs(
        SessionRules rules, SessionStatement statement, uint nonce, IReadOnlyList<SegmentCommitment> segments, Func<int, SegmentProof?> proofOf)
    {
        Digest[] leaves = [.. segments.Select((segment, index) => SessionChallenge.Leaf(index, segment.ClassIndex, segment.MainCap))];
        Digest global = SessionChallenge.Global(rules.ParameterDigest, statement, leaves);
        if (!SessionChallenge.TryDerive(rules.Parameters, global, nonce, out KoalaBear5 alpha, out KoalaBear5 beta))
            return new(RejectionReason.LogUpGrind, $"Session: expected a nonce with {rules.Parameters.LogUpGrindBits} bits of work, got {nonce}.");

        KoalaBear5 sum = KoalaBear5.Zero;
        for (int i = 0; i < segments.Count; i++)
        {
            SegmentLayout layout = rules.Layout(segments[i].ClassIndex);
            var context = new SegmentContext<KoalaBear, KoalaBear5>
            {
                Global = Digest.Elements(in global).ToArray(),
                Nonce = KoalaBear.FromCanonical(nonce),
                SegmentIndex = KoalaBear.FromCanonical((uint)i),
                ClassIndex = KoalaBear.FromCanonical((uint)segments[i].ClassIndex),
                Alpha = alpha,
                Beta = beta,
                MainCap = BaseElements.Of(segments[i].MainCap).ToArray(),
                PreprocessedRoots = [.. layout.Shape.Preprocessed.Select(tree => Digest.Elements(tree.Root).ToArray())],
            };
            VerificationResult result = SegmentVerifier.Verify(layout, context, proofOf(i)!, out KoalaBear5 segmentSum);
            if (!result.IsAccepted) return result.InSegment(i);
            sum += segmentSum;
        }
        return CheckSum(rules, statement, sum, alpha, beta);
    }

    // The rules alone decide which tables are looked at: a statement that names another program than theirs would be proved of the wrong one.
    static VerificationResult CheckStatement(SessionRules rules, SessionStatement statement)
    {
        if (statement.ImageId != rules.ImageId)
            return new(RejectionReason.ImageId, $"Statement: expected the program of the rules, {rules.ImageId}, got {statement.ImageId}.");
        return statement.OutputLimbs is { Length: SessionStatement.OutputLimbCount }
            ? VerificationResult.Accepted
            : new(RejectionReason.StatementRange, $"Statement: expected {SessionStatement.OutputLimbCount} output limbs, got {statement.OutputLimbs?.Length ?? 0}.");
    }

    // The closing class holds the program's image: exactly one of it, or image words could be claimed zero or twice (OB-3).
    static VerificationResult CheckClasses(SessionRules rules, IReadOnlyList<SegmentCommitment> segments)
    {
        if (segments.Count is 0 or > SessionRules.MaxSegmentCount)
            return new(RejectionReason.SegmentCount, $"Session: expected 1 to {SessionRules.MaxSegmentCount} segments, got {segments.Count}.");
        for (int i = 0; i < segments.Count; i++)
        {
            if (segments[i] is not { } entry) return new(RejectionReason.MissingPart, $"Segment {i}: expected a proof, got none.");
            if (rules.FindClass(entry.ClassIndex) is not { } segmentClass)
                return new(RejectionReason.UnknownClass, $"Segment {i}: expected a shape class of this program, got {entry.ClassIndex}.");
            if (segmentClass.IsClosing != (i == segments.Count - 1))
                return new(RejectionReason.ClosingSegment,
                    $"Segment {i} of {segments.Count}: expected {(segmentClass.IsClosing ? "an executing" : "a closing")} class, got class {entry.ClassIndex}.");
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

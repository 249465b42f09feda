using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark.Prover;
using Zkml.Stark.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Verifier;

/// <summary>The session's own checks, each reached with its own reason. Check is Verify without its catch: no test here may throw.</summary>
sealed class SessionVerifierTests
{
    static SampleSession Session => SampleSession.Shared;

    static VerificationResult Verify(SessionProof? proof, SessionStatement? statement = null) => SessionVerifier.Check(Session.Rules, statement ?? Session.Statement, proof);

    [Test]
    public void Verify_HonestProof_Accepts() => Assert.That(Verify(Session.Proof), Is.EqualTo(VerificationResult.Accepted));

    [Test]
    public void Verify_StrongerParameters_AcceptsItsOwnProofAndRefusesTheOther()
    {
        var other = new SampleSession(SampleSegments.Parameters with { QueryCount = 9, LogBlowup = 2, FoldGrindBits = 0, LogCap = 4 });
        Assert.That(SessionVerifier.Check(other.Rules, other.Statement, other.Proof), Is.EqualTo(VerificationResult.Accepted));
        Assert.That(SessionVerifier.Check(Session.Rules, other.Statement, other.Proof).IsAccepted, Is.False);
        Assert.That(SessionVerifier.Check(other.Rules, Session.Statement, Session.Proof).IsAccepted, Is.False);
    }

    [Test]
    public void Verify_OtherStatement_Rejects()
    {
        Assert.That(Verify(Session.Proof, Session.Statement with { ExitCode = 221 }).IsAccepted, Is.False);
        Assert.That(Verify(Session.Proof, Session.Statement with { ImageId = Session.Rules.ParameterDigest }).IsAccepted, Is.False);
        Assert.That(Verify(Session.Proof, Session.Statement with { OutputLimbs = new ushort[16] }).IsAccepted, Is.False);
        Assert.That(Verify(Session.Proof, Session.Statement with { OutputLimbs = new ushort[15] }).Reason, Is.EqualTo(RejectionReason.StatementRange));
        Assert.That(Verify(Session.Proof, Session.Statement with { OutputLimbs = null! }).Reason, Is.EqualTo(RejectionReason.StatementRange));
    }

    [Test]
    public void Verify_ProofMadeForAWrongExitCode_FailsInTheSumAlone()
    {
        SessionStatement wrong = Session.Statement with { ExitCode = 221 };
        Assert.That(Verify(Session.Prove(Session.Rules, wrong, null), wrong).Reason, Is.EqualTo(RejectionReason.SessionSum));
    }

    [Test]
    public void Verify_NoSegments_Rejects()
    {
        Assert.That(Verify(null).Reason, Is.EqualTo(RejectionReason.MissingPart));
        Assert.That(Verify(new SessionProof(0, null!)).Reason, Is.EqualTo(RejectionReason.MissingPart));
        Assert.That(Verify(Session.Proof with { Segments = [] }).Reason, Is.EqualTo(RejectionReason.SegmentCount));
        Assert.That(Verify(Session.Proof with { Segments = [.. Enumerable.Repeat(Session.Proof.Segments[0], 4097)] }).Reason, Is.EqualTo(RejectionReason.SegmentCount));
        Assert.That(Verify(Session.Proof with { Segments = [null!, Session.Proof.Segments[1]] }).Reason, Is.EqualTo(RejectionReason.MissingPart));
        Assert.That(Verify(Session.Proof with { Segments = [Session.Proof.Segments[0], new(1, null!)] }).Reason, Is.EqualTo(RejectionReason.MissingPart));
    }

    [TestCase(-1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(int.MaxValue)]
    public void Verify_ClassThatDoesNotExist_Rejects(int index) =>
        Assert.That(Verify(Session.Proof with { Segments = [Session.Proof.Segments[0], new(index, Session.Proof.Segments[1].Proof)] }).Reason, Is.EqualTo(RejectionReason.UnknownClass));

    [Test]
    public void Verify_ClosingSegmentMissingRepeatedOrEarly_Rejects()
    {
        SegmentEntry first = Session.Proof.Segments[0], last = Session.Proof.Segments[1];
        foreach (SegmentEntry[] segments in (SegmentEntry[][])[[first], [first, last, last], [last, first], [first, last, first]])
            Assert.That(Verify(Session.Proof with { Segments = segments }).Reason, Is.EqualTo(RejectionReason.ClosingSegment));
    }

    [Test]
    public void Verify_SegmentsLeftOutOrSwapped_Rejects()
    {
        SegmentEntry first = Session.Proof.Segments[0], last = Session.Proof.Segments[1];
        Assert.That(Verify(Session.Proof with { Segments = [last] }).IsAccepted, Is.False);
        Assert.That(Verify(Session.Proof with { Segments = [first, first, last] }).IsAccepted, Is.False);
    }

    [Test]
    public void Verify_Nonce_IsChecked()
    {
        Assert.That(Verify(Session.Proof with { Nonce = 1u << 30 }).Reason, Is.EqualTo(RejectionReason.NonceRange));
        RejectionReason[] reasons = [.. Enumerable.Range(1, 12).Select(i => Verify(Session.Proof with { Nonce = Session.Proof.Nonce + (uint)i }).Reason)];
        Assert.That(reasons, Has.Some.EqualTo(RejectionReason.LogUpGrind));
        Assert.That(reasons, Has.All.AnyOf(RejectionReason.LogUpGrind, RejectionReason.ConstraintIdentity));
    }

    // 127 · 2^24 is p - 1: the starting clock and the verifier's own messages would reach p.
    [TestCase(127, RejectionReason.ClockBound)]
    [TestCase(128, RejectionReason.ClockBound)]
    [TestCase(512, RejectionReason.BusBound)]
    public void Verify_SessionsTooLargeForTheField_AreRejected(int segments, RejectionReason reason) =>
        Assert.That(VerifyLarge([SampleChips.Counter], segments), Is.EqualTo(reason));

    [Test]
    public void Verify_MoreInteractionsThanTheErrorIsComputedFor_Rejects() =>
        Assert.That(VerifyLarge([SampleChips.Table, SampleChips.Table], 4096), Is.EqualTo(RejectionReason.InteractionBound));

    [Test]
    public void Verify_SessionsJustBelowTheBounds_GoOnToTheProofs() =>
        Assert.That(VerifyLarge([SampleChips.Counter], 126), Is.EqualTo(RejectionReason.MainCapLength));

    // Heights are public, so a blank proof will do: the bounds come first.
    static RejectionReason VerifyLarge(Air.Chip[] chips, int segments)
    {
        TableShape[] tables = [.. chips.Select(chip => new TableShape(chip, 22))];
        PreprocessedTree[] trees = [.. Enumerable.Range(0, tables.Length).Where(i => tables[i].Chip.PreprocessedWidth > 0).Select(i => new PreprocessedTree(default, [i]))];
        var shape = new SegmentShape { Tables = tables, Preprocessed = trees };
        var rules = new SessionRules(SampleSegments.Parameters, default, default, [new(shape, false), new(shape, true)], [new(SampleChips.Token, 1)], [], _ => []);
        SegmentProof proof = BlankProof.Of(SampleSegments.Layout);
        SegmentProof wrong = ProofShapeCheckTests.WithMainCap(proof, []);
        SegmentEntry[] entries = [.. Enumerable.Repeat(new SegmentEntry(0, wrong), segments - 1), new SegmentEntry(1, wrong)];
        return SessionVerifier.Check(rules, Session.Statement, new SessionProof(0, entries)).Reason;
    }

    [Test]
    public void Verify_RulesThatFail_IsMalformedAndDoesNotThrow()
    {
        SegmentClass[] classes = [.. Session.Rules.Classes.OfType<SegmentClass>()];
        var rules = new SessionRules(SampleSegments.Parameters, Session.Rules.ParameterDigest, default, classes, [new(SampleChips.Token, 1)], [], _ => throw new InvalidOperationException("no terms"));
        VerificationResult result = SessionVerifier.Verify(rules, Session.Statement, Session.Proof);
        Assert.That(result.Reason, Is.EqualTo(RejectionReason.Malformed));
        Assert.That(result.Detail, Does.Contain("no terms"));
    }

    [Test]
    public void NativeArithmetic_BaseFieldPointAndZeroDenominator_AreRejected()
    {
        var arithmetic = new NativeArithmetic();
        arithmetic.AssertOutsideBase(new KoalaBear5(default, default, default, default, KoalaBear.One), new(RejectionReason.ZetaInBaseField));
        Assert.That(arithmetic.Result.IsAccepted);
        arithmetic.AssertOutsideBase(KoalaBear5.One, new(RejectionReason.ZetaInBaseField));
        Assert.That(arithmetic.Result.Reason, Is.EqualTo(RejectionReason.ZetaInBaseField));
        var other = new NativeArithmetic();
        other.Inverse(KoalaBear5.Zero, new(RejectionReason.ZeroDenominator));
        Assert.That(other.Result.Reason, Is.EqualTo(RejectionReason.ZeroDenominator));
        other.AssertEqual(KoalaBear.One, KoalaBear.Zero, new(RejectionReason.MainPath));
        Assert.That(other.Result.Reason, Is.EqualTo(RejectionReason.ZeroDenominator), "the first reason stays");
    }
}

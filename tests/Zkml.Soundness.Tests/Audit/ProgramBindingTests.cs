using Zkml.Guest.Assembly;
using Zkml.Soundness.Tests.Proofs;
using Zkml.Stark;
using Zkml.Stark.Verifier;
using Zkml.Testing;

namespace Zkml.Soundness.Tests.Audit;

/// <summary>A proof of one program's run, made from the start for a statement that names another program, and checked by the rules of the program that ran.</summary>
public sealed class ProgramBindingTests
{
    [Test]
    [Reaches(RejectionReason.ImageId)]
    public void StatementThatNamesAnotherProgram_ProvedAsSuch_IsRejected()
    {
        MachineRun run = MachineRun.Of(Programs.Halt("a"u8));
        using var forger = new SessionForger(run.Program);
        using var victim = new SessionForger(MachineRun.Of(Programs.Halt("b"u8)).Program);
        SessionStatement statement = forger.Statement(run) with { ImageId = victim.Key.ImageId() };
        SessionProof proof = forger.Prove(run, statement: statement);

        Assert.That(SessionVerifier.Check(forger.Rules, statement, proof).Reason, Is.EqualTo(RejectionReason.ImageId));
        SegmentCommitment[] commitments = [.. proof.Segments.Select(entry => new SegmentCommitment(entry.ClassIndex, entry.Proof.MainCap))];
        VerificationResult streamed = SessionVerifier.Verify(forger.Rules, statement, proof.Nonce, commitments, i => proof.Segments[i].Proof);
        Assert.That(streamed.Reason, Is.EqualTo(RejectionReason.ImageId));
    }
}

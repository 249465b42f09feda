using System.Security.Cryptography;
using Zkml.Program;
using Zkml.Receipts.Tests.Samples;
using Zkml.Stark;
using Zkml.Stark.Verifier;

namespace Zkml.Receipts.Tests;

public class ReceiptVerifyTests
{
    static ReceiptVerification Verify(Receipt receipt, VerifyOptions? options = null) => receipt.Verify(receipt.ImageId, options ?? SampleReceipts.Options);

    [Test]
    public void Verify_TrueReceipt_IsAccepted() => Assert.That(Verify(SampleReceipts.Receipt), Is.EqualTo(ReceiptVerification.Accepted));

    [Test]
    public void Verify_OneSegment_IsAccepted() => Assert.That(Verify(SampleMachine.Instance.Prove([], segmentCount: 1)).ToString(), Is.EqualTo("Accepted"));

    [Test]
    public void Verify_WrittenAndRead_IsAccepted()
    {
        byte[] bytes = SampleReceipts.Bytes(SampleReceipts.Receipt);
        Receipt? read = SampleReceipts.Read(bytes, out ReceiptFailure failure);
        Assert.That(failure, Is.EqualTo(ReceiptFailure.None));
        Assert.That(read!.Verify(SampleReceipts.ImageId, SampleReceipts.Options).IsAccepted, Is.True);
        Assert.That(read.Journal.ToArray(), Is.EqualTo("the journal"u8.ToArray()));
        Assert.That(read.Claim, Is.EqualTo(SampleReceipts.Receipt.Claim));
        Assert.That(SampleReceipts.Bytes(read), Is.EqualTo(bytes));
    }

    [Test]
    public void Verify_TestProfileNotAskedFor_IsRefused() =>
        Assert.That(Verify(SampleReceipts.Receipt, VerifyOptions.Default).Failure.Error, Is.EqualTo(ReceiptError.TestProfile));

    [Test]
    public void Verify_WeakerProfileThanAskedFor_IsRefused()
    {
        Receipt receipt = SampleMachine.Instance.Prove([1], segmentCount: 1, profile: SecurityProfile.P100);
        Assert.That(Verify(receipt, VerifyOptions.Default).IsAccepted, Is.True, "P100 meets the default");
        Assert.That(Verify(receipt, new VerifyOptions { MinimumProfile = SecurityProfile.P128 }).Failure.Error, Is.EqualTo(ReceiptError.WeakProfile));
    }

    [Test]
    public void Verify_OtherImageId_IsRefused()
    {
        var other = new ImageId(SHA256.HashData([1]));
        ReceiptVerification verdict = SampleReceipts.Receipt.Verify(other, SampleReceipts.Options);
        Assert.That(verdict.Failure.Error, Is.EqualTo(ReceiptError.OtherImageId));
        Assert.That(verdict.Failure.Message, Does.Contain(other.ToString()).And.Contain(SampleReceipts.ImageId.ToString()));
    }

    [Test]
    public void Verify_ZeroImageId_IsRefused() =>
        Assert.That(SampleReceipts.Receipt.Verify(default, SampleReceipts.Options).Failure.Error, Is.EqualTo(ReceiptError.ZeroImageId));

    [Test]
    public void Verify_GuestThatFailed_IsAcceptedOnlyByItsCode()
    {
        Receipt receipt = SampleMachine.Instance.Prove([], exitCode: 3);
        ReceiptVerification byDefault = Verify(receipt);
        Assert.That(byDefault.Failure.Error, Is.EqualTo(ReceiptError.ExitCode));
        Assert.That(byDefault.Failure.Message, Does.Contain("exit code 0").And.Contain("ended with 3"));
        Assert.That(Verify(receipt, SampleReceipts.Options with { ExitCode = 3 }).IsAccepted, Is.True);
        Assert.That(Verify(receipt, SampleReceipts.Options with { ExitCode = 4 }).Failure.Error, Is.EqualTo(ReceiptError.ExitCode));
    }

    [Test]
    public void Verify_SuccessClaimedOfAGuestThatFailed_FailsTheProof()
    {
        Receipt failed = SampleMachine.Instance.Prove([], exitCode: 3);
        Assert.That(Verify(Forge(failed, exitCode: 0)).Failure.Error, Is.EqualTo(ReceiptError.Proof));
    }

    // OB-14: a guest that halts with another digest, zero above all, proves a claim that no journal opens.
    [TestCase(0), TestCase(1)]
    public void Verify_OutputThatIsNotTheJournals_FailsTheProof(int limb)
    {
        ushort[] limbs = [.. Enumerable.Repeat((ushort)limb, SessionStatement.OutputLimbCount)];
        Assert.That(Verify(SampleMachine.Instance.Prove([], outputLimbs: limbs)).Failure.Error, Is.EqualTo(ReceiptError.Proof));
    }

    [Test]
    public void Verify_OtherJournal_FailsTheProof() =>
        Assert.That(Verify(Forge(SampleReceipts.Receipt, journal: "another one"u8.ToArray())).Failure.Error, Is.EqualTo(ReceiptError.Proof));

    [Test]
    public void Verify_OtherProgramRoot_FailsForItsOwnImageId()
    {
        Receipt forged = Forge(SampleReceipts.Receipt, program: SampleMachine.Program with { Root = default });
        Assert.That(forged.Verify(SampleReceipts.ImageId, SampleReceipts.Options).Failure.Error, Is.EqualTo(ReceiptError.OtherImageId));
        Assert.That(Verify(forged).Failure.Error, Is.EqualTo(ReceiptError.Proof));
    }

    [Test]
    public void Verify_OtherEntry_FailsForItsOwnImageId() =>
        Assert.That(Verify(Forge(SampleReceipts.Receipt, program: SampleMachine.Program with { EntryPc4 = 4 })).Failure.Error, Is.EqualTo(ReceiptError.Proof));

    [Test]
    public void Verify_SegmentsSwapped_FailsTheProof()
    {
        Receipt receipt = SampleReceipts.Receipt;
        ReceiptVerification verdict = Verify(Forge(receipt, segments: [receipt.Segments[1], receipt.Segments[0]]));
        Assert.That(verdict.ProofReason, Is.EqualTo(RejectionReason.ClosingSegment));
    }

    [Test]
    public void Verify_SegmentLeftOut_FailsTheProof() =>
        Assert.That(Verify(Forge(SampleReceipts.Receipt, segments: [SampleReceipts.Receipt.Segments[1]])).Failure.Error, Is.EqualTo(ReceiptError.Proof));

    [Test]
    public void Verify_NoSegments_FailsTheProof() =>
        Assert.That(Verify(Forge(SampleReceipts.Receipt, segments: [])).ProofReason, Is.EqualTo(RejectionReason.SegmentCount));

    [Test]
    public void Verify_ProgramThatCannotBe_IsRefused() =>
        Assert.That(Verify(Forge(SampleReceipts.Receipt, program: SampleMachine.Program with { SizeIndex = 9 })).Failure.Error, Is.EqualTo(ReceiptError.Program));

    /// <summary>The same receipt with one thing changed and everything that follows from it made to fit.</summary>
    static Receipt Forge(Receipt receipt, byte? exitCode = null, byte[]? journal = null, ProgramKey? program = null, SegmentEntry[]? segments = null) => new(
        SampleMachine.Instance, receipt.Header.Profile, program ?? receipt.Header.Program, exitCode ?? receipt.Header.ExitCode,
        journal ?? receipt.Journal, new SessionProof(receipt.Header.Nonce, segments ?? [.. receipt.Segments]));
}

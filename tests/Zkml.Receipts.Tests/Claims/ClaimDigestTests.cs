using System.Buffers.Binary;
using System.Security.Cryptography;
using Zkml.Program;

namespace Zkml.Receipts.Tests.Claims;

public class ClaimDigestTests
{
    // RISC Zero, risc0/binfmt/src/hash.rs, test of tagged_struct.
    [Test]
    public void Structure_NestedExample_MatchesPublishedDigest()
    {
        Sha256Digest foo = TaggedDigest.Structure("foo", [], 1, 2013265920, 3);
        Sha256Digest bar = TaggedDigest.Structure("bar", [foo, foo], 2013265920, 5);
        Sha256Digest baz = TaggedDigest.Structure("baz", [foo, bar, foo], 6, 7, 2013265920, 9, 10);
        Assert.That(baz.ToString(), Is.EqualTo("9ff20cc6d365efa2af09181772f49013d05cdee6da896851614cae23aa5dd442"));
    }

    // RISC Zero, ReceiptClaim::ok.
    [Test]
    public void SystemState_Halted_MatchesPublishedDigest() =>
        Assert.That(SystemState.Halted.Digest.ToString(), Is.EqualTo("a3acc27117418996340b84e5a90f3ef4c49d22c79e44aad822ec9c313e1eb8e2"));

    // The two digests below were computed with an independent script from the formulas.
    [Test]
    public void Output_EmptyJournal_MatchesScript() =>
        Assert.That(ClaimOutput.OfJournal([]).Digest.ToString(), Is.EqualTo("836f175c62c0f353831665427e8b0b34f6d1d21902764daeb406c6b83db575b0"));

    [Test]
    public void Claim_ZeroImageEmptyJournal_MatchesScript() =>
        Assert.That(ReceiptClaim.Halted(default, 0, []).Digest.ToString(), Is.EqualTo("8fdb943ec8e96e3168ef10964340b8d4c57af48b47061e3606372534987b2ee6"));

    [Test]
    public void List_Empty_IsZero() => Assert.That(TaggedDigest.List("risc0.Assumptions", []).IsZero, Is.True);

    [Test]
    public void List_TwoItems_IsFoldedFromItsEnd()
    {
        Sha256Digest first = Sha256Digest.Of([1]), second = Sha256Digest.Of([2]);
        Sha256Digest tail = TaggedDigest.Structure("T", [second, Sha256Digest.Zero]);
        Assert.That(TaggedDigest.List("T", [first, second]), Is.EqualTo(TaggedDigest.Structure("T", [first, tail])));
    }

    [Test]
    public void Assumption_Digest_IsItsStructure()
    {
        var assumption = new Assumption(Sha256Digest.Of([3]), Sha256Digest.Of([4]));
        Assert.That(assumption.Digest, Is.EqualTo(TaggedDigest.Structure("risc0.Assumption", [assumption.Claim, assumption.ControlRoot])));
        Assert.That(Assumption.ListDigest([assumption]), Is.EqualTo(TaggedDigest.Structure("risc0.Assumptions", [assumption.Digest, Sha256Digest.Zero])));
    }

    [Test]
    public void Structure_AnyExample_IsTheHashOfItsLayout()
    {
        Sha256Digest below = Sha256Digest.Of("below"u8);
        byte[] layout = [.. SHA256.HashData("tag"u8), .. below.ToArray(), 0x04, 0x03, 0x02, 0x01, 1, 0];
        Assert.That(TaggedDigest.Structure("tag", [below], 0x01020304), Is.EqualTo(Sha256Digest.Of(layout)));
    }

    [Test]
    public void Claim_EachPartChanged_ChangesTheDigest()
    {
        ReceiptClaim claim = ReceiptClaim.Halted(new ImageId(SHA256.HashData([5])), 0, [1, 2, 3]);
        Sha256Digest other = Sha256Digest.Of([6]);
        ReceiptClaim[] changed =
        [
            claim with { Input = other }, claim with { Pre = other }, claim with { Post = other }, claim with { Output = other },
            claim with { ExitCode = ExitCode.Halted(1) }, claim with { ExitCode = ExitCode.Paused(0) }, claim with { ExitCode = ExitCode.SystemSplit },
            claim with { ExitCode = ExitCode.SessionLimit },
        ];
        Assert.That(changed.Select(c => c.Digest).Append(claim.Digest).Distinct().Count(), Is.EqualTo(changed.Length + 1));
    }

    [Test]
    public void Digest_HexText_IsReadBack()
    {
        Sha256Digest digest = Sha256Digest.Of([7]);
        Assert.That(Sha256Digest.TryParse(digest.ToString().ToUpperInvariant(), out Sha256Digest read), Is.True);
        Assert.That(read, Is.EqualTo(digest));
    }

    [TestCase(null), TestCase(""), TestCase("00"), TestCase("zz00000000000000000000000000000000000000000000000000000000000000")]
    public void Digest_OtherText_IsRefused(string? text) => Assert.That(Sha256Digest.TryParse(text, out _), Is.False);

    [Test]
    public void OutputLimbs_OfAStatement_AreTheDigestsLittleEndianHalfWords()
    {
        byte[] output = ClaimOutput.OfJournal([9, 9]).Digest.ToArray();
        var header = Samples.SampleReceipts.Header(journal: [9, 9]);
        ushort[] limbs = ReceiptChecks.Statement(header, default).OutputLimbs;
        for (int i = 0; i < limbs.Length; i++)
            Assert.That(limbs[i], Is.EqualTo(BinaryPrimitives.ReadUInt16LittleEndian(output.AsSpan(2 * i))));
    }
}

using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Receipts.Tests.Samples;
using Zkml.Sdk;
using Zkml.Stark;
using Zkml.Stark.Verifier;
using Zkml.Vm.Execution;

namespace Zkml.Receipts.Tests;

/// <summary>A receipt of a guest on the RISC-V machine, through the public entry points.</summary>
public class RiscvReceiptTests
{
    const int PositionsPerMessage = 150;

    static readonly Lazy<Receipt> s_receipt = new(() => ZkvmClient.Prove(
        Guest(), new ExecutionInput { StandardInput = "Ada"u8.ToArray() }, new ProveOptions { Profile = SecurityProfile.Test, Threads = 2 }).Receipt);

    static Receipt Receipt => s_receipt.Value;

    static byte[] Bytes => SampleReceipts.Bytes(Receipt);

    static ReceiptVerification Verify(byte[] bytes, out ReceiptHeader? header)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return ReceiptVerifier.Verify(stream, Receipt.ImageId, SampleReceipts.Options, out header);
    }

    [Test]
    public void Verify_File_IsAcceptedWithItsJournal()
    {
        Assert.That(Verify(Bytes, out ReceiptHeader? header), Is.EqualTo(ReceiptVerification.Accepted));
        Assert.That(header!.Journal.ToArray(), Is.EqualTo(Receipt.Journal.ToArray()));
        Assert.That(Receipt.Claim.Pre.ToString(), Is.EqualTo(Receipt.ImageId.ToString()));
    }

    [Test]
    public void Verify_ImageIdOfTheElf_IsThatOfTheReceipt() => Assert.That(ZkvmClient.ImageIdOf(Guest()), Is.EqualTo(Receipt.ImageId));

    [Test]
    public void Verify_BytesChangedAllOverTheFile_IsRefused()
    {
        byte[] bytes = Bytes;
        var random = new Random(4);
        IEnumerable<int> header = Enumerable.Range(0, 150);
        foreach (int position in header.Concat(Enumerable.Range(0, PositionsPerMessage).Select(_ => random.Next(bytes.Length))))
        {
            bytes[position] ^= 0x20;
            ReceiptVerification verdict = Verify(bytes, out ReceiptHeader? read);
            bytes[position] ^= 0x20;
            Assert.That(verdict.IsAccepted, Is.False, $"byte {position} of {bytes.Length}");
            Assert.That(verdict.ProofReason, Is.Not.EqualTo(RejectionReason.Malformed), verdict.ToString());
            Assert.That(read, Is.Null);
        }
    }

    // Sizes that no program has, and entries, are refused before anything is looked up by them.
    [TestCase(4, 16u), TestCase(-1, 16u), TestCase(0, 1u << 30)]
    public void Read_ProgramThatCannotBe_IsRefused(int sizeIndex, uint entryPc4)
    {
        var machine = RiscvReceiptMachine.Instance;
        var header = new ReceiptHeader
        {
            Profile = SecurityProfile.P100,
            ParameterDigest = machine.ParameterDigest(SecurityProfile.P100),
            Program = new ProgramKey(default, sizeIndex, entryPc4),
            ExitCode = 0,
            Journal = default,
            Nonce = 0,
            SegmentCount = 1,
        };
        Assert.That(ReceiptChecks.CheckMachine(machine, header).Error, Is.EqualTo(ReceiptError.Program));
    }

    static ProgramImage Guest()
    {
        for (DirectoryInfo? folder = new(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Zkml.Vm.sln")))
                return ElfReader.Read(File.ReadAllBytes(Path.Combine(folder.FullName, "examples", "01-hello-c", "guest.elf")));
        throw new DirectoryNotFoundException("No folder above the tests holds Zkml.Vm.sln.");
    }
}

using System.Text.Json;
using Zkml.Guest.Assembly;

namespace Zkml.Cli.Tests;

/// <summary>zkvm run --prove, verify and inspect on one receipt, which is made with the test profile.</summary>
[TestFixture]
sealed class ReceiptCommandTests : FolderFixture
{
    CommandResult _proved = null!;
    string _receipt = "", _imageId = "";

    [OneTimeSetUp]
    public void Prove()
    {
        _receipt = Path.Combine(Folder, "hello.zkr");
        _proved = ZkvmProcess.Run("run", "--prove", ZkvmProcess.Hello, "--security", "test", "-o", _receipt);
        _imageId = ZkvmProcess.Run("image-id", ZkvmProcess.Hello).Output.Trim();
    }

    [Test]
    public void Prove_Hello_PrintsTheSummary()
    {
        Assert.That(_proved.ExitCode, Is.Zero, _proved.Error);
        foreach (string label in (string[])["cycles", "segments", "time", "cycles per second", "peak memory", "proof size", "security bits", "journal as text"])
            Assert.That(_proved.Output, Does.Match($"(?m)^{label} +[^ ]"));
        Assert.That(_proved.Output, Does.Match($"image ID +{_imageId}"));
    }

    [Test]
    public void Prove_Output_SaysThatItRevealsPrivateData()
    {
        Assert.That(_proved.Error, Does.Contain("reveals private data"));
        Assert.That(File.Exists(_receipt), Is.True);
        Assert.That(Directory.GetFiles(Folder, "*.part"), Is.Empty);
    }

    [Test]
    public void Prove_Progress_GoesToStandardErrorLineByLine()
    {
        Assert.That(_proved.Error, Does.Match(@"(?m)^zkvm: prove \(\d+ %"));
        Assert.That(_proved.Output, Does.Not.Contain(" %"));
    }

    [Test]
    public void Prove_IntoAFolderThatDoesNotExist_IsRefusedBeforeProving()
    {
        CommandResult result = ZkvmProcess.Run("run", "--prove", ZkvmProcess.Hello, "-o", Path.Combine(Folder, "nowhere", "r.zkr"));
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.ErrorLine, Does.Contain("cannot be written"));
    }

    [Test]
    public void Prove_GuestThatFails_LeavesNoFile()
    {
        string path = Path.Combine(Folder, "failed.zkr");
        CommandResult result = ZkvmProcess.Run("run", "--prove", ZkvmProcess.Hello, "--cycle-limit", "100", "--quiet", "-o", path);
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.GuestFailed));
        Assert.That(Directory.GetFiles(Folder, "failed*"), Is.Empty);
    }

    [Test]
    public void Prove_GuestThatExitsWithACode_IsValidOnlyForThatCode()
    {
        string guest = Write("exit7.elf", Programs.Halt("done"u8, exitCode: 7).ToElf()), path = Path.Combine(Folder, "exit7.zkr");
        CommandResult proved = ZkvmProcess.Run("run", "--prove", guest, "--security", "test", "--quiet", "-o", path);
        Assert.That(proved.ExitCode, Is.EqualTo(ExitCode.GuestFailed), proved.Error);
        string[] verify = ["verify", path, "--elf", guest, "--security", "test"];
        AssertRejected(ZkvmProcess.Run(verify));
        CommandResult accepted = ZkvmProcess.Run([.. verify, "--exit-code", "7"]);
        Assert.That(accepted.ExitCode, Is.Zero, accepted.Error);
        Assert.That(accepted.Output, Does.Match("exit code +7"));
    }

    [Test]
    public void Verify_WithImageIdOrElf_PrintsTheJournal()
    {
        foreach (string[] program in (string[][])[["--image-id", _imageId], ["--elf", ZkvmProcess.Hello]])
        {
            CommandResult result = ZkvmProcess.Run(["verify", _receipt, "--security", "test", .. program]);
            Assert.That(result.ExitCode, Is.Zero, result.Error);
            Assert.That(result.Output, Does.Match("valid +yes").And.Contain("\"Hello, world!\""));
        }
    }

    [Test]
    public void Verify_TestProfile_IsRefusedUnlessNamed()
    {
        CommandResult result = ZkvmProcess.Run("verify", _receipt, "--image-id", _imageId);
        AssertRejected(result);
    }

    [Test]
    public void Verify_OtherProgram_IsRejected()
    {
        string other = Path.Combine(ZkvmProcess.Root, "examples/02-digits-c/guest.elf");
        CommandResult result = ZkvmProcess.Run("verify", _receipt, "--security", "test", "--elf", other);
        AssertRejected(result);
        Assert.That(result.ErrorLine, Does.Contain(_imageId));
    }

    [TestCase(0)]
    [TestCase(7)]
    [TestCase(100)]
    [TestCase(5000)]
    [TestCase(-1)]
    public void Verify_TruncatedFile_IsRejected(int length)
    {
        byte[] bytes = File.ReadAllBytes(_receipt);
        string path = Write($"truncated{length}.zkr", bytes.AsSpan(0, length < 0 ? bytes.Length + length : length));
        AssertRejected(ZkvmProcess.Run("verify", path, "--security", "test", "--image-id", _imageId));
    }

    [Test]
    public void Verify_ChangedByte_IsRejected()
    {
        byte[] bytes = File.ReadAllBytes(_receipt);
        for (int i = 0; i < 40; i++)
        {
            int position = (int)((long)i * (bytes.Length - 1) / 39);
            bytes[position] ^= 1;
            AssertRejected(ZkvmProcess.Run("verify", Write("changed.zkr", bytes), "--security", "test", "--image-id", _imageId));
            bytes[position] ^= 1;
        }
    }

    [Test]
    public void Verify_Json_TellsTheVerdict()
    {
        JsonElement valid = ZkvmProcess.Run("verify", _receipt, "--security", "test", "--image-id", _imageId, "--json").Json;
        Assert.That(valid.GetProperty("valid").GetBoolean(), Is.True);
        Assert.That(valid.GetProperty("journalText").GetString(), Is.EqualTo("Hello, world!"));
        JsonElement invalid = ZkvmProcess.Run("verify", _receipt, "--image-id", _imageId, "--json").Json;
        Assert.That(invalid.GetProperty("valid").GetBoolean(), Is.False);
        Assert.That(invalid.GetProperty("reason").GetString(), Is.EqualTo("TestProfile"));
    }

    [Test]
    public void Verify_WithoutAProgram_IsAUsageError()
    {
        CommandResult result = ZkvmProcess.Run("verify", _receipt);
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.ErrorLine, Does.Contain("--image-id or --elf"));
    }

    [TestCase("--image-id", "1234")]
    [TestCase("--elf", "no-such.elf")]
    [TestCase("--max-size", "tiny")]
    public void Verify_WrongValue_IsAUsageError(string option, string value)
    {
        CommandResult result = ZkvmProcess.Run("verify", _receipt, option, value);
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.ErrorLine, Is.Not.Empty);
    }

    [Test]
    public void Verify_MissingFile_IsAUsageError() =>
        Assert.That(ZkvmProcess.Run("verify", "no-such.zkr", "--image-id", _imageId).ExitCode, Is.EqualTo(ExitCode.Usage));

    [Test]
    public void Verify_LargerThanAllowed_IsRejected() =>
        AssertRejected(ZkvmProcess.Run("verify", _receipt, "--security", "test", "--image-id", _imageId, "--max-size", "1KiB"));

    [Test]
    public void Inspect_Receipt_ShowsItsClaim()
    {
        JsonElement report = ZkvmProcess.Run("inspect", _receipt, "--json").Json;
        Assert.That(report.GetProperty("claimedImageId").GetString(), Is.EqualTo(_imageId));
        Assert.That(report.GetProperty("segments").GetArrayLength(), Is.EqualTo(1));
        Assert.That(report.GetProperty("claimDigest").GetString(), Has.Length.EqualTo(64));
    }

    static void AssertRejected(CommandResult result)
    {
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Rejected), result.Error);
        Assert.That(result.ErrorLine, Does.Contain("rejected"));
        Assert.That(result.Output, Is.Empty);
    }
}

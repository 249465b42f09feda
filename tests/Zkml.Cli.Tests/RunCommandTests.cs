using System.Text;
using Zkml.Guest.Assembly;

namespace Zkml.Cli.Tests;

/// <summary>zkvm run without a proof.</summary>
[TestFixture]
sealed class RunCommandTests : FolderFixture
{
    [Test]
    public void Run_Hello_PrintsOutputJournalAndCycles()
    {
        CommandResult result = ZkvmProcess.Run("run", ZkvmProcess.Hello);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output, Does.StartWith("Hello, world!\n"));
        Assert.That(result.Output, Does.Match(@"journal +48656c6c6f2c20776f726c6421\n").And.Match("journal as text +\"Hello, world!\"").And.Match(@"cycles +[1-9]\d\d\n"));
        Assert.That(result.Error, Is.Empty);
    }

    [Test]
    public void Run_Json_IsOneObjectWithEverything()
    {
        CommandResult result = ZkvmProcess.Run("run", ZkvmProcess.Hello, "--json", "--input-hex", "416461");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Json.GetProperty("journalText").GetString(), Is.EqualTo("Hello, Ada!"));
        Assert.That(result.Json.GetProperty("standardOutput").GetString(), Is.EqualTo("Hello, Ada!\n"));
        Assert.That(result.Json.GetProperty("exitCode").GetInt32(), Is.Zero);
        Assert.That(result.Json.GetProperty("cycles").GetInt64(), Is.GreaterThan(100));
    }

    [Test]
    public void Run_InputFromFileAndStandardInput_IsTheSame()
    {
        string file = Write("name.txt", "Ada\n");
        string fromFile = ZkvmProcess.Run("run", ZkvmProcess.Hello, "--input", file, "--json").Json.GetProperty("journalText").GetString()!;
        CommandResult fromStream = ZkvmProcess.RunWithInput(Encoding.ASCII.GetBytes("Ada\n"), default, "run", ZkvmProcess.Hello, "--input", "-", "--json");
        Assert.That(fromFile, Is.EqualTo("Hello, Ada!"));
        Assert.That(fromStream.Json.GetProperty("journalText").GetString(), Is.EqualTo(fromFile));
    }

    [Test]
    public void Run_GuestThatExitsWithACode_EndsWithGuestFailed()
    {
        string guest = Write("exit7.elf", Programs.Halt("done"u8, exitCode: 7).ToElf());
        CommandResult result = ZkvmProcess.Run("run", guest);
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.GuestFailed));
        Assert.That(result.Output, Does.Match("exit code +7"));
    }

    [Test]
    public void Run_EndlessGuestUnderACycleLimit_NamesPcAndLimit()
    {
        string guest = Write("endless.elf", Programs.CountDown(1 << 26).ToElf());
        CommandResult result = ZkvmProcess.Run("run", guest, "--cycle-limit", "10000");
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.GuestFailed));
        Assert.That(result.ErrorLine, Does.Contain("CycleLimit").And.Contain("pc 0x").And.Contain("loop").And.Contain("10000"));
    }

    [Test]
    public void Run_Interrupted_EndsWithInternal()
    {
        using CancellationTokenSource cancellation = new();
        cancellation.Cancel();
        CommandResult result = ZkvmProcess.RunWithInput([], cancellation.Token, "run", ZkvmProcess.Hello);
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Internal));
        Assert.That(result.ErrorLine, Does.Contain("interrupted"));
    }

    [Test]
    public void Run_Profile_WritesFoldedStacksThatAddUpToTheCycles()
    {
        string path = Path.Combine(Folder, "stacks.txt");
        CommandResult result = ZkvmProcess.Run("run", ZkvmProcess.Hello, "--profile", path, "--json");
        string[] stacks = File.ReadAllLines(path);
        Assert.That(stacks, Has.Some.StartWith("_start;main "));
        Assert.That(stacks, Has.Some.StartWith("_start;main;zkvm_commit;"));
        Assert.That(stacks.Sum(line => long.Parse(line[(line.LastIndexOf(' ') + 1)..])), Is.EqualTo(result.Json.GetProperty("cycles").GetInt64()));
    }

    [Test]
    public void Run_GuestOutputWithEscapeSequences_IsMadeHarmless()
    {
        CommandResult result = ZkvmProcess.Run("run", ZkvmProcess.Hello, "--input-hex", "1b5b324a");
        Assert.That(result.Output, Does.Not.Contain("\u001b"));
    }

    [TestCase("--input", "no-such-file", "not found")]
    [TestCase("--input-hex", "123", "hexadecimal")]
    [TestCase("--input-hex", "xy", "hexadecimal")]
    [TestCase("--env", "KEY", "KEY=VALUE")]
    [TestCase("--cycle-limit", "0", "expected 1 to")]
    [TestCase("--cycle-limit", "134217729", "expected 1 to")]
    [TestCase("--threads", "0", "expected 1 to")]
    [TestCase("--memory", "much", "2GiB")]
    [TestCase("--security", "90", "expected 100 or 128")]
    [TestCase("--output", "r.zkr", "--prove")]
    public void Run_WrongValue_NamesWhatIsExpected(string option, string value, string expected)
    {
        CommandResult result = ZkvmProcess.Run("run", ZkvmProcess.Hello, option, value);
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.ErrorLine, Does.Contain(expected));
    }

    [Test]
    public void Run_TwoInputs_IsRefused() =>
        Assert.That(ZkvmProcess.Run("run", ZkvmProcess.Hello, "--input", "-", "--input-hex", "00").ErrorLine, Does.Contain("got both"));

    [Test]
    public void Run_FileThatIsNoProgram_NamesTheReason()
    {
        byte[] elf = File.ReadAllBytes(ZkvmProcess.Hello);
        byte[] wide = [.. elf];
        wide[4] = 2;
        (string Name, byte[] Bytes, string Expected)[] files =
        [
            ("empty.elf", [], "ELF"), ("text.elf", "#!/bin/sh\n"u8.ToArray(), "ELF"), ("wide.elf", wide, "32-bit"), ("short.elf", elf[..200], "end"), ("cut.elf", elf[..20], "52"),
        ];
        foreach ((string name, byte[] bytes, string expected) in files)
        {
            CommandResult result = ZkvmProcess.Run("run", Write(name, bytes));
            Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage), name);
            Assert.That(result.ErrorLine, Does.Contain(expected).And.Contain(name), name);
        }
    }

    [Test]
    public void Run_Folder_IsRefused() => Assert.That(ZkvmProcess.Run("run", Folder).ErrorLine, Does.Contain("got a folder"));

    [Test]
    public void Estimate_Hello_TellsCellsMemoryAndTime()
    {
        CommandResult result = ZkvmProcess.Run("run", "--estimate", ZkvmProcess.Hello, "--json");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Json.GetProperty("segments").GetInt32(), Is.EqualTo(1));
        Assert.That(result.Json.GetProperty("paddedCells").GetInt64(), Is.GreaterThanOrEqualTo(result.Json.GetProperty("cells").GetInt64()));
        Assert.That(result.Json.GetProperty("estimatedPeakBytes").GetInt64(), Is.GreaterThan(1 << 20));
        Assert.That(result.Json.GetProperty("estimatedSeconds").GetDouble(), Is.InRange(0.01, 600));
    }

    [Test]
    public void Estimate_TooLittleMemory_SaysHowMuchIsNeeded()
    {
        CommandResult result = ZkvmProcess.Run("run", "--estimate", ZkvmProcess.Hello, "--memory", "1MiB");
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.ErrorLine, Does.Contain("MiB"));
    }
}

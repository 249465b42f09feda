namespace Zkml.Cli.Tests;

/// <summary>The root command: verbs, help and wrong usage.</summary>
[TestFixture]
sealed class CommandLineTests
{
    static readonly string[] s_verbs = ["run", "verify", "image-id", "inspect", "disasm", "soundness", "quantize", "bench"];

    [Test]
    public void Help_OfTheRoot_ListsEveryVerb()
    {
        CommandResult result = ZkvmProcess.Run("--help");
        Assert.That(result.ExitCode, Is.Zero);
        foreach (string verb in s_verbs) Assert.That(result.Output, Does.Contain($"  {verb}"));
    }

    [TestCase("run")]
    [TestCase("verify")]
    [TestCase("image-id")]
    [TestCase("inspect")]
    [TestCase("disasm")]
    [TestCase("soundness")]
    [TestCase("quantize")]
    [TestCase("bench", "prove")]
    [TestCase("bench", "kernels")]
    [TestCase("bench", "msm")]
    public void Help_OfAVerb_HasExamplesThatParse(params string[] verb)
    {
        CommandResult result = ZkvmProcess.Run([.. verb, "--help"]);
        Assert.That(result.ExitCode, Is.Zero);
        string[] examples = [.. result.Output.Split('\n').SkipWhile(line => line != "Examples:").Skip(1).Where(line => line.Length > 0)];
        Assert.That(examples, Is.Not.Empty);
        Assert.That(examples, Has.All.StartWith($"  zkvm {string.Join(' ', verb)}"));
    }

    [Test]
    public void Help_OfRun_NamesEveryOption()
    {
        string help = ZkvmProcess.Run("run", "--help").Output;
        string[] options =
        [
            "--prove", "--output", "--input", "--input-hex", "--estimate", "--memory", "--security", "--cycle-limit", "--threads", "--env", "--arg", "--profile", "--json", "--quiet",
        ];
        foreach (string option in options) Assert.That(help, Does.Contain(option));
    }

    [Test]
    public void Root_NoVerb_SaysSo() => AssertUsage(ZkvmProcess.Run(), "expected a command, got none");

    [Test]
    public void Root_UnknownVerb_NamesIt() => AssertUsage(ZkvmProcess.Run("prove"), "\"prove\"");

    [Test]
    public void Verb_MissingArgument_NamesIt() => AssertUsage(ZkvmProcess.Run("run"), "GUEST");

    [Test]
    public void Verb_UnknownOption_NamesIt() => AssertUsage(ZkvmProcess.Run("image-id", ZkvmProcess.Hello, "--fast"), "--fast");

    [Test]
    public void Verb_NumberThatIsNone_NamesTheOption() => AssertUsage(ZkvmProcess.Run("run", ZkvmProcess.Hello, "--cycle-limit", "many"), "--cycle-limit");

    static void AssertUsage(CommandResult result, string expected)
    {
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.ErrorLine, Does.Contain(expected).And.Contain("--help"));
        Assert.That(result.Output, Is.Empty);
    }
}

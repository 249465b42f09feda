using System.Security.Cryptography;
using System.Text.Json;

namespace Zkml.Cli.Tests;

/// <summary>zkvm compile, and run with a compiled model.</summary>
[TestFixture]
sealed class CompileCommandTests : FolderFixture
{
    static readonly string s_forest = Example("forest.onnx"), s_flower = Example("samples", "virginica.json");

    [Test]
    public void Compile_Forest_WritesAGuestThatNamesTheClass()
    {
        string guest = Path.Combine(Folder, "forest.elf");
        CommandResult compiled = ZkvmProcess.Run("compile", s_forest, "-o", guest, "--json");
        Assert.That(compiled.ExitCode, Is.Zero, compiled.Error);
        Assert.That(compiled.Json.GetProperty("modelHash").GetString(), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(s_forest)))));
        Assert.That(compiled.Json.GetProperty("journalType").GetString(), Is.EqualTo("(bytes32 modelHash, bytes output)"));
        JsonElement layer = compiled.Json.GetProperty("layers")[0];
        Assert.That(layer.GetProperty("operator").GetString(), Is.EqualTo("TreeEnsembleClassifier"));
        Assert.That(layer.GetProperty("cycles").GetInt64(), Is.GreaterThan(100).And.LessThan(compiled.Json.GetProperty("cycles").GetInt64()));

        CommandResult run = ZkvmProcess.Run("run", guest, "--input", s_flower, "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Json.GetProperty("class.label").GetString(), Is.EqualTo("Iris-virginica"));
        Assert.That(ZkvmProcess.Run("inspect", guest, "--json").Json.GetProperty("input.features").GetString(), Is.EqualTo("Float32[1, 4]"));
    }

    [Test]
    public void Compile_Twice_GivesTheSameBytes()
    {
        string first = Path.Combine(Folder, "a.elf"), second = Path.Combine(Folder, "b.elf");
        ZkvmProcess.Run("compile", s_forest, "-o", first);
        ZkvmProcess.Run("compile", s_forest, "-o", second);
        Assert.That(File.ReadAllBytes(first), Is.EqualTo(File.ReadAllBytes(second)));
    }

    [Test]
    public void Run_HashedInput_PrintsTheSaltThatOpensTheHash()
    {
        string guest = Path.Combine(Folder, "hashed.elf");
        CommandResult compiled = ZkvmProcess.Run("compile", s_forest, "-o", guest, "--input-visibility", "hashed", "--params-visibility", "private", "--output-visibility", "private");
        Assert.That(compiled.ExitCode, Is.Zero, compiled.Error);
        CommandResult run = ZkvmProcess.Run("run", guest, "--input", s_flower, "--json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        byte[] salt = Convert.FromHexString(run.ErrorLine[^64..]);
        byte[] features = [.. ((float[])[5.9f, 3.0f, 5.1f, 1.8f]).SelectMany(BitConverter.GetBytes)];
        Assert.That(run.Json.GetProperty("journal").GetString(), Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData([.. salt, .. features]))));
    }

    [Test]
    public void Compile_Report_IsAPageWithPlots()
    {
        string page = Path.Combine(Folder, "report.html");
        CommandResult compiled = ZkvmProcess.Run("compile", s_forest, "--report", page);
        Assert.That(compiled.ExitCode, Is.Zero, compiled.Error);
        Assert.That(File.ReadAllText(page), Does.StartWith("<!doctype html>").And.Contain("<svg").And.Contain("Cycles by layer").And.Contain("forest"));
    }

    [TestCase("[1, 2, 3]", "expected 4 numbers")]
    [TestCase("""{"flower": [1, 2, 3, 4]}""", "unknown tensor 'flower'")]
    [TestCase("", "expected JSON")]
    public void Run_WrongInput_SaysWhatTheModelExpects(string input, string expected)
    {
        string guest = Path.Combine(Folder, "forest.elf");
        ZkvmProcess.Run("compile", s_forest, "-o", guest);
        CommandResult run = ZkvmProcess.Run("run", guest, "--input", Write("input.json", input));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(run.ErrorLine, Does.Contain(expected));
    }

    [TestCase("--batch", "0", "--batch")]
    [TestCase("--dim", "N", "--dim")]
    [TestCase("--bind", "features", "--bind")]
    [TestCase("--params-salt", "12", "64 hexadecimal digits")]
    [TestCase("--input-visibility", "secret", "secret")]
    public void Compile_WrongOption_NamesIt(string option, string value, string expected)
    {
        CommandResult compiled = ZkvmProcess.Run("compile", s_forest, option, value);
        Assert.That(compiled.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(compiled.ErrorLine, Does.Contain(expected));
    }

    [Test]
    public void Compile_DamagedModel_IsOneLine()
    {
        CommandResult compiled = ZkvmProcess.Run("compile", Write("bad.onnx", "this is no model"));
        Assert.That(compiled.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(compiled.ErrorLine, Does.Contain("bad.onnx").And.Contain("no ONNX model"));
    }

    static string Example(params string[] parts) => Path.Combine([Path.GetDirectoryName(Path.GetDirectoryName(ZkvmProcess.Hello))!, "03-iris", .. parts]);
}

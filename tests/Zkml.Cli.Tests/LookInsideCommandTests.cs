using System.Text.Json;
using Google.Protobuf;
using Zkml.Cli.Reference;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Cli.Tests;

/// <summary>inspect, image-id, disasm, soundness, bench.</summary>
[TestFixture]
sealed class LookInsideCommandTests : FolderFixture
{
    [Test]
    public void ImageId_Hello_IsTheSameEachTime()
    {
        string first = ZkvmProcess.Run("image-id", ZkvmProcess.Hello).Output.Trim();
        Assert.That(first, Does.Match("^[0-9a-f]{64}$"));
        Assert.That(ZkvmProcess.Run("image-id", ZkvmProcess.Hello, "--json").Json.GetProperty("imageId").GetString(), Is.EqualTo(first));
    }

    [Test]
    public void Inspect_Hello_ShowsRegionsSymbolsAndImageId()
    {
        JsonElement report = ZkvmProcess.Run("inspect", ZkvmProcess.Hello, "--symbols", "--json").Json;
        Assert.That(report.GetProperty("imageId").GetString(), Is.EqualTo(ZkvmProcess.Run("image-id", ZkvmProcess.Hello).Output.Trim()));
        Assert.That(report.GetProperty("romRows").GetInt32(), Is.GreaterThan(100));
        Assert.That(report.GetProperty("regions").EnumerateArray().First().GetProperty("kind").GetString(), Is.EqualTo("text"));
        Assert.That(report.GetProperty("symbols").EnumerateArray().Select(symbol => symbol.GetProperty("name").GetString()), Does.Contain("main"));
    }

    [Test]
    public void Inspect_Model_ShowsOperatorsAndWhatIsInTheWay()
    {
        string path = Path.Combine(Folder, "model.onnx");
        File.WriteAllBytes(path, SmallModel());
        JsonElement report = ZkvmProcess.Run("inspect", path, "--json").Json;
        Assert.That(report.GetProperty("operatorSets").GetString(), Is.EqualTo("ai.onnx 17"));
        Assert.That(report.GetProperty("inputs")[0].GetProperty("type").GetString(), Is.EqualTo("Float32[N, 4]"));
        Assert.That(report.GetProperty("operators").EnumerateArray().Select(row => row.GetProperty("operator").GetString()), Is.EqualTo((string[])["Neg", "NonZero"]));
        Assert.That(report.GetProperty("isSupported").GetBoolean(), Is.False);
        Assert.That(report.GetProperty("unsupported")[0].GetProperty("reason").GetString(), Is.EqualTo("DynamicShape"));
        Assert.That(ZkvmProcess.Run("inspect", path).Output, Does.Contain("what stands in the way"));
    }

    [Test]
    public void Inspect_ModelThatIsNone_IsRefused()
    {
        string path = Path.Combine(Folder, "model.onnx");
        File.WriteAllText(path, "no model");
        (int exitCode, string line) = (ZkvmProcess.Run("inspect", path).ExitCode, ZkvmProcess.Run("inspect", path).ErrorLine);
        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(line, Does.Contain("no ONNX model"));
    }

    static byte[] SmallModel()
    {
        ModelProto model = new() { IrVersion = 8, Graph = new() { Name = "small" }, OpsetImport = { new OperatorSetIdProto { Version = 17 } } };
        TensorShapeProto shape = new() { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "N" }, new TensorShapeProto.Types.Dimension { DimValue = 4 } } };
        model.Graph.Input.Add(new ValueInfoProto { Name = "x", Type = new() { TensorType = new() { ElemType = 1, Shape = shape } } });
        model.Graph.Output.Add(new ValueInfoProto { Name = "z" });
        model.Graph.Node.Add(new NodeProto { OpType = "Neg", Input = { "x" }, Output = { "y" } });
        model.Graph.Node.Add(new NodeProto { OpType = "NonZero", Input = { "y" }, Output = { "z" } });
        return model.ToByteArray();
    }

    [Test]
    public void Inspect_FileAndFolder_AreEitherOr()
    {
        Assert.That(ZkvmProcess.Run("inspect").ErrorLine, Does.Contain("got neither"));
        Assert.That(ZkvmProcess.Run("inspect", ZkvmProcess.Hello, "--write", Folder).ErrorLine, Does.Contain("got both"));
    }

    [Test]
    public void Inspect_Write_MakesEveryPage()
    {
        string folder = Path.Combine(Folder, "reference");
        Assert.That(ZkvmProcess.Run("inspect", "--write", folder).ExitCode, Is.Zero);
        Assert.That(Directory.GetFiles(folder).Select(Path.GetFileName), Is.EquivalentTo((string[])["chips.g.md", "buses.g.md", "parameters.g.md"]));
    }

    [Test]
    public void Reference_PagesInTheRepository_AreCurrent()
    {
        foreach ((string name, string text) in ReferencePages.All())
        {
            string written = File.ReadAllText(Path.Combine(ZkvmProcess.Root, "docs/reference", name)).Replace("\r\n", "\n", StringComparison.Ordinal);
            Assert.That(written, Is.EqualTo(text), $"{name} is stale: run ./zkvm inspect --write docs/reference");
        }
    }

    [Test]
    public void Reference_EveryChipWithSeveralColumns_HasNamesForThem()
    {
        foreach (Machine.MachineChip chip in Machine.RiscvMachine.Chips)
        {
            if (chip.Width > 1) Assert.That(ColumnNames.Of(chip), Is.Not.Empty, chip.Name);
        }
    }

    [Test]
    public void Disassemble_Function_ShowsItsInstructionsAndTargets()
    {
        CommandResult result = ZkvmProcess.Run("disasm", ZkvmProcess.Hello, "--symbol", "main");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Output, Does.Contain("main:\n").And.Match(@"jal ra, 0x[0-9a-f]{8}  # zkvm_read"));
        Assert.That(result.Output, Does.Not.Contain("memcpy:"));
    }

    [Test]
    public void Disassemble_WholeProgram_HasEverySymbolOfText() =>
        Assert.That(ZkvmProcess.Run("disasm", ZkvmProcess.Hello).Output, Does.Contain("_start:").And.Contain("memcpy:").And.Contain("main:"));

    [Test]
    public void Disassemble_UnknownSymbol_NamesIt() =>
        Assert.That(ZkvmProcess.Run("disasm", ZkvmProcess.Hello, "--symbol", "nothing").ErrorLine, Does.Contain("\"nothing\""));

    [TestCase("100", 100)]
    [TestCase("128", 128)]
    public void Soundness_OfAProfile_ReachesItsLevel(string security, double level)
    {
        CommandResult result = ZkvmProcess.Run("soundness", "--security", security, "--json");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        JsonElement report = result.Json;
        Assert.That(report.GetProperty("provableBits").GetDouble(), Is.GreaterThanOrEqualTo(level));
        Assert.That(report.GetProperty("provableBitsOverSession").GetDouble(), Is.LessThan(report.GetProperty("provableBits").GetDouble()));
        Assert.That(report.GetProperty("digestBits").GetDouble(), Is.InRange(123, 124));
        Assert.That(report.GetProperty("classes").GetArrayLength(), Is.GreaterThan(10));
    }

    [Test]
    public void Soundness_Text_ShowsEveryRound()
    {
        string text = ZkvmProcess.Run("soundness").Output;
        foreach (string round in (string[])["LogUp", "constraints", "DEEP", "batching", "fold 0", "queries"]) Assert.That(text, Does.Contain(round));
    }

    [Test]
    public void BenchProve_ShortProgram_ReportsSpeedCellsStagesAndMix()
    {
        CommandResult result = ZkvmProcess.Run("bench", "prove", "--cycles", "1000", "--runs", "1", "--security", "test", "--json", "--quiet");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        JsonElement report = result.Json;
        foreach (string key in (string[])["cyclesPerSecond", "cells", "cellsPerSecondPerCore", "peakMemoryBytes", "proofBytes", "verifySeconds"])
            Assert.That(report.GetProperty(key).GetDouble(), Is.GreaterThan(0), key);
        Assert.That(report.GetProperty("stages").EnumerateArray().Sum(stage => stage.GetProperty("share").GetDouble()), Is.EqualTo(1).Within(1e-6));
        Assert.That(report.GetProperty("mix").GetArrayLength(), Is.GreaterThan(8));
    }

    [TestCase("--cycles", "10")]
    [TestCase("--runs", "0")]
    public void BenchProve_WrongValue_IsAUsageError(string option, string value) =>
        Assert.That(ZkvmProcess.Run("bench", "prove", option, value).ExitCode, Is.EqualTo(ExitCode.Usage));

    [Test]
    public void BenchMsm_SmallSize_ReportsEveryKernel()
    {
        CommandResult result = ZkvmProcess.Run("bench", "msm", "--log-size", "6", "--threads", "2", "--json");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Json.GetProperty("kernels").GetArrayLength(), Is.EqualTo(7));
    }

    [TestCase("--log-size", "25")]
    [TestCase("--threads", "0")]
    public void BenchMsm_WrongValue_IsAUsageError(string option, string value) =>
        Assert.That(ZkvmProcess.Run("bench", "msm", option, value).ExitCode, Is.EqualTo(ExitCode.Usage));
}

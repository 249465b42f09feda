using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Tests.NodeTests;

/// <summary>
/// The page that lists every ONNX backend node test with its result in the virtual machine. It is written by <c>dotnet test
/// tests/Zkml.Guest.Onnx.Tests -c Release -p:RunSettingsFilePath= --filter "Name=Table_OfTheNodeTests_IsWritten"</c>.
/// </summary>
[TestFixture, Category("Conformance")]
sealed partial class OperatorTableTests
{
    static string Path => System.IO.Path.Combine(Root(), "docs", "reference", "operators.g.md");

    [Test]
    public void Table_OfTheNodeTests_IsCurrent()
    {
        NodeTestArchive.Require();
        string written = File.ReadAllText(Path).Replace("\r\n", "\n", StringComparison.Ordinal);
        Assert.That(written, Is.EqualTo(Text()), "docs/reference/operators.g.md is stale: write it with the test Table_OfTheNodeTests_IsWritten.");
    }

    [Test]
    public void Table_OfTheNodeTests_HasNoFailure()
    {
        RunAll();
        Assert.That(NodeTestArchive.Require().Where(test => MachineNodeTests.Outcome(test).Result == NodeTestResult.Failed).Select(test => test.Name), Is.Empty);
    }

    [Test]
    public void Table_OfTheNodeTests_PrintsASummary()
    {
        RunAll();
        TestContext.Out.WriteLine(Summary());
        Assert.That(NodeTestArchive.Require(), Has.Count.EqualTo(1802));
    }

    [Test, Explicit("writes docs/reference/operators.g.md")]
    public void Table_OfTheNodeTests_IsWritten()
    {
        NodeTestArchive.Require();
        File.WriteAllText(Path, Text());
        Assert.That(File.Exists(Path));
    }

    static void RunAll() =>
        Parallel.ForEach(NodeTestArchive.Require(), new ParallelOptions { MaxDegreeOfParallelism = 2 }, test => MachineNodeTests.Outcome(test));

    static string Text()
    {
        RunAll();
        StringBuilder page = new();
        page.Append("""
            # ONNX operators and node tests

            <!-- Written by the test Table_OfTheNodeTests_IsWritten of Zkml.Guest.Onnx.Tests; do not edit. -->

            The backend node tests of ONNX, compiled and run in the virtual machine: floats within a relative error of 10⁻³ and an absolute one of
            10⁻⁷ (10⁻⁶ for DFT), everything else exactly. Inputs that decide a shape are bound when the model is compiled. Expanded tests compute an operator by
            others and are listed with it.


            """);
        page.Append(Summary());
        page.Append("\n## Every test\n\n| test | operator | result | reason |\n|---|---|---|---|\n");
        foreach (NodeTest test in NodeTestArchive.Require())
        {
            NodeTestOutcome outcome = MachineNodeTests.Outcome(test);
            page.Append(CultureInfo.InvariantCulture, $"| {test.Name} | {test.Operator} | {Word(outcome.Result)} | {Word(outcome.Reason)} |\n");
        }
        return page.ToString();
    }

    static string Summary()
    {
        StringBuilder summary = new("| operator | passed | failed | unsupported | reasons |\n|---|--:|--:|--:|---|\n");
        (int passed, int failed, int unsupported) = (0, 0, 0);
        foreach (IGrouping<string, NodeTest> group in NodeTestArchive.Require().GroupBy(test => test.Operator).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            NodeTestOutcome[] outcomes = [.. group.Select(MachineNodeTests.Outcome)];
            int p = outcomes.Count(outcome => outcome.Result == NodeTestResult.Passed), f = outcomes.Count(outcome => outcome.Result == NodeTestResult.Failed);
            string reasons = string.Join(", ", outcomes.Select(outcome => outcome.Reason).OfType<OnnxError>().Distinct().Select(reason => Word(reason)).Order(StringComparer.Ordinal));
            summary.Append(CultureInfo.InvariantCulture, $"| {group.Key} | {p} | {f} | {outcomes.Length - p - f} | {reasons} |\n");
            (passed, failed, unsupported) = (passed + p, failed + f, unsupported + outcomes.Length - p - f);
        }
        return summary.Append(CultureInfo.InvariantCulture, $"| all | {passed} | {failed} | {unsupported} | |\n").ToString();
    }

    // OperatorNotListed → operator not listed
    static string Word<T>(T? value) => Capital().Replace($"{value}", match => (match.Index == 0 ? "" : " ") + match.Value.ToLowerInvariant());

    static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Zkml.Vm.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("expected Zkml.Vm.sln in a folder above the test assembly");
    }

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();
}

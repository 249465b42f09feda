namespace Zkml.Guest.Onnx.Tests.NodeTests;

/// <summary>
/// The ONNX backend node tests on the host's interpreter, one case per operator: <c>dotnet test … -p:RunSettingsFilePath= --filter
/// "FullyQualifiedName~HostNodeTests&amp;Name~Conv"</c>. A case fails if a test of its operator fails; what is unsupported is printed.
/// </summary>
[TestFixture, Category("Slow")]
sealed class HostNodeTests
{
    public static IEnumerable<string> Operators => NodeTestArchive.Operators;

    [TestCaseSource(nameof(Operators))]
    public void Operator_OnTheHost_PassesItsNodeTests(string name)
    {
        List<string> failed = [];
        foreach (NodeTest test in NodeTestArchive.Require().Where(test => test.Operator == name))
        {
            NodeTestOutcome outcome = NodeTestRunner.Run(test, ProgramRunners.OnHost);
            string line = $"{outcome.Result} {test.Name} {outcome.Reason} {outcome.Message}";
            TestContext.Out.WriteLine(line);
            if (outcome.Result == NodeTestResult.Failed) failed.Add(line);
        }
        Assert.That(failed, Is.Empty);
    }
}

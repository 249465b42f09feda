namespace Zkml.Guest.Onnx.Tests.NodeTests;

/// <summary>All node tests of one operator.</summary>
static class OperatorCheck
{
    public static void Run(string name, ProgramRunner run)
    {
        List<string> failed = [];
        foreach (NodeTest test in NodeTestArchive.Require().Where(test => test.Operator == name))
        {
            NodeTestOutcome outcome = NodeTestRunner.Run(test, run);
            string line = $"{outcome.Result} {test.Name} {outcome.Reason} {outcome.Message}";
            TestContext.Out.WriteLine(line);
            if (outcome.Result == NodeTestResult.Failed) failed.Add(line);
        }
        Assert.That(failed, Is.Empty);
    }
}

using System.Collections.Concurrent;

namespace Zkml.Guest.Onnx.Tests.NodeTests;

/// <summary>The ONNX backend node tests in the virtual machine, one case per operator.</summary>
[TestFixture, Category("Conformance"), Parallelizable(ParallelScope.Children)]
sealed class MachineNodeTests
{
    static readonly ConcurrentDictionary<string, Lazy<NodeTestOutcome>> s_outcomes = new();

    public static IEnumerable<string> Operators => NodeTestArchive.Operators;

    /// <summary>What became of a test; it runs once, whoever asks.</summary>
    public static NodeTestOutcome Outcome(NodeTest test) =>
        s_outcomes.GetOrAdd(test.Name, _ => new(() => NodeTestRunner.Run(test, ProgramRunners.InTheMachine))).Value;

    [TestCaseSource(nameof(Operators))]
    public void Operator_InTheMachine_PassesItsNodeTests(string name)
    {
        List<string> failed = [];
        foreach (NodeTest test in NodeTestArchive.Require().Where(test => test.Operator == name))
        {
            NodeTestOutcome outcome = Outcome(test);
            string line = $"{outcome.Result} {test.Name} {outcome.Reason} {outcome.Message}";
            TestContext.Out.WriteLine(line);
            if (outcome.Result == NodeTestResult.Failed) failed.Add(line);
        }
        Assert.That(failed, Is.Empty);
    }
}

using Zkml.Guest.Loops;

namespace Zkml.Guest.Onnx.Tests.NodeTests;

/// <summary>
/// The ONNX backend node tests on the host's interpreter, one case per operator: <c>dotnet test … -p:RunSettingsFilePath= --filter
/// "FullyQualifiedName~HostNodeTests&amp;Name~Conv"</c>. A case fails if a test of its operator fails; what is unsupported is printed.
/// </summary>
[TestFixture, Category("Slow")]
sealed class HostNodeTests
{
    public static IEnumerable<string> Operators => NodeTestArchive.Tests?.Select(test => test.Operator).Distinct().Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>();

    [TestCaseSource(nameof(Operators))]
    public void Operator_OnTheHost_PassesItsNodeTests(string name) => OperatorCheck.Run(name, OnHost);

    public static byte[][] OnHost(LoopProgram program, IReadOnlyList<byte[]> inputs)
    {
        LoopMachine machine = new(program);
        for (int i = 0; i < inputs.Count; i++) machine.Write(program.Inputs[i], inputs[i]);
        machine.Run();
        return [.. program.Outputs.Select(output => machine.Read(output).ToArray())];
    }
}

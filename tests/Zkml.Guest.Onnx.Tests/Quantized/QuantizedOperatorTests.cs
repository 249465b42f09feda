using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>Every quantised operator, compiled and run on the host, against plain loops over the rules: bit for bit.</summary>
[TestFixture]
sealed class QuantizedOperatorTests
{
    const int Models = 40, MachineModels = 6;

    public static IEnumerable<string> Kinds => QuantizedCases.Kinds;

    [TestCaseSource(nameof(Kinds))]
    public void Operator_OnTheHost_FollowsItsRule(string kind)
    {
        for (int seed = 1; seed <= Models; seed++)
        {
            QuantizedCase made = QuantizedCases.Make(kind, seed);
            Tensor actual = made.RunOnHost();
            Assert.That(QuantizedCase.Differences(made.Expected, actual), Is.Zero, () => $"{made.Name}: expected {Text(made.Expected)}, got {Text(actual)}");
        }
    }

    [TestCaseSource(nameof(Kinds))]
    public void Operator_InTheMachine_FollowsItsRule(string kind)
    {
        for (int seed = 501; seed <= 500 + MachineModels; seed++)
        {
            QuantizedCase made = QuantizedCases.Make(kind, seed);
            Tensor actual = made.RunInMachine().Output;
            Assert.That(QuantizedCase.Differences(made.Expected, actual), Is.Zero, () => $"{made.Name}: expected {Text(made.Expected)}, got {Text(actual)}");
        }
    }

    static string Text(Tensor tensor) => $"{tensor.Type}{tensor.Shape} {Convert.ToHexString(tensor.Data[..Math.Min(tensor.Data.Length, 200)])}";
}

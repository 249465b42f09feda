using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Onnx.Tests.NodeTests;

namespace Zkml.Guest.Onnx.Tests.Elementwise;

/// <summary>
/// Runs one node: inferred, lowered, interpreted on the host and executed in the virtual machine, which must agree bit for bit. Inputs are
/// values of the guest unless they are named as constants.
/// </summary>
sealed class OperatorRunner(string operatorType, int version, string domain = "")
{
    readonly Dictionary<string, object> _attributes = [];
    readonly HashSet<int> _constants = [];
    int _outputs = 1;

    public OperatorRunner With(string name, object value)
    {
        _attributes[name] = value;
        return this;
    }

    public OperatorRunner Known(params ReadOnlySpan<int> inputs)
    {
        foreach (int input in inputs) _constants.Add(input);
        return this;
    }

    public OperatorRunner Outputs(int count)
    {
        _outputs = count;
        return this;
    }

    public Tensor[] Run(params Tensor?[] inputs)
    {
        OnnxGraph graph = Graph(inputs);
        ShapeInference.Run(graph);
        LoopProgram program = GraphLowering.Lower(graph);
        byte[][] values = [.. inputs.Where((tensor, i) => tensor != null && !_constants.Contains(i)).Select(tensor => tensor!.Data.ToArray())];
        byte[][] host = ProgramRunners.OnHost(program, values), machine = ProgramRunners.InTheMachine(program, values);
        for (int i = 0; i < host.Length; i++) Assert.That(Convert.ToHexString(machine[i]), Is.EqualTo(Convert.ToHexString(host[i])), $"output {i} in the virtual machine");
        return [.. graph.Outputs.Select((output, i) => new Tensor(output.Type, output.Shape!, host[i]))];
    }

    /// <summary>The kind of the error that inference ends with.</summary>
    public OnnxError Fails(params Tensor?[] inputs)
    {
        OnnxGraph graph = Graph(inputs);
        return Assert.Throws<OnnxException>(() => ShapeInference.Run(graph)).Error;
    }

    OnnxGraph Graph(Tensor?[] inputs)
    {
        Value?[] values = new Value?[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            if (inputs[i] is not { } tensor) continue;
            values[i] = new($"input{i}") { Type = tensor.Type, Shape = tensor.Shape, Constant = _constants.Contains(i) ? tensor : null };
        }
        Value[] outputs = [.. Enumerable.Range(0, _outputs).Select(i => new Value($"output{i}"))];
        Node node = new("node", domain, operatorType, version, values, outputs, new(_attributes));
        return new()
        {
            Name = "test",
            Inputs = [.. values.OfType<Value>().Where(value => value.Constant == null)],
            Outputs = [.. outputs],
            Nodes = [node],
        };
    }
}

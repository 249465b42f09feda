using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Tests.NodeTests;

enum NodeTestResult
{
    Passed,
    Failed,
    Unsupported,
}

/// <summary>What became of a test. <paramref name="Reason"/> is set for unsupported ones.</summary>
sealed record NodeTestOutcome(NodeTestResult Result, OnnxError? Reason, string Message);

/// <summary>Runs a lowered program: input buffers' bytes in, output buffers' bytes out.</summary>
delegate byte[][] ProgramRunner(LoopProgram program, IReadOnlyList<byte[]> inputs);

/// <summary>Imports, lowers and runs a node test, and compares. Inputs that inference must know at compile time are bound to the test's values.</summary>
static class NodeTestRunner
{
    public static NodeTestOutcome Run(NodeTest test, ProgramRunner run)
    {
        try
        {
            ModelProto model = OnnxImporter.Parse(test.Model);
            Dictionary<string, Tensor> values = Inputs(test, model);
            OnnxGraph graph = Prepare(model, values);
            LoopProgram program = GraphLowering.Lower(graph);
            byte[][] outputs = run(program, [.. graph.Inputs.Select(input => values[input.Name].Data.ToArray())]);
            for (int i = 0; i < outputs.Length; i++)
            {
                Value output = graph.Outputs[i];
                string? difference = TensorComparison.Difference(test.Operator, TensorReader.Parse(test.Outputs[i]), new(output.Type, output.Shape!, outputs[i]));
                if (difference != null) return new(NodeTestResult.Failed, null, $"output {output.Name}: {difference}");
            }
            return new(NodeTestResult.Passed, null, "");
        }
        catch (OnnxException e) when (e.Error is not (OnnxError.Malformed or OnnxError.Limit))
        {
            return new(NodeTestResult.Unsupported, e.Error, e.Message);
        }
        catch (Exception e)
        {
            return new(NodeTestResult.Failed, null, $"{e.GetType().Name}: {e.Message}\n{e.StackTrace}");
        }
    }

    // Reading the model first gives models of sequences and optional values their reason before their data is touched.
    static Dictionary<string, Tensor> Inputs(NodeTest test, ModelProto model)
    {
        Dictionary<string, Tensor> values = [];
        for (int i = 0; i < test.Inputs.Length; i++)
        {
            ValueInfoProto input = model.Graph.Input[i];
            CheckTensor(input);
            values[input.Name] = TensorReader.Parse(test.Inputs[i]);
        }
        return values;
    }

    static void CheckTensor(ValueInfoProto input)
    {
        OnnxError? reason = input.Type.ValueCase switch
        {
            TypeProto.ValueOneofCase.SequenceType or TypeProto.ValueOneofCase.MapType => OnnxError.Sequence,
            TypeProto.ValueOneofCase.OptionalType => OnnxError.Optional,
            _ => null,
        };
        if (reason is { } found) throw new OnnxException(found, $"input {input.Name} is no tensor");
    }

    static OnnxGraph Prepare(ModelProto model, Dictionary<string, Tensor> values)
    {
        Dictionary<string, Tensor> bound = [];
        while (true)
        {
            OnnxGraph graph = OnnxImporter.Read(model, OnnxImportOptions.Default with { Bind = bound });
            try
            {
                OnnxCompiler.Prepare(graph);
                return graph;
            }
            catch (OnnxException e) when (e.UnknownValue != null)
            {
                string[] asked = [.. Sources(graph, e.UnknownValue).Where(name => !bound.ContainsKey(name))];
                if (asked.Length == 0) throw;
                foreach (string name in asked) bound[name] = values[name];
            }
        }
    }

    // The graph inputs that a value is computed from.
    static IEnumerable<string> Sources(OnnxGraph graph, Value value)
    {
        HashSet<Value> wanted = [value];
        foreach (Node node in graph.Nodes.AsEnumerable().Reverse())
            if (node.Outputs.Any(output => output != null && wanted.Contains(output))) wanted.UnionWith(node.Inputs.OfType<Value>());
        return graph.Inputs.Where(wanted.Contains).Select(input => input.Name);
    }
}

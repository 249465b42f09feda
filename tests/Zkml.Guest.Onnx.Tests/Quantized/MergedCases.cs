using Google.Protobuf;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>Many cases of one kind side by side in one model, so that thousands load in seconds.</summary>
sealed class MergedCases
{
    readonly QuantizedCase[] _cases;

    public MergedCases(QuantizedCase[] cases) => _cases = cases;

    /// <summary>The result of each case in ONNX Runtime: as it is by default, and without saturation.</summary>
    public (Tensor[] Reference, Tensor[] Precise) RunInOnnxRuntime(OnnxRuntimeProcess process)
    {
        (ModelProto model, Tensor[] inputs) = Merge(_cases, fixesWeights: false);
        using OnnxRuntimeSession session = process.Load(model.ToByteArray());
        Tensor[] reference = session.Run(inputs), precise = [.. reference];
        // The precise mode refuses Int8 by Int8, which never saturates.
        int[] mixed = [.. Enumerable.Range(0, _cases.Length).Where(i => _cases[i].MixesSigns)];
        if (mixed.Length == 0) return (reference, precise);
        (model, inputs) = Merge([.. mixed.Select(i => _cases[i])], fixesWeights: true);
        using OnnxRuntimeSession exact = process.Load(model.ToByteArray(), ExactnessTally.Precise);
        Tensor[] results = exact.Run(inputs);
        for (int i = 0; i < mixed.Length; i++) precise[mixed[i]] = results[i];
        return (reference, precise);
    }

    /// <summary>The result of each case, compiled and run in the host's interpreter.</summary>
    public Tensor[] RunOnHost()
    {
        (ModelProto model, Tensor[] inputs) = Merge(_cases, fixesWeights: false);
        CompiledModel compiled = OnnxCompiler.Compile(model.ToByteArray(), OnnxImportOptions.Default);
        LoopMachine machine = new(compiled.Program);
        for (int i = 0; i < inputs.Length; i++) machine.Write(compiled.Program.Inputs[i], inputs[i].Data);
        machine.Run();
        return [.. compiled.Graph.Outputs.Select((output, i) => new Tensor(output.Type, output.Shape!, machine.Read(compiled.Program.Outputs[i])))];
    }

    // The precise mode knows constant weights only: fixesWeights turns Int8 inputs of products of mixed signs into constants.
    static (ModelProto Model, Tensor[] Inputs) Merge(QuantizedCase[] cases, bool fixesWeights)
    {
        ModelProto merged = new() { Graph = new() { Name = "merged" } };
        List<Tensor> inputs = [];
        for (int i = 0; i < cases.Length; i++)
        {
            ModelProto model = OnnxImporter.Parse(cases[i].Model);
            GraphProto graph = model.Graph;
            if (i == 0)
            {
                merged.IrVersion = model.IrVersion;
                merged.OpsetImport.Add(model.OpsetImport);
            }
            for (int k = 0; k < graph.Input.Count; k++)
            {
                Tensor tensor = cases[i].Inputs[k];
                graph.Input[k].Name = Name(i, graph.Input[k].Name);
                if (fixesWeights && cases[i].MixesSigns && tensor.Type == ElementType.Int8)
                {
                    merged.Graph.Initializer.Add(TensorWriter.Write(tensor, graph.Input[k].Name));
                    continue;
                }
                merged.Graph.Input.Add(graph.Input[k]);
                inputs.Add(tensor);
            }
            foreach (TensorProto tensor in graph.Initializer) tensor.Name = Name(i, tensor.Name);
            foreach (ValueInfoProto output in graph.Output) output.Name = Name(i, output.Name);
            foreach (NodeProto node in graph.Node)
            {
                node.Name = Name(i, node.Name);
                for (int k = 0; k < node.Input.Count; k++) node.Input[k] = Name(i, node.Input[k]);
                for (int k = 0; k < node.Output.Count; k++) node.Output[k] = Name(i, node.Output[k]);
            }
            merged.Graph.Initializer.Add(graph.Initializer);
            merged.Graph.Output.Add(graph.Output);
            merged.Graph.Node.Add(graph.Node);
        }
        return (merged, [.. inputs]);
    }

    static string Name(int number, string name) => name.Length == 0 ? "" : $"m{number}.{name}";
}

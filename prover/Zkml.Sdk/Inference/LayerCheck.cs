using Zkml.Guest.Loops;
using Zkml.Guest.Onnx;
using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Sdk.Inference;

/// <summary>Compares what single layers compute with ONNX Runtime's values of the same name. The layers run on the host, in the loops that the guest has.</summary>
public static class LayerCheck
{
    /// <summary>
    /// One comparison for each node whose first output has a name in the model. Throws <see cref="OnnxRuntimeException"/> where ONNX Runtime is
    /// missing or refuses the model.
    /// </summary>
    public static IReadOnlyList<TensorComparison> Run(InferenceGuest guest, byte[] model, IReadOnlyList<Tensor[]> cases, CancellationToken cancellation = default)
    {
        HashSet<string> known = [.. OnnxImporter.Parse(model).Graph.Node.SelectMany(node => node.Output)];
        known.ExceptWith(OnnxImporter.Parse(model).Graph.Output.Select(output => output.Name));
        (Node Node, Value Value)[] watched = [.. guest.Graph.Nodes
            .Where(node => node.Outputs[0] is { } value && known.Contains(value.Name) && guest.Buffers.ContainsKey(value))
            .Select(node => (node, node.Outputs[0]!))];
        if (watched.Length == 0) return [];
        using OnnxRuntimeSession session = OnnxRuntimeSession.Start(model, new() { ExtraOutputs = [.. watched.Select(entry => entry.Value.Name)] });
        LoopMachine machine = new(guest.Program);
        TensorAccumulator[] layers = [.. watched.Select(entry => new TensorAccumulator(entry.Node.Name))];
        foreach (Tensor[] inputs in cases)
        {
            Dictionary<string, OnnxRuntimeValue> named = [];
            for (int i = 0; i < inputs.Length; i++)
            {
                named[guest.Contract.Inputs[i].Name] = inputs[i];
                machine.Write(guest.Program.Inputs[i], BoundValues.Quantize(guest.Contract.Inputs[i], inputs[i]).Data);
            }
            machine.Run(cancellation: cancellation);
            IReadOnlyList<OnnxRuntimeValue> reference = session.Run(named);
            int first = session.Outputs.Count - watched.Length;
            for (int i = 0; i < watched.Length; i++)
            {
                Tensor expected = LabelledValues.ToTensor(reference[first + i], watched[i].Value.Labels);
                layers[i].Add(new(watched[i].Value.Type, expected.Shape, machine.Read(guest.Buffers[watched[i].Value])), expected, expected);
            }
        }
        return [.. layers.Select(layer => layer.Result())];
    }
}

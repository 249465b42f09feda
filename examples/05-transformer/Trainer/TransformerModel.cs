using Zkml.Examples.Training;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Examples.Transformer.Trainer;

/// <summary>The network as an ONNX file: "words" [1 × 20] int64, "intent" [1 × 5] logits.</summary>
public static class TransformerModel
{
    const int HeadWidth = TransformerNetwork.Width / TransformerNetwork.HeadCount;

    /// <summary>The bytes of the file.</summary>
    public static byte[] Export(TransformerNetwork network)
    {
        OnnxModelBuilder model = new("wallet-intents");
        string words = model.Input("words", ElementType.Int64, 1, CommandGrammar.Length);
        string x = model.Node("Gather", "embedding", [model.Constant("embedding.table", network.Words), words]);
        x = model.Node("Add", "positions", [x, model.Constant("positions.table", network.Positions)]);
        for (int i = 0; i < network.Layers.Count; i++) x = Layer(model, $"layer{i}", x, network.Layers[i]);
        x = model.Node("ReduceMean", "mean", [x], OnnxModelBuilder.Integers("axes", 1), OnnxModelBuilder.Integer("keepdims", 0));
        model.Node("Gemm", "intent", [x, model.Constant("output.weights", network.OutputWeights), model.Constant("output.bias", network.OutputBias)]);
        model.Output("intent", ElementType.Float32, [1, CommandGrammar.Intents.Count], CommandGrammar.Intents);
        return model.Build();
    }

    static string Layer(OnnxModelBuilder model, string name, string x, TransformerNetwork.Layer layer)
    {
        string attention = Attention(model, $"{name}.attention", Normalize(model, $"{name}.norm1", x, layer.FirstNorm), layer);
        x = model.Node("Add", $"{name}.residual1", [x, attention]);
        string hidden = model.Node("Relu", $"{name}.relu", [Dense(model, $"{name}.hidden", Normalize(model, $"{name}.norm2", x, layer.SecondNorm), layer.Hidden)]);
        return model.Node("Add", $"{name}.residual2", [x, Dense(model, $"{name}.output", hidden, layer.Output)]);
    }

    static string Attention(OnnxModelBuilder model, string name, string x, TransformerNetwork.Layer layer)
    {
        string query = Heads(model, $"{name}.query", Dense(model, $"{name}.query", x, layer.Query), 0, 2, 1, 3);
        string key = Heads(model, $"{name}.key", Dense(model, $"{name}.key", x, layer.Key), 0, 2, 3, 1);
        string value = Heads(model, $"{name}.value", Dense(model, $"{name}.value", x, layer.Value), 0, 2, 1, 3);
        string scores = model.Node("Mul", $"{name}.scaled", [model.Node("MatMul", $"{name}.scores", [query, key]), model.Constant($"{name}.scale", [1 / MathF.Sqrt(HeadWidth)])]);
        string mixed = model.Node("MatMul", $"{name}.mix", [model.Node("Softmax", $"{name}.softmax", [scores], OnnxModelBuilder.Integer("axis", -1)), value]);
        string joined = model.Node("Transpose", $"{name}.join", [mixed], OnnxModelBuilder.Integers("perm", 0, 2, 1, 3));
        string flat = model.Node("Reshape", $"{name}.flat", [joined, model.Constant($"{name}.flat.shape", 1, CommandGrammar.Length, TransformerNetwork.Width)]);
        return Dense(model, $"{name}.projection", flat, layer.Projection);
    }

    static string Heads(OnnxModelBuilder model, string name, string x, params long[] order)
    {
        string shape = model.Constant($"{name}.heads.shape", 1, CommandGrammar.Length, TransformerNetwork.HeadCount, HeadWidth);
        return model.Node("Transpose", $"{name}.turned", [model.Node("Reshape", $"{name}.heads", [x, shape])], OnnxModelBuilder.Integers("perm", order));
    }

    static string Normalize(OnnxModelBuilder model, string name, string x, (Variable Scale, Variable Shift) norm) =>
        model.Node("LayerNormalization", name, [x, model.Constant($"{name}.scale", norm.Scale), model.Constant($"{name}.shift", norm.Shift)], OnnxModelBuilder.Integer("axis", -1));

    static string Dense(OnnxModelBuilder model, string name, string x, (Variable Weights, Variable Bias) dense) =>
        model.Node("Add", $"{name}.bias", [model.Node("MatMul", $"{name}.product", [x, model.Constant($"{name}.weights", dense.Weights)]), model.Constant($"{name}.shift", dense.Bias)]);
}

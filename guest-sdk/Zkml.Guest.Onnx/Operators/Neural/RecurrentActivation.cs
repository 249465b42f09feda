using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>An activation of RNN, LSTM and GRU with its parameters.</summary>
internal sealed record RecurrentActivation(string Name, float Alpha, float Beta)
{
    // Parameters that each function takes, and their defaults.
    static readonly Dictionary<string, (int Count, float Alpha, float Beta)> s_functions = new()
    {
        ["relu"] = (0, 0, 0),
        ["tanh"] = (0, 0, 0),
        ["sigmoid"] = (0, 0, 0),
        ["softsign"] = (0, 0, 0),
        ["softplus"] = (0, 0, 0),
        ["leakyrelu"] = (1, 0.01f, 0),
        ["thresholdedrelu"] = (1, 1, 0),
        ["elu"] = (1, 1, 0),
        ["affine"] = (2, 1, 0),
        ["scaledtanh"] = (2, 1, 1),
        ["hardsigmoid"] = (2, 0.2f, 0.5f),
    };

    /// <summary>The activations of a node: the given ones, or <paramref name="defaults"/> for each direction. Parameters are handed out in order.</summary>
    public static RecurrentActivation[] Read(NodeAttributes attributes, int directions, params ReadOnlySpan<string> defaults)
    {
        string[] names = attributes.Texts("activations") ?? [.. Enumerable.Repeat(defaults.ToArray(), directions).SelectMany(list => list)];
        Require(names.Length == directions * defaults.Length, $"activations: expected {directions * defaults.Length}, got {names.Length}");
        Queue<float> alphas = new(attributes.Floats("activation_alpha") ?? []), betas = new(attributes.Floats("activation_beta") ?? []);
        RecurrentActivation[] activations = new RecurrentActivation[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            string name = names[i].ToLowerInvariant();
            if (!s_functions.TryGetValue(name, out (int Count, float Alpha, float Beta) function)) throw OnnxException.Malformed($"activations: unknown function \"{names[i]}\"");
            float alpha = function.Count >= 1 && alphas.Count > 0 ? alphas.Dequeue() : function.Alpha;
            activations[i] = new(name, alpha, function.Count >= 2 && betas.Count > 0 ? betas.Dequeue() : function.Beta);
        }
        return activations;
    }

    /// <summary>The function of a value; <paramref name="clip"/> bounds the value first.</summary>
    public Number Apply(LoweringContext context, Number value, float? clip)
    {
        Number x = value.Keep("x");
        if (clip is { } bound) x = new(context.Code, x.Type, context.Math.Clamp(x.Type, x.Bits, x.Of(-bound).Bits, x.Of(bound).Bits));
        ElementMath math = context.Math;
        return Name switch
        {
            "relu" => With(math.Relu(x.Type, x.Bits)),
            "tanh" => x.Tanh(),
            "sigmoid" => x.Sigmoid(),
            "softsign" => With(math.Softsign(x.Type, x.Bits)),
            "softplus" => With(math.Softplus(x.Type, x.Bits)),
            "leakyrelu" => With(math.LeakyRelu(x.Type, x.Bits, x.Of(Alpha).Bits)),
            "thresholdedrelu" => Number.Select(x >= x.Of(Alpha), x, x.Of(0)),
            "elu" => With(math.Elu(x.Type, x.Bits, Alpha)),
            "affine" => x.Of(Alpha) * x + x.Of(Beta),
            "scaledtanh" => x.Of(Alpha) * (x.Of(Beta) * x).Tanh(),
            _ => With(math.HardSigmoid(x.Type, x.Bits, Alpha, Beta)),
        };

        Number With(Loops.Expression bits) => new(context.Code, x.Type, bits);
    }
}

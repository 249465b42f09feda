using Zkml.Examples.Training;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Examples.Mnist.Trainer;

/// <summary>The network as an ONNX file: "image" [1 × 1 × 28 × 28] of raw gray values 0 to 255, "logits" [1 × 10].</summary>
public static class MnistModel
{
    /// <summary>The bytes of the file.</summary>
    public static byte[] Export(ConvolutionalNetwork network)
    {
        OnnxModelBuilder model = new("mnist");
        string image = model.Input("image", ElementType.Float32, 1, 1, LabelledImages.Side, LabelledImages.Side);
        // The first kernels take over the division by 255, so that the model reads raw bytes.
        float[] firstKernels = [.. network.FirstKernels.Values.Select(value => value / 255)];
        string first = Stage(model, "stage1", image, model.Constant("stage1.kernels", firstKernels, network.FirstKernels.Shape), network.FirstBias);
        string second = Stage(model, "stage2", first, model.Constant("stage2.kernels", network.SecondKernels), network.SecondBias);
        string flat = model.Node("Flatten", "flatten", [second], OnnxModelBuilder.Integer("axis", 1));
        model.Node("Gemm", "logits", [flat, model.Constant("dense.weights", network.DenseWeights), model.Constant("dense.bias", network.DenseBias)]);
        model.Output("logits", ElementType.Float32, [1, ConvolutionalNetwork.ClassCount], "0123456789".Select(digit => digit.ToString()));
        return model.Build();
    }

    static string Stage(OnnxModelBuilder model, string name, string input, string kernels, Variable bias)
    {
        string convolved = model.Node("Conv", $"{name}.conv", [input, kernels, model.Constant($"{name}.bias", bias)], OnnxModelBuilder.Integers("pads", 1, 1, 1, 1));
        string active = model.Node("Relu", $"{name}.relu", [convolved]);
        return model.Node("MaxPool", $"{name}.pool", [active], OnnxModelBuilder.Integers("kernel_shape", 2, 2), OnnxModelBuilder.Integers("strides", 2, 2));
    }
}

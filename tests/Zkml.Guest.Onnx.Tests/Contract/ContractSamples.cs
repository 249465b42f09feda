using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Tests.Contract;

static class ContractSamples
{
    public static BoundTensor Floats(string name, params int[] shape) =>
        new() { Name = name, Type = ElementType.Float32, Shape = shape, GuestType = ElementType.Float32 };

    public static BoundTensor Bytes(string name, float scale, int zeroPoint, params int[] shape) =>
        new() { Name = name, Type = ElementType.Float32, Shape = shape, GuestType = ElementType.UInt8, Scale = scale, ZeroPoint = zeroPoint };

    public static ModelContract Of(BoundTensor[] inputs, BoundTensor[] outputs, Visibility input = Visibility.Private, Visibility output = Visibility.Public, Visibility parameters = Visibility.Public) => new()
    {
        Model = "test",
        ModelHash = parameters == Visibility.Private ? "" : new string('a', 64),
        Inputs = inputs,
        Outputs = outputs,
        InputVisibility = input,
        OutputVisibility = output,
        ParametersVisibility = parameters,
    };
}

using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>Scales and zero points of a node: they shape the code, so they are known at compile time.</summary>
static class QuantizationConstants
{
    /// <summary>The content of an input. Throws <see cref="OnnxError.DynamicShape"/> if it is computed by the model, <see cref="OnnxError.Malformed"/> if it is missing.</summary>
    public static Tensor Required(Node node, int index)
    {
        if (!IsPresent(node, index)) throw OnnxException.Malformed($"input {index} is missing");
        Value value = node.Inputs[index]!;
        return value.Constant
            ?? throw new OnnxException(OnnxError.DynamicShape, $"input {value.Name} must be known at compile time; make it an initialiser or bind it to a value") { UnknownValue = value };
    }

    /// <summary>True if the optional input is present.</summary>
    public static bool IsPresent(Node node, int index) => index < node.Inputs.Length && node.Inputs[index] != null;

    /// <summary>The one scale of an input: finite and above 0.</summary>
    public static float Scale(Node node, int index) => One(Scales(node, index), node, index);

    /// <summary>Scales of an input, each finite and above 0, widened to binary32.</summary>
    public static float[] Scales(Node node, int index)
    {
        Tensor tensor = Required(node, index);
        if (tensor.Type is not (ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16))
            throw OnnxException.Malformed($"input {index} (a scale): expected a float of at most 32 bits, got {tensor.Type}");
        float[] scales = new float[tensor.Shape.Count];
        for (int i = 0; i < scales.Length; i++)
        {
            scales[i] = (float)tensor.NumberAt(i);
            if (!float.IsFinite(scales[i]) || scales[i] <= 0) throw OnnxException.Malformed($"input {index} (a scale): expected a finite number above 0, got {scales[i]}");
        }
        return scales;
    }

    /// <summary>The one zero point of an input; 0 if it is absent.</summary>
    public static int ZeroPoint(Node node, int index) => One(ZeroPoints(node, index), node, index);

    /// <summary>Zero points of an input; a single 0 if it is absent.</summary>
    public static int[] ZeroPoints(Node node, int index)
    {
        if (!IsPresent(node, index)) return [0];
        Tensor tensor = Required(node, index);
        if (!tensor.Type.IsInteger || tensor.Type.Bits > 32) throw OnnxException.Malformed($"input {index} (a zero point): expected an integer of at most 32 bits, got {tensor.Type}");
        return [.. tensor.ToIntegers().Select(value => (int)value)];
    }

    /// <summary>The smallest value of an integer type of at most 32 bits.</summary>
    public static int Minimum(ElementType type) => type.IsSigned ? (int)-(1L << (type.Bits - 1)) : 0;

    /// <summary>The largest value of an integer type of at most 32 bits; UInt32 saturates at that of Int32.</summary>
    public static int Maximum(ElementType type) => (int)Math.Min((1L << (type.IsSigned ? type.Bits - 1 : type.Bits)) - 1, int.MaxValue);

    /// <summary>Checks that an input holds 8-bit integers.</summary>
    public static ElementType Require8Bits(InferenceContext context, int index)
    {
        ElementType type = context.TypeOf(index);
        return type is ElementType.UInt8 or ElementType.Int8 ? type : throw OnnxException.Malformed($"input {index}: expected UInt8 or Int8, got {type}");
    }

    static T One<T>(T[] values, Node node, int index) =>
        values.Length == 1 ? values[0] : throw OnnxException.Malformed($"input {node.Inputs[index]?.Name}: expected one value, got {values.Length}");
}

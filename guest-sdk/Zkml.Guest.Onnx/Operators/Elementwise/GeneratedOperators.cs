using System.Runtime.InteropServices;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>An operator whose output is known from attributes, shapes and inputs of compile time alone.</summary>
public abstract class FoldedOperator : Operator
{
    /// <summary>More elements than a guest can hold; a model that asks for them is refused before they are made.</summary>
    protected const int MaximumElements = 1 << 24;

    /// <inheritdoc/>
    public sealed override void Infer(InferenceContext context) => context.SetConstant(0, Compute(context));

    /// <inheritdoc/>
    public sealed override void Lower(LoweringContext context) { }

    /// <summary>The output.</summary>
    protected abstract Tensor Compute(InferenceContext context);

    /// <summary>Throws <see cref="OnnxError.Limit"/> for a shape of too many elements.</summary>
    protected static Shape Limited(Shape shape) => shape.Count <= MaximumElements ? shape
        : throw new OnnxException(OnnxError.Limit, $"a constant {shape} has more than {MaximumElements} elements");

    /// <summary>A tensor of one repeated element.</summary>
    protected static Tensor Fill(ElementType type, Shape shape, ReadOnlySpan<byte> element)
    {
        byte[] data = new byte[(long)Limited(shape).Count * element.Length];
        for (int i = 0; i < data.Length; i += element.Length) element.CopyTo(data.AsSpan(i));
        return new(type, shape, data);
    }
}

/// <summary>Constant: the value of its attribute.</summary>
public sealed class ConstantOperator : FoldedOperator
{
    /// <inheritdoc/>
    protected override Tensor Compute(InferenceContext context)
    {
        NodeAttributes attributes = context.Attributes;
        if (attributes.Tensor("value") is { } tensor) return tensor;
        if (attributes.Has("value_float")) return Tensor.Of(ElementType.Float32, Shape.Scalar, attributes.Float("value_float", 0));
        if (attributes.Has("value_int")) return Tensor.Of(ElementType.Int64, Shape.Scalar, attributes.Integer("value_int", 0));
        if (attributes.Floats("value_floats") is { } floats) return Tensor.Of<float>(ElementType.Float32, new(floats.Length), floats);
        if (attributes.Integers("value_ints") is { } integers) return Tensor.Of<long>(ElementType.Int64, new(integers.Length), integers);
        if (attributes.Has("value_string")) return new(Shape.Scalar, [attributes.Text("value_string", "")]);
        if (attributes.Texts("value_strings") is { } texts) return new(new Shape(texts.Length), texts);
        throw OnnxException.Malformed("expected one of the attributes value, value_float, value_floats, value_int, value_ints");
    }
}

/// <summary>ConstantOfShape: one value, float 0 by default, in a shape that is known at compile time.</summary>
public sealed class ConstantOfShapeOperator : FoldedOperator
{
    /// <inheritdoc/>
    protected override Tensor Compute(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        Tensor element = context.Attributes.Tensor("value") ?? Tensor.Of(ElementType.Float32, new(1), 0f);
        if (element.Type == ElementType.String) throw new OnnxException(OnnxError.String, "attribute value is text");
        if (element.Shape.Count != 1) throw OnnxException.Malformed($"attribute value: expected one element, got {element.Shape}");
        return Fill(element.Type, InferenceChecks.ShapeOf(context.IntegersOf(0)), element.Data);
    }
}

/// <summary>EyeLike: ones on a diagonal.</summary>
public sealed class EyeLikeOperator : FoldedOperator
{
    /// <inheritdoc/>
    protected override Tensor Compute(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        ElementType type = (ElementType)context.Attributes.Int32("dtype", (int)context.TypeOf(0, ElementKinds.Any));
        if (!Enum.IsDefined(type) || !type.IsNumeric) throw OnnxException.Malformed($"attribute dtype: expected a numeric element type, got {type}");
        Shape shape = Limited(context.ShapeOf(0));
        if (shape.Rank != 2) throw OnnxException.Malformed($"input 0: expected a matrix, got {shape}");
        byte[] one = HostElement.Bytes(type, 1), data = new byte[shape.Count * one.Length];
        long shift = context.Attributes.Integer("k", 0);
        for (int row = 0; row < shape[0]; row++)
        {
            // Compared before it is added: k may be any number of 64 bits.
            if (shift >= shape[1] - row || shift < -row) continue;
            one.CopyTo(data.AsSpan((int)(row * (long)shape[1] + row + shift) * one.Length));
        }
        return new(type, shape, data);
    }
}

/// <summary>Range: start, start + delta, … below limit; the three are known at compile time.</summary>
public sealed class RangeOperator : FoldedOperator
{
    /// <inheritdoc/>
    protected override Tensor Compute(InferenceContext context)
    {
        context.RequireInputs(3, 3);
        ElementType type = context.TypeOf(0, ElementKinds.Number);
        context.RequireSameType(0, 1);
        context.RequireSameType(0, 2);
        Tensor start = context.ConstantOf(0), limit = context.ConstantOf(1), delta = context.ConstantOf(2);
        double step = InferenceChecks.NumberOf(delta), count = Math.Ceiling((InferenceChecks.NumberOf(limit) - InferenceChecks.NumberOf(start)) / step);
        if (step == 0 || double.IsNaN(count)) throw OnnxException.Malformed($"expected finite numbers and a delta other than 0, got {step}");
        if (count > MaximumElements) throw new OnnxException(OnnxError.Limit, $"a range of {count} elements");
        int length = (int)Math.Max(count, 0);
        byte[] data = new byte[length * type.Memory.ElementBytes];
        for (int i = 0; i < length; i++)
            Element(type, start, delta, i).CopyTo(data.AsSpan(i * type.Memory.ElementBytes));
        return new(type, new(length), data);
    }

    static byte[] Element(ElementType type, Tensor start, Tensor delta, int index) => type switch
    {
        _ when type.IsInteger && type != ElementType.UInt64 => HostElement.Bytes(type, start.IntegerAt(0) + index * delta.IntegerAt(0)),
        ElementType.UInt64 => HostElement.Bytes(type, unchecked(start.As<long>()[0] + index * delta.As<long>()[0])),
        ElementType.Float64 => HostElement.Bytes(type, start.NumberAt(0) + index * delta.NumberAt(0)),
        _ => HostElement.Bytes(type, (float)start.NumberAt(0) + index * (float)delta.NumberAt(0)),
    };
}

/// <summary>Numbers of the host as elements.</summary>
static class HostElement
{
    /// <summary>An element of an integer or bool type: the low bits; of a float type: rounded.</summary>
    public static byte[] Bytes(ElementType type, long value) => type.IsFloat ? Bytes(type, (double)value) : Write(type, value);

    /// <summary>An element of a type of Float16 and up, rounded; of narrower floats 0 and 1 only.</summary>
    public static byte[] Bytes(ElementType type, double value) => type switch
    {
        ElementType.Float64 => Write(type, BitConverter.DoubleToInt64Bits(value)),
        ElementType.Float32 => Write(type, BitConverter.SingleToInt32Bits((float)value)),
        ElementType.Float16 => Write(type, BitConverter.HalfToInt16Bits((Half)value)),
        ElementType.BFloat16 => Write(type, RoundToBFloat16((float)value)),
        _ => Write(type, value == 0 ? 0 : One(type)),
    };

    static byte[] Write(ElementType type, long bits) => MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in bits))[..type.Memory.ElementBytes].ToArray();

    static long RoundToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? 0x7FC0 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    }

    static long One(ElementType type) => type switch
    {
        ElementType.Float8E4M3FN => 0x38,
        ElementType.Float8E4M3FNUZ => 0x40,
        ElementType.Float8E5M2 => 0x3C,
        ElementType.Float8E5M2FNUZ => 0x40,
        ElementType.Float4E2M1 => 2,
        _ => 0x7F,
    };
}

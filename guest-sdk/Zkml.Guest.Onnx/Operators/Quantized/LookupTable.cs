using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>A function of an 8-bit code as a table of 256 codes of the same type, from the smallest code up.</summary>
sealed class LookupTable
{
    readonly int _minimum;

    LookupTable(ElementType type, byte[] codes) => (Type, Codes, _minimum) = (type, codes, QuantizationConstants.Minimum(type));

    /// <summary>UInt8 or Int8.</summary>
    public ElementType Type { get; }

    /// <summary>The results, as bytes.</summary>
    public byte[] Codes { get; }

    /// <summary>The table of a function of codes.</summary>
    public static LookupTable Of(ElementType type, Func<int, int> function)
    {
        int minimum = QuantizationConstants.Minimum(type);
        return new(type, [.. Enumerable.Range(minimum, 256).Select(code => unchecked((byte)function(code)))]);
    }

    /// <summary>The table of a function of numbers: dequantise, apply, quantise, each in binary32.</summary>
    public static LookupTable Of(ElementType type, float scaleX, int zeroPointX, float scaleY, int zeroPointY, Func<float, float> function) =>
        Of(type, code => FloatKernels.Quantize(function(FloatKernels.Dequantize(code, scaleX, zeroPointX)), scaleY, zeroPointY, QuantizationConstants.Minimum(type), QuantizationConstants.Maximum(type)));

    /// <summary>A table whose bytes were computed before.</summary>
    public static LookupTable OfCodes(ElementType type, ReadOnlySpan<byte> codes) => new(type, codes.ToArray());

    /// <summary>The result of one code in memory.</summary>
    public Expression Append(LoopBuffer table, Expression code) => Expression.Load(table, code - _minimum);

    /// <summary>The table as a constant of the program.</summary>
    public LoopBuffer ToBuffer(string name) => LoopBuffer.Constant(name, Type.Memory, Codes);

    /// <summary>Writes the loop that looks every element up.</summary>
    public void Emit(LoweringContext context, TensorView input, TensorView output)
    {
        LoopBuffer table = ToBuffer($"{context.Node.Name}.table");
        Broadcast.Loop(context.Code, output.Shape, [input.Shape], (index, sources) => context.Code.Store(output.Buffer, index, Append(table, Expression.Load(input.Buffer, sources[0]))));
    }
}

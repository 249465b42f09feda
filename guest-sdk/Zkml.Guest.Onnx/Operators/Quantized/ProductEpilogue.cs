using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>What becomes of a finished accumulator.</summary>
abstract class ProductEpilogue
{
    /// <summary>Stores one output. <paramref name="accumulator"/> is a local; <paramref name="channel"/> is the output channel or column.</summary>
    public abstract void Store(FunctionBuilder code, Expression accumulator, Expression channel, Expression index);
}

/// <summary>The accumulator itself, as Int32.</summary>
sealed class IntegerEpilogue(LoopBuffer output) : ProductEpilogue
{
    /// <inheritdoc/>
    public override void Store(FunctionBuilder code, Expression accumulator, Expression channel, Expression index) => code.Store(output, index, accumulator);
}

/// <summary>float32(acc) · scale, plus a bias where there is one. The scale is one value or one for each channel.</summary>
sealed class FloatEpilogue(LoopBuffer output, Func<Expression, Expression> scale, Func<Expression, Expression>? bias) : ProductEpilogue
{
    /// <inheritdoc/>
    public override void Store(FunctionBuilder code, Expression accumulator, Expression channel, Expression index)
    {
        Expression value = Expression.Call(SoftFloat.Get(FloatOperation.FromInt32, FloatWidth.Float32), accumulator);
        value = ElementMath.Float(FloatOperation.Multiply, ElementType.Float32, value, scale(channel));
        code.Store(output, index, bias == null ? value : ElementMath.Float(FloatOperation.Add, ElementType.Float32, value, bias(channel)));
    }
}

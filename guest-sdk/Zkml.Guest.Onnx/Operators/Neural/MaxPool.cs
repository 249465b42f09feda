using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>The largest element of each window; optionally its flat index in the input, row-major or (storage_order 1) column-major within a channel.</summary>
internal sealed class MaxPool : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 3);
        Require(context.Attributes.Int32("storage_order", 0) is 0 or 1, $"storage_order: expected 0 or 1, got {context.Attributes.Int32("storage_order", 0)}");
        Shape y = new Windows(context.Attributes, x, Windows.Kernel(context.Attributes, x.Rank - 2)).OutputShape(x[0], x[1]);
        context.SetOutput(0, context.Numeric(0), y);
        context.SetOutput(1, ElementType.Int64, y);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        Windows windows = new(context.Attributes, x.Shape, Windows.Kernel(context.Attributes, x.Shape.Rank - 2));
        int pixels = x.Shape.CountOf(2, x.Shape.Rank), positions = y.Shape.CountOf(2, y.Shape.Rank);
        FunctionBuilder code = context.Code;
        code.For("channel", 0, x.Shape[0] * x.Shape[1], channel =>
        {
            Local input = code.Local("input", channel * pixels), output = code.Local("output", channel * positions);
            windows.OverOutputs(code, (position, _, ranges) =>
            {
                Local origin = code.Local("origin", input + windows.Origin(ranges));
                Local best = code.Local("best", Lowest(context, x.Type).Key());
                Local? found = context.HasOutput(1) ? code.Local("found", input + -1) : null;
                windows.OverTaps(code, ranges, (pixel, _) =>
                {
                    Local key = code.Local("key", context.At(x, origin + pixel).Key());
                    code.If(best < key, () =>
                    {
                        code.Assign(best, key);
                        if (found != null) code.Assign(found, origin + pixel);
                    });
                });
                context.Put(y, output + position, context.Constant(x.Type, 0).FromKey(best));
                if (found != null) code.Store(context.Output(1).Buffer, output + position, Index(context, windows, found, input).ToInt64());
            });
        });
    }

    // Where no tap lies in the input, or none is larger, the result is the lowest value.
    static Number Lowest(LoweringContext context, ElementType type) => context.Constant(type, type switch
    {
        _ when type.IsFloat => double.NegativeInfinity,
        _ when !type.IsSigned => 0,
        _ => -Math.ScaleB(1, type.Bits - 1),
    });

    static Expression Index(LoweringContext context, Windows windows, Local found, Local input)
    {
        if (context.Attributes.Int32("storage_order", 0) == 0) return found;
        FunctionBuilder code = context.Code;
        Local rest = code.Local("rest", found - input);
        Expression index = input;
        int stride = windows.Axes.Aggregate(1, (product, axis) => product * axis.Input);
        for (int i = windows.Axes.Length - 1; i >= 0; i--)
        {
            int extent = windows.Axes[i].Input;
            stride /= extent;
            Local quotient = code.Local("quotient", rest / extent);
            index += (rest - quotient * extent) * stride;
            rest = quotient;
        }
        return index;
    }
}

using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>The partial inverse of MaxPool: zeros, with each element put back at the flat index that MaxPool found it at.</summary>
internal sealed class MaxUnpool : Operator
{
    const int IndexExitCode = 2;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 3), pooled = PooledShape(context.Attributes, x), y = pooled;
        context.Shaped(1, x.Dimensions);
        Require(context.TypeOf(1) == ElementType.Int64, $"input 1: expected Int64, got {context.TypeOf(1)}");
        if (context.HasInput(2))
        {
            long[] wanted = context.ConstantOf(2).ToIntegers();
            Require(wanted.Length == x.Rank, $"output_shape: expected {x.Rank} extents, got {wanted.Length}");
            y = ShapeOf(wanted);
            for (int i = 0; i < x.Rank; i++) Require(y[i] >= pooled[i], $"output_shape: expected at least {pooled}, got {y}");
        }
        context.SetOutput(0, context.Numeric(0), y);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), indices = context.Input(1), y = context.Output(0);
        Shape pooled = PooledShape(context.Attributes, x.Shape);
        int[] strides = y.Shape.Strides();
        FunctionBuilder code = context.Code;
        code.For("clear", 0, y.Shape.Count, i => context.Put(y, i, context.Constant(y.Type, 0)));
        code.For("i", 0, x.Shape.Count, i =>
        {
            Local wide = code.Local("wide", Expression.Load(indices.Buffer, i));
            code.If(wide.IsBelow(Expression.Bits((ulong)pooled.Count)).Not(), () => code.Fail(IndexExitCode, $"{context.Node.Name}: an index lies outside of {pooled}"));
            Local rest = code.Local("rest", wide.Low());
            Expression target = 0;
            for (int axis = pooled.Rank - 1; axis >= 0; axis--)
            {
                Local quotient = code.Local("quotient", rest / pooled[axis]);
                target += (rest - quotient * pooled[axis]) * strides[axis];
                rest = quotient;
            }
            context.Put(y, target, context.At(x, i));
        });
    }

    static Shape PooledShape(NodeAttributes attributes, Shape x)
    {
        int rank = x.Rank - 2;
        int[] kernel = Windows.Kernel(attributes, rank), strides = Windows.Extents(attributes, "strides", rank, 1, 1), pads = Windows.Extents(attributes, "pads", 2 * rank, 0, 0);
        long[] extents = new long[x.Rank];
        (extents[0], extents[1]) = (x[0], x[1]);
        for (int i = 0; i < rank; i++) extents[i + 2] = (long)(x[i + 2] - 1) * strides[i] - pads[i] - pads[rank + i] + kernel[i];
        return ShapeOf(extents);
    }
}

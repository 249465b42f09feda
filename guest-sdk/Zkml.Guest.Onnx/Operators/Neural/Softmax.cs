using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// Softmax and LogSoftmax, with the maximum subtracted first. From opset 13 over one axis; before, over everything from the axis on.
/// </summary>
internal sealed class Softmax(bool isLogarithm) : Operator
{
    const int OneAxisVersion = 13;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape shape = context.Ranked(0, 0);
        if (shape.Rank > 0) AxisOf(context.Node, shape);
        context.SetOutput(0, context.Float(0), shape);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        int rank = x.Shape.Rank, axis = rank == 0 ? 0 : AxisOf(context.Node, x.Shape);
        bool isOneAxis = context.Version >= OneAxisVersion;
        int outer = x.Shape.CountOf(0, axis), inner = isOneAxis && rank > 0 ? x.Shape.CountOf(axis + 1, rank) : 1;
        int count = x.Shape.Count == 0 ? 0 : x.Shape.Count / (outer * inner);
        TensorView work = x.Type.Narrow == null ? y : context.Wide("exponentials", x.Type, count);
        Nest.Over(context.Code, [outer, inner], index =>
        {
            Local first = context.Code.Local("first", index[0] * (count * inner) + index[1]);
            if (isLogarithm) Logarithm(context, x, y, first, inner, count);
            else Exponential(context, x, y, work, first, inner, count);
        });
    }

    static void Exponential(LoweringContext context, TensorView x, TensorView y, TensorView work, Local first, int stride, int count)
    {
        FunctionBuilder code = context.Code;
        Number largest = Largest(context, x, first, stride, count);
        Number sum = context.Constant(x.Type, 0).Variable("sum");
        bool isDirect = ReferenceEquals(work, y);
        code.For("i", 0, count, i =>
        {
            Number power = (context.At(x, first + i * stride) - largest).Exp().Keep("power");
            context.Put(work, isDirect ? first + i * stride : i, power);
            sum.Assign(sum + power);
        });
        Number scale = (sum.Of(1) / sum).Keep("scale");
        code.For("i", 0, count, i => context.Put(y, first + i * stride, context.At(work, isDirect ? first + i * stride : i) * scale));
    }

    static void Logarithm(LoweringContext context, TensorView x, TensorView y, Local first, int stride, int count)
    {
        FunctionBuilder code = context.Code;
        Number largest = Largest(context, x, first, stride, count);
        Number sum = context.Constant(x.Type, 0).Variable("sum");
        code.For("i", 0, count, i => sum.Assign(sum + (context.At(x, first + i * stride) - largest).Exp()));
        Number logarithm = sum.Log().Keep("logarithm");
        code.For("i", 0, count, i => context.Put(y, first + i * stride, context.At(x, first + i * stride) - largest - logarithm));
    }

    static Number Largest(LoweringContext context, TensorView x, Local first, int stride, int count)
    {
        FunctionBuilder code = context.Code;
        Local best = code.Local("best", context.At(x, first).Key());
        code.For("i", 1, count, i =>
        {
            Local key = code.Local("key", context.At(x, first + i * stride).Key());
            code.Assign(best, Expression.Select(best < key, key, best));
        });
        return context.Constant(x.Type, 0).FromKey(best).Keep("largest");
    }

    static int AxisOf(Node node, Shape shape)
    {
        long axis = node.Attributes.Integer("axis", node.Version >= OneAxisVersion ? -1 : 1);
        // The flattening form may name the end of the shape: then every element is a row of its own.
        return node.Version < OneAxisVersion && axis == shape.Rank ? shape.Rank : Checks.Axis(axis, shape.Rank);
    }
}

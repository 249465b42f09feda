using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>A function of one quantised tensor: x, its scale and zero point, the scale and zero point of the result; a table of 256 codes.</summary>
abstract class QLinearUnary : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        ElementType type = QuantizationConstants.Require8Bits(context, 0);
        Table(context.Node, type);
        context.SetOutput(0, type, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context) => Table(context.Node, context.Input(0).Type).Emit(context, context.Input(0), context.Output(0));

    /// <summary>The function in binary32, as ONNX Runtime computes it.</summary>
    protected abstract float Apply(NodeAttributes attributes, float value);

    LookupTable Table(Node node, ElementType type) => LookupTable.Of(type, QuantizationConstants.Scale(node, 1), QuantizationConstants.ZeroPoint(node, 2), QuantizationConstants.Scale(node, 3),
        QuantizationConstants.ZeroPoint(node, 4), value => Apply(node.Attributes, value));
}

/// <summary>com.microsoft QLinearSigmoid.</summary>
sealed class QLinearSigmoid : QLinearUnary
{
    /// <inheritdoc/>
    protected override float Apply(NodeAttributes attributes, float value) => FloatKernels.Logistic(value);
}

/// <summary>com.microsoft QLinearLeakyRelu.</summary>
sealed class QLinearLeakyRelu : QLinearUnary
{
    /// <inheritdoc/>
    protected override float Apply(NodeAttributes attributes, float value) => value >= 0 ? value : attributes.Float("alpha", 0.01f) * value;
}

/// <summary>A table that the fusion of QDQ graphs computed: attribute <c>table</c>, 256 codes from the smallest up.</summary>
sealed class Lookup : Operator
{
    /// <summary>The domain of operators that only the compiler makes.</summary>
    public const string Domain = "zkvm";

    /// <summary>The name of the attribute.</summary>
    public const string TableAttribute = "table";

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        ElementType type = QuantizationConstants.Require8Bits(context, 0);
        Table(context.Node, type);
        context.SetOutput(0, type, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context) => Table(context.Node, context.Input(0).Type).Emit(context, context.Input(0), context.Output(0));

    static LookupTable Table(Node node, ElementType type) => node.Attributes.Tensor(TableAttribute) is { } table && table.Type == type && table.Shape.Count == 256
        ? LookupTable.OfCodes(type, table.Data)
        : throw OnnxException.Malformed($"attribute {TableAttribute}: expected {type}[256]");
}

/// <summary>com.microsoft QLinearConcat: the scale and zero point of the result, then for each part its tensor, scale and zero point.</summary>
sealed class QLinearConcat : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        if (context.InputCount < 5 || (context.InputCount - 2) % 3 != 0) throw OnnxException.Malformed($"expected 2 inputs and 3 for each part, got {context.InputCount}");
        ElementType type = QuantizationConstants.Require8Bits(context, 2);
        Shape first = context.ShapeOf(2);
        int axis = Axis(context.Attributes, first);
        long extent = 0;
        for (int part = 2; part < context.InputCount; part += 3)
        {
            Shape shape = context.ShapeOf(part);
            bool fits = shape.Rank == first.Rank && context.TypeOf(part) == type;
            for (int i = 0; fits && i < shape.Rank; i++) fits = i == axis || shape[i] == first[i];
            if (!fits) throw OnnxException.Malformed($"input {part}: expected {type}{first} but for axis {axis}, got {context.TypeOf(part)}{shape}");
            extent += shape[axis];
            Table(context.Node, part, type);
        }
        long[] extents = [.. first.Dimensions.ToArray().Select(size => (long)size)];
        extents[axis] = extent;
        context.SetOutput(0, type, InferenceChecks.ShapeOf(extents));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView output = context.Output(0);
        int axis = Axis(context.Attributes, output.Shape), outer = output.Shape.CountOf(0, axis), pitch = output.Shape.CountOf(axis, output.Shape.Rank), offset = 0;
        for (int part = 2; part < context.InputCount; part += 3)
        {
            TensorView input = context.Input(part);
            int count = input.Shape.CountOf(axis, input.Shape.Rank), start = offset;
            LookupTable? table = Table(context.Node, part, output.Type);
            LoopBuffer? codes = table?.ToBuffer($"{context.Node.Name}.table{part / 3}");
            context.Code.For("row", 0, outer, row =>
            {
                Local from = context.Code.Local("from", row * count), to = context.Code.Local("to", (row * pitch) + start);
                context.Code.For("column", 0, count, column =>
                {
                    Expression code = Expression.Load(input.Buffer, from + column);
                    context.Code.Store(output.Buffer, to + column, table == null ? code : table.Append(codes!, code));
                });
            });
            offset += count;
        }
    }

    // Null: the part has the scale and zero point of the result.
    static LookupTable? Table(Node node, int part, ElementType type)
    {
        float scale = QuantizationConstants.Scale(node, 0), partScale = QuantizationConstants.Scale(node, part + 1);
        int zeroPoint = QuantizationConstants.ZeroPoint(node, 1), partZeroPoint = QuantizationConstants.ZeroPoint(node, part + 2);
        return scale == partScale && zeroPoint == partZeroPoint ? null : LookupTable.Of(type, partScale, partZeroPoint, scale, zeroPoint, value => value);
    }

    static int Axis(NodeAttributes attributes, Shape shape)
    {
        if (!attributes.Has("axis")) throw OnnxException.Malformed("attribute axis is missing");
        return InferenceChecks.Axis(attributes.Integer("axis", 0), shape.Rank);
    }
}

/// <summary>com.microsoft QLinearWhere: a condition, x, its scale and zero point, y, its scale and zero point, the scale and zero point of the result.</summary>
sealed class QLinearWhere : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        ElementType type = QuantizationConstants.Require8Bits(context, 1);
        if (context.TypeOf(0) != ElementType.Bool || context.TypeOf(4) != type) throw OnnxException.Malformed($"expected Bool and twice {type}, got {context.TypeOf(0)} and {context.TypeOf(4)}");
        Table(context.Node, 1, type);
        Table(context.Node, 4, type);
        context.SetOutput(0, type, context.BroadcastOf(0, 1, 4));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView condition = context.Input(0), x = context.Input(1), y = context.Input(4), output = context.Output(0);
        LookupTable tableX = Table(context.Node, 1, output.Type), tableY = Table(context.Node, 4, output.Type);
        LoopBuffer codesX = tableX.ToBuffer($"{context.Node.Name}.x"), codesY = tableY.ToBuffer($"{context.Node.Name}.y");
        Broadcast.Loop(context.Code, output.Shape, [condition.Shape, x.Shape, y.Shape], (index, sources) =>
            context.Code.If(Expression.Load(condition.Buffer, sources[0]),
                () => context.Code.Store(output.Buffer, index, tableX.Append(codesX, Expression.Load(x.Buffer, sources[1]))),
                () => context.Code.Store(output.Buffer, index, tableY.Append(codesY, Expression.Load(y.Buffer, sources[2])))));
    }

    static LookupTable Table(Node node, int input, ElementType type) => LookupTable.Of(
        type, QuantizationConstants.Scale(node, input + 1), QuantizationConstants.ZeroPoint(node, input + 2), QuantizationConstants.Scale(node, 7), QuantizationConstants.ZeroPoint(node, 8), value => value);
}

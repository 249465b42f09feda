using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>com.microsoft QLinearAdd and QLinearMul: a, its scale and zero point, b, its scale and zero point, the scale and zero point of the result.</summary>
abstract class QLinearBinary : Operator
{
    /// <summary>Set by the fusion of QDQ graphs on nodes of Int8 that ONNX Runtime converts to UInt8: its rule then sees codes that are larger by 128.</summary>
    public const string AsUnsigned = "as_unsigned";

    /// <summary>
    /// Scales and zero points of both operands and the result, and the range of codes, as the rule sees them; codes in memory are smaller by
    /// <paramref name="Shift"/>. <paramref name="LeftFirst"/>: the left operand is the vector of ONNX Runtime's kernel, whose product is added last.
    /// </summary>
    protected readonly record struct Rule(float ScaleA, int ZeroPointA, float ScaleB, int ZeroPointB, float ScaleC, int ZeroPointC, int Minimum, int Maximum, int Shift, bool LeftFirst);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        ElementType type = QuantizationConstants.Require8Bits(context, 0);
        if (context.TypeOf(3) != type) throw OnnxException.Malformed($"b: expected {type}, got {context.TypeOf(3)}");
        Read(context.Node, type, true);
        context.SetOutput(0, type, context.BroadcastOf(0, 3));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView left = context.Input(0), right = context.Input(3), output = context.Output(0);
        Rule rule = Read(context.Node, output.Type, !IsScalarInside(left.Shape, right.Shape));
        if (right.Shape.Count == 1 && context.ConstantOf(3) is { } b)
        {
            int code = (int)b.IntegerAt(0) + rule.Shift;
            LookupTable.Of(output.Type, value => Evaluate(rule, value + rule.Shift, code) - rule.Shift).Emit(context, left, output);
        }
        else if (left.Shape.Count == 1 && context.ConstantOf(0) is { } a)
        {
            int code = (int)a.IntegerAt(0) + rule.Shift;
            LookupTable.Of(output.Type, value => Evaluate(rule, code, value + rule.Shift) - rule.Shift).Emit(context, right, output);
        }
        else
        {
            Func<Expression, Expression, Expression> pair = Prepare(context, rule);
            Broadcast.Loop(context.Code, output.Shape, [left.Shape, right.Shape], (index, sources) =>
            {
                Local x = context.Code.Local("a", Expression.Load(left.Buffer, sources[0])), y = context.Code.Local("b", Expression.Load(right.Buffer, sources[1]));
                context.Code.Store(output.Buffer, index, pair(x, y) - rule.Shift);
            });
        }
    }

    /// <summary>The result for two codes, all as the rule sees them.</summary>
    protected abstract int Evaluate(Rule rule, int a, int b);

    /// <summary>Declares tables and returns how a pair of codes in memory becomes a code as the rule sees it.</summary>
    protected abstract Func<Expression, Expression, Expression> Prepare(LoweringContext context, Rule rule);

    // The left operand broadcasts along the innermost axis that is not 1 for both.
    static bool IsScalarInside(Shape left, Shape right)
    {
        for (int i = 1; i <= Math.Max(left.Rank, right.Rank); i++)
        {
            int a = i <= left.Rank ? left[^i] : 1, b = i <= right.Rank ? right[^i] : 1;
            if (a != 1 || b != 1) return a == 1;
        }
        return false;
    }

    static Rule Read(Node node, ElementType type, bool leftFirst)
    {
        int shift = node.Attributes.Flag(AsUnsigned) ? 128 : 0;
        return new(QuantizationConstants.Scale(node, 1), QuantizationConstants.ZeroPoint(node, 2) + shift, QuantizationConstants.Scale(node, 4), QuantizationConstants.ZeroPoint(node, 5) + shift,
            QuantizationConstants.Scale(node, 6), QuantizationConstants.ZeroPoint(node, 7) + shift, QuantizationConstants.Minimum(type) + shift, QuantizationConstants.Maximum(type) + shift, shift, leftFirst);
    }
}

/// <summary>QLinearAdd: a·ra + (b·rb + fixed) with fused multiply-adds, rounded to nearest even and saturated.</summary>
sealed class QLinearAdd : QLinearBinary
{
    /// <inheritdoc/>
    protected override int Evaluate(Rule rule, int a, int b) => FloatKernels.Add(
        a, rule.ScaleA, rule.ZeroPointA, b, rule.ScaleB, rule.ZeroPointB, rule.ScaleC, rule.ZeroPointC, rule.Minimum, rule.Maximum, rule.LeftFirst);

    /// <inheritdoc/>
    protected override Func<Expression, Expression, Expression> Prepare(LoweringContext context, Rule rule)
    {
        double ratioA = rule.ScaleA / rule.ScaleC, ratioB = rule.ScaleB / rule.ScaleC;
        AddTables tables = AddTables.Build(context.Node.Name, (a, b) => Evaluate(rule, rule.Minimum + a, rule.Minimum + b),
            a => ratioA * (rule.Minimum + a - rule.ZeroPointA), b => (ratioB * (rule.Minimum + b - rule.ZeroPointB)) + rule.ZeroPointC, rule.Minimum, rule.Maximum);
        int first = rule.Minimum - rule.Shift;
        return (a, b) => tables.Append(context.Code, a - first, b - first);
    }
}

/// <summary>QLinearMul: float32(product) · ratio plus the zero point, rounded to nearest even and saturated.</summary>
sealed class QLinearMul : QLinearBinary
{
    /// <inheritdoc/>
    protected override int Evaluate(Rule rule, int a, int b) =>
        FloatKernels.Multiply((a - rule.ZeroPointA) * (b - rule.ZeroPointB), Ratio(rule), rule.ZeroPointC, rule.Minimum, rule.Maximum);

    /// <inheritdoc/>
    protected override Func<Expression, Expression, Expression> Prepare(LoweringContext context, Rule rule)
    {
        float ratio = Ratio(rule);
        long largest = Reach(rule, rule.ZeroPointA) * Reach(rule, rule.ZeroPointB);
        // The zero point is added before rounding, which costs one rounding more.
        Requantizer requantizer = new(context.Node.Name, [ratio], rule.ZeroPointC, rule.Minimum, rule.Maximum, largest, 1.0 / (1 << 16));
        Function exact = Requantizer.BuildExact($"{context.Node.Name}.exact", rule.ZeroPointC, rule.Minimum, rule.Maximum, roundsSum: true);
        return (a, b) =>
        {
            Local product = context.Code.Local("product", (a - (rule.ZeroPointA - rule.Shift)) * (b - (rule.ZeroPointB - rule.Shift)));
            return requantizer.Append(context.Code, product, 0, () => Expression.Call(exact, product, BitConverter.SingleToInt32Bits(ratio)));
        };
    }

    static float Ratio(Rule rule) => rule.ScaleA * rule.ScaleB / rule.ScaleC;

    static long Reach(Rule rule, int zeroPoint) => Math.Max(zeroPoint - rule.Minimum, rule.Maximum - zeroPoint);
}

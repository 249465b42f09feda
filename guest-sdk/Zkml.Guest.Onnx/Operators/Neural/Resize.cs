using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// Resize and Upsample: positions and weights are tables of constants, so the guest only gathers and multiplies. Interpolation runs one axis
/// after the other.
/// </summary>
internal sealed class Resize(bool isUpsample) : Operator
{
    // From here on: inputs roi, scales, sizes, and coordinate modes.
    const int RegionVersion = 11;

    const int UpsampleInputVersion = 9;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.Numeric(0);
        context.Ranked(0, 1);
        int last = isUpsample || context.Version < RegionVersion ? (isUpsample && context.Version < UpsampleInputVersion ? 0 : 1) : 3;
        for (int i = 1; i <= last; i++)
            if (context.HasInput(i) && !(i == 1 && last == 3 && !NeedsRegion(context.Attributes))) context.ConstantOf(i);
        context.SetOutput(0, context.TypeOf(0), PlanOf(context.Node).OutputShape);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        ResizePlan plan = PlanOf(context.Node);
        TensorView x = context.Input(0), y = context.Output(0);
        if (plan.Axes.Length == 0) context.Code.For("i", 0, y.Shape.Count, i => context.Store(y, i, context.Load(x, i)));
        else if (plan.IsNearest) AppendGather(context, plan, x, y);
        else AppendPasses(context, plan, x, y);
    }

    ResizePlan PlanOf(Node node)
    {
        Shape input = node.Inputs[0]!.Shape!;
        int version = isUpsample ? 0 : node.Version;
        if (isUpsample && node.Version < UpsampleInputVersion)
            return new(node.Attributes, version, input, node.Attributes.Floats("scales") ?? [], null, null);
        bool hasRegion = version >= RegionVersion;
        Tensor? scales = Content(hasRegion ? 2 : 1), sizes = hasRegion ? Content(3) : null, region = hasRegion && NeedsRegion(node.Attributes) ? Content(1) : null;
        if (scales == null && sizes == null) throw OnnxException.Malformed("expected scales or sizes");
        if (scales != null && sizes != null) throw OnnxException.Malformed("expected scales or sizes, got both");
        if (scales != null) Checks.Require(scales.Type == ElementType.Float32, $"scales: expected Float32, got {scales.Type}");
        if (sizes != null) Checks.Require(sizes.Type == ElementType.Int64, $"sizes: expected Int64, got {sizes.Type}");
        return new(node.Attributes, version, input, scales?.As<float>().ToArray(), sizes?.ToIntegers(),
            region == null ? null : [.. Enumerable.Range(0, region.Shape.Count).Select(region.NumberAt)]);

        // An empty tensor means the same as an absent one.
        Tensor? Content(int index) => index < node.Inputs.Length && node.Inputs[index]?.Constant is { Shape.Count: > 0 } tensor ? tensor : null;
    }

    static bool NeedsRegion(NodeAttributes attributes) => attributes.Text("coordinate_transformation_mode", "") == "tf_crop_and_resize";

    static void AppendGather(LoweringContext context, ResizePlan plan, TensorView x, TensorView y)
    {
        int[] from = x.Shape.Strides(), to = y.Shape.Strides();
        Number extrapolated = Extrapolation(context, x.Type);
        Walk(0, 0, 0, 1);

        void Walk(int axis, Expression source, Expression target, Expression isInside)
        {
            FunctionBuilder code = context.Code;
            if (axis == x.Shape.Rank)
            {
                code.If(isInside, () => context.Store(y, target, context.Load(x, source)), () => context.Store(y, target, extrapolated.Bits));
                return;
            }
            ResizeAxis? table = plan.Axes.FirstOrDefault(candidate => candidate.Axis == axis);
            LoopBuffer? indices = table == null ? null : IndexTable(context, table);
            code.For($"o{axis}", 0, y.Shape[axis], o =>
            {
                Expression index = indices == null ? o : code.Local("index", Expression.Load(indices, o));
                Expression next = table is { IsExtrapolated: true } ? isInside & (index >= 0) : isInside;
                Walk(axis + 1, source + index * from[axis], target + o * to[axis], next);
            });
        }
    }

    static void AppendPasses(LoweringContext context, ResizePlan plan, TensorView x, TensorView y)
    {
        // Integers of more than 16 bits do not fit the 24 bits of a Float32.
        ElementType type = x.Type.IsFloat ? Number.Computed(x.Type) : x.Type.Bits > 16 ? ElementType.Float64 : ElementType.Float32;
        TensorView source = x;
        int[] extents = x.Shape.Dimensions.ToArray();
        for (int i = 0; i < plan.Axes.Length; i++)
        {
            ResizeAxis axis = plan.Axes[i];
            extents[axis.Axis] = axis.Output;
            TensorView target = i == plan.Axes.Length - 1 ? y : context.Scratch($"pass{i}", type, Checks.ShapeOf([.. extents.Select(extent => (long)extent)]));
            AppendPass(context, axis, type, source, target);
            source = target;
        }
    }

    static void AppendPass(LoweringContext context, ResizeAxis axis, ElementType type, TensorView source, TensorView target)
    {
        int outer = source.Shape.CountOf(0, axis.Axis), inner = source.Shape.CountOf(axis.Axis + 1, source.Shape.Rank), input = source.Shape[axis.Axis];
        LoopBuffer indices = IndexTable(context, axis);
        TensorView weights = context.Constant($"weights{axis.Axis}", type == ElementType.Float64
            ? Tensor.Of<double>(type, new(axis.Weights.Length), axis.Weights)
            : Tensor.Of<float>(type, new(axis.Weights.Length), [.. axis.Weights.Select(weight => (float)weight)]));
        FunctionBuilder code = context.Code;
        Nest.Over(code, [outer, axis.Output], index =>
        {
            Local first = code.Local("first", index[1] * axis.Taps), to = code.Local("target", (index[0] * axis.Output + index[1]) * inner);
            Local from = code.Local("source", index[0] * (input * inner));
            code.For("inner", 0, inner, i =>
            {
                if (axis.IsExtrapolated)
                    code.If(Expression.Load(indices, first) < 0, () => AppendStore(context, type, target, to + i, new(code, type, ElementMath.Convert(source.Type, type, Extrapolation(context, source.Type).Bits))), Interpolate);
                else Interpolate();

                void Interpolate()
                {
                    Number sum = new Number(code, type, ElementMath.Constant(type, 0.0)).Variable("sum");
                    code.For("tap", 0, axis.Taps, tap =>
                    {
                        Expression bits = context.Load(source, from + Expression.Load(indices, first + tap) * inner + i);
                        sum.Assign(sum + context.At(weights, first + tap) * new Number(code, type, ElementMath.Convert(source.Type, type, bits)));
                    });
                    AppendStore(context, type, target, to + i, sum);
                }
            });
        });
    }

    // Integers are rounded to even and saturate.
    static void AppendStore(LoweringContext context, ElementType type, TensorView target, Expression index, Number value)
    {
        if (target.Type.IsFloat)
        {
            context.Put(target, index, value);
            return;
        }
        Number rounded = value.Apply(FloatOperation.RoundToEven);
        if (target.Type.Bits < 32)
            rounded = new(context.Code, type, context.Math.Clamp(type, rounded.Bits, Bound(ElementMath.Lowest(target.Type)), Bound(ElementMath.Highest(target.Type))));
        context.Store(target, index, ElementMath.Convert(type, target.Type, rounded.Bits));

        Expression Bound(Expression bound) => ElementMath.Constant(type, (double)((ConstantExpression)bound).Value);
    }

    static LoopBuffer IndexTable(LoweringContext context, ResizeAxis axis) =>
        context.Constant($"indices{axis.Axis}", Tensor.Of<int>(ElementType.Int32, new(axis.Indices.Length), axis.Indices)).Buffer;

    static Number Extrapolation(LoweringContext context, ElementType type) => context.Constant(type, context.Attributes.Float("extrapolation_value", 0));
}

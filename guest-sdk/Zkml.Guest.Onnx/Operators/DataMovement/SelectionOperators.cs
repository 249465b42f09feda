using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.DataMovement;

/// <summary>TopK: the k largest or smallest elements along an axis, sorted, with their indices; of equal ones the first come first. NaN is the largest.</summary>
public sealed class TopKOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(context.Version < 10 ? 1 : 2, context.Version < 10 ? 1 : 2);
        ElementType type = context.TypeOf(0, ElementKinds.Number);
        Shape shape = context.ShapeOf(0);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", -1), shape.Rank);
        long count = context.Version < 10 ? context.Attributes.Integer("k", -1) : context.IntegerOf(1);
        if (count < 0 || count > shape[axis]) throw OnnxException.Malformed($"k: expected 0 to {shape[axis]}, got {count}");
        int[] extents = shape.Dimensions.ToArray();
        extents[axis] = (int)count;
        context.SetOutput(0, type, new(extents));
        context.SetOutput(1, ElementType.Int64, new(extents));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0);
        Shape shape = input.Shape, to = context.HasOutput(0) ? context.Output(0).Shape : context.Output(1).Shape;
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", -1), shape.Rank), length = shape[axis], count = to[axis];
        if (to.Count == 0) return;
        // Slot 0 holds a key above all, where every insertion stops.
        TensorView keys = context.Scratch("keys", input.Type.Memory == MemoryType.Int64 ? ElementType.Int64 : ElementType.Int32, new(count + 1));
        TensorView places = context.Scratch("places", ElementType.Int32, new(count + 1));
        context.Store(keys, 0, ElementMath.Highest(keys.Type));
        int[] lines = shape.Dimensions.ToArray();
        lines[axis] = 1;
        StridedLoop.Run(context, lines, [StridedOperand.IndexOf(shape), StridedOperand.IndexOf(to)], values =>
        {
            Expression start = context.Math.Once(values[0]), target = context.Math.Once(values[1]);
            Insert(context, input, start, shape.Strides()[axis], length, keys, places);
            context.Code.For("k", 0, count, k =>
            {
                Expression place = context.Math.Once(context.Load(places, k + 1)), index = target + k * to.Strides()[axis];
                if (context.HasOutput(0)) context.Store(context.Output(0).AsBits(), index, context.Load(input.AsBits(), start + place * shape.Strides()[axis]));
                if (context.HasOutput(1)) context.Store(context.Output(1), index, place.ToInt64());
            });
        });
    }

    // Keeps the best so far in descending order of keys, in slots 1 to count.
    static void Insert(LoweringContext context, TensorView input, Expression start, int stride, int length, TensorView keys, TensorView places)
    {
        FunctionBuilder code = context.Code;
        bool isLargest = context.Attributes.Flag("largest", true);
        int count = keys.Shape.Count - 1;
        Local filled = code.Local("filled", Fold.Constant(ScalarType.Int32, 0));
        code.For("i", 0, length, i =>
        {
            Expression order = context.Math.OrderKey(input.Type, context.Load(input, start + i * stride), nanIsHighest: true);
            Expression key = context.Math.Once(isLargest ? order : ~order);
            code.If((filled < count) | (context.Load(keys, filled) < key), () =>
            {
                code.If(filled < count, () => code.Assign(filled, filled + 1));
                Local slot = code.Local("slot", (Expression)filled);
                code.While(context.Load(keys, slot - 1) < key, () =>
                {
                    context.Store(keys, slot, context.Load(keys, slot - 1));
                    context.Store(places, slot, context.Load(places, slot - 1));
                    code.Assign(slot, slot - 1);
                });
                context.Store(keys, slot, key);
                context.Store(places, slot, i);
            });
        });
    }
}

/// <summary>OneHot: along a new axis the second of two values where the coordinate is the index, else the first. Negative indices count from the end; outside there is no second value.</summary>
public sealed class OneHotOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(3, 3);
        context.TypeOf(0, ElementKinds.Number);
        ElementType type = context.TypeOf(2, ElementKinds.Any);
        if (context.ShapeOf(2).Count != 2) throw OnnxException.Malformed($"values: expected two, got {context.ShapeOf(2)}");
        double depth = InferenceChecks.NumberOf(context.ConstantOf(1));
        if (depth is not (>= 0 and <= int.MaxValue)) throw OnnxException.Malformed($"depth: expected 0 to {int.MaxValue}, got {depth}");
        Shape shape = context.ShapeOf(0);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", -1), shape.Rank + 1);
        context.SetOutput(0, type, InferenceChecks.ShapeOf(Indices.Join(shape.Dimensions[..axis], [(int)depth], shape.Dimensions[axis..])));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView indices = context.Input(0), values = context.Input(2).AsBits(), output = context.Output(0).AsBits();
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", -1), output.Shape.Rank), depth = output.Shape[axis];
        int before = output.Shape.CountOf(0, axis), after = output.Shape.CountOf(axis + 1, output.Shape.Rank);
        Expression off = context.Math.Once(context.Load(values, 0)), on = context.Math.Once(context.Load(values, 1));
        StridedLoop.Run(context, [before, after], [new([after, 1], indices), new([depth * after, 1])], elements =>
        {
            Expression target = context.Math.Once(elements[1]);
            Expression index = context.Math.Once(ElementMath.Convert(indices.Type, ElementType.Int64, elements[0]));
            Expression wrapped = context.Math.Once(Expression.Select(index < 0, index + depth, index));
            context.Code.For("k", 0, depth, k => context.Store(output, target + k * after, off));
            context.Code.If(wrapped.IsBelow((long)depth), () => context.Store(output, target + wrapped.Low() * after, on));
        });
    }
}

/// <summary>Compress: the slices of an axis, or the elements, where a condition known at compile time holds.</summary>
public sealed class CompressOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(2, 2);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        Shape shape = context.ShapeOf(0);
        Tensor condition = context.ConstantOf(1);
        if (condition.Type != ElementType.Bool || condition.Shape.Rank != 1) throw OnnxException.Malformed($"condition: expected bools of rank 1, got {condition}");
        int axis = AxisOf(context.Attributes, shape);
        int[] extents = axis < 0 ? [0] : shape.Dimensions.ToArray();
        extents[Math.Max(axis, 0)] = Chosen(condition, axis < 0 ? shape.Count : shape[axis]).Length;
        context.SetOutput(0, type, new(extents));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        Shape shape = input.Shape;
        int axis = AxisOf(context.Attributes, shape), length = axis < 0 ? shape.Count : shape[axis];
        int before = axis < 0 ? 1 : shape.CountOf(0, axis), after = axis < 0 ? 1 : shape.CountOf(axis + 1, shape.Rank);
        int[] chosen = Chosen(context.ConstantOf(1)!, length);
        TensorView table = context.Constant("chosen", Tensor.Of<int>(ElementType.Int32, new(chosen.Length), [.. chosen.Select(index => index * after)]));
        StridedLoop.Run(context, [before, chosen.Length], [new([length * after, 0]), new([0, 1], table), new([chosen.Length * after, after])], values =>
        {
            Expression position = context.Math.Once(values[0] + values[1]), target = context.Math.Once(values[2]);
            StridedLoop.Copy(context, [after], new([1], input, position), output, [1], target);
        });
    }

    // −1: the elements of the whole tensor.
    static int AxisOf(NodeAttributes attributes, Shape shape) => attributes.Has("axis") ? InferenceChecks.Axis(attributes.Integer("axis", 0), shape.Rank) : -1;

    static int[] Chosen(Tensor condition, int length) =>
        [.. Enumerable.Range(0, Math.Min(condition.Shape.Count, length)).Where(i => condition.IntegerAt(i) != 0)];
}

using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.DataMovement;

/// <summary>ReverseSequence: in each batch the first few time steps in reverse, the rest as they are; the lengths may be values of the guest.</summary>
public sealed class ReverseSequenceOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(2, 2);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        Shape shape = context.ShapeOf(0), lengths = context.ShapeOf(1);
        (long batch, long time) = AxesOf(context.Attributes);
        if (shape.Rank < 2) throw OnnxException.Malformed($"input 0: expected a rank of at least 2, got {shape}");
        if (batch is not (0 or 1) || time != 1 - batch) throw OnnxException.Malformed($"expected batch_axis and time_axis to be 0 and 1 in some order, got {batch} and {time}");
        if (context.TypeOf(1) != ElementType.Int64 || lengths.Rank != 1 || lengths[0] != shape[(int)batch])
            throw OnnxException.Malformed($"sequence_lens: expected Int64[{shape[(int)batch]}], got {context.TypeOf(1)}{lengths}");
        context.SetOutput(0, type, shape);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), lengths = context.Input(1), output = context.Output(0);
        (long batch, long time) = AxesOf(context.Attributes);
        int steps = input.Shape[(int)time], batchStride = input.Shape.Strides()[batch], stepStride = input.Shape.Strides()[time];
        int slice = input.Shape.CountOf(2, input.Shape.Rank);
        if (input.Shape.Count == 0) return;
        context.Code.For("batch", 0, input.Shape[(int)batch], b =>
        {
            Expression wide = context.Math.Once(context.Load(lengths, b));
            context.Code.If(wide.IsAtMost((long)steps).Not(), () =>
                context.Code.Fail(Indices.OutOfRangeExitCode, $"{context.Node.Name}: a sequence length is not in [0, {steps}]"));
            Expression length = context.Math.Once(wide.Low()), start = context.Math.Once(b * batchStride);
            context.Code.For("step", 0, steps, step =>
            {
                Expression source = Expression.Select(step < length, length - 1 - step, step);
                Expression from = context.Math.Once(start + source * stepStride), to = context.Math.Once(start + step * stepStride);
                StridedLoop.Copy(context, [slice], new([1], input, from), output, [1], to);
            });
        });
    }

    static (long Batch, long Time) AxesOf(NodeAttributes attributes) => (attributes.Integer("batch_axis", 1), attributes.Integer("time_axis", 0));
}

/// <summary>TensorScatter: writes an update into a cache along its sequence axis, from an index per batch on; in circular mode it wraps around.</summary>
public sealed class TensorScatterOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(2, 3);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        context.RequireSameType(0, 1);
        Shape cache = context.ShapeOf(0), update = context.ShapeOf(1);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", -2), cache.Rank);
        if (axis == 0) throw OnnxException.Malformed("axis: expected another one than the batch");
        bool fits = update.Rank == cache.Rank;
        for (int i = 0; fits && i < cache.Rank; i++) fits = i == axis ? update[i] <= cache[i] : update[i] == cache[i];
        if (!fits) throw OnnxException.Malformed($"update: expected {cache}, at most as long along axis {axis}, got {update}");
        if (context.HasInput(2) && (context.TypeOf(2) != ElementType.Int64 || !context.ShapeOf(2).Equals(new(cache[0]))))
            throw OnnxException.Malformed($"write_indices: expected Int64[{cache[0]}], got {context.TypeOf(2)}{context.ShapeOf(2)}");
        string mode = context.Attributes.Text("mode", "linear");
        if (mode is not ("linear" or "circular")) throw OnnxException.Malformed($"mode: expected linear or circular, got {mode}");
        context.SetOutput(0, type, cache);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView cache = context.Input(0), update = context.Input(1), output = context.Output(0);
        Shape shape = cache.Shape;
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", -2), shape.Rank), steps = update.Shape[axis], capacity = shape[axis];
        int inner = shape.CountOf(1, axis), slice = shape.CountOf(axis + 1, shape.Rank);
        bool isCircular = context.Attributes.Text("mode", "linear") == "circular";
        StridedLoop.Copy(context, shape.Dimensions, StridedOperand.Of(cache), output, shape.Strides());
        if (update.Shape.Count == 0) return;
        context.Code.For("batch", 0, shape[0], batch =>
        {
            Expression first = First(context, batch, capacity, steps, isCircular);
            context.Code.For("inner", 0, inner, i => context.Code.For("step", 0, steps, step =>
            {
                Expression place = context.Math.Once(first + step);
                if (isCircular) place = Expression.Select(place < capacity, place, place - capacity);
                Expression line = context.Math.Once(batch * inner + i);
                Expression from = context.Math.Once((line * steps + step) * slice), to = context.Math.Once((line * capacity + place) * slice);
                StridedLoop.Copy(context, [slice], new([1], update, from), output, [1], to);
            }));
        });
    }

    static Expression First(LoweringContext context, Expression batch, int capacity, int steps, bool isCircular)
    {
        if (!context.HasInput(2)) return 0;
        Expression index = context.Math.Once(context.Load(context.Input(2), batch));
        if (isCircular) return context.Math.Once(context.Math.Modulo(ElementType.Int64, index, (long)capacity).Low());
        context.Code.If(index.IsAtMost((long)(capacity - steps)).Not(), () =>
            context.Code.Fail(Indices.OutOfRangeExitCode, $"{context.Node.Name}: a write index is not in [0, {capacity - steps}]"));
        return context.Math.Once(index.Low());
    }
}

/// <summary>Col2Im: adds columns of blocks, as a convolution takes them, back into images.</summary>
public sealed class Col2ImOperator : Operator
{
    sealed record Geometry(int[] Image, int[] Block, int[] Strides, int[] Pads, int[] Dilations, int[] Positions);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(3, 3);
        ElementType type = context.TypeOf(0, ElementKinds.Number);
        Shape shape = context.ShapeOf(0);
        Geometry geometry = Plan(context);
        Shape block = new(geometry.Block), positions = new(geometry.Positions);
        if (shape.Rank != 3 || block.Count == 0 || shape[1] % block.Count != 0 || shape[2] != positions.Count)
            throw OnnxException.Malformed($"input 0: expected [N, C · {block.Count}, {positions.Count}], got {shape}");
        context.SetOutput(0, type, InferenceChecks.ShapeOf(Indices.Join([shape[0], shape[1] / block.Count], geometry.Image, [])));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        Geometry geometry = Plan(new(context.Node));
        int rank = geometry.Image.Length, image = new Shape(geometry.Image).Count, block = new Shape(geometry.Block).Count, columns = input.Shape[2];
        int[] pixelStrides = new Shape(geometry.Image).Strides();
        StridedLoop.Map(context, output, [], _ => ElementMath.Constant(output.Type, 0L));
        if (output.Shape.Count == 0 || input.Shape.Count == 0) return;
        int[] extents = [output.Shape[0] * output.Shape[1], .. geometry.Block, .. geometry.Positions];
        // The columns lie in the order of these loops: the input is read from front to back.
        StridedOperand[] operands = [StridedOperand.IndexOf(new(extents)), .. Enumerable.Range(0, extents.Length).Select(axis => Unit(extents.Length, axis))];
        StridedLoop.Run(context, extents, operands, values =>
        {
            Expression inside = 1, pixel = values[1] * image;
            for (int i = 0; i < rank; i++)
            {
                Expression at = context.Math.Once(values[2 + i] * geometry.Dilations[i] + values[2 + rank + i] * geometry.Strides[i] - geometry.Pads[i]);
                inside &= at.IsBelow(geometry.Image[i]);
                pixel += at * pixelStrides[i];
            }
            Expression index = context.Math.Once(pixel);
            context.Code.If(inside, () =>
                context.Store(output, index, context.Math.Add(output.Type, context.Load(output, index), context.Load(input, values[0]))));
        });

        static StridedOperand Unit(int rank, int axis)
        {
            int[] strides = new int[rank];
            strides[axis] = 1;
            return new(strides);
        }
    }

    static Geometry Plan(InferenceContext context)
    {
        Shape image = InferenceChecks.ShapeOf(context.IntegersOf(1)), block = InferenceChecks.ShapeOf(context.IntegersOf(2));
        int rank = image.Rank;
        if (rank == 0 || block.Rank != rank) throw OnnxException.Malformed($"expected as many extents in image_shape and block_shape, got {image} and {block}");
        int[] strides = Numbers("strides", rank, 1), dilations = Numbers("dilations", rank, 1), pads = Numbers("pads", 2 * rank, 0);
        int[] positions = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            long room = (long)image[i] + pads[i] + pads[i + rank] - (long)dilations[i] * (block[i] - 1) - 1;
            if (room < 0) throw OnnxException.Malformed($"block_shape: a block of {block} does not fit into {image}");
            positions[i] = (int)Math.Min(room / strides[i] + 1, int.MaxValue);
        }
        _ = InferenceChecks.ShapeOf(Indices.Join(positions, [], []));
        return new(image.Dimensions.ToArray(), block.Dimensions.ToArray(), strides, pads, dilations, positions);

        int[] Numbers(string name, int count, int least)
        {
            long[] values = context.Attributes.Integers(name) ?? [.. Enumerable.Repeat((long)least, count)];
            if (values.Length != count || values.Any(value => value < least || value > int.MaxValue))
                throw OnnxException.Malformed($"{name}: expected {count} numbers of at least {least}, got [{string.Join(", ", values)}]");
            return [.. values.Select(value => (int)value)];
        }
    }
}

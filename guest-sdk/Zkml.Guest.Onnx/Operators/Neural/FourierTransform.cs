using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Discrete Fourier transform along one axis; the last axis holds real and imaginary part, or the real part alone.</summary>
internal sealed class FourierTransform : Operator
{
    // From here on the axis is an input, −2 where it is absent.
    const int AxisInputVersion = 20;

    const int MaximumLength = 1 << 22;

    readonly record struct Plan(int Axis, int Length, int Used, int Outputs, bool IsInverse, bool IsRealOutput, bool IsRealInput);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.Ranked(0, 2);
        if (context.HasInput(1)) context.ConstantOf(1);
        if (context.Version >= AxisInputVersion && context.HasInput(2)) context.ConstantOf(2);
        Plan plan = PlanOf(context.Node);
        long[] extents = [.. context.ShapeOf(0).Dimensions.ToArray().Select(extent => (long)extent)];
        (extents[plan.Axis], extents[^1]) = (plan.Outputs, plan.IsRealOutput ? 1 : 2);
        context.SetOutput(0, context.Float(0), ShapeOf(extents));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        Plan plan = PlanOf(context.Node);
        int rank = x.Shape.Rank, parts = x.Shape[^1], inner = x.Shape.CountOf(plan.Axis + 1, rank - 1), input = x.Shape[plan.Axis];
        // NumPy, the reference, transforms in double and inverts in the type itself; rounding noise where the result is 0 shows the difference.
        FastTransform transform = new(context, plan.IsInverse ? x.Type : ElementType.Float64, plan.Length, plan.IsInverse);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape.CountOf(0, plan.Axis), inner], index =>
        {
            Local from = code.Local("from", (index[0] * (input * inner) + index[1]) * parts);
            AppendSamples(context, plan, x, from, inner * parts, transform.Samples);
            TensorView result = transform.Append();
            int width = y.Shape[^1];
            code.For("k", 0, plan.Outputs, k =>
            {
                Local to = code.Local("to", ((index[0] * plan.Outputs + k) * inner + index[1]) * width);
                for (int part = 0; part < width; part++)
                {
                    Number value = context.At(result, k * 2 + part);
                    context.Put(y, to + part, (plan.IsInverse ? value * value.Of(1.0 / plan.Length) : value).To(y.Type));
                }
            });
        });
    }

    // Zeros beyond the input; the missing half of a one-sided spectrum is the mirrored conjugate.
    static void AppendSamples(LoweringContext context, Plan plan, TensorView x, Expression from, int stride, TensorView samples)
    {
        FunctionBuilder code = context.Code;
        Number zero = context.Constant(samples.Type, 0);
        int read = plan.IsRealOutput ? plan.Length / 2 + 1 : plan.Length;
        code.For("i", 0, plan.Used, i =>
        {
            Local place = code.Local("place", from + i * stride);
            context.Put(samples, i * 2, context.At(x, place).To(samples.Type));
            context.Put(samples, i * 2 + 1, plan.IsRealInput ? zero : context.At(x, place + 1).To(samples.Type));
        });
        code.For("i", 2 * plan.Used, 2 * read, i => context.Put(samples, i, zero));
        code.For("i", read, plan.Length, i =>
        {
            context.Put(samples, i * 2, context.At(samples, (plan.Length - i) * 2));
            context.Put(samples, i * 2 + 1, -context.At(samples, (plan.Length - i) * 2 + 1));
        });
        // The ends of such a spectrum are real.
        if (!plan.IsRealOutput) return;
        context.Put(samples, 1, zero);
        if (plan.Length % 2 == 0) context.Put(samples, plan.Length + 1, zero);
    }

    static Plan PlanOf(Node node)
    {
        Shape x = node.Inputs[0]!.Shape!;
        long axis = node.Version >= AxisInputVersion ? Scalar(node, 2) ?? -2 : node.Attributes.Integer("axis", 1);
        int place = Axis(axis, x.Rank);
        Require(place < x.Rank - 1 && x[^1] is 1 or 2, $"input 0: expected a last axis of 1 or 2 that is not transformed, got {x} and axis {axis}");
        bool isInverse = node.Attributes.Flag("inverse"), isOneSided = node.Attributes.Flag("onesided");
        bool isRealOutput = isInverse && isOneSided;
        long length = Scalar(node, 1) ?? (isRealOutput ? 2L * (x[place] - 1) : x[place]);
        Require(length >= 1, $"dft_length: expected at least 1, got {length}");
        if (length > MaximumLength) throw new OnnxException(OnnxError.Limit, $"dft_length: expected at most {MaximumLength}, got {length}");
        int outputs = (int)(isOneSided && !isInverse ? length / 2 + 1 : length), read = (int)(isRealOutput ? length / 2 + 1 : length);
        return new(place, (int)length, Math.Min(read, x[place]), outputs, isInverse, isRealOutput, x[^1] == 1);
    }

    static long? Scalar(Node node, int input)
    {
        if (input >= node.Inputs.Length || node.Inputs[input]?.Constant is not { } tensor) return null;
        Require(tensor.Shape.Count == 1 && tensor.Type.IsInteger, $"input {input}: expected one integer, got {tensor}");
        return tensor.IntegerAt(0);
    }
}

/// <summary>Short-time Fourier transform: frames of the signal times a window, transformed. Output [batch, frames, bins, 2].</summary>
internal sealed class ShortTimeFourierTransform : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.Ranked(0, 2, 3);
        context.ConstantOf(1);
        if (context.HasInput(3)) context.ConstantOf(3);
        if (context.HasInput(2)) context.Ranked(2, 1, 1);
        context.SameType(0, 2);
        (int step, int length, int frames) = FramesOf(context.Node);
        Require(step >= 1 && length >= 1 && frames >= 1, $"expected a frame step and length of at least 1 within {context.ShapeOf(0)}, got {step} and {length}");
        context.Shaped(2, length);
        context.SetOutput(0, context.Float(0), ShapeOf(context.ShapeOf(0)[0], frames, Bins(context.Attributes, length), 2));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        (int step, int length, int frames) = FramesOf(context.Node);
        int parts = x.Shape.Rank == 3 ? x.Shape[2] : 1, bins = y.Shape[2];
        FastTransform transform = new(context, x.Type, length, isInverse: false);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape[0], frames], index =>
        {
            Local from = code.Local("from", (index[0] * x.Shape[1] + index[1] * step) * parts);
            code.For("i", 0, length, i =>
            {
                for (int part = 0; part < 2; part++)
                {
                    Number sample = part < parts ? context.At(x, from + (i * parts + part)) : context.Constant(x.Type, 0);
                    context.Put(transform.Samples, i * 2 + part, context.HasInput(2) && part < parts ? sample * context.At(context.Input(2), i) : sample);
                }
            });
            TensorView result = transform.Append();
            Local to = code.Local("to", (index[0] * frames + index[1]) * (bins * 2));
            code.For("i", 0, bins * 2, i => context.Put(y, to + i, context.At(result, i)));
        });
    }

    static int Bins(NodeAttributes attributes, int length) => attributes.Flag("onesided", absent: true) ? length / 2 + 1 : length;

    static (int Step, int Length, int Frames) FramesOf(Node node)
    {
        Shape signal = node.Inputs[0]!.Shape!;
        Require(signal.Rank == 2 || signal[2] is 1 or 2, $"input 0: expected a last axis of 1 or 2, got {signal}");
        long step = Scalar(1) ?? 0, length = Scalar(3) ?? (node.Inputs.Length > 2 && node.Inputs[2] is { } window ? window.Shape!.Count : signal[1]);
        if (step < 1 || length < 1 || length > signal[1] || step > int.MaxValue) return (0, 0, 0);
        return ((int)step, (int)length, (int)(1 + (signal[1] - length) / step));

        long? Scalar(int input) => input < node.Inputs.Length && node.Inputs[input]?.Constant is { Shape.Count: 1, Type.IsInteger: true } tensor ? tensor.IntegerAt(0) : null;
    }
}

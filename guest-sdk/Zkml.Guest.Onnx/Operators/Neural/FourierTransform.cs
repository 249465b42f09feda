using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>The discrete Fourier transform by its definition, with a table of one turn of the unit circle: O(length) for each output.</summary>
internal sealed class TurnTable
{
    readonly TensorView _cosines, _sines;
    readonly int _length;

    /// <summary>The table of cos and sin of 2πj / length.</summary>
    public TurnTable(LoweringContext context, ElementType type, int length)
    {
        _length = length;
        (_cosines, _sines) = (Table("cosines", Math.Cos), Table("sines", Math.Sin));

        TensorView Table(string name, Func<double, double> function)
        {
            double[] values = [.. Enumerable.Range(0, length).Select(i => function(2 * Math.PI * i / length))];
            return context.Constant(name, type == ElementType.Float64
                ? Tensor.Of<double>(type, new(length), values)
                : Tensor.Of<float>(ElementType.Float32, new(length), [.. values.Select(value => (float)value)]));
        }
    }

    /// <summary>Loops over <paramref name="count"/> terms; the body gets the index and the number e^(2πi · index · step / length).</summary>
    public void Over(LoweringContext context, Expression step, int count, Action<Expression, Number, Number> body)
    {
        FunctionBuilder code = context.Code;
        Local angle = code.Local("angle", Fold.Constant(ScalarType.Int32, 0));
        code.For("term", 0, count, i =>
        {
            body(i, context.At(_cosines, angle), context.At(_sines, angle));
            Local next = code.Local("next", angle + step);
            code.Assign(angle, Expression.Select(next < _length, next, next - _length));
        });
    }
}

/// <summary>Discrete Fourier transform along one axis; the last axis holds real and imaginary part, or the real part alone.</summary>
internal sealed class FourierTransform : Operator
{
    // From here on the axis is an input, −2 where it is absent.
    const int AxisInputVersion = 20;

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
        TurnTable turns = new(context, x.Type, plan.Length);
        Nest.Over(context.Code, [x.Shape.CountOf(0, plan.Axis), inner, plan.Outputs], index =>
        {
            Local from = context.Code.Local("from", (index[0] * (input * inner) + index[1]) * parts);
            Local to = context.Code.Local("to", ((index[0] * plan.Outputs + index[2]) * inner + index[1]) * y.Shape[^1]);
            Number real = context.Constant(x.Type, 0).Variable("real"), imaginary = context.Constant(x.Type, 0).Variable("imaginary");
            turns.Over(context, index[2], plan.Used, (term, cosine, sine) =>
            {
                Number c = cosine.Keep("c"), s = (plan.IsInverse ? sine : -sine).Keep("s"), a = context.At(x, from + term * (inner * parts)).Keep("a");
                if (plan.IsRealOutput) a = (a * Weight(context, plan, a, term)).Keep("weighted");
                Number real1 = a * c, imaginary1 = a * s;
                if (!plan.IsRealInput)
                {
                    Number b = context.At(x, from + term * (inner * parts) + 1).Keep("b");
                    if (plan.IsRealOutput) b = (b * Weight(context, plan, b, term)).Keep("weighted");
                    (real1, imaginary1) = (real1 - b * s, imaginary1 + b * c);
                }
                real.Assign(real + real1);
                if (!plan.IsRealOutput) imaginary.Assign(imaginary + imaginary1);
            });
            Number scale = real.Of(plan.IsInverse ? 1.0 / plan.Length : 1);
            context.Put(y, to, plan.IsInverse ? real * scale : real);
            if (!plan.IsRealOutput) context.Put(y, to + 1, plan.IsInverse ? imaginary * scale : imaginary);
        });
    }

    // In a one-sided spectrum every frequency but 0 and the highest one of an even length stands for two.
    static Number Weight(LoweringContext context, Plan plan, Number number, Expression term)
    {
        Expression isSingle = plan.Length % 2 == 0 ? term.Is(0) | term.Is(plan.Length / 2) : term.Is(0);
        return Number.Select(isSingle, number.Of(1), number.Of(2)).Keep("weight");
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
        Require(length is >= 1 and <= int.MaxValue / 4, $"dft_length: expected 1 to {int.MaxValue / 4}, got {length}");
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
        TurnTable turns = new(context, x.Type, length);
        TensorView frame = context.Wide("frame", x.Type, length * parts);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape[0], frames], index =>
        {
            Local from = code.Local("from", (index[0] * x.Shape[1] + index[1] * step) * parts);
            code.For("i", 0, length, i =>
            {
                for (int part = 0; part < parts; part++)
                {
                    Number sample = context.At(x, from + (i * parts + part));
                    context.Put(frame, i * parts + part, context.HasInput(2) ? sample * context.At(context.Input(2), i) : sample);
                }
            });
            Local to = code.Local("to", (index[0] * frames + index[1]) * (bins * 2));
            code.For("bin", 0, bins, bin =>
            {
                Number real = context.Constant(x.Type, 0).Variable("real"), imaginary = context.Constant(x.Type, 0).Variable("imaginary");
                turns.Over(context, bin, length, (term, cosine, sine) =>
                {
                    Number c = cosine.Keep("c"), s = sine.Keep("s"), a = context.At(frame, term * parts).Keep("a");
                    real.Assign(real + a * c);
                    imaginary.Assign(imaginary - a * s);
                    if (parts == 1) return;
                    Number b = context.At(frame, term * parts + 1).Keep("b");
                    real.Assign(real + b * s);
                    imaginary.Assign(imaginary + b * c);
                });
                context.Put(y, to + bin * 2, real);
                context.Put(y, to + (bin * 2 + 1), imaginary);
            });
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

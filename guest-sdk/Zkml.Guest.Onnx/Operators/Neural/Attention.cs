using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// Scaled dot-product attention: grouped heads, cache of past keys, boolean or additive mask, causal and sliding windows, soft cap. A row whose
/// keys are all masked gives zeros. Products with masked keys are not computed unless an output shows them.
/// </summary>
internal sealed class Attention : Operator
{
    const int Mask = 3, PastKey = 4, PastValue = 5, Lengths = 6, Scores = 3;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.Float(0);
        Require(context.Float(2).IsFloat64 == context.TypeOf(0).IsFloat64, $"input 2: {context.TypeOf(2)} does not go with {context.TypeOf(0)}");
        context.SameType(0, 1, PastKey);
        context.SameType(2, PastValue);
        for (int i = 0; i < 3; i++) context.Ranked(i, 3, 4);
        if (context.HasInput(PastKey)) context.Ranked(PastKey, 4, 4);
        Require(context.HasInput(PastKey) == context.HasInput(PastValue), $"past keys and past values come together");
        Require(!context.HasInput(Lengths) || !context.HasInput(PastKey), $"nonpad_kv_seqlen: expected no past keys beside it");
        AttentionShape shape = ShapeOf(context.Node);
        if (context.HasInput(Mask))
        {
            ElementType type = context.TypeOf(Mask);
            Require(type == ElementType.Bool || type.IsFloat, $"input {Mask}: expected Bool or a float, got {type}");
            Shape mask = context.Ranked(Mask, 1, 4), full = new(shape.Batch, shape.Heads, shape.Queries, mask[^1]);
            Require(mask[^1] <= shape.Keys && full.Equals(Shape.Broadcast(mask, full)), $"input {Mask}: {mask} does not broadcast to {shape.Keys} keys of {full}");
        }
        context.Shaped(Lengths, shape.Batch);
        if (context.HasInput(Lengths)) Require(context.TypeOf(Lengths) == ElementType.Int64, $"input {Lengths}: expected Int64, got {context.TypeOf(Lengths)}");
        Require(context.Attributes.Int32("qk_matmul_output_mode", 0) is >= 0 and <= 3, $"qk_matmul_output_mode: expected 0 to 3");
        Require(context.Attributes.Integer("left_window_size", -1) >= -1 && context.Attributes.Integer("right_window_size", -1) >= -1, $"window sizes: expected at least -1");
        context.SetOutput(0, context.TypeOf(0), shape.IsSplit
            ? Checks.ShapeOf(shape.Batch, shape.Heads, shape.Queries, shape.ValueSize)
            : Checks.ShapeOf(shape.Batch, shape.Queries, (long)shape.Heads * shape.ValueSize));
        context.SetOutput(1, context.TypeOf(0), Checks.ShapeOf(shape.Batch, shape.KeyHeads, shape.Keys, shape.Size));
        context.SetOutput(2, context.TypeOf(2), Checks.ShapeOf(shape.Batch, shape.KeyHeads, shape.Keys, shape.ValueSize));
        context.SetOutput(Scores, context.TypeOf(0), Checks.ShapeOf(shape.Batch, shape.Heads, shape.Queries, shape.Keys));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        AttentionShape shape = ShapeOf(context.Node);
        (TensorView keys, HeadLayout keyLayout) = Cached(context, shape, 1, PastKey, shape.Size);
        (TensorView values, HeadLayout valueLayout) = Cached(context, shape, 2, PastValue, shape.ValueSize);
        TensorView q = context.Input(0), y = context.Output(0);
        HeadLayout queryLayout = HeadLayout.Of(shape.IsSplit, shape.Heads, shape.Queries, shape.Size), output = HeadLayout.Of(shape.IsSplit, shape.Heads, shape.Queries, shape.ValueSize);
        TensorView query = context.Wide("query", q.Type, shape.Size), weights = context.Wide("weights", q.Type, shape.Keys);
        double scale = context.Attributes.Has("scale") ? context.Attributes.Float("scale", 1) : 1 / Math.Sqrt(shape.Size);
        int repeats = shape.Heads / shape.KeyHeads;
        FunctionBuilder code = context.Code;
        Nest.Over(code, [shape.Batch, shape.Heads, shape.Queries], index =>
        {
            Local keyHead = code.Local("keyHead", index[1] / repeats);
            Local from = code.Local("from", queryLayout.At(index[0], index[1], index[2]));
            code.For("i", 0, shape.Size, i => context.Put(query, i, context.At(q, from + i) * context.Constant(q.Type, scale)));
            Local isOpen = code.Local("open", Fold.Constant(ScalarType.Int32, 0));
            Local scores = code.Local("scores", ((index[0] * shape.Heads + index[1]) * shape.Queries + index[2]) * shape.Keys);
            Func<Expression, Expression> isAllowed = Window(context, shape, index[0], index[2]);
            code.For("key", 0, shape.Keys, key =>
            {
                Local first = code.Local("first", keyLayout.At(index[0], keyHead, key));
                AppendScore(context, shape, index, key, isAllowed(key), isOpen, scores + key, weights, () => Dot(context, query, keys, first));
            });
            AppendSoftmax(context, weights, isOpen);
            if (Mode(context) == 3) code.For("key", 0, shape.Keys, key => context.Put(context.Output(Scores), scores + key, context.At(weights, key)));
            Local to = code.Local("to", output.At(index[0], index[1], index[2])), value = code.Local("value", valueLayout.At(index[0], keyHead, 0));
            code.For("i", 0, shape.ValueSize, i =>
            {
                Number sum = context.Constant(q.Type, 0).Variable("sum");
                code.For("key", 0, shape.Keys, key => sum.Assign(sum + context.At(weights, key) * context.At(values, value + (key * valueLayout.Row + i))));
                context.Put(y, to + i, sum);
            });
        });
    }

    static AttentionShape ShapeOf(Node node)
    {
        return new(node.Attributes, Extents(0)!, Extents(1)!, Extents(2)!, Extents(PastKey), Extents(PastValue));

        Shape? Extents(int input) => input < node.Inputs.Length ? node.Inputs[input]?.Shape : null;
    }

    // Past rows and new rows in one tensor: the output if it is asked for, else a working buffer; without a past the input itself.
    static (TensorView Rows, HeadLayout Layout) Cached(LoweringContext context, AttentionShape shape, int input, int past, int size)
    {
        TensorView incoming = context.Input(input);
        HeadLayout layout = HeadLayout.Of(shape.IsSplit, shape.KeyHeads, shape.New, size);
        if (!context.HasInput(past) && !context.HasOutput(input)) return (incoming, layout);
        TensorView rows = context.HasOutput(input) ? context.Output(input) : context.Scratch($"rows{input}", incoming.Type, new(shape.Batch, shape.KeyHeads, shape.Keys, size));
        HeadLayout to = HeadLayout.Of(true, shape.KeyHeads, shape.Keys, size);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [shape.Batch, shape.KeyHeads], index =>
        {
            Local first = code.Local("first", to.At(index[0], index[1], 0));
            if (shape.Past > 0)
            {
                Local old = code.Local("old", (index[0] * shape.KeyHeads + index[1]) * (shape.Past * size));
                code.For("i", 0, shape.Past * size, i => context.Store(rows, first + i, context.Load(context.Input(past), old + i)));
            }
            code.For("row", 0, shape.New, row => code.For("i", 0, size, i =>
                context.Store(rows, first + ((row + shape.Past) * size + i), context.Load(incoming, layout.At(index[0], index[1], row) + i))));
        });
        return (rows, to);
    }

    // What causality, windows and the number of valid keys allow for one query, as a function of the key.
    static Func<Expression, Expression> Window(LoweringContext context, AttentionShape shape, Expression batch, Expression row)
    {
        FunctionBuilder code = context.Code;
        int left = (int)Math.Min(context.Attributes.Integer("left_window_size", -1), int.MaxValue / 2), right = (int)Math.Min(context.Attributes.Integer("right_window_size", -1), int.MaxValue / 2);
        bool isCausal = context.Attributes.Flag("is_causal");
        Local? valid = context.HasInput(Lengths) ? code.Local("valid", Expression.Load(context.Input(Lengths).Buffer, batch).Low()) : null;
        Local position = code.Local("position", row + (valid == null ? shape.Past : valid - shape.Queries));
        return key =>
        {
            Expression allowed = 1;
            if (isCausal) allowed &= key <= position;
            if (left >= 0) allowed &= position - key <= left;
            if (right >= 0) allowed &= key - position <= right;
            if (valid != null) allowed &= key < valid;
            return allowed;
        };
    }

    // One score; isOpen counts the keys that are not masked.
    static void AppendScore(LoweringContext context, AttentionShape shape, Expression[] index, Expression key, Expression isAllowed, Local isOpen, Expression target, TensorView weights, Func<Number> dot)
    {
        FunctionBuilder code = context.Code;
        ElementType type = context.Input(0).Type;
        int mode = Mode(context);
        Number lowest = context.Constant(type, double.NegativeInfinity);
        Number? shown = null;
        if (mode is 0 or 1)
        {
            Number raw = dot().Keep("raw"), capped = Capped(context, raw).Keep("capped");
            context.Put(context.Output(Scores), target, mode == 0 ? raw : capped);
            shown = capped;
        }
        Number score = lowest.Variable("score");
        (Expression isInMask, Func<Number>? bias) = MaskOf(context, shape, index, key);
        code.If(isAllowed & isInMask, () =>
        {
            Number value = shown ?? Capped(context, dot());
            if (bias == null)
            {
                score.Assign(value);
                code.Assign(isOpen, 1);
                return;
            }
            Number added = bias().Keep("bias");
            code.If(added.Bits.IsNot(lowest.Bits), () =>
            {
                score.Assign(value + added);
                code.Assign(isOpen, 1);
            });
        });
        context.Put(weights, key, score);
        if (mode == 2) context.Put(context.Output(Scores), target, score);
    }

    // Whether the mask allows a key, and what an additive mask adds.
    static (Expression IsInMask, Func<Number>? Bias) MaskOf(LoweringContext context, AttentionShape shape, Expression[] index, Expression key)
    {
        if (!context.HasInput(Mask)) return (1, null);
        TensorView mask = context.Input(Mask);
        int[] own = mask.Shape.Strides(), strides = new int[4];
        for (int i = 1; i <= mask.Shape.Rank; i++) strides[^i] = mask.Shape[^i] == 1 && i > 1 ? 0 : own[^i];
        bool isShort = mask.Shape[^1] < shape.Keys;
        // Keys beyond the mask count as masked; their element is not read.
        Expression column = isShort ? Expression.Select(key < mask.Shape[^1], key, 0) : key, isCovered = isShort ? key < mask.Shape[^1] : 1;
        Expression element = Nest.Offset([index[0], index[1], index[2], column], strides);
        return mask.Type == ElementType.Bool
            ? (isCovered & context.Load(mask, element), null)
            : (isCovered, () => context.At(mask, element).To(context.Input(0).Type));
    }

    static void AppendSoftmax(LoweringContext context, TensorView weights, Local isOpen)
    {
        FunctionBuilder code = context.Code;
        int count = weights.Shape.Count;
        code.If(isOpen, () =>
        {
            Local best = code.Local("best", context.At(weights, 0).Key());
            code.For("key", 1, count, i =>
            {
                Local key = code.Local("candidate", context.At(weights, i).Key());
                code.Assign(best, Expression.Select(best < key, key, best));
            });
            Number largest = context.Constant(weights.Type, 0).FromKey(best).Keep("largest");
            Number sum = context.Constant(weights.Type, 0).Variable("sum");
            code.For("key", 0, count, i =>
            {
                Number power = (context.At(weights, i) - largest).Exp().Keep("power");
                context.Put(weights, i, power);
                sum.Assign(sum + power);
            });
            Number factor = (sum.Of(1) / sum).Keep("factor");
            code.For("key", 0, count, i => context.Put(weights, i, context.At(weights, i) * factor));
        }, () => code.For("key", 0, count, i => context.Put(weights, i, context.Constant(weights.Type, 0))));
    }

    static Number Dot(LoweringContext context, TensorView query, TensorView keys, Expression first)
    {
        Number sum = context.Constant(query.Type, 0).Variable("dot");
        context.Code.For("i", 0, query.Shape.Count, i => sum.Assign(sum + context.At(query, i) * context.At(keys, first + i)));
        return sum;
    }

    static Number Capped(LoweringContext context, Number score)
    {
        float cap = context.Attributes.Float("softcap", 0);
        return cap > 0 ? score.Of(cap) * (score / score.Of(cap)).Tanh() : score;
    }

    // −1 where no output shows the scores.
    static int Mode(LoweringContext context) => context.HasOutput(Scores) ? context.Attributes.Int32("qk_matmul_output_mode", 0) : -1;
}

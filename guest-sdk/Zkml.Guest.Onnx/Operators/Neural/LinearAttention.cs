using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// Attention as a recurrence over a state [key size × value size] of each head: the state decays (gated), is corrected (delta), gets the outer
/// product of key and value, and is read with the query.
/// </summary>
internal sealed class LinearAttention : Operator
{
    const int Past = 3, Decay = 4, Beta = 5;

    readonly record struct Extents(int Batch, int Rows, int Heads, int KeyHeads, int KeySize, int ValueSize);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        string rule = context.Attributes.OneOf("update_rule", "gated_delta", "linear", "gated", "delta", "gated_delta");
        Require(context.HasInput(Decay) == rule.StartsWith("gated", StringComparison.Ordinal), $"update_rule {rule}: decay is {(context.HasInput(Decay) ? "not expected" : "missing")}");
        Require(context.HasInput(Beta) == rule.EndsWith("delta", StringComparison.Ordinal), $"update_rule {rule}: beta is {(context.HasInput(Beta) ? "not expected" : "missing")}");
        for (int i = 0; i < 3; i++)
        {
            context.Ranked(i, 3, 3);
        }
        for (int i = 0; i < context.InputCount; i++)
            if (context.HasInput(i)) Require(context.Float(i).IsFloat64 == context.Float(0).IsFloat64, $"input {i}: {context.TypeOf(i)} does not go with {context.TypeOf(0)}");
        int heads = context.Attributes.Int32("q_num_heads", 0), keyHeads = context.Attributes.Int32("kv_num_heads", 0);
        Require(heads > 0 && keyHeads > 0 && heads % keyHeads == 0, $"q_num_heads: expected a multiple of kv_num_heads, got {heads} and {keyHeads}");
        Extents e = ExtentsOf(context.Attributes, context.ShapeOf(0), context.ShapeOf(2));
        context.Shaped(0, e.Batch, e.Rows, e.Heads * e.KeySize);
        context.Shaped(1, e.Batch, e.Rows, e.KeyHeads * e.KeySize);
        context.Shaped(2, e.Batch, e.Rows, e.KeyHeads * e.ValueSize);
        context.Shaped(Past, e.Batch, e.KeyHeads, e.KeySize, e.ValueSize);
        if (context.HasInput(Decay)) context.Shaped(Decay, e.Batch, e.Rows, context.Ranked(Decay, 3, 3)[2] == e.KeyHeads ? e.KeyHeads : e.KeyHeads * e.KeySize);
        if (context.HasInput(Beta)) context.Shaped(Beta, e.Batch, e.Rows, context.Ranked(Beta, 3, 3)[2] == 1 ? 1 : e.KeyHeads);
        context.SetOutput(0, context.TypeOf(0), ShapeOf(e.Batch, e.Rows, (long)e.Heads * e.ValueSize));
        context.SetOutput(1, context.HasInput(Past) ? context.Float(Past) : context.TypeOf(0), ShapeOf(e.Batch, e.KeyHeads, e.KeySize, e.ValueSize));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView k = context.Input(1), v = context.Input(2);
        ElementType type = context.Input(0).Type;
        Extents e = ExtentsOf(context.Attributes, context.Input(0).Shape, v.Shape);
        int cells = e.KeySize * e.ValueSize;
        TensorView state = context.Wide("state", type, cells), value = context.Wide("value", type, e.ValueSize);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [e.Batch, e.KeyHeads], index =>
        {
            Local cache = code.Local("cache", (index[0] * e.KeyHeads + index[1]) * cells);
            code.For("i", 0, cells, i => context.Put(state, i, context.HasInput(Past) ? context.At(context.Input(Past), cache + i).To(type) : context.Constant(type, 0)));
            code.For("t", 0, e.Rows, t =>
            {
                Local row = code.Local("row", index[0] * e.Rows + t);
                Local key = code.Local("key", (row * e.KeyHeads + index[1]) * e.KeySize), from = code.Local("from", (row * e.KeyHeads + index[1]) * e.ValueSize);
                if (context.HasInput(Decay)) AppendDecay(context, e, state, row * e.KeyHeads + index[1], key);
                code.For("m", 0, e.ValueSize, m =>
                {
                    Number current = context.At(v, from + m).To(type);
                    if (context.HasInput(Beta))
                    {
                        TensorView beta = context.Input(Beta);
                        Number strength = context.At(beta, beta.Shape[2] == 1 ? row : row * e.KeyHeads + index[1]).To(type);
                        current = strength * (current - Retrieved(context, e, state, m, d => context.At(k, key + d).To(type)));
                    }
                    context.Put(value, m, current);
                });
                Nest.Over(code, [e.KeySize, e.ValueSize], cell =>
                {
                    Local i = code.Local("cell", cell[0] * e.ValueSize + cell[1]);
                    context.Put(state, i, context.At(state, i) + context.At(k, key + cell[0]).To(type) * context.At(value, cell[1]));
                });
                AppendRead(context, e, state, row, index[1]);
            });
            if (context.HasOutput(1)) code.For("i", 0, cells, i => context.Put(context.Output(1), cache + i, context.At(state, i).To(context.Output(1).Type)));
        });
    }

    static void AppendDecay(LoweringContext context, Extents e, TensorView state, Expression head, Expression key)
    {
        TensorView decay = context.Input(Decay);
        bool isPerHead = decay.Shape[2] == e.KeyHeads;
        FunctionBuilder code = context.Code;
        Number shared = isPerHead ? Factor(head) : default;
        code.For("d", 0, e.KeySize, d =>
        {
            Number factor = isPerHead ? shared : Factor(key + d);
            code.For("m", 0, e.ValueSize, m => context.Put(state, d * e.ValueSize + m, context.At(state, d * e.ValueSize + m) * factor));
        });

        Number Factor(Expression element) => context.At(decay, element).To(state.Type).Exp().Keep("factor");
    }

    static void AppendRead(LoweringContext context, Extents e, TensorView state, Expression row, Expression keyHead)
    {
        TensorView q = context.Input(0), y = context.Output(0);
        float given = context.Attributes.Float("scale", 0);
        int repeats = e.Heads / e.KeyHeads;
        FunctionBuilder code = context.Code;
        code.For("head", 0, repeats, repeat =>
        {
            Local head = code.Local("head", row * e.Heads + keyHead * repeats + repeat);
            code.For("m", 0, e.ValueSize, m =>
            {
                Number read = Retrieved(context, e, state, m, d => context.At(q, head * e.KeySize + d));
                context.Put(y, head * e.ValueSize + m, read * read.Of(given == 0 ? 1 / Math.Sqrt(e.KeySize) : given));
            });
        });
    }

    // Column m of the state, weighted.
    static Number Retrieved(LoweringContext context, Extents e, TensorView state, Expression m, Func<Expression, Number> weight)
    {
        Number sum = context.Constant(state.Type, 0).Variable("sum");
        context.Code.For("d", 0, e.KeySize, d => sum.Assign(sum + context.At(state, d * e.ValueSize + m) * weight(d)));
        return sum;
    }

    static Extents ExtentsOf(NodeAttributes attributes, Shape query, Shape value)
    {
        int heads = attributes.Int32("q_num_heads", 1), keyHeads = attributes.Int32("kv_num_heads", 1);
        return new(query[0], query[1], heads, keyHeads, query[2] / heads, value[2] / keyHeads);
    }
}

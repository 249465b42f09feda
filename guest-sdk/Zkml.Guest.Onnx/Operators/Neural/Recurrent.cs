using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>What the code of one time step sees: offsets into the weights of the direction, the working buffers, its activations.</summary>
internal sealed record RecurrentStep(LoweringContext Context, int Direction, int Input, int Hidden, Expression Row, TensorView State, TensorView Cell, TensorView Gates, RecurrentActivation[] Activations)
{
    /// <summary>The type of the inputs.</summary>
    public ElementType Type => Context.Input(0).Type;

    /// <summary>The bound of the inputs of activations, if there is one.</summary>
    public float? Clip => Context.Attributes.Has("clip") ? Context.Attributes.Float("clip", 0) : null;

    /// <summary>Activation number <paramref name="index"/> of the direction.</summary>
    public Number Activate(int index, Number value) => Activations[index].Apply(Context, value, Clip);

    /// <summary>Row of W (input 1) · x.</summary>
    public Number TimesInput(Expression gateRow, int gates)
    {
        TensorView x = Context.Input(0), w = Context.Input(1);
        Expression weights = Context.Code.Local("weights", (gateRow + Direction * gates * Hidden) * Input);
        return Dot(Input, i => Context.At(w, weights + i) * Context.At(x, Row + i));
    }

    /// <summary>Row of R (input 2) · a vector of the size of the state.</summary>
    public Number TimesState(Expression gateRow, int gates, TensorView state)
    {
        TensorView r = Context.Input(2);
        Expression weights = Context.Code.Local("weights", (gateRow + Direction * gates * Hidden) * Hidden);
        return Dot(Hidden, i => Context.At(r, weights + i) * Context.At(state, i));
    }

    /// <summary>A sum and the bias (input 3) of a gate, of its input half or its recurrent half, where there is one.</summary>
    public Number PlusBias(Number sum, Expression gateRow, int gates, bool isRecurrent) => Context.HasInput(3)
        ? sum + Context.At(Context.Input(3), gateRow + (Direction * 2 + (isRecurrent ? 1 : 0)) * gates * Hidden)
        : sum;

    /// <summary>W · x + R · H and both biases.</summary>
    public Number Gate(Expression gateRow, int gates) =>
        PlusBias(PlusBias(TimesInput(gateRow, gates) + TimesState(gateRow, gates, State), gateRow, gates, false), gateRow, gates, true);

    Number Dot(int count, Func<Expression, Number> product)
    {
        Number sum = Context.Constant(Type, 0).Variable("sum");
        Context.Code.For("k", 0, count, k => sum.Assign(sum + product(k)));
        return sum;
    }
}

/// <summary>RNN, LSTM and GRU: directions, layouts, sequence lengths and initial states; the step itself is of the subclass.</summary>
internal abstract class Recurrent : Operator
{
    const int LengthExitCode = 2;

    /// <summary>Gates in W and R.</summary>
    protected abstract int Gates { get; }

    /// <summary>The activations of one direction where none are given.</summary>
    protected abstract string[] DefaultActivations { get; }

    /// <summary>True if a second state, the cell, is carried along (inputs 6, output 2).</summary>
    protected virtual bool HasCell => false;

    /// <summary>Writes one step: State and, for LSTM, Cell become those of the next time.</summary>
    protected abstract void AppendStep(RecurrentStep step);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.SameType(0, 1, 2, 3, 5, 6, 7);
        (int time, int batch, int input) = Extents(context.Ranked(0, 3, 3), IsBatchFirst(context.Attributes));
        int directions = Directions(context.Attributes), hidden = context.Ranked(2, 3, 3)[2];
        Require(context.Attributes.Int32("hidden_size", hidden) == hidden, $"hidden_size: expected {hidden} as in the weights, got {context.Attributes.Int32("hidden_size", hidden)}");
        context.Ranked(1, 3, 3);
        context.Shaped(1, directions, Gates * hidden, input);
        context.Shaped(2, directions, Gates * hidden, hidden);
        context.Shaped(3, directions, 2 * Gates * hidden);
        context.Shaped(4, batch);
        if (context.HasInput(4)) Require(context.TypeOf(4) == ElementType.Int32, $"sequence_lens: expected Int32, got {context.TypeOf(4)}");
        int[] state = IsBatchFirst(context.Attributes) ? [batch, directions, hidden] : [directions, batch, hidden];
        context.Shaped(5, state);
        if (HasCell)
        {
            context.Shaped(6, state);
            context.Shaped(7, directions, 3 * hidden);
        }
        RecurrentActivation.Read(context.Attributes, directions, DefaultActivations);
        long[] extents = IsBatchFirst(context.Attributes) ? [batch, time, directions, hidden] : [time, directions, batch, hidden];
        ElementType type = context.Float(0);
        context.SetOutput(0, type, ShapeOf(extents));
        context.SetOutput(1, type, new(state));
        if (HasCell) context.SetOutput(2, type, new(state));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        int directions = Directions(context.Attributes);
        RecurrentActivation[] activations = RecurrentActivation.Read(context.Attributes, directions, DefaultActivations);
        bool isReverse = context.Attributes.Text("direction", "forward") == "reverse";
        for (int direction = 0; direction < directions; direction++)
            AppendDirection(context, direction, directions, isReverse || direction == 1, activations[(direction * DefaultActivations.Length)..((direction + 1) * DefaultActivations.Length)]);
    }

    void AppendDirection(LoweringContext context, int direction, int directions, bool isReverse, RecurrentActivation[] activations)
    {
        TensorView x = context.Input(0);
        bool isBatchFirst = IsBatchFirst(context.Attributes);
        (int time, int batch, int input) = Extents(x.Shape, isBatchFirst);
        int hidden = context.Input(2).Shape[2];
        TensorView state = context.Wide("state", x.Type, hidden), cell = context.Wide("cell", x.Type, hidden), gates = context.Wide("gates", x.Type, Gates * hidden);
        FunctionBuilder code = context.Code;
        code.For("batch", 0, batch, b =>
        {
            Local carried = code.Local("carried", (isBatchFirst ? b * directions + direction : b + direction * batch) * hidden);
            AppendInitial(context, 5, state, carried);
            if (HasCell) AppendInitial(context, 6, cell, carried);
            Expression length = Length(context, b, time);
            code.For("t", 0, length, t =>
            {
                Expression moment = isReverse ? code.Local("moment", length - 1 - t) : t;
                Local row = code.Local("row", (isBatchFirst ? b * time + moment : moment * batch + b) * input);
                AppendStep(new(context, direction, input, hidden, row, state, cell, gates, activations));
                if (context.HasOutput(0)) AppendCopy(context, state, context.Output(0), code.Local("y", Output(moment)));
            });
            if (context.HasOutput(0) && length is Local)
            {
                code.For("rest", length, time, t =>
                {
                    Local first = code.Local("y", Output(t));
                    code.For("i", 0, hidden, i => context.Put(context.Output(0), first + i, context.Constant(x.Type, 0)));
                });
            }
            if (context.HasOutput(1)) AppendCopy(context, state, context.Output(1), carried);
            if (HasCell && context.HasOutput(2)) AppendCopy(context, cell, context.Output(2), carried);

            Expression Output(Expression moment) =>
                (isBatchFirst ? (b * time + moment) * directions + direction : (moment * directions + direction) * batch + b) * hidden;
        });
    }

    static Expression Length(LoweringContext context, Expression batch, int time)
    {
        if (!context.HasInput(4)) return time;
        Local length = context.Code.Local("length", Expression.Load(context.Input(4).Buffer, batch));
        context.Code.If(length.IsAtMost(time).Not(), () => context.Code.Fail(LengthExitCode, $"{context.Node.Name}: a sequence length lies outside of 0 to {time}"));
        return length;
    }

    static void AppendInitial(LoweringContext context, int input, TensorView state, Local from) =>
        context.Code.For("i", 0, state.Shape.Count, i => context.Put(state, i, context.HasInput(input) ? context.At(context.Input(input), from + i) : context.Constant(state.Type, 0)));

    static void AppendCopy(LoweringContext context, TensorView state, TensorView to, Local first) =>
        context.Code.For("i", 0, state.Shape.Count, i => context.Put(to, first + i, context.At(state, i)));

    static bool IsBatchFirst(NodeAttributes attributes) => attributes.Flag("layout");

    static int Directions(NodeAttributes attributes) =>
        attributes.OneOf("direction", "forward", "forward", "reverse", "bidirectional") == "bidirectional" ? 2 : 1;

    static (int Time, int Batch, int Input) Extents(Shape x, bool isBatchFirst) => isBatchFirst ? (x[1], x[0], x[2]) : (x[0], x[1], x[2]);
}

/// <summary>H' = f(W·x + R·H + b).</summary>
internal sealed class Rnn : Recurrent
{
    /// <inheritdoc/>
    protected override int Gates => 1;

    /// <inheritdoc/>
    protected override string[] DefaultActivations => ["Tanh"];

    /// <inheritdoc/>
    protected override void AppendStep(RecurrentStep step)
    {
        LoweringContext context = step.Context;
        context.Code.For("unit", 0, step.Hidden, i => context.Put(step.Gates, i, step.Activate(0, step.Gate(i, 1))));
        context.Code.For("unit", 0, step.Hidden, i => context.Put(step.State, i, context.At(step.Gates, i)));
    }
}

/// <summary>Long short-term memory: gates input, output, forget, cell in this order; peepholes; input_forget couples the forget gate.</summary>
internal sealed class Lstm : Recurrent
{
    const int GateCount = 4;

    /// <inheritdoc/>
    protected override int Gates => GateCount;

    /// <inheritdoc/>
    protected override string[] DefaultActivations => ["Sigmoid", "Tanh", "Tanh"];

    /// <inheritdoc/>
    protected override bool HasCell => true;

    /// <inheritdoc/>
    protected override void AppendStep(RecurrentStep step)
    {
        LoweringContext context = step.Context;
        FunctionBuilder code = context.Code;
        int hidden = step.Hidden;
        code.For("gate", 0, GateCount * hidden, i => context.Put(step.Gates, i, step.Gate(i, GateCount)));
        code.For("unit", 0, hidden, i =>
        {
            Number cell = context.At(step.Cell, i).Keep("cell");
            Number input = step.Activate(0, Peephole(0, cell)).Keep("input");
            Number forget = (context.Attributes.Flag("input_forget") ? input.Of(1) - input : step.Activate(0, Peephole(2, cell))).Keep("forget");
            Number next = (forget * cell + input * step.Activate(1, Gate(3))).Keep("next");
            Number output = step.Activate(0, Peephole(1, next)).Keep("output");
            context.Put(step.Cell, i, next);
            context.Put(step.State, i, output * step.Activate(2, next));

            Number Gate(int index) => context.At(step.Gates, i + index * hidden);

            Number Peephole(int index, Number state) => context.HasInput(7)
                ? Gate(index) + context.At(context.Input(7), i + (step.Direction * 3 + index) * hidden) * state
                : Gate(index);
        });
    }
}

/// <summary>Gated recurrent unit: gates update, reset, hidden in this order; linear_before_reset multiplies by the reset gate after the product.</summary>
internal sealed class Gru : Recurrent
{
    const int GateCount = 3;

    /// <inheritdoc/>
    protected override int Gates => GateCount;

    /// <inheritdoc/>
    protected override string[] DefaultActivations => ["Sigmoid", "Tanh"];

    /// <inheritdoc/>
    protected override void AppendStep(RecurrentStep step)
    {
        LoweringContext context = step.Context;
        FunctionBuilder code = context.Code;
        int hidden = step.Hidden;
        bool isLinear = context.Attributes.Flag("linear_before_reset");
        code.For("gate", 0, 2 * hidden, i => context.Put(step.Gates, i, step.Activate(0, step.Gate(i, GateCount))));
        TensorView reset = context.Wide("reset", step.Type, hidden);
        if (!isLinear) code.For("unit", 0, hidden, i => context.Put(reset, i, context.At(step.Gates, i + hidden) * context.At(step.State, i)));
        code.For("unit", 0, hidden, i =>
        {
            Expression row = i + 2 * hidden;
            Number recurrent = step.PlusBias(step.TimesState(row, GateCount, isLinear ? step.State : reset), row, GateCount, true);
            if (isLinear) recurrent = context.At(step.Gates, i + hidden) * recurrent;
            context.Put(step.Gates, row, step.Activate(1, step.PlusBias(step.TimesInput(row, GateCount) + recurrent, row, GateCount, false)));
        });
        code.For("unit", 0, hidden, i =>
        {
            Number update = context.At(step.Gates, i).Keep("update");
            context.Put(step.State, i, (update.Of(1) - update) * context.At(step.Gates, i + 2 * hidden) + update * context.At(step.State, i));
        });
    }
}

using Zkml.Examples.Training;

namespace Zkml.Examples.Transformer.Trainer;

/// <summary>
/// A transformer encoder: word and position embeddings, layers of self-attention and a feed-forward network with normalisation before each,
/// the mean over the words, one dense layer.
/// </summary>
public sealed class TransformerNetwork
{
    /// <summary>Numbers for each word.</summary>
    public const int Width = 16;

    /// <summary>Attention heads of a layer.</summary>
    public const int HeadCount = 2;

    /// <summary>Hidden numbers of the feed-forward network.</summary>
    public const int HiddenWidth = 32;

    const int LayerCount = 1, HeadWidth = Width / HeadCount;

    /// <summary>Random weights.</summary>
    public TransformerNetwork(Random random)
    {
        Words = Variable.Random(random, 0.3, CommandGrammar.Vocabulary.Count, Width);
        Positions = Variable.Random(random, 0.3, CommandGrammar.Length, Width);
        Layers = [.. Enumerable.Range(0, LayerCount).Select(_ => new Layer(random))];
        OutputWeights = Variable.Random(random, Math.Sqrt(1.0 / Width), Width, CommandGrammar.Intents.Count);
    }

    /// <summary>[vocabulary × width].</summary>
    public Variable Words { get; }

    /// <summary>[length × width].</summary>
    public Variable Positions { get; }

    /// <summary>In order.</summary>
    public IReadOnlyList<Layer> Layers { get; }

    /// <summary>[width × intents].</summary>
    public Variable OutputWeights { get; }

    /// <summary>[intents].</summary>
    public Variable OutputBias { get; } = new(CommandGrammar.Intents.Count);

    /// <summary>Everything that is trained.</summary>
    public Variable[] Parameters => [Words, Positions, .. Layers.SelectMany(layer => layer.Parameters), OutputWeights, OutputBias];

    /// <summary>The logits [batch × intents] of sentences [batch × length], given as word indices.</summary>
    public Variable Evaluate(Tape tape, int[] tokens)
    {
        int batch = tokens.Length / CommandGrammar.Length;
        Variable x = tape.Add(tape.Reshape(tape.Gather(Words, tokens), batch, CommandGrammar.Length, Width), Positions);
        foreach (Layer layer in Layers) x = layer.Evaluate(tape, x);
        Variable mean = Variable.Filled(1f / CommandGrammar.Length, CommandGrammar.Length, 1);
        Variable pooled = tape.Reshape(tape.MatMul(tape.Transpose(x, 0, 2, 1), mean), batch, Width);
        return tape.Add(tape.MatMul(pooled, OutputWeights), OutputBias);
    }

    /// <summary>One layer: x + attention(norm(x)), then x + feed-forward(norm(x)).</summary>
    public sealed class Layer(Random random)
    {
        /// <summary>Scale and shift of the first normalisation.</summary>
        public (Variable Scale, Variable Shift) FirstNorm { get; } = (Variable.Filled(1, Width), new(Width));

        /// <summary>Scale and shift of the second normalisation.</summary>
        public (Variable Scale, Variable Shift) SecondNorm { get; } = (Variable.Filled(1, Width), new(Width));

        /// <summary>Weights [width × width] and bias of queries.</summary>
        public (Variable Weights, Variable Bias) Query { get; } = Dense(random, Width, Width);

        /// <summary>Weights [width × width] and bias of keys.</summary>
        public (Variable Weights, Variable Bias) Key { get; } = Dense(random, Width, Width);

        /// <summary>Weights [width × width] and bias of values.</summary>
        public (Variable Weights, Variable Bias) Value { get; } = Dense(random, Width, Width);

        /// <summary>Weights [width × width] and bias after the heads.</summary>
        public (Variable Weights, Variable Bias) Projection { get; } = Dense(random, Width, Width);

        /// <summary>Weights [width × hidden] and bias.</summary>
        public (Variable Weights, Variable Bias) Hidden { get; } = Dense(random, Width, HiddenWidth);

        /// <summary>Weights [hidden × width] and bias.</summary>
        public (Variable Weights, Variable Bias) Output { get; } = Dense(random, HiddenWidth, Width);

        /// <summary>Everything that is trained.</summary>
        public IEnumerable<Variable> Parameters => new[] { FirstNorm, SecondNorm, Query, Key, Value, Projection, Hidden, Output }.SelectMany(pair => new[] { pair.Item1, pair.Item2 });

        internal Variable Evaluate(Tape tape, Variable x)
        {
            x = tape.Add(x, Attention(tape, tape.LayerNormalize(x, FirstNorm.Scale, FirstNorm.Shift)));
            Variable hidden = tape.Relu(Apply(tape, tape.LayerNormalize(x, SecondNorm.Scale, SecondNorm.Shift), Hidden));
            return tape.Add(x, Apply(tape, hidden, Output));
        }

        Variable Attention(Tape tape, Variable x)
        {
            int batch = x.Shape[0];
            Variable query = Heads(tape, Apply(tape, x, Query), 0, 2, 1, 3), key = Heads(tape, Apply(tape, x, Key), 0, 2, 3, 1), value = Heads(tape, Apply(tape, x, Value), 0, 2, 1, 3);
            Variable weights = tape.Softmax(tape.Scale(tape.MatMul(query, key), 1 / MathF.Sqrt(HeadWidth)));
            Variable mixed = tape.Transpose(tape.MatMul(weights, value), 0, 2, 1, 3);
            return Apply(tape, tape.Reshape(mixed, batch, CommandGrammar.Length, Width), Projection);
        }

        static Variable Heads(Tape tape, Variable x, params int[] order) =>
            tape.Transpose(tape.Reshape(x, x.Shape[0], CommandGrammar.Length, HeadCount, HeadWidth), order);

        static Variable Apply(Tape tape, Variable x, (Variable Weights, Variable Bias) dense) => tape.Add(tape.MatMul(x, dense.Weights), dense.Bias);

        static (Variable, Variable) Dense(Random random, int from, int to) => (Variable.Random(random, Math.Sqrt(1.0 / from), from, to), new(to));
    }
}

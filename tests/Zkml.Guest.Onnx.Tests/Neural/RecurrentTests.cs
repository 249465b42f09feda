using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Tests.Elementwise;

namespace Zkml.Guest.Onnx.Tests.Neural;

/// <summary>RNN, LSTM and GRU in all directions, with lengths, clipping, peepholes and own activations, against a plain evaluation in double.</summary>
[TestFixture]
sealed class RecurrentTests
{
    const int Time = 4, Batch = 3, Input = 2, Hidden = 3;

    static readonly int[] s_lengths = [4, 2, 0];

    [TestCase("forward")]
    [TestCase("reverse")]
    [TestCase("bidirectional")]
    public void Lstm_LengthsPeepholesAndClip_IsTheRecurrence(string direction)
    {
        int directions = direction == "bidirectional" ? 2 : 1;
        Random random = new(1);
        Tensor x = random.Doubles(Time, Batch, Input), w = random.Doubles(directions, 4 * Hidden, Input), r = random.Doubles(directions, 4 * Hidden, Hidden), b = random.Doubles(directions, 8 * Hidden);
        Tensor h0 = random.Doubles(directions, Batch, Hidden), c0 = random.Doubles(directions, Batch, Hidden), p = random.Doubles(directions, 3 * Hidden);
        Tensor[] y = new OperatorRunner("LSTM", 14).Outputs(3).With("direction", direction).With("clip", 0.4f).Run(x, w, r, b, Lengths(), h0, c0, p);
        Check(y, direction, (d, sequence, h, c) =>
        {
            foreach (double[] input in sequence)
            {
                double[] gates = Add(Add(Product(w, d, 4 * Hidden, input), Product(r, d, 4 * Hidden, h)), Bias(b, d, 4 * Hidden));
                for (int i = 0; i < Hidden; i++)
                {
                    double input1 = Sigmoid(gates[i] + Peephole(0, i) * c[i]), forget = Sigmoid(gates[2 * Hidden + i] + Peephole(2, i) * c[i]);
                    c[i] = forget * c[i] + input1 * Math.Tanh(Clip(gates[3 * Hidden + i]));
                    h[i] = Sigmoid(gates[Hidden + i] + Peephole(1, i) * c[i]) * Math.Tanh(Clip(c[i]));
                }
                Emit(h);
            }

            double Peephole(int gate, int i) => p.NumberAt((d * 3 + gate) * Hidden + i);
        }, x, h0, c0);

        static double Clip(double value) => Math.Clamp(value, -(double)0.4f, 0.4f);

        static double Sigmoid(double value) => 1 / (1 + Math.Exp(-Clip(value)));
    }

    [TestCase("forward", 0L)]
    [TestCase("bidirectional", 1L)]
    public void Gru_BothResets_IsTheRecurrence(string direction, long isLinear)
    {
        int directions = direction == "bidirectional" ? 2 : 1;
        Random random = new(2);
        Tensor x = random.Doubles(Time, Batch, Input), w = random.Doubles(directions, 3 * Hidden, Input), r = random.Doubles(directions, 3 * Hidden, Hidden), b = random.Doubles(directions, 6 * Hidden);
        Tensor h0 = random.Doubles(directions, Batch, Hidden);
        Tensor[] y = new OperatorRunner("GRU", 14).Outputs(2).With("direction", direction).With("linear_before_reset", isLinear).Run(x, w, r, b, Lengths(), h0);
        Check(y, direction, (d, sequence, h, _) =>
        {
            foreach (double[] input in sequence)
            {
                double[] fromInput = Product(w, d, 3 * Hidden, input), fromState = Product(r, d, 3 * Hidden, h), bias = Bias(b, d, 3 * Hidden);
                double[] update = new double[Hidden], reset = new double[Hidden];
                for (int i = 0; i < Hidden; i++)
                {
                    update[i] = Sigmoid(fromInput[i] + fromState[i] + bias[i]);
                    reset[i] = Sigmoid(fromInput[Hidden + i] + fromState[Hidden + i] + bias[Hidden + i]);
                }
                double[] afterReset = Product(r, d, 3 * Hidden, [.. h.Zip(reset, (value, gate) => value * gate)]);
                double[] next = new double[Hidden];
                for (int i = 0; i < Hidden; i++)
                {
                    int row = 2 * Hidden + i;
                    double inner = b.NumberAt(d * 6 * Hidden + row), outer = b.NumberAt(d * 6 * Hidden + 3 * Hidden + row);
                    double candidate = Math.Tanh(isLinear == 1 ? fromInput[row] + inner + reset[i] * (fromState[row] + outer) : fromInput[row] + inner + afterReset[row] + outer);
                    next[i] = (1 - update[i]) * candidate + update[i] * h[i];
                }
                next.CopyTo(h, 0);
                Emit(h);
            }
        }, x, h0, null);

        static double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));
    }

    [TestCase("Relu", 0f, 0f)]
    [TestCase("Affine", 0.5f, 0.25f)]
    [TestCase("LeakyRelu", 0.1f, 0f)]
    [TestCase("ThresholdedRelu", 0.2f, 0f)]
    [TestCase("ScaledTanh", 0.5f, 2f)]
    [TestCase("HardSigmoid", 0.3f, 0.4f)]
    [TestCase("Elu", 0.7f, 0f)]
    [TestCase("Softsign", 0f, 0f)]
    [TestCase("Softplus", 0f, 0f)]
    public void Rnn_OwnActivation_IsTheRecurrence(string activation, float alpha, float beta)
    {
        Random random = new(3);
        Tensor x = random.Doubles(Time, Batch, Input), w = random.Doubles(1, Hidden, Input), r = random.Doubles(1, Hidden, Hidden);
        OperatorRunner runner = new OperatorRunner("RNN", 14).Outputs(2).With("direction", "reverse").With("activations", new[] { activation });
        if (alpha != 0) runner.With("activation_alpha", new[] { alpha });
        if (beta != 0) runner.With("activation_beta", new[] { beta });
        Check(runner.Run(x, w, r, null, Lengths()), "reverse", (d, sequence, h, _) =>
        {
            foreach (double[] input in sequence)
            {
                Add(Product(w, d, Hidden, input), Product(r, d, Hidden, h)).Select(Function).ToArray().CopyTo(h, 0);
                Emit(h);
            }
        }, x, null, null);

        double Function(double value) => activation switch
        {
            "Relu" => Math.Max(0, value),
            "Affine" => alpha * value + beta,
            "LeakyRelu" => value < 0 ? alpha * value : value,
            "ThresholdedRelu" => value >= alpha ? value : 0,
            "ScaledTanh" => alpha * Math.Tanh(beta * value),
            "HardSigmoid" => Math.Clamp(alpha * value + beta, 0, 1),
            "Elu" => value >= 0 ? value : alpha * (Math.Exp(value) - 1),
            "Softsign" => value / (1 + Math.Abs(value)),
            _ => Math.Log(1 + Math.Exp(value)),
        };
    }

    [Test]
    public void Recurrent_WeightsThatDoNotFit_AreMalformed()
    {
        Random random = new(4);
        Tensor x = random.Floats(Time, Batch, Input), r = random.Floats(1, 4 * Hidden, Hidden);
        Assert.That(new OperatorRunner("LSTM", 14).Fails(x, random.Floats(1, 3 * Hidden, Input), r), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("LSTM", 14).With("direction", "bidirectional").Fails(x, random.Floats(1, 4 * Hidden, Input), r), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("LSTM", 14).With("activations", new[] { "Tanh" }).Fails(x, random.Floats(1, 4 * Hidden, Input), r), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("LSTM", 14).With("activations", new[] { "Tanh", "Sine", "Tanh" }).Fails(x, random.Floats(1, 4 * Hidden, Input), r), Is.EqualTo(OnnxError.Malformed));
    }

    readonly List<double[]> _emitted = [];

    void Emit(double[] state) => _emitted.Add([.. state]);

    // Runs the recurrence for every direction and sequence, and compares all outputs.
    void Check(Tensor[] y, string direction, Action<int, double[][], double[], double[]> run, Tensor x, Tensor? h0, Tensor? c0)
    {
        int directions = y[0].Shape[1];
        for (int d = 0; d < directions; d++)
        {
            bool isReverse = direction == "reverse" || d == 1;
            for (int b = 0; b < Batch; b++)
            {
                double[][] sequence = [.. Enumerable.Range(0, s_lengths[b]).Select(t => Enumerable.Range(0, Input).Select(i => x.NumberAt((t * Batch + b) * Input + i)).ToArray())];
                if (isReverse) Array.Reverse(sequence);
                double[] h = Initial(h0, d, b), c = Initial(c0, d, b);
                _emitted.Clear();
                run(d, sequence, h, c);
                for (int t = 0; t < Time; t++)
                {
                    int step = isReverse ? s_lengths[b] - 1 - t : t;
                    double[] expected = t < s_lengths[b] ? _emitted[step] : new double[Hidden];
                    for (int i = 0; i < Hidden; i++)
                        Assert.That(y[0].NumberAt(((t * directions + d) * Batch + b) * Hidden + i), Is.EqualTo(expected[i]).Within(1e-6), $"Y direction {d}, sequence {b}, time {t}");
                }
                for (int i = 0; i < Hidden; i++)
                {
                    Assert.That(y[1].NumberAt((d * Batch + b) * Hidden + i), Is.EqualTo(h[i]).Within(1e-6), $"Y_h direction {d}, sequence {b}");
                    if (y.Length > 2) Assert.That(y[2].NumberAt((d * Batch + b) * Hidden + i), Is.EqualTo(c[i]).Within(1e-6), $"Y_c direction {d}, sequence {b}");
                }
            }
        }
    }

    static Tensor Lengths() => Tensor.Of<int>(ElementType.Int32, new(Batch), s_lengths);

    static double[] Initial(Tensor? state, int direction, int batch) => [.. Enumerable.Range(0, Hidden).Select(i => state?.NumberAt((direction * Batch + batch) * Hidden + i) ?? 0)];

    static double[] Product(Tensor matrices, int direction, int rows, double[] vector) =>
        [.. Enumerable.Range(0, rows).Select(row => vector.Select((value, i) => matrices.NumberAt((direction * rows + row) * vector.Length + i) * value).Sum())];

    // Both halves.
    static double[] Bias(Tensor bias, int direction, int rows) =>
        [.. Enumerable.Range(0, rows).Select(row => bias.NumberAt(direction * 2 * rows + row) + bias.NumberAt((direction * 2 + 1) * rows + row))];

    static double[] Add(double[] left, double[] right) => [.. left.Zip(right, (a, b) => a + b)];
}

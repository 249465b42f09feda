using Zkml.Fields.Bn254;
using Zkml.Groth16.R1cs;

namespace Zkml.Cli.Benchmarks;

/// <summary>
/// A circuit of any size to measure provers on: x_(i+1) = (x_i + k)·(x_i + x_(i-1)) + 1, one output and one input. All values but the first few are
/// full-size, and every signal is in A and B, which is the most work a circuit of its size can be.
/// </summary>
static class SyntheticCircuit
{
    /// <summary>A circuit of exactly 2^log rows, and signals that satisfy it.</summary>
    public static (R1csSystem System, Fr[] Signals) Create(int log)
    {
        // A row each is taken by the constant, the output and the input.
        int constraints = (1 << log) - 3;
        Fr[] signals = new Fr[2 + constraints];
        (signals[0], signals[2]) = (Fr.One, Fr.FromUInt64(3));
        R1csMatrixBuilder a = new(), b = new(), c = new();
        for (int i = 0; i < constraints; i++)
        {
            int before = Math.Max(2, 1 + i), from = 2 + i, to = i == constraints - 1 ? 1 : 3 + i;
            Fr step = Fr.FromUInt64(1 + ((ulong)i % 7));
            a.AddRow([new(from, Fr.One), new(0, step)]);
            b.AddRow([new(from, Fr.One), new(before, Fr.One)]);
            c.AddRow([new(to, Fr.One), new(0, -Fr.One)]);
            signals[to] = (signals[from] + step) * (signals[from] + signals[before]) + Fr.One;
        }
        return (new(signals.Length, 1, 1, 0, a.Build(), b.Build(), c.Build()), signals);
    }
}

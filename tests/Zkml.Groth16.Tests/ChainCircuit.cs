using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Tests;

/// <summary>x_(i+1) = x_i² + i·x_i + 1: one output, one public input, and as many constraints as wanted.</summary>
static class ChainCircuit
{
    public static (R1csSystem System, Fr[] Signals) Create(int constraints, ulong input)
    {
        // Signals: 1, the output, the input, then the values between.
        Fr[] signals = new Fr[2 + constraints];
        signals[0] = Fr.One;
        signals[2] = Fr.FromUInt64(input);
        R1csMatrixBuilder a = new(), b = new(), c = new();
        for (int i = 0; i < constraints; i++)
        {
            int from = i == 0 ? 2 : 2 + i, to = i == constraints - 1 ? 1 : 3 + i;
            Fr step = Fr.FromUInt64((ulong)i % 7);
            // x·(x + i) = y - 1.
            a.AddRow([new(from, Fr.One)]);
            b.AddRow([new(from, Fr.One), new(0, step)]);
            c.AddRow([new(to, Fr.One), new(0, -Fr.One)]);
            signals[to] = signals[from] * (signals[from] + step) + Fr.One;
        }
        return (new(signals.Length, 1, 1, 0, a.Build(), b.Build(), c.Build()), signals);
    }
}

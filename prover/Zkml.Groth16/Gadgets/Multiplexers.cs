using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>Choices by wires.</summary>
public static class Multiplexers
{
    /// <summary>The value at an index: 2^n − 1 constraints for n bits.</summary>
    /// <param name="index">The bits of the index, least significant first.</param>
    /// <param name="values">[2^n].</param>
    public static Wire Pick(ReadOnlySpan<BooleanWire> index, ReadOnlySpan<Wire> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, 1 << index.Length);
        if (index.Length == 0) return values[0];
        Wire[] halves = new Wire[values.Length / 2];
        for (int i = 0; i < halves.Length; i++)
            halves[i] = index[0].Select(values[(2 * i) + 1], values[2 * i]);
        return Pick(index[1..], halves);
    }

    /// <summary>Two wires, exchanged where the boolean is 1: one constraint.</summary>
    public static (Wire First, Wire Second) Swap(BooleanWire isSwapped, Wire first, Wire second)
    {
        Wire difference = isSwapped.Value * (second - first);
        return (first + difference, second - difference);
    }
}

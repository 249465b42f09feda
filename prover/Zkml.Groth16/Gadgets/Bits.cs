using System.Numerics;
using Zkml.Fields.Bn254;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>Decompositions into bits, each unique.</summary>
public static class Bits
{
    static readonly Hint s_bits = static (inputs, outputs) =>
    {
        BigInteger value = FrIntegers.ToInteger(inputs[0]);
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = (value >> i).IsEven ? default : Fr.One;
    };

    /// <summary>
    /// The bits of a wire, least significant first, which also requires that it is in [0, 2^count): one constraint for each bit. The last bit is
    /// what remains of the wire, (w − Σ 2^i·b_i)/2^(count−1), so no further constraint ties the bits to the wire. Unique because 2^count ≤ r.
    /// </summary>
    /// <param name="value">Any wire.</param>
    /// <param name="count">In [1, 253].</param>
    public static BooleanWire[] Decompose(Wire value, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, FrIntegers.BitCount - 1);
        return DecomposeUnchecked(value, count);
    }

    /// <summary>
    /// The 254 bits of a wire's integer in [0, r), least significant first. Every integer below 2^254 has the form w or w + r, so the bits are also
    /// compared with r − 1: the decomposition is unique.
    /// </summary>
    public static BooleanWire[] DecomposeCanonical(Wire value)
    {
        BooleanWire[] bits = DecomposeUnchecked(value, FrIntegers.BitCount);
        Comparisons.AssertAtMost(bits, FrIntegers.Modulus - 1);
        return bits;
    }

    /// <summary>The number of bits that are least significant first, free.</summary>
    /// <param name="bits">At most 253.</param>
    public static UnsignedWire Compose(ReadOnlySpan<BooleanWire> bits)
    {
        Wire[] wires = new Wire[bits.Length];
        for (int i = 0; i < wires.Length; i++)
            wires[i] = bits[i].Value;
        return UnsignedWire.Known(Wire.Pack(wires), (BigInteger.One << bits.Length) - 1);
    }

    static BooleanWire[] DecomposeUnchecked(Wire value, int count)
    {
        BooleanWire[] bits = new BooleanWire[count];
        if (value.IsConstant)
        {
            BigInteger constant = FrIntegers.ToInteger(value.ConstantValue);
            if (constant >> count != 0) throw new CircuitException($"Bits: expected a number of at most {count} bits, got the constant {constant}.");
            for (int i = 0; i < count; i++)
                bits[i] = (constant >> i).IsEven ? BooleanWire.False : BooleanWire.True;
            return bits;
        }
        CircuitBuilder builder = value.Builder!;
        using GadgetScope scope = builder.Gadget($"Bits({count})");
        Wire[] wires = count == 1 ? [] : builder.Hint("bit", count - 1, s_bits, value);
        for (int i = 0; i < wires.Length; i++)
            bits[i] = BooleanWire.Assert(wires[i]);
        Fr scale = FrIntegers.FromInteger(BigInteger.One << (count - 1)).Inverse();
        bits[count - 1] = BooleanWire.Assert((value - Wire.Pack(wires)).Scale(scale));
        return bits;
    }
}

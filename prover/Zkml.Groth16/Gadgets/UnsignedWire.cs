using System.Numerics;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>
/// A wire that the constraints hold to an integer in [0, maximum], maximum &lt; r. Sums and products compute the new maximum when the circuit is built
/// and fail there if it would reach r, so that no sum wraps.
/// </summary>
public sealed class UnsignedWire
{
    UnsignedWire(Wire value, BigInteger maximum)
    {
        if (maximum >= FrIntegers.Modulus)
            throw new CircuitException($"Number: expected a maximum below r, got one of {maximum.GetBitLength()} bits; reduce an operand first.");
        (Value, Maximum) = (value, maximum);
    }

    /// <summary>The constant 0.</summary>
    public static UnsignedWire Zero { get; } = Constant(BigInteger.Zero);

    /// <summary>The wire.</summary>
    public Wire Value { get; }

    /// <summary>The largest value that the constraints allow.</summary>
    public BigInteger Maximum { get; }

    /// <summary>The bits of the largest value, at least 1.</summary>
    public int BitCount => Math.Max(1, (int)Maximum.GetBitLength());

    public static implicit operator Wire(UnsignedWire number) => number.Value;

    public static implicit operator UnsignedWire(ulong value) => Constant(value);

    public static implicit operator UnsignedWire(BooleanWire value) => new(value.Value, BigInteger.One);

    /// <summary>A constant.</summary>
    public static UnsignedWire Constant(BigInteger value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return new(Wire.Constant(value), value);
    }

    /// <summary>Requires that a wire is in [0, 2^bits): a constraint for each bit.</summary>
    /// <param name="value">Any wire.</param>
    /// <param name="bits">In [1, 253], so that 2^bits &lt; r.</param>
    public static UnsignedWire Assert(Wire value, int bits)
    {
        Bits.Decompose(value, bits);
        return new(value, (BigInteger.One << bits) - 1);
    }

    /// <summary>A wire that other constraints hold to [0, maximum]; the caller says which.</summary>
    internal static UnsignedWire Known(Wire value, BigInteger maximum) => new(value, maximum);

    public static UnsignedWire operator +(UnsignedWire left, UnsignedWire right) => new(left.Value + right.Value, left.Maximum + right.Maximum);

    public static UnsignedWire operator *(UnsignedWire left, UnsignedWire right) => new(left.Value * right.Value, left.Maximum * right.Maximum);

    /// <summary>The sum of numbers.</summary>
    public static UnsignedWire Sum(ReadOnlySpan<UnsignedWire> numbers)
    {
        Wire[] wires = new Wire[numbers.Length];
        BigInteger maximum = BigInteger.Zero;
        for (int i = 0; i < wires.Length; i++)
        {
            wires[i] = numbers[i].Value;
            maximum += numbers[i].Maximum;
        }
        return new(Wire.Sum(wires), maximum);
    }

    /// <summary>Its bits, least significant first: a constraint for each.</summary>
    public BooleanWire[] ToBits() => Bits.Decompose(Value, BitCount);

    /// <summary>Whether this is below another number: a constraint for each bit of the larger range, and one more.</summary>
    public BooleanWire IsLess(UnsignedWire other) => !IsAtLeast(other);

    /// <summary>Whether this is at least another number.</summary>
    public BooleanWire IsAtLeast(UnsignedWire other)
    {
        // With n bits for both, 2^n + a − b is in (0, 2^(n+1)), and its bit n says whether a ≥ b.
        int bits = Math.Max(BitCount, other.BitCount);
        if (bits + 1 >= FrIntegers.BitCount) throw new CircuitException($"Comparison: expected numbers of at most {FrIntegers.BitCount - 2} bits, got {bits}.");
        return Bits.Decompose(Value - other.Value + Wire.Constant(BigInteger.One << bits), bits + 1)[bits];
    }

    /// <summary>Requires that this is at least another number: a constraint for each bit of the range of this.</summary>
    /// <returns>The difference.</returns>
    public UnsignedWire AssertAtLeast(UnsignedWire other)
    {
        // A negative difference is r − d with d at most the other's maximum: it has no short decomposition as long as both ranges together stay below r.
        int bits = BitCount;
        if ((BigInteger.One << bits) + other.Maximum > FrIntegers.Modulus)
            throw new CircuitException($"Comparison: expected ranges that together stay below r, got {bits} and {other.BitCount} bits.");
        Bits.Decompose(Value - other.Value, bits);
        return new(Value - other.Value, Maximum);
    }

    /// <summary>Whether two numbers are equal: two constraints.</summary>
    public BooleanWire IsEqual(UnsignedWire other) => Comparisons.IsEqual(Value, other.Value);
}

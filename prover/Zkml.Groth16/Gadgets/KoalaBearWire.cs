using System.Numerics;
using Zkml.Fields;
using Zkml.Fields.Bn254;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>
/// A KoalaBear element in a circuit over Fr: an integer that stands for its remainder modulo p = 2^31 − 2^24 + 1. Sums and products keep the integer and
/// track its largest value; they fail when the circuit is built if that would reach r. <see cref="Reduce"/> brings it back below p.
/// </summary>
public sealed class KoalaBearWire
{
    const int ElementBits = 31;

    static readonly Hint s_remainder = static (inputs, outputs) => outputs[0] = FrIntegers.FromInteger(FrIntegers.ToInteger(inputs[0]) % KoalaBear.Modulus);

    static readonly Hint s_inverse = static (inputs, outputs) =>
    {
        uint remainder = (uint)(FrIntegers.ToInteger(inputs[0]) % KoalaBear.Modulus);
        outputs[0] = Fr.FromUInt64(KoalaBear.FromCanonical(remainder).Inverse().ToCanonical());
    };

    internal KoalaBearWire(UnsignedWire number) => Number = number;

    /// <summary>The constant 0.</summary>
    public static KoalaBearWire Zero { get; } = Constant(KoalaBear.Zero);

    /// <summary>The constant 1.</summary>
    public static KoalaBearWire One { get; } = Constant(KoalaBear.One);

    /// <summary>The integer, congruent to the element.</summary>
    public UnsignedWire Number { get; }

    /// <summary>Whether the integer is the canonical one, in [0, p).</summary>
    public bool IsCanonical => Number.Maximum < KoalaBear.Modulus;

    /// <summary>A constant.</summary>
    public static KoalaBearWire Constant(KoalaBear value) => new(UnsignedWire.Constant(value.ToCanonical()));

    /// <summary>Requires that a wire is in [0, p): 34 constraints, 31 bits and the comparison with p − 1.</summary>
    public static KoalaBearWire Assert(Wire value)
    {
        BooleanWire[] bits = Bits.Decompose(value, ElementBits);
        Comparisons.AssertAtMost(bits, KoalaBear.Modulus - 1);
        return new(UnsignedWire.Known(value, KoalaBear.Modulus - 1));
    }

    /// <summary>The sum; free.</summary>
    public static KoalaBearWire operator +(KoalaBearWire left, KoalaBearWire right) => new(left.Number + right.Number);

    /// <summary>The difference; free. A multiple of p that is at least the right side's maximum keeps it from being negative.</summary>
    public static KoalaBearWire operator -(KoalaBearWire left, KoalaBearWire right)
    {
        BigInteger lift = MultipleAtLeast(right.Number.Maximum);
        return new(UnsignedWire.Known(left.Number.Value - right.Number.Value + Wire.Constant(lift), left.Number.Maximum + lift));
    }

    /// <summary>The product; one constraint.</summary>
    public static KoalaBearWire operator *(KoalaBearWire left, KoalaBearWire right) => new(left.Number * right.Number);

    /// <summary>
    /// The canonical integer. The remainder m is hinted and held to [0, p); the quotient (n − m)/p in Fr is held to as many bits as the largest one has.
    /// Then quotient · p + m, below r, equals n as an integer. 34 constraints, and one for each bit of the quotient.
    /// </summary>
    public KoalaBearWire Reduce()
    {
        if (IsCanonical) return this;
        if (Number.Value.IsConstant) return Constant(KoalaBear.FromCanonical((uint)(FrIntegers.ToInteger(Number.Value.ConstantValue) % KoalaBear.Modulus)));
        CircuitBuilder builder = Number.Value.Builder!;
        using GadgetScope scope = builder.Gadget("KoalaBearReduce");
        KoalaBearWire remainder = Assert(builder.Hint("remainder", 1, s_remainder, Number.Value)[0]);
        AssertMultiple(Number.Value - remainder.Number.Value, Number.Maximum, KoalaBear.Modulus - 1);
        return remainder;
    }

    /// <summary>Requires that two elements are equal: a constraint for each bit of the quotient of their difference by p.</summary>
    public void AssertEqual(KoalaBearWire other)
    {
        KoalaBearWire difference = this - other;
        AssertMultiple(difference.Number.Value, difference.Number.Maximum, 0);
    }

    /// <summary>The inverse; requires that the element is not 0, as no product with 0 is 1.</summary>
    public KoalaBearWire Inverse()
    {
        KoalaBearWire operand = Reduce();
        if (operand.Number.Value.IsConstant)
        {
            KoalaBear constant = KoalaBear.FromCanonical((uint)FrIntegers.ToInteger(operand.Number.Value.ConstantValue));
            return constant == KoalaBear.Zero ? throw new CircuitException("KoalaBear inverse: the constant 0 has none.") : Constant(constant.Inverse());
        }
        CircuitBuilder builder = operand.Number.Value.Builder!;
        using GadgetScope scope = builder.Gadget("KoalaBearInverse");
        KoalaBearWire inverse = Assert(builder.Hint("inverse", 1, s_inverse, operand.Number.Value)[0]);
        (operand * inverse).AssertEqual(One);
        return inverse;
    }

    /// <summary>The least multiple of p that is at least a number.</summary>
    internal static BigInteger MultipleAtLeast(BigInteger number) => (number + KoalaBear.Modulus - 1) / KoalaBear.Modulus * KoalaBear.Modulus;

    /// <summary>
    /// Requires that a wire is p times a quotient of few bits. With n in [0, maximum] and n − m the wire, m ≤ rest: quotient · p + m &lt; r makes it hold in
    /// the integers.
    /// </summary>
    static void AssertMultiple(Wire value, BigInteger maximum, BigInteger rest)
    {
        int bits = Math.Max(1, (int)(maximum / KoalaBear.Modulus).GetBitLength());
        if ((((BigInteger.One << bits) - 1) * KoalaBear.Modulus) + rest >= FrIntegers.Modulus)
            throw new CircuitException($"KoalaBear: expected a number that a quotient times p cannot pass r for, got one of {maximum.GetBitLength()} bits; reduce earlier.");
        Bits.Decompose(value.Scale(Fr.FromUInt64(KoalaBear.Modulus).Inverse()), bits);
    }
}

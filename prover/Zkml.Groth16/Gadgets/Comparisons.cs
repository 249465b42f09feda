using System.Numerics;
using Zkml.Fields.Bn254;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>Tests for zero and equality, and bounds that are constant.</summary>
public static class Comparisons
{
    static readonly Hint s_inverse = static (inputs, outputs) => outputs[0] = inputs[0].Inverse();

    /// <summary>
    /// Whether a wire is 0: two constraints. z = 1 − w·v and w·z = 0: if w is 0, z is 1; otherwise z is 0. v is the inverse of w, and free
    /// where w is 0, where nothing depends on it.
    /// </summary>
    public static BooleanWire IsZero(Wire value)
    {
        if (value.IsConstant) return value.ConstantValue.IsZero ? BooleanWire.True : BooleanWire.False;
        CircuitBuilder builder = value.Builder!;
        using GadgetScope scope = builder.Gadget("IsZero");
        Wire inverse = builder.FreeHint("inverse", s_inverse, value);
        Wire isZero = Wire.One - (value * inverse);
        builder.AssertProduct(value, isZero, Wire.Zero);
        return BooleanWire.Known(isZero);
    }

    /// <summary>Whether two wires are equal: two constraints.</summary>
    public static BooleanWire IsEqual(Wire left, Wire right) => IsZero(left - right);

    /// <summary>Requires that a wire is not 0, and returns its inverse: one constraint, w·v = 1.</summary>
    public static Wire Inverse(Wire value)
    {
        if (value.IsConstant)
        {
            return value.ConstantValue.IsZero ? throw new CircuitException("Inverse: the constant 0 has none.") : Wire.Constant(value.ConstantValue.Inverse());
        }
        CircuitBuilder builder = value.Builder!;
        using GadgetScope scope = builder.Gadget("Inverse");
        Wire inverse = builder.Hint("inverse", 1, s_inverse, value)[0];
        builder.AssertProduct(value, inverse, Wire.One);
        return inverse;
    }

    /// <summary>Whether all of the booleans are 1: at most two constraints however many they are, fewer for one or two.</summary>
    public static BooleanWire All(ReadOnlySpan<BooleanWire> values)
    {
        switch (values.Length)
        {
            case 0: return BooleanWire.True;
            case 1: return values[0];
            case 2: return values[0] & values[1];
            default:
                // The number of zeros is far below r, so it is 0 in the field only if there is none.
                Wire[] wires = new Wire[values.Length];
                for (int i = 0; i < wires.Length; i++)
                    wires[i] = values[i].Value;
                return IsZero(Wire.Constant(new BigInteger(values.Length)) - Wire.Sum(wires));
        }
    }

    /// <summary>
    /// Requires that the number of bits is at most a constant. From the most significant bit on, as long as the number agrees with the constant, a bit
    /// of the number may not be 1 where the constant's is 0. A run of zeros of the constant takes one constraint, as the sum of the bits is 0 only if all are;
    /// a run of ones takes at most two.
    /// </summary>
    /// <param name="bits">Least significant first.</param>
    /// <param name="maximum">Not negative.</param>
    public static void AssertAtMost(ReadOnlySpan<BooleanWire> bits, BigInteger maximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maximum);
        if (maximum >> bits.Length != 0) return;
        CircuitBuilder? builder = null;
        foreach (BooleanWire bit in bits)
            builder ??= bit.Value.Builder;
        if (builder is null)
        {
            if (FrIntegers.ToInteger(Bits.Compose(bits).Value.ConstantValue) > maximum) throw new CircuitException($"Number: expected at most {maximum}.");
            return;
        }
        using GadgetScope scope = builder.Gadget("AtMost");
        BooleanWire agrees = BooleanWire.True;
        for (int end = bits.Length; end > 0;)
        {
            bool isOne = !(maximum >> (end - 1)).IsEven;
            int start = end - 1;
            while (start > 0 && !(maximum >> (start - 1)).IsEven == isOne)
                start--;
            ReadOnlySpan<BooleanWire> run = bits[start..end];
            if (!isOne)
                AssertNone(builder, agrees, run);
            else if (start > 0)
                agrees = All([agrees, .. run]);
            end = start;
        }
    }

    static void AssertNone(CircuitBuilder builder, BooleanWire agrees, ReadOnlySpan<BooleanWire> run)
    {
        Wire sum = Wire.Zero;
        foreach (BooleanWire bit in run)
            sum += bit.Value;
        builder.AssertProduct(agrees.Value, sum, Wire.Zero);
    }
}

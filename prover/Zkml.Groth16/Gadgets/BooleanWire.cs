using Zkml.Fields.Bn254;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>A wire that the constraints hold to 0 or 1. Only operations that keep this make one.</summary>
public sealed class BooleanWire
{
    static readonly Fr s_two = Fr.FromUInt64(2);

    static readonly Hint s_exclusiveOr = static (inputs, outputs) => outputs[0] = inputs[0] + inputs[1] - (s_two * inputs[0] * inputs[1]);

    BooleanWire(Wire value) => Value = value;

    /// <summary>The constant 0.</summary>
    public static BooleanWire False { get; } = new(Wire.Zero);

    /// <summary>The constant 1.</summary>
    public static BooleanWire True { get; } = new(Wire.One);

    /// <summary>The wire, 0 or 1.</summary>
    public Wire Value { get; }

    /// <summary>Whether it is known when the circuit is built.</summary>
    public bool IsConstant => Value.IsConstant;

    bool IsTrue => !Value.ConstantValue.IsZero;

    public static implicit operator Wire(BooleanWire boolean) => boolean.Value;

    /// <summary>Requires that a wire is 0 or 1: w·(1 − w) = 0, one constraint.</summary>
    public static BooleanWire Assert(Wire value)
    {
        if (value.Builder is { } builder && !value.IsConstant)
            builder.AssertProduct(value, Wire.One - value, Wire.Zero);
        else if (!value.ConstantValue.IsZero && value.ConstantValue != Fr.One)
            throw new CircuitException($"Boolean: expected 0 or 1, got the constant {value.ConstantValue}.");
        return new(value);
    }

    /// <summary>A wire that other constraints hold to 0 or 1; the caller says which.</summary>
    internal static BooleanWire Known(Wire value) => new(value);

    /// <summary>Both: the product.</summary>
    public static BooleanWire operator &(BooleanWire left, BooleanWire right) => new(left.Value * right.Value);

    /// <summary>At least one: a + b − a·b.</summary>
    public static BooleanWire operator |(BooleanWire left, BooleanWire right) => new(left.Value + right.Value - (left.Value * right.Value));

    /// <summary>
    /// Exactly one, free where one is constant. The result c is the signal of its constraint, 2a·b = a + b − c, so that chains of them stay sparse.
    /// </summary>
    public static BooleanWire operator ^(BooleanWire left, BooleanWire right)
    {
        if (left.IsConstant) return left.IsTrue ? !right : right;
        if (right.IsConstant) return right.IsTrue ? !left : left;
        CircuitBuilder builder = left.Value.Builder!;
        Wire result = builder.Hint("xor", 1, s_exclusiveOr, left.Value, right.Value)[0];
        builder.AssertProduct(left.Value.Scale(s_two), right.Value, left.Value + right.Value - result);
        return new(result);
    }

    /// <summary>The other one: 1 − a; free.</summary>
    public static BooleanWire operator !(BooleanWire value) => new(Wire.One - value.Value);

    /// <summary>One of two wires: b + s·(a − b), one constraint.</summary>
    public Wire Select(Wire whenTrue, Wire whenFalse) => whenFalse + (Value * (whenTrue - whenFalse));

    /// <summary>One of two booleans: one constraint.</summary>
    public BooleanWire Select(BooleanWire whenTrue, BooleanWire whenFalse) => new(Select(whenTrue.Value, whenFalse.Value));

    /// <summary>One of two numbers: one constraint; the range is the larger one.</summary>
    public UnsignedWire Select(UnsignedWire whenTrue, UnsignedWire whenFalse) =>
        UnsignedWire.Known(Select(whenTrue.Value, whenFalse.Value), System.Numerics.BigInteger.Max(whenTrue.Maximum, whenFalse.Maximum));

    /// <summary>Requires that it is 1.</summary>
    public void AssertTrue()
    {
        if (Value.Builder is { } builder && !IsConstant)
            builder.AssertEqual(Value, Wire.One);
        else if (!IsTrue)
            throw new CircuitException("Boolean: expected true, got a constant that is false.");
    }
}

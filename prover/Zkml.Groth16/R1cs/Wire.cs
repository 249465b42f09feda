using System.Numerics;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.R1cs;

/// <summary>
/// A value in a circuit: a linear combination of signals. Sums, differences and multiples by constants are free; a product of two wires that are not
/// constant costs one constraint and one signal.
/// </summary>
public sealed class Wire
{
    readonly R1csTerm[] _terms; // ascending by signal, no coefficient is zero

    internal Wire(CircuitBuilder? builder, R1csTerm[] terms) => (Builder, _terms) = (builder, terms);

    /// <summary>The constant 0.</summary>
    public static Wire Zero { get; } = new(null, []);

    /// <summary>The constant 1.</summary>
    public static Wire One { get; } = Constant(Fr.One);

    /// <summary>The circuit that the signals belong to; null for a constant.</summary>
    public CircuitBuilder? Builder { get; }

    /// <summary>The terms, ascending by signal in the order of creation; signal 0 is the constant 1.</summary>
    public ReadOnlySpan<R1csTerm> Terms => _terms;

    /// <summary>Whether no signal but the constant occurs.</summary>
    public bool IsConstant => _terms.Length == 0 || (_terms.Length == 1 && _terms[0].Signal == 0);

    /// <summary>The value of a constant.</summary>
    /// <exception cref="InvalidOperationException">The wire is not constant.</exception>
    public Fr ConstantValue => IsConstant ? (_terms.Length == 0 ? default : _terms[0].Coefficient) : throw new InvalidOperationException("The wire is not constant.");

    /// <summary>A constant.</summary>
    public static Wire Constant(in Fr value) => new(null, value.IsZero ? [] : [new(0, value)]);

    /// <summary>The constant of an integer modulo r.</summary>
    public static Wire Constant(BigInteger value) => Constant(FrIntegers.FromInteger(value));

    public static implicit operator Wire(in Fr value) => Constant(value);

    public static implicit operator Wire(long value) => Constant(new BigInteger(value));

    public static Wire operator +(Wire left, Wire right) => Merge(left, right, Fr.One);

    public static Wire operator -(Wire left, Wire right) => Merge(left, right, -Fr.One);

    public static Wire operator -(Wire value) => value.Scale(-Fr.One);

    /// <summary>The product: one constraint and one signal, none where a factor is constant.</summary>
    public static Wire operator *(Wire left, Wire right)
    {
        if (right.IsConstant) return left.Scale(right.ConstantValue);
        if (left.IsConstant) return right.Scale(left.ConstantValue);
        return CommonBuilder(left, right)!.Multiply(left, right);
    }

    /// <summary>The wire times a constant.</summary>
    public Wire Scale(in Fr factor)
    {
        if (factor.IsZero) return Zero;
        R1csTerm[] terms = new R1csTerm[_terms.Length];
        for (int i = 0; i < terms.Length; i++)
            terms[i] = new(_terms[i].Signal, _terms[i].Coefficient * factor);
        return new(Builder, terms);
    }

    /// <summary>The sum of wires, each times its coefficient; free.</summary>
    /// <param name="wires">[n].</param>
    /// <param name="coefficients">[n].</param>
    public static Wire Combine(ReadOnlySpan<Wire> wires, ReadOnlySpan<Fr> coefficients)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(coefficients.Length, wires.Length);
        List<R1csTerm> terms = [];
        CircuitBuilder? builder = null;
        for (int i = 0; i < wires.Length; i++)
        {
            builder = CommonBuilder(builder, wires[i].Builder);
            foreach (R1csTerm term in wires[i]._terms)
                terms.Add(new(term.Signal, term.Coefficient * coefficients[i]));
        }
        terms.Sort(static (left, right) => left.Signal.CompareTo(right.Signal));
        List<R1csTerm> merged = new(terms.Count);
        for (int i = 0; i < terms.Count;)
        {
            int signal = terms[i].Signal;
            Fr sum = default;
            for (; i < terms.Count && terms[i].Signal == signal; i++)
                sum += terms[i].Coefficient;
            if (!sum.IsZero) merged.Add(new(signal, sum));
        }
        return new(builder, [.. merged]);
    }

    /// <summary>The sum of wires; free.</summary>
    public static Wire Sum(ReadOnlySpan<Wire> wires)
    {
        Fr[] ones = new Fr[wires.Length];
        Array.Fill(ones, Fr.One);
        return Combine(wires, ones);
    }

    /// <summary>The sum of 2^i times wire i: the number of bits that are least significant first; free.</summary>
    public static Wire Pack(ReadOnlySpan<Wire> bits, int bitsEach = 1)
    {
        Fr[] powers = new Fr[bits.Length];
        for (int i = 0; i < powers.Length; i++)
            powers[i] = FrIntegers.FromInteger(BigInteger.One << (i * bitsEach));
        return Combine(bits, powers);
    }

    /// <summary>The value under an assignment of all signals, in the order of creation.</summary>
    internal Fr Evaluate(ReadOnlySpan<Fr> signals)
    {
        Fr sum = default;
        foreach (R1csTerm term in _terms)
            sum += term.Coefficient * signals[term.Signal];
        return sum;
    }

    internal static CircuitBuilder? CommonBuilder(Wire left, Wire right) => CommonBuilder(left.Builder, right.Builder);

    static CircuitBuilder? CommonBuilder(CircuitBuilder? left, CircuitBuilder? right) =>
        left is null || right is null || ReferenceEquals(left, right) ? left ?? right : throw new ArgumentException("The wires belong to two circuits.");

    static Wire Merge(Wire left, Wire right, in Fr factor)
    {
        R1csTerm[] terms = new R1csTerm[left._terms.Length + right._terms.Length];
        int count = 0, i = 0, j = 0;
        while (i < left._terms.Length || j < right._terms.Length)
        {
            int leftSignal = i < left._terms.Length ? left._terms[i].Signal : int.MaxValue;
            int rightSignal = j < right._terms.Length ? right._terms[j].Signal : int.MaxValue;
            Fr coefficient = leftSignal <= rightSignal ? left._terms[i++].Coefficient : default;
            if (rightSignal <= leftSignal) coefficient += right._terms[j++].Coefficient * factor;
            if (!coefficient.IsZero) terms[count++] = new(Math.Min(leftSignal, rightSignal), coefficient);
        }
        return new(CommonBuilder(left, right), count == terms.Length ? terms : terms[..count]);
    }
}

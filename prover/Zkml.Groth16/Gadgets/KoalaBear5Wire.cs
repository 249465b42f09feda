using System.Numerics;
using Zkml.Fields;
using Zkml.Fields.Bn254;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>An element of the quintic extension of KoalaBear, X⁵ = 1 − X², in a circuit; see <see cref="KoalaBearWire"/> for the lazy reduction.</summary>
public sealed class KoalaBear5Wire
{
    const int ProductTerms = (2 * KoalaBear5.Degree) - 1;

    static readonly Fr[][] s_interpolation = Interpolation();

    static readonly Hint s_inverse = static (inputs, outputs) =>
    {
        KoalaBear5 value = KoalaBear5.FromCoefficients(
            [Element(inputs[0]), Element(inputs[1]), Element(inputs[2]), Element(inputs[3]), Element(inputs[4])]);
        KoalaBear5 inverse = value.Inverse();
        for (int i = 0; i < outputs.Length; i++)
            outputs[i] = Fr.FromUInt64(inverse[i].ToCanonical());
    };

    readonly KoalaBearWire[] _coefficients;

    /// <summary>An element of its coefficients.</summary>
    /// <param name="coefficients">[5], of X⁰ to X⁴.</param>
    public KoalaBear5Wire(ReadOnlySpan<KoalaBearWire> coefficients)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(coefficients.Length, KoalaBear5.Degree);
        _coefficients = coefficients.ToArray();
    }

    /// <summary>The coefficients, [5].</summary>
    public IReadOnlyList<KoalaBearWire> Coefficients => _coefficients;

    /// <summary>A constant.</summary>
    public static KoalaBear5Wire Constant(KoalaBear5 value) => Map(i => KoalaBearWire.Constant(value[i]));

    /// <summary>Requires that five wires are in [0, p): 170 constraints.</summary>
    public static KoalaBear5Wire Assert(IReadOnlyList<Wire> coefficients) => Map(i => KoalaBearWire.Assert(coefficients[i]));

    /// <summary>The sum; free.</summary>
    public static KoalaBear5Wire operator +(KoalaBear5Wire left, KoalaBear5Wire right) => Map(i => left._coefficients[i] + right._coefficients[i]);

    /// <summary>The difference; free.</summary>
    public static KoalaBear5Wire operator -(KoalaBear5Wire left, KoalaBear5Wire right) => Map(i => left._coefficients[i] - right._coefficients[i]);

    /// <summary>The product with an element of the base field; five constraints.</summary>
    public static KoalaBear5Wire operator *(KoalaBear5Wire left, KoalaBearWire right) => Map(i => left._coefficients[i] * right);

    /// <summary>
    /// The product; nine constraints. Both polynomials are evaluated at 0 … 8, which is linear, and multiplied there; nine values determine the product of
    /// degree 8, so its coefficients are linear combinations of them. These are the integers Σ a_i·b_j, as none reaches r.
    /// </summary>
    public static KoalaBear5Wire operator *(KoalaBear5Wire left, KoalaBear5Wire right)
    {
        Wire[] products = new Wire[ProductTerms];
        for (int point = 0; point < products.Length; point++)
            products[point] = left.Evaluate(point) * right.Evaluate(point);
        KoalaBearWire[] c = new KoalaBearWire[ProductTerms];
        for (int k = 0; k < c.Length; k++)
        {
            BigInteger maximum = BigInteger.Zero;
            for (int i = Math.Max(0, k - KoalaBear5.Degree + 1); i <= Math.Min(k, KoalaBear5.Degree - 1); i++)
                maximum += left._coefficients[i].Number.Maximum * right._coefficients[k - i].Number.Maximum;
            c[k] = new(UnsignedWire.Known(Wire.Combine(products, s_interpolation[k]), maximum));
        }
        // X⁵ = 1 − X², X⁶ = X − X³, X⁷ = X² − X⁴, X⁸ = X³ + X² − 1.
        return new([c[0] + c[5] - c[8], c[1] + c[6], c[2] + c[7] + c[8] - c[5], c[3] + c[8] - c[6], c[4] - c[7]]);
    }

    /// <summary>The canonical coefficients.</summary>
    public KoalaBear5Wire Reduce() => Map(i => _coefficients[i].Reduce());

    /// <summary>Requires that two elements are equal.</summary>
    public void AssertEqual(KoalaBear5Wire other)
    {
        for (int i = 0; i < KoalaBear5.Degree; i++)
            _coefficients[i].AssertEqual(other._coefficients[i]);
    }

    /// <summary>The inverse of an element that is not constant; requires that it is not 0.</summary>
    public KoalaBear5Wire Inverse()
    {
        KoalaBear5Wire operand = Reduce();
        CircuitBuilder builder = operand._coefficients.Select(coefficient => coefficient.Number.Value.Builder).FirstOrDefault(builder => builder is not null)
            ?? throw new CircuitException("KoalaBear inverse: expected an element that is not constant.");
        using GadgetScope scope = builder.Gadget("KoalaBear5Inverse");
        Wire[] inputs = [.. operand._coefficients.Select(coefficient => coefficient.Number.Value)];
        KoalaBear5Wire inverse = Assert(builder.Hint("inverse", KoalaBear5.Degree, s_inverse, inputs));
        (operand * inverse).AssertEqual(Constant(KoalaBear5.One));
        return inverse;
    }

    static KoalaBear5Wire Map(Func<int, KoalaBearWire> coefficient) => new([.. Enumerable.Range(0, KoalaBear5.Degree).Select(coefficient)]);

    static KoalaBear Element(in Fr value) => KoalaBear.FromCanonical((uint)(FrIntegers.ToInteger(value) % KoalaBear.Modulus));

    Wire Evaluate(int point)
    {
        Fr[] powers = new Fr[KoalaBear5.Degree];
        for (int i = 0; i < powers.Length; i++)
            powers[i] = FrIntegers.FromInteger(BigInteger.Pow(point, i));
        return Wire.Combine([.. _coefficients.Select(coefficient => coefficient.Number.Value)], powers);
    }

    /// <summary>[k][i]: the coefficient of X^k of the Lagrange polynomial of point i among 0 … 8.</summary>
    static Fr[][] Interpolation()
    {
        Fr[][] table = [.. Enumerable.Range(0, ProductTerms).Select(_ => new Fr[ProductTerms])];
        for (int i = 0; i < ProductTerms; i++)
        {
            Fr[] polynomial = new Fr[ProductTerms];
            polynomial[0] = Fr.One;
            for (int j = 0; j < ProductTerms; j++)
            {
                if (j == i) continue;
                // Times (X − j)/(i − j).
                Fr scale = FrIntegers.FromInteger(i - j).Inverse(), root = Fr.FromUInt64((ulong)j);
                for (int k = ProductTerms - 1; k >= 0; k--)
                    polynomial[k] = ((k > 0 ? polynomial[k - 1] : default) - (polynomial[k] * root)) * scale;
            }
            for (int k = 0; k < ProductTerms; k++)
                table[k][i] = polynomial[k];
        }
        return table;
    }
}

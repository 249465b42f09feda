using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Lowering;

/// <summary>Functions of floats: soft-float calls, and the activations built from them.</summary>
public sealed partial class ElementMath
{
    /// <summary>√x.</summary>
    public static Expression SquareRoot(ElementType type, Expression value) => Float(FloatOperation.SquareRoot, type, value);

    /// <summary>e^x.</summary>
    public static Expression Exp(ElementType type, Expression value) => Float(FloatOperation.Exp, type, value);

    /// <summary>Natural logarithm.</summary>
    public static Expression Log(ElementType type, Expression value) => Float(FloatOperation.Log, type, value);

    /// <summary>Hyperbolic tangent.</summary>
    public static Expression Tanh(ElementType type, Expression value) => Float(FloatOperation.Tanh, type, value);

    /// <summary>Error function.</summary>
    public static Expression Erf(ElementType type, Expression value) => Float(FloatOperation.Erf, type, value);

    /// <summary>1 / (1 + e^−x).</summary>
    public Expression Sigmoid(ElementType type, Expression value) =>
        Reciprocal(type, Add(type, Exp(type, Negate(type, value)), Constant(type, 1)));

    /// <summary>x ≥ 0 ? x : slope · x.</summary>
    public Expression LeakyRelu(ElementType type, Expression value, Expression slope) =>
        WhereNegative(type, value, negative => Multiply(type, negative, slope));

    /// <summary>x ≥ 0 ? x : alpha · (e^(x / inner) − 1).</summary>
    public Expression Elu(ElementType type, Expression value, double alpha, double inner = 1) => WhereNegative(type, value, negative =>
    {
        Expression scaled = inner == 1 ? negative : Divide(type, negative, Constant(type, inner));
        Expression exponential = Float(FloatOperation.ExpMinus1, type, scaled);
        return alpha == 1 ? exponential : Multiply(type, exponential, Constant(type, alpha));
    });

    /// <summary>log(1 + e^x), without overflow.</summary>
    public Expression Softplus(ElementType type, Expression value)
    {
        value = Once(value);
        Expression tail = Float(FloatOperation.Log1Plus, type, Exp(type, value | SignMask(type)));
        return Add(type, Relu(type, value), tail);
    }

    /// <summary>x / (1 + |x|).</summary>
    public Expression Softsign(ElementType type, Expression value)
    {
        value = Once(value);
        return Divide(type, value, Add(type, Abs(type, value), Constant(type, 1)));
    }

    /// <summary>max(0, min(1, alpha · x + beta)).</summary>
    public Expression HardSigmoid(ElementType type, Expression value, double alpha, double beta) =>
        Clamp(type, Add(type, Multiply(type, value, Constant(type, alpha)), Constant(type, beta)), Constant(type, 0), Constant(type, 1));

    /// <summary>x · tanh(log(1 + e^x)).</summary>
    public Expression Mish(ElementType type, Expression value)
    {
        value = Once(value);
        return Multiply(type, value, Tanh(type, Softplus(type, value)));
    }

    /// <summary>x · Φ(x); by the error function, or by the usual approximation with tanh.</summary>
    public Expression Gelu(ElementType type, Expression value, bool approximate)
    {
        value = Once(value);
        Expression half = Multiply(type, value, Constant(type, 0.5)), one = Constant(type, 1);
        if (!approximate) return Multiply(type, half, Add(type, Erf(type, Multiply(type, value, Constant(type, Math.Sqrt(0.5)))), one));
        Expression square = Multiply(type, value, value);
        Expression factor = Add(type, Multiply(type, square, Constant(type, 0.044715 * Math.Sqrt(2 / Math.PI))), Constant(type, Math.Sqrt(2 / Math.PI)));
        return Multiply(type, half, Add(type, Tanh(type, Multiply(type, value, factor)), one));
    }

    /// <summary>x / (1 + e^(−alpha · x)).</summary>
    public Expression Swish(ElementType type, Expression value, double alpha)
    {
        value = Once(value);
        Expression scaled = alpha == 1 ? value : Multiply(type, value, Constant(type, alpha));
        return Multiply(type, value, Sigmoid(type, scaled));
    }

    /// <summary>x + bias below −limit, x − bias above limit, else 0. Integers go through binary32.</summary>
    public Expression Shrink(ElementType type, Expression value, double bias, double limit)
    {
        ElementType inner = type.IsFloat ? type : ElementType.Float32;
        Expression x = Once(Convert(type, inner, value));
        Local result = code.Local("shrunk", Constant(inner, 0));
        code.If(Less(inner, x, Constant(inner, -limit)), () => code.Assign(result, Add(inner, x, Constant(inner, bias))),
            () => code.If(Less(inner, Constant(inner, limit), x), () => code.Assign(result, Subtract(inner, x, Constant(inner, bias)))));
        return Convert(inner, type, result);
    }

    /// <summary>x^y of one float type; exponents 1, 2, 3, ½ and −1 are computed directly.</summary>
    public Expression Power(ElementType type, Expression value, Expression exponent)
    {
        if (exponent is not ConstantExpression { Value: var bits }) return Float(FloatOperation.Power, type, value, exponent);
        double constant = type.IsFloat64 ? BitConverter.Int64BitsToDouble(bits) : BitConverter.Int32BitsToSingle((int)bits);
        value = Once(value);
        return constant switch
        {
            1 => value,
            2 => Multiply(type, value, value),
            3 => Multiply(type, Multiply(type, value, value), value),
            -1 => Reciprocal(type, value),
            // pow(−0, ½) is +0 and pow(−∞, ½) is +∞, unlike the square root.
            0.5 => Expression.Select(value.Is(SignMask(type)), Constant(type, 0),
                Expression.Select(value.Is(NegativeInfinity(type)), Infinity(type), SquareRoot(type, value))),
            _ => Float(FloatOperation.Power, type, value, exponent),
        };
    }

    /// <summary>x^n of integers, modulo the width; n of its own integer type. Where n is negative: 1/x^−n, rounded towards zero.</summary>
    public Expression IntegerPower(ElementType type, Expression value, ElementType exponentType, Expression exponent)
    {
        Local factor = code.Local("factor", value), left = code.Local("exponent", Convert(exponentType, ElementType.Int64, exponent));
        Local power = code.Local("power", Constant(type, 1L));
        if (exponentType.IsSigned)
        {
            // 1 and −1 are their own inverses; every other inverse is 0, and that of 0 is as the integer division says.
            Expression isUnit = type.IsSigned ? factor.Is(1) | factor.Is(-1) : factor.Is(1);
            code.If((left < 0) & isUnit.Not(), () =>
            {
                code.Assign(power, Divide(type, Constant(type, 1L), Expression.Select(factor.Is(0), factor, Constant(type, 2L))));
                code.Assign(left, 0L);
            });
            code.If(left < 0, () => code.Assign(left, -left));
        }
        code.While(left.IsNot(0), () =>
        {
            code.If(left.Low() & 1, () => code.Assign(power, Multiply(type, power, factor)));
            code.Assign(factor, Multiply(type, factor, factor));
            code.Assign(left, left >>> 1);
        });
        return power;
    }

    /// <summary>x where x is ≥ 0 or NaN, else what <paramref name="compute"/> makes of it; it is evaluated only there.</summary>
    Expression WhereNegative(ElementType type, Expression value, Func<Expression, Expression> compute)
    {
        Local result = code.Local("value", value);
        code.If(Less(type, result, Constant(type, 0L)), () => code.Assign(result, compute(result)));
        return result;
    }
}

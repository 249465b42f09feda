using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// A value in register form together with the type it computes in, so that formulas read as formulas: soft-float calls for floats, wrapping
/// operations for integers. Narrow floats compute in Float32. Like an expression, a number that is used twice is evaluated twice:
/// <see cref="Keep"/> puts it into a local.
/// </summary>
internal readonly struct Number
{
    readonly FunctionBuilder _code;

    /// <summary>A value that is already in the register form of <paramref name="type"/>.</summary>
    public Number(FunctionBuilder code, ElementType type, Expression bits) => (_code, Type, Bits) = (code, Computed(type), bits);

    /// <summary>Float32, Float64, an integer type or bool.</summary>
    public ElementType Type { get; }

    /// <summary>The register form.</summary>
    public Expression Bits { get; }

    /// <summary>The type in which values of a type are computed: Float32 for narrow floats, the type itself for every other.</summary>
    public static ElementType Computed(ElementType type) => type.Narrow != null ? ElementType.Float32 : type;

    /// <summary>A constant of the same function and type.</summary>
    public Number Of(double value) => new(_code, Type, ElementMath.Constant(Type, value));

    /// <summary>A signed Int32 as a number of the same type.</summary>
    public Number FromInteger(Expression value)
    {
        if (value is ConstantExpression constant) return new(_code, Type, ElementMath.Constant(Type, constant.Value));
        if (Type.IsFloat) return With(Call(FloatOperation.FromInt32, value));
        return With(ElementMath.Register(Type) == ScalarType.Int64 ? value.ToInt64() : ElementMath.Wrap(Type, value));
    }

    /// <summary>Sum.</summary>
    public static Number operator +(Number left, Number right) => left.Apply(FloatOperation.Add, left.Bits + right.Bits, right);

    /// <summary>Difference.</summary>
    public static Number operator -(Number left, Number right) => left.Apply(FloatOperation.Subtract, left.Bits - right.Bits, right);

    /// <summary>Product.</summary>
    public static Number operator *(Number left, Number right) => left.Apply(FloatOperation.Multiply, left.Bits * right.Bits, right);

    /// <summary>Quotient; of integers towards zero.</summary>
    public static Number operator /(Number left, Number right) =>
        left.Apply(FloatOperation.Divide, left.Type.IsSigned ? left.Bits / right.Bits : left.Bits.DivideUnsigned(right.Bits), right);

    /// <summary>Negation; of a float by its sign bit.</summary>
    public static Number operator -(Number operand) =>
        operand.With(operand.Type.IsFloat ? operand.Bits ^ operand.SignBit : ElementMath.Wrap(operand.Type, -operand.Bits));

    /// <summary>1 if less; 0 if not or unordered.</summary>
    public static Expression operator <(Number left, Number right) => left.Type.IsFloat ? left.Call(FloatOperation.Less, left.Bits, right.Bits)
        : left.Type.IsSigned ? left.Bits < right.Bits : left.Bits.IsBelow(right.Bits);

    /// <summary>1 if greater; 0 if not or unordered.</summary>
    public static Expression operator >(Number left, Number right) => right < left;

    /// <summary>1 if less or equal; 0 if not or unordered.</summary>
    public static Expression operator <=(Number left, Number right) =>
        left.Type.IsFloat ? left.Call(FloatOperation.LessOrEqual, left.Bits, right.Bits) : (right < left).Not();

    /// <summary>1 if greater or equal; 0 if not or unordered.</summary>
    public static Expression operator >=(Number left, Number right) => right <= left;

    /// <summary>1 if equal; 0 if not or unordered.</summary>
    public Expression Is(Number other) => Type.IsFloat ? Call(FloatOperation.Equal, Bits, other.Bits) : Bits.Is(other.Bits);

    /// <summary>The value in a new local.</summary>
    public Number Keep(string name) => Bits is ConstantExpression or Local ? this : With(_code.Local(name, Bits));

    /// <summary>A new local that can be assigned.</summary>
    public Number Variable(string name) => With(_code.Local(name, Bits));

    /// <summary>Gives a variable a new value.</summary>
    public void Assign(Number value) => _code.Assign((Local)Bits, value.Bits);

    /// <summary>One of two numbers.</summary>
    public static Number Select(Expression condition, Number whenTrue, Number whenFalse) =>
        whenTrue.With(Expression.Select(condition, whenTrue.Bits, whenFalse.Bits));

    /// <summary>
    /// The value as a signed integer of the register width with the same order: −∞ lowest, a positive NaN highest, −0 below +0. A comparison of
    /// keys costs one instruction where one of floats costs a call.
    /// </summary>
    public Expression Key()
    {
        if (Type.IsFloat)
        {
            Number kept = Keep("key");
            return kept.Bits ^ MagnitudeWhenNegative(kept.Bits);
        }
        return Type is ElementType.UInt32 or ElementType.UInt64 ? Bits ^ SignBit : Bits;
    }

    /// <summary>The number of the same type that has a key (a local or constant).</summary>
    public Number FromKey(Expression key) =>
        With(Type.IsFloat ? key ^ MagnitudeWhenNegative(key) : Type is ElementType.UInt32 or ElementType.UInt64 ? key ^ SignBit : key);

    /// <summary>The larger one in the order of <see cref="Key"/>; of zeros the positive.</summary>
    public Number Max(Number other)
    {
        Number left = Keep("left"), right = other.Keep("right");
        return Select(left.Key() < right.Key(), right, left);
    }

    /// <summary>The smaller one in the order of <see cref="Key"/>.</summary>
    public Number Min(Number other)
    {
        Number left = Keep("left"), right = other.Keep("right");
        return Select(right.Key() < left.Key(), right, left);
    }

    /// <summary>|x|; wraps for the lowest integer.</summary>
    public Number Abs()
    {
        if (Type.IsFloat) return With(Bits & ~SignBit);
        if (!Type.IsSigned) return this;
        Number kept = Keep("signed");
        return Select(kept.Bits < Fold.Constant(kept.Bits.Type, 0), -kept, kept);
    }

    /// <summary>1 if the value is NaN; floats only.</summary>
    public Expression IsNaN() => (Bits & ~SignBit) > Infinity;

    /// <summary>A function of one operand of the soft-float library; floats only.</summary>
    public Number Apply(FloatOperation operation) => With(Call(operation, Bits));

    /// <summary>√x.</summary>
    public Number SquareRoot() => Apply(FloatOperation.SquareRoot);

    /// <summary>e^x.</summary>
    public Number Exp() => Apply(FloatOperation.Exp);

    /// <summary>Natural logarithm.</summary>
    public Number Log() => Apply(FloatOperation.Log);

    /// <summary>Hyperbolic tangent.</summary>
    public Number Tanh() => Apply(FloatOperation.Tanh);

    /// <summary>1 / (1 + e^−x).</summary>
    public Number Sigmoid() => Of(1) / (Of(1) + (-this).Exp());

    /// <summary>x^y.</summary>
    public Number Power(Number exponent) => With(Call(FloatOperation.Power, Bits, exponent.Bits));

    /// <summary>To a signed Int32, towards zero, saturating; an integer keeps its low bits.</summary>
    public Expression ToInteger() => Type.IsFloat ? Call(FloatOperation.ToInt32, Bits) : Bits.Type == ScalarType.Int64 ? Bits.Low() : Bits;

    /// <summary>The same value in another float type.</summary>
    public Number To(ElementType type) =>
        Computed(type) == Type ? this : new(_code, type, Call(FloatOperation.ToOtherWidth, Bits));

    Expression SignBit => Fold.Constant(Bits.Type, Bits.Type == ScalarType.Int64 ? long.MinValue : int.MinValue);

    Expression Infinity => ElementMath.Constant(Type, double.PositiveInfinity);

    Expression MagnitudeWhenNegative(Expression bits) =>
        bits.Type == ScalarType.Int64 ? (bits >> 63) >>> 1 : (bits >> 31) >>> 1;

    Number With(Expression bits) => new(_code, Type, bits);

    Number Apply(FloatOperation operation, Expression whenInteger, Number right) =>
        With(Type.IsFloat ? Call(operation, Bits, right.Bits) : ElementMath.Wrap(Type, whenInteger));

    Expression Call(FloatOperation operation, params ReadOnlySpan<Expression> arguments) => ElementMath.Float(operation, Type, arguments);
}

/// <summary>Numbers in a layer under construction.</summary>
internal static class NumberContext
{
    extension(LoweringContext context)
    {
        /// <summary>Element <paramref name="index"/> of a tensor.</summary>
        public Number At(TensorView view, Expression index) => new(context.Code, view.Type, context.Load(view, index));

        /// <summary>Stores a number, rounded to the type of the tensor.</summary>
        public void Put(TensorView view, Expression index, Number value) => context.Store(view, index, value.Bits);

        /// <summary>A constant in the type that <paramref name="type"/> computes in.</summary>
        public Number Constant(ElementType type, double value) =>
            new(context.Code, type, ElementMath.Constant(Number.Computed(type), value));

        /// <summary>A working buffer in the type that <paramref name="type"/> computes in, so that nothing is rounded in between.</summary>
        public TensorView Wide(string name, ElementType type, params ReadOnlySpan<int> extents) =>
            context.Scratch(name, Number.Computed(type), new(extents));
    }
}

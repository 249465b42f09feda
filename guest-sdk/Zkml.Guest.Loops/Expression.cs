using System.Diagnostics.CodeAnalysis;

namespace Zkml.Guest.Loops;

/// <summary>Operations on two operands of the same type (shifts: the right one is Int32). Comparisons give 1 or 0 as Int32.</summary>
public enum BinaryOperation
{
    /// <summary>Sum, wrapping.</summary>
    Add,

    /// <summary>Difference, wrapping.</summary>
    Subtract,

    /// <summary>Low half of the product.</summary>
    Multiply,

    /// <summary>High 32 bits of the signed product; Int32 only.</summary>
    MultiplyHighSigned,

    /// <summary>High 32 bits of the unsigned product; Int32 only.</summary>
    MultiplyHighUnsigned,

    /// <summary>Quotient towards zero; x/0 = −1 and MIN/−1 = MIN, as RISC-V defines it, in both widths.</summary>
    DivideSigned,

    /// <summary>Quotient; x/0 = all ones.</summary>
    DivideUnsigned,

    /// <summary>Remainder with the sign of the dividend; x%0 = x and MIN%−1 = 0.</summary>
    RemainderSigned,

    /// <summary>Remainder; x%0 = x.</summary>
    RemainderUnsigned,

    /// <summary>Bitwise and.</summary>
    And,

    /// <summary>Bitwise or.</summary>
    Or,

    /// <summary>Bitwise exclusive or.</summary>
    Xor,

    /// <summary>Shift left; the count is Int32, taken modulo the width.</summary>
    ShiftLeft,

    /// <summary>Shift right, zeros come in.</summary>
    ShiftRightLogical,

    /// <summary>Shift right, the sign comes in.</summary>
    ShiftRightArithmetic,

    /// <summary>1 if equal.</summary>
    Equal,

    /// <summary>1 if different.</summary>
    NotEqual,

    /// <summary>1 if less, signed.</summary>
    LessSigned,

    /// <summary>1 if less, unsigned.</summary>
    LessUnsigned,
}

/// <summary>Changes of width.</summary>
public enum Conversion
{
    /// <summary>Int32 to Int64 by the sign.</summary>
    ExtendSigned,

    /// <summary>Int32 to Int64 by zeros.</summary>
    ExtendUnsigned,

    /// <summary>The low 32 bits of an Int64.</summary>
    Low,

    /// <summary>The high 32 bits of an Int64.</summary>
    High,
}

/// <summary>
/// A value of the loop language: a tree without side effects, except that a call may have the side effects of its function. Operators
/// build trees and fold constants. Plain operators are signed; unsigned ones have names. Equality is <see cref="Is"/>, because == compares
/// references. An int or long constant takes the type of the other operand.
/// </summary>
[SuppressMessage("Usage", "CA2225:Operator overloads have named alternates", Justification = "Operators are the language; a second name for each would be noise.")]
public abstract class Expression
{
    private protected Expression(ScalarType type) => Type = type;

    /// <summary>The width of the value.</summary>
    public ScalarType Type { get; }

    /// <summary>An Int32 constant.</summary>
    public static implicit operator Expression(int value) => new ConstantExpression(ScalarType.Int32, value);

    /// <summary>An Int64 constant.</summary>
    public static implicit operator Expression(long value) => new ConstantExpression(ScalarType.Int64, value);

    /// <summary>An Int32 constant, given by its bits.</summary>
    public static Expression Bits(uint value) => unchecked((int)value);

    /// <summary>An Int64 constant, given by its bits.</summary>
    public static Expression Bits(ulong value) => unchecked((long)value);

    /// <summary>Element <paramref name="index"/> (Int32, in elements) of a buffer.</summary>
    public static Expression Load(LoopBuffer buffer, Expression index) => new LoadExpression(buffer, index);

    /// <summary>The result of a function that returns a value.</summary>
    public static Expression Call(Function function, params ReadOnlySpan<Expression> arguments) => new CallExpression(function, arguments.ToArray());

    /// <summary>One of two values; both are evaluated, so neither may have side effects or fault.</summary>
    public static Expression Select(Expression condition, Expression whenTrue, Expression whenFalse) => Fold.Select(condition, whenTrue, whenFalse);

    /// <summary>Any binary operation.</summary>
    public static Expression Binary(BinaryOperation operation, Expression left, Expression right) => Fold.Binary(operation, left, right);

    /// <summary>Any change of width.</summary>
    public static Expression Convert(Conversion conversion, Expression operand) => Fold.Convert(conversion, operand);

    /// <summary>Sum, wrapping.</summary>
    public static Expression operator +(Expression left, Expression right) => Binary(BinaryOperation.Add, left, right);

    /// <summary>Difference, wrapping.</summary>
    public static Expression operator -(Expression left, Expression right) => Binary(BinaryOperation.Subtract, left, right);

    /// <summary>Negation, wrapping.</summary>
    public static Expression operator -(Expression operand) => Binary(BinaryOperation.Subtract, Fold.Constant(operand.Type, 0), operand);

    /// <summary>Low half of the product.</summary>
    public static Expression operator *(Expression left, Expression right) => Binary(BinaryOperation.Multiply, left, right);

    /// <summary>Signed quotient.</summary>
    public static Expression operator /(Expression left, Expression right) => Binary(BinaryOperation.DivideSigned, left, right);

    /// <summary>Signed remainder.</summary>
    public static Expression operator %(Expression left, Expression right) => Binary(BinaryOperation.RemainderSigned, left, right);

    /// <summary>Bitwise and.</summary>
    public static Expression operator &(Expression left, Expression right) => Binary(BinaryOperation.And, left, right);

    /// <summary>Bitwise or.</summary>
    public static Expression operator |(Expression left, Expression right) => Binary(BinaryOperation.Or, left, right);

    /// <summary>Bitwise exclusive or.</summary>
    public static Expression operator ^(Expression left, Expression right) => Binary(BinaryOperation.Xor, left, right);

    /// <summary>Bitwise complement.</summary>
    public static Expression operator ~(Expression operand) => Binary(BinaryOperation.Xor, operand, Fold.Constant(operand.Type, -1));

    /// <summary>Shift left.</summary>
    public static Expression operator <<(Expression left, Expression count) => Binary(BinaryOperation.ShiftLeft, left, count);

    /// <summary>Arithmetic shift right.</summary>
    public static Expression operator >>(Expression left, Expression count) => Binary(BinaryOperation.ShiftRightArithmetic, left, count);

    /// <summary>Logical shift right.</summary>
    public static Expression operator >>>(Expression left, Expression count) => Binary(BinaryOperation.ShiftRightLogical, left, count);

    /// <summary>Signed comparison.</summary>
    public static Expression operator <(Expression left, Expression right) => Binary(BinaryOperation.LessSigned, left, right);

    /// <summary>Signed comparison.</summary>
    public static Expression operator >(Expression left, Expression right) => Binary(BinaryOperation.LessSigned, right, left);

    /// <summary>Signed comparison.</summary>
    public static Expression operator <=(Expression left, Expression right) => (left > right).Not();

    /// <summary>Signed comparison.</summary>
    public static Expression operator >=(Expression left, Expression right) => (left < right).Not();

    /// <summary>1 if equal.</summary>
    public Expression Is(Expression right) => Binary(BinaryOperation.Equal, this, right);

    /// <summary>1 if different.</summary>
    public Expression IsNot(Expression right) => Binary(BinaryOperation.NotEqual, this, right);

    /// <summary>1 if this is 0, else 0; Int32.</summary>
    public Expression Not() => Is(Fold.Constant(Type, 0));

    /// <summary>1 if less, unsigned.</summary>
    public Expression IsBelow(Expression right) => Binary(BinaryOperation.LessUnsigned, this, right);

    /// <summary>1 if less or equal, unsigned.</summary>
    public Expression IsAtMost(Expression right) => Binary(BinaryOperation.LessUnsigned, right, this).Not();

    /// <summary>Unsigned quotient.</summary>
    public Expression DivideUnsigned(Expression right) => Binary(BinaryOperation.DivideUnsigned, this, right);

    /// <summary>Unsigned remainder.</summary>
    public Expression RemainderUnsigned(Expression right) => Binary(BinaryOperation.RemainderUnsigned, this, right);

    /// <summary>High 32 bits of the signed product.</summary>
    public Expression MultiplyHigh(Expression right) => Binary(BinaryOperation.MultiplyHighSigned, this, right);

    /// <summary>High 32 bits of the unsigned product.</summary>
    public Expression MultiplyHighUnsigned(Expression right) => Binary(BinaryOperation.MultiplyHighUnsigned, this, right);

    /// <summary>Int32 to Int64 by the sign.</summary>
    public Expression ToInt64() => Convert(Conversion.ExtendSigned, this);

    /// <summary>Int32 to Int64 by zeros.</summary>
    public Expression ToUInt64() => Convert(Conversion.ExtendUnsigned, this);

    /// <summary>The low 32 bits of an Int64.</summary>
    public Expression Low() => Convert(Conversion.Low, this);

    /// <summary>The high 32 bits of an Int64.</summary>
    public Expression High() => Convert(Conversion.High, this);
}

/// <summary>A constant; an Int32 value is kept sign-extended.</summary>
public sealed class ConstantExpression : Expression
{
    internal ConstantExpression(ScalarType type, long value) : base(type) => Value = type == ScalarType.Int32 ? (int)value : value;

    /// <summary>The value, sign-extended to 64 bits.</summary>
    public long Value { get; }
}

/// <summary>A variable of a function: a local, a parameter, or the counter of a loop (which only its loop assigns).</summary>
public sealed class Local : Expression
{
    internal Local(string name, ScalarType type) : base(type) => Name = name;

    /// <summary>For messages and listings; need not be unique.</summary>
    public string Name { get; }
}

/// <summary>An element of a buffer.</summary>
public sealed class LoadExpression : Expression
{
    internal LoadExpression(LoopBuffer buffer, Expression index) : base(buffer.Type.Scalar)
    {
        if (index.Type != ScalarType.Int32) throw new ArgumentException($"Expected an Int32 index into {buffer}.", nameof(index));
        (Buffer, Index) = (buffer, index);
    }

    /// <summary>The buffer.</summary>
    public LoopBuffer Buffer { get; }

    /// <summary>In elements.</summary>
    public Expression Index { get; }
}

/// <summary>An operation on two operands.</summary>
public sealed class BinaryExpression : Expression
{
    internal BinaryExpression(BinaryOperation operation, ScalarType type, Expression left, Expression right) : base(type) =>
        (Operation, Left, Right) = (operation, left, right);

    /// <summary>The operation.</summary>
    public BinaryOperation Operation { get; }

    /// <summary>The left operand.</summary>
    public Expression Left { get; }

    /// <summary>The right operand.</summary>
    public Expression Right { get; }
}

/// <summary>A change of width.</summary>
public sealed class ConvertExpression : Expression
{
    internal ConvertExpression(Conversion conversion, ScalarType type, Expression operand) : base(type) => (Conversion, Operand) = (conversion, operand);

    /// <summary>What changes.</summary>
    public Conversion Conversion { get; }

    /// <summary>The operand.</summary>
    public Expression Operand { get; }
}

/// <summary>One of two values.</summary>
public sealed class SelectExpression : Expression
{
    internal SelectExpression(Expression condition, Expression whenTrue, Expression whenFalse) : base(whenTrue.Type) =>
        (Condition, WhenTrue, WhenFalse) = (condition, whenTrue, whenFalse);

    /// <summary>Int32; not 0 takes the first.</summary>
    public Expression Condition { get; }

    /// <summary>The value where the condition is not 0.</summary>
    public Expression WhenTrue { get; }

    /// <summary>The value where the condition is 0.</summary>
    public Expression WhenFalse { get; }
}

/// <summary>The result of a function.</summary>
public sealed class CallExpression : Expression
{
    internal CallExpression(Function function, Expression[] arguments)
        : base(function.Returns ?? throw new ArgumentException($"Function {function.Name} returns nothing.", nameof(function)))
    {
        function.CheckArguments(arguments);
        (Function, Arguments) = (function, arguments);
    }

    /// <summary>The function.</summary>
    public Function Function { get; }

    /// <summary>One for each parameter.</summary>
    public IReadOnlyList<Expression> Arguments { get; }
}

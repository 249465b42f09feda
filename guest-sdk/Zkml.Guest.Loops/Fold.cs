namespace Zkml.Guest.Loops;

/// <summary>Builds expressions, computing at once what is constant and dropping what changes nothing. Also the meaning of each operation on numbers.</summary>
public static class Fold
{
    /// <summary>A constant of a type.</summary>
    public static ConstantExpression Constant(ScalarType type, long value) => new(type, value);

    /// <summary>What a binary operation computes; operands of Int32 are sign-extended, and so is an Int32 result.</summary>
    public static long Evaluate(BinaryOperation operation, ScalarType type, long left, long right) =>
        type == ScalarType.Int32 ? Evaluate32(operation, (int)left, (int)right) : Evaluate64(operation, left, right);

    internal static Expression Binary(BinaryOperation operation, Expression left, Expression right)
    {
        bool isShift = operation is BinaryOperation.ShiftLeft or BinaryOperation.ShiftRightLogical or BinaryOperation.ShiftRightArithmetic;
        if (isShift)
        {
            if (right is ConstantExpression { Type: ScalarType.Int64 } wide) right = Constant(ScalarType.Int32, wide.Value);
            if (right.Type != ScalarType.Int32) throw new ArgumentException($"{operation}: expected an Int32 count.");
        }
        else if (left.Type != right.Type)
        {
            // A literal takes the width of the other side.
            if (right is ConstantExpression r) right = Constant(left.Type, r.Value);
            else if (left is ConstantExpression l) left = Constant(right.Type, l.Value);
            else throw new ArgumentException($"{operation}: expected operands of one type, got {left.Type} and {right.Type}.");
        }
        if (operation is BinaryOperation.MultiplyHighSigned or BinaryOperation.MultiplyHighUnsigned && left.Type != ScalarType.Int32)
            throw new ArgumentException($"{operation}: expected Int32 operands.");
        ScalarType result = operation >= BinaryOperation.Equal ? ScalarType.Int32 : left.Type;
        if (left is ConstantExpression a && right is ConstantExpression b) return Constant(result, Evaluate(operation, left.Type, a.Value, b.Value));
        // Constants stand on the right, where Simplify and the code generator look for them.
        if (left is ConstantExpression && operation is (BinaryOperation.Add or BinaryOperation.Multiply or BinaryOperation.And or BinaryOperation.Or or BinaryOperation.Xor)) (left, right) = (right, left);
        return Simplify(operation, left, right) ?? new BinaryExpression(operation, result, left, right);
    }

    internal static Expression Convert(Conversion conversion, Expression operand)
    {
        bool widens = conversion is Conversion.ExtendSigned or Conversion.ExtendUnsigned;
        if (operand.Type != (widens ? ScalarType.Int32 : ScalarType.Int64)) throw new ArgumentException($"{conversion}: got an {operand.Type}.");
        ScalarType result = widens ? ScalarType.Int64 : ScalarType.Int32;
        if (operand is ConstantExpression constant) return Constant(result, Evaluate(conversion, constant.Value));
        if (conversion == Conversion.Low && operand is ConvertExpression { Conversion: Conversion.ExtendSigned or Conversion.ExtendUnsigned } inner) return inner.Operand;
        return new ConvertExpression(conversion, result, operand);
    }

    internal static Expression Select(Expression condition, Expression whenTrue, Expression whenFalse)
    {
        if (whenTrue.Type != whenFalse.Type)
        {
            if (whenFalse is ConstantExpression f) whenFalse = Constant(whenTrue.Type, f.Value);
            else if (whenTrue is ConstantExpression t) whenTrue = Constant(whenFalse.Type, t.Value);
            else throw new ArgumentException($"Select: expected values of one type, got {whenTrue.Type} and {whenFalse.Type}.");
        }
        if (condition.Type != ScalarType.Int32) throw new ArgumentException("Select: expected an Int32 condition.");
        if (condition is ConstantExpression constant) return constant.Value != 0 ? whenTrue : whenFalse;
        return new SelectExpression(condition, whenTrue, whenFalse);
    }

    /// <summary>What a change of width computes.</summary>
    public static long Evaluate(Conversion conversion, long operand) => conversion switch
    {
        Conversion.ExtendSigned => (int)operand,
        Conversion.ExtendUnsigned => (uint)operand,
        Conversion.Low => (int)operand,
        _ => operand >> 32,
    };

    static Expression? Simplify(BinaryOperation operation, Expression left, Expression right)
    {
        if (right is not ConstantExpression { Value: var value }) return null;
        return operation switch
        {
            BinaryOperation.Add when left is BinaryExpression { Operation: BinaryOperation.Add, Right: ConstantExpression inner } sum =>
                Binary(BinaryOperation.Add, sum.Left, Constant(left.Type, unchecked(inner.Value + value))),
            BinaryOperation.Subtract => Binary(BinaryOperation.Add, left, Constant(left.Type, unchecked(-value))),
            BinaryOperation.Add or BinaryOperation.Or or BinaryOperation.Xor or BinaryOperation.ShiftLeft or BinaryOperation.ShiftRightArithmetic
                or BinaryOperation.ShiftRightLogical when value == 0 => left,
            BinaryOperation.Multiply or BinaryOperation.DivideSigned or BinaryOperation.DivideUnsigned when value == 1 => left,
            BinaryOperation.And when value == -1 => left,
            // A load does not fault, so a product with 0 may drop it; a call may act and stays.
            BinaryOperation.Multiply or BinaryOperation.And when value == 0 && !HasCall(left) => right,
            _ => null,
        };
    }

    static bool HasCall(Expression expression) => expression switch
    {
        CallExpression => true,
        BinaryExpression binary => HasCall(binary.Left) || HasCall(binary.Right),
        ConvertExpression convert => HasCall(convert.Operand),
        SelectExpression select => HasCall(select.Condition) || HasCall(select.WhenTrue) || HasCall(select.WhenFalse),
        LoadExpression load => HasCall(load.Index),
        _ => false,
    };

    static long Evaluate32(BinaryOperation operation, int left, int right) => operation switch
    {
        BinaryOperation.Add => unchecked(left + right),
        BinaryOperation.Subtract => unchecked(left - right),
        BinaryOperation.Multiply => unchecked(left * right),
        BinaryOperation.MultiplyHighSigned => (int)((long)left * right >> 32),
        BinaryOperation.MultiplyHighUnsigned => (int)((ulong)(uint)left * (uint)right >> 32),
        BinaryOperation.DivideSigned => right == 0 ? -1 : (int)((long)left / right),
        BinaryOperation.DivideUnsigned => right == 0 ? -1 : (int)((uint)left / (uint)right),
        BinaryOperation.RemainderSigned => right == 0 ? left : (int)((long)left % right),
        BinaryOperation.RemainderUnsigned => right == 0 ? left : (int)((uint)left % (uint)right),
        BinaryOperation.And => left & right,
        BinaryOperation.Or => left | right,
        BinaryOperation.Xor => left ^ right,
        BinaryOperation.ShiftLeft => left << right,
        BinaryOperation.ShiftRightLogical => left >>> right,
        BinaryOperation.ShiftRightArithmetic => left >> right,
        BinaryOperation.Equal => left == right ? 1 : 0,
        BinaryOperation.NotEqual => left != right ? 1 : 0,
        BinaryOperation.LessSigned => left < right ? 1 : 0,
        _ => (uint)left < (uint)right ? 1 : 0,
    };

    static long Evaluate64(BinaryOperation operation, long left, long right) => operation switch
    {
        BinaryOperation.Add => unchecked(left + right),
        BinaryOperation.Subtract => unchecked(left - right),
        BinaryOperation.Multiply => unchecked(left * right),
        BinaryOperation.DivideSigned => right == 0 ? -1 : right == -1 ? unchecked(-left) : left / right,
        BinaryOperation.DivideUnsigned => right == 0 ? -1 : (long)((ulong)left / (ulong)right),
        BinaryOperation.RemainderSigned => right == 0 ? left : right == -1 ? 0 : left % right,
        BinaryOperation.RemainderUnsigned => right == 0 ? left : (long)((ulong)left % (ulong)right),
        BinaryOperation.And => left & right,
        BinaryOperation.Or => left | right,
        BinaryOperation.Xor => left ^ right,
        BinaryOperation.ShiftLeft => left << (int)right,
        BinaryOperation.ShiftRightLogical => left >>> (int)right,
        BinaryOperation.ShiftRightArithmetic => left >> (int)right,
        BinaryOperation.Equal => left == right ? 1 : 0,
        BinaryOperation.NotEqual => left != right ? 1 : 0,
        BinaryOperation.LessSigned => left < right ? 1 : 0,
        BinaryOperation.LessUnsigned => (ulong)left < (ulong)right ? 1 : 0,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "Expected an operation on 64 bits."),
    };
}

using Host = System.Linq.Expressions.Expression;
using HostParameter = System.Linq.Expressions.ParameterExpression;

namespace Zkml.Guest.Loops;

sealed partial class InterpreterCompiler
{
    Host Value(Expression expression)
    {
        _cost++;
        return expression switch
        {
            ConstantExpression { Type: ScalarType.Int32 } constant => Host.Constant((int)constant.Value),
            ConstantExpression constant => Host.Constant(constant.Value),
            Local local => _locals[local],
            LoadExpression load => Load(load),
            BinaryExpression { Operation: >= BinaryOperation.Equal } => Host.Condition(Condition(expression), Host.Constant(1), Host.Constant(0)),
            BinaryExpression binary => Binary(binary),
            ConvertExpression convert => Convert(convert.Conversion, Value(convert.Operand)),
            SelectExpression select => Select(select),
            CallExpression call => Call(call.Function, call.Arguments),
            _ => throw new ArgumentException($"Function {_function}: unknown expression {expression.GetType().Name}.", nameof(expression)),
        };
    }

    /// <summary>An Int32 expression as a boolean, without the way over 1 and 0 where it is a comparison.</summary>
    Host Condition(Expression expression)
    {
        if (expression is not BinaryExpression { Operation: >= BinaryOperation.Equal } binary) return Host.NotEqual(Value(expression), Host.Constant(0));
        // A comparison with 0 negates what it compares.
        if (binary is { Operation: BinaryOperation.Equal, Left: BinaryExpression { Operation: >= BinaryOperation.Equal }, Right: ConstantExpression { Value: 0 } })
            return Host.Not(Condition(binary.Left));
        Host left = Value(binary.Left), right = Value(binary.Right);
        return binary.Operation switch
        {
            BinaryOperation.Equal => Host.Equal(left, right),
            BinaryOperation.NotEqual => Host.NotEqual(left, right),
            BinaryOperation.LessSigned => Host.LessThan(left, right),
            _ => Host.LessThan(Unsigned(left), Unsigned(right)),
        };
    }

    Host Binary(BinaryExpression binary)
    {
        Host left = Value(binary.Left), right = Value(binary.Right);
        int lastBit = binary.Type == ScalarType.Int32 ? 31 : 63;
        return binary.Operation switch
        {
            BinaryOperation.Add => Host.Add(left, right),
            BinaryOperation.Subtract => Host.Subtract(left, right),
            BinaryOperation.Multiply => Host.Multiply(left, right),
            BinaryOperation.And => Host.And(left, right),
            BinaryOperation.Or => Host.Or(left, right),
            BinaryOperation.Xor => Host.ExclusiveOr(left, right),
            BinaryOperation.ShiftLeft => Host.LeftShift(left, Host.And(right, Host.Constant(lastBit))),
            BinaryOperation.ShiftRightArithmetic => Host.RightShift(left, Host.And(right, Host.Constant(lastBit))),
            BinaryOperation.ShiftRightLogical => Host.Convert(Host.RightShift(Unsigned(left), Host.And(right, Host.Constant(lastBit))), left.Type),
            // Named as in BinaryOperation; the width picks the overload.
            _ => Host.Call(typeof(InterpreterArithmetic).GetMethod(binary.Operation.ToString(), [left.Type, right.Type])!, left, right),
        };
    }

    static Host Convert(Conversion conversion, Host operand) => conversion switch
    {
        Conversion.ExtendSigned => Host.Convert(operand, typeof(long)),
        Conversion.ExtendUnsigned => Host.Convert(Unsigned(operand), typeof(long)),
        Conversion.Low => Host.Convert(operand, typeof(int)),
        _ => Host.Convert(Host.RightShift(operand, Host.Constant(32)), typeof(int)),
    };

    static Host Unsigned(Host operand) => Host.Convert(operand, operand.Type == typeof(int) ? typeof(uint) : typeof(ulong));

    Host Load(LoadExpression load)
    {
        HostParameter array = Buffer(load.Buffer), index = Temporary(typeof(int));
        return Host.Block(
            Host.Assign(index, Value(load.Index)),
            CheckBounds(load.Buffer, array, index),
            Host.Convert(Host.ArrayIndex(array, index), Interpreter.HostType(load.Type)));
    }

    Host Select(SelectExpression select)
    {
        Host condition = Condition(select.Condition), whenTrue = Value(select.WhenTrue), whenFalse = Value(select.WhenFalse);
        if (!MayFault(select.WhenTrue) && !MayFault(select.WhenFalse)) return Host.Condition(condition, whenTrue, whenFalse);
        // The guest evaluates both, so a fault of the side that is not taken is a fault here too.
        HostParameter isTrue = Temporary(typeof(bool)), first = Temporary(whenTrue.Type), second = Temporary(whenTrue.Type);
        return Host.Block(
            Host.Assign(isTrue, condition),
            Host.Assign(first, whenTrue),
            Host.Assign(second, whenFalse),
            Host.Condition(isTrue, first, second));
    }

    static bool MayFault(Expression expression) => expression switch
    {
        LoadExpression or CallExpression => true,
        BinaryExpression binary => MayFault(binary.Left) || MayFault(binary.Right),
        ConvertExpression convert => MayFault(convert.Operand),
        SelectExpression select => MayFault(select.Condition) || MayFault(select.WhenTrue) || MayFault(select.WhenFalse),
        _ => false,
    };

    Host Call(Function function, IReadOnlyList<Expression> arguments)
    {
        CompiledFunction compiled = Interpreter.Find(function);
        _cost += compiled.StepCost;
        if (!_callees.TryGetValue(function, out HostParameter? code))
        {
            code = Host.Parameter(compiled.Code.GetType(), function.Name);
            _callees.Add(function, code);
        }
        return Host.Invoke(code, [_memory, .. arguments.Select(Value)]);
    }

    Host CheckBounds(LoopBuffer buffer, HostParameter array, HostParameter index) => Host.IfThen(
        Host.GreaterThanOrEqual(Unsigned(index), Unsigned(Host.ArrayLength(array))),
        Host.Throw(Host.Call(
            typeof(LoopException).GetMethod(nameof(LoopException.Bounds), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!,
            Host.Constant(_function.Name), Host.Constant(buffer), index)));
}

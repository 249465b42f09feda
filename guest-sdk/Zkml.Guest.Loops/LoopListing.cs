using System.Globalization;
using System.Text;

namespace Zkml.Guest.Loops;

/// <summary>Functions and programs as text a person can read.</summary>
public static class LoopListing
{
    /// <summary>The functions of all layers and those they call, callees first.</summary>
    public static string Of(LoopProgram program)
    {
        List<Function> functions = [];
        HashSet<Function> seen = [];
        foreach (Layer layer in program.Layers) Collect(layer.Function, seen, functions);
        StringBuilder text = new();
        foreach (LoopBuffer input in program.Inputs) text.Append(CultureInfo.InvariantCulture, $"input {input}\n");
        foreach (LoopBuffer output in program.Outputs) text.Append(CultureInfo.InvariantCulture, $"output {output}\n");
        foreach (Function function in functions) text.Append(Of(function));
        foreach (Layer layer in program.Layers) text.Append(CultureInfo.InvariantCulture, $"layer {layer.Name}: {layer.Function.Name}()\n");
        return text.ToString();
    }

    /// <summary>One function.</summary>
    public static string Of(Function function)
    {
        StringBuilder text = new();
        string parameters = string.Join(", ", function.Parameters.Select(parameter => $"{parameter.Name}: {parameter.Type}"));
        text.Append(CultureInfo.InvariantCulture, $"function {function.Name}({parameters})");
        if (function.Returns is { } type) text.Append(CultureInfo.InvariantCulture, $": {type}");
        text.Append('\n');
        Write(text, function.Body, 1);
        return text.ToString();
    }

    /// <summary>One expression, on one line.</summary>
    public static string Of(Expression expression) => expression switch
    {
        ConstantExpression { Value: > -65536 and < 65536 } constant => constant.Value.ToString(CultureInfo.InvariantCulture),
        ConstantExpression { Type: ScalarType.Int32 } constant => $"0x{(uint)constant.Value:X}",
        ConstantExpression constant => $"0x{constant.Value:X}",
        Local local => local.Name,
        LoadExpression load => $"{load.Buffer.Name}[{Of(load.Index)}]",
        BinaryExpression { Operation: BinaryOperation.MultiplyHighSigned or BinaryOperation.MultiplyHighUnsigned } high =>
            $"{Sign(high.Operation)}({Of(high.Left)}, {Of(high.Right)})",
        BinaryExpression binary => $"({Of(binary.Left)} {Sign(binary.Operation)} {Of(binary.Right)})",
        ConvertExpression convert => $"{Name(convert.Conversion)}({Of(convert.Operand)})",
        SelectExpression select => $"({Of(select.Condition)} ? {Of(select.WhenTrue)} : {Of(select.WhenFalse)})",
        CallExpression call => CallText(call.Function, call.Arguments),
        _ => expression.GetType().Name,
    };

    static void Write(StringBuilder text, Block block, int depth)
    {
        foreach (Statement statement in block.Statements) Write(text, statement, depth);
    }

    static void Write(StringBuilder text, Statement statement, int depth)
    {
        if (statement is Block block)
        {
            Write(text, block, depth);
            return;
        }
        text.Append(' ', 2 * depth).Append(Line(statement)).Append('\n');
        switch (statement)
        {
            case ForStatement loop: Write(text, loop.Body, depth + 1); break;
            case WhileStatement loop: Write(text, loop.Body, depth + 1); break;
            case IfStatement branch:
                Write(text, branch.Then, depth + 1);
                if (branch.Otherwise == null) break;
                text.Append(' ', 2 * depth).Append("else\n");
                Write(text, branch.Otherwise, depth + 1);
                break;
        }
    }

    static string Line(Statement statement) => statement switch
    {
        AssignStatement assign => $"{assign.Target.Name} = {Of(assign.Value)}",
        StoreStatement store => $"{store.Buffer.Name}[{Of(store.Index)}] = {Of(store.Value)}",
        ForStatement { Step: 1 } loop => $"for {loop.Counter.Name} = {Of(loop.From)} to {Of(loop.To)}",
        ForStatement loop => $"for {loop.Counter.Name} = {Of(loop.From)} to {Of(loop.To)} step {loop.Step}",
        WhileStatement loop => $"while {Of(loop.Condition)}",
        IfStatement branch => $"if {Of(branch.Condition)}",
        CallStatement call => CallText(call.Function, call.Arguments),
        ReturnStatement { Value: { } value } => $"return {Of(value)}",
        ReturnStatement => "return",
        FailStatement fail => $"fail {fail.ExitCode} \"{fail.Message}\"",
        _ => statement.GetType().Name,
    };

    static string CallText(Function function, IReadOnlyList<Expression> arguments) => $"{function.Name}({string.Join(", ", arguments.Select(Of))})";

    static string Sign(BinaryOperation operation) => operation switch
    {
        BinaryOperation.Add => "+",
        BinaryOperation.Subtract => "-",
        BinaryOperation.Multiply => "*",
        BinaryOperation.MultiplyHighSigned => "high",
        BinaryOperation.MultiplyHighUnsigned => "highUnsigned",
        BinaryOperation.DivideSigned => "/",
        BinaryOperation.DivideUnsigned => "/u",
        BinaryOperation.RemainderSigned => "%",
        BinaryOperation.RemainderUnsigned => "%u",
        BinaryOperation.And => "&",
        BinaryOperation.Or => "|",
        BinaryOperation.Xor => "^",
        BinaryOperation.ShiftLeft => "<<",
        BinaryOperation.ShiftRightLogical => ">>>",
        BinaryOperation.ShiftRightArithmetic => ">>",
        BinaryOperation.Equal => "==",
        BinaryOperation.NotEqual => "!=",
        BinaryOperation.LessSigned => "<",
        _ => "<u",
    };

    static string Name(Conversion conversion) => conversion switch
    {
        Conversion.ExtendSigned => "signed",
        Conversion.ExtendUnsigned => "unsigned",
        Conversion.Low => "low",
        _ => "highHalf",
    };

    static void Collect(Function function, HashSet<Function> seen, List<Function> functions)
    {
        if (!seen.Add(function)) return;
        Callees(function.Body, callee => Collect(callee, seen, functions));
        functions.Add(function);
    }

    static void Callees(Statement? statement, Action<Function> visit)
    {
        switch (statement)
        {
            case Block block:
                foreach (Statement inner in block.Statements) Callees(inner, visit);
                break;
            case AssignStatement assign: Callees(assign.Value, visit); break;
            case StoreStatement store: Callees(store.Index, visit); Callees(store.Value, visit); break;
            case ForStatement loop: Callees(loop.From, visit); Callees(loop.To, visit); Callees(loop.Body, visit); break;
            case WhileStatement loop: Callees(loop.Condition, visit); Callees(loop.Body, visit); break;
            case IfStatement branch: Callees(branch.Condition, visit); Callees(branch.Then, visit); Callees(branch.Otherwise, visit); break;
            case ReturnStatement { Value: { } value }: Callees(value, visit); break;
            case CallStatement call: Callees(call.Function, call.Arguments, visit); break;
        }
    }

    static void Callees(Expression expression, Action<Function> visit)
    {
        switch (expression)
        {
            case LoadExpression load: Callees(load.Index, visit); break;
            case BinaryExpression binary: Callees(binary.Left, visit); Callees(binary.Right, visit); break;
            case ConvertExpression convert: Callees(convert.Operand, visit); break;
            case SelectExpression select: Callees(select.Condition, visit); Callees(select.WhenTrue, visit); Callees(select.WhenFalse, visit); break;
            case CallExpression call: Callees(call.Function, call.Arguments, visit); break;
        }
    }

    static void Callees(Function function, IReadOnlyList<Expression> arguments, Action<Function> visit)
    {
        foreach (Expression argument in arguments) Callees(argument, visit);
        visit(function);
    }
}

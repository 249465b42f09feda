namespace Zkml.Guest.Loops;

/// <summary>A step of a function. Statements are built by <see cref="FunctionBuilder"/> only.</summary>
public abstract class Statement
{
    private protected Statement() { }
}

/// <summary>Statements in order.</summary>
public sealed class Block : Statement
{
    internal Block(Statement[] statements) => Statements = statements;

    /// <summary>The statements.</summary>
    public IReadOnlyList<Statement> Statements { get; }
}

/// <summary>Gives a local a new value.</summary>
public sealed class AssignStatement : Statement
{
    internal AssignStatement(Local target, Expression value) => (Target, Value) = (target, value);

    /// <summary>The local.</summary>
    public Local Target { get; }

    /// <summary>Its new value, of its type.</summary>
    public Expression Value { get; }
}

/// <summary>Writes one element of a buffer that is not constant.</summary>
public sealed class StoreStatement : Statement
{
    internal StoreStatement(LoopBuffer buffer, Expression index, Expression value) => (Buffer, Index, Value) = (buffer, index, value);

    /// <summary>The buffer.</summary>
    public LoopBuffer Buffer { get; }

    /// <summary>In elements, Int32.</summary>
    public Expression Index { get; }

    /// <summary>The value; the low bits are stored.</summary>
    public Expression Value { get; }
}

/// <summary>
/// A counted loop: counter = from, from + step, … while counter &lt; to (signed; step &gt; 0). The bounds are evaluated once. The counter is
/// undefined after the loop, and nobody but the loop assigns it.
/// </summary>
public sealed class ForStatement : Statement
{
    internal ForStatement(Local counter, Expression from, Expression to, int step, Block body) =>
        (Counter, From, To, Step, Body) = (counter, from, to, step, body);

    /// <summary>Int32.</summary>
    public Local Counter { get; }

    /// <summary>The first value.</summary>
    public Expression From { get; }

    /// <summary>The bound, not reached.</summary>
    public Expression To { get; }

    /// <summary>Above 0.</summary>
    public int Step { get; }

    /// <summary>What is repeated.</summary>
    public Block Body { get; }
}

/// <summary>Repeats while a condition is not 0; the condition is evaluated before each round.</summary>
public sealed class WhileStatement : Statement
{
    internal WhileStatement(Expression condition, Block body) => (Condition, Body) = (condition, body);

    /// <summary>Int32.</summary>
    public Expression Condition { get; }

    /// <summary>What is repeated.</summary>
    public Block Body { get; }
}

/// <summary>Runs one of two blocks.</summary>
public sealed class IfStatement : Statement
{
    internal IfStatement(Expression condition, Block then, Block? otherwise) => (Condition, Then, Otherwise) = (condition, then, otherwise);

    /// <summary>Int32; not 0 runs the first.</summary>
    public Expression Condition { get; }

    /// <summary>Where the condition is not 0.</summary>
    public Block Then { get; }

    /// <summary>Where the condition is 0.</summary>
    public Block? Otherwise { get; }
}

/// <summary>Calls a function for its side effects.</summary>
public sealed class CallStatement : Statement
{
    internal CallStatement(Function function, Expression[] arguments) => (Function, Arguments) = (function, arguments);

    /// <summary>The function.</summary>
    public Function Function { get; }

    /// <summary>One for each parameter.</summary>
    public IReadOnlyList<Expression> Arguments { get; }
}

/// <summary>Leaves the function.</summary>
public sealed class ReturnStatement : Statement
{
    internal ReturnStatement(Expression? value) => Value = value;

    /// <summary>The result, where the function returns one.</summary>
    public Expression? Value { get; }
}

/// <summary>Stops the whole program: the guest halts with this exit code and a message.</summary>
public sealed class FailStatement : Statement
{
    internal FailStatement(int exitCode, string message) => (ExitCode, Message) = (exitCode, message);

    /// <summary>1 to 255.</summary>
    public int ExitCode { get; }

    /// <summary>What went wrong, for the person who ran it.</summary>
    public string Message { get; }
}

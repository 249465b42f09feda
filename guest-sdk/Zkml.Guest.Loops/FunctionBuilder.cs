namespace Zkml.Guest.Loops;

/// <summary>
/// Writes a function statement by statement. Nested blocks are given as lambdas that run at once:
/// <code>
/// FunctionBuilder f = new("sum", ScalarType.Int32);
/// Local total = f.Local("total", 0);
/// f.For("i", 0, data.Count, i => f.Assign(total, total + Expression.Load(data, i)));
/// f.Return(total);
/// Function sum = f.Build();
/// </code>
/// A C# loop around statements unrolls them.
/// </summary>
public sealed class FunctionBuilder
{
    readonly string _name;
    readonly ScalarType? _returns;
    readonly List<Local> _parameters = [];
    readonly List<Local> _locals = [];
    readonly HashSet<Local> _counters = [];
    readonly Stack<List<Statement>> _blocks = new();

    /// <summary>Starts an empty function.</summary>
    public FunctionBuilder(string name, ScalarType? returns = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        (_name, _returns) = (name, returns);
        _blocks.Push([]);
    }

    /// <summary>The next parameter.</summary>
    public Local Parameter(ScalarType type, string name)
    {
        Local parameter = new(name, type);
        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>A new local with its first value; its type is the value's.</summary>
    public Local Local(string name, Expression value)
    {
        Local local = Local(name, value.Type);
        Add(new AssignStatement(local, value));
        return local;
    }

    /// <summary>A new Int32 local with a constant for its first value. (A literal 0 alone would fit an enumeration as well.)</summary>
    public Local Local(string name, int value) => Local(name, (Expression)value);

    /// <summary>A new Int64 local with a constant for its first value.</summary>
    public Local Local(string name, long value) => Local(name, (Expression)value);

    /// <summary>A new local; undefined until it is assigned.</summary>
    public Local Local(string name, ScalarType type)
    {
        Local local = new(name, type);
        _locals.Add(local);
        return local;
    }

    /// <summary>target = value. A constant takes the local's type.</summary>
    public void Assign(Local target, Expression value)
    {
        if (_counters.Contains(target)) throw new ArgumentException($"{_name}: {target.Name} is the counter of a loop.", nameof(target));
        if (value is ConstantExpression constant) value = Fold.Constant(target.Type, constant.Value);
        if (value.Type != target.Type) throw new ArgumentException($"{_name}: {target.Name} is {target.Type}, the value {value.Type}.", nameof(value));
        Add(new AssignStatement(target, value));
    }

    /// <summary>buffer[index] = value, the low bits of it.</summary>
    public void Store(LoopBuffer buffer, Expression index, Expression value)
    {
        if (buffer.Kind == BufferKind.Constant) throw new ArgumentException($"{_name}: {buffer} is constant.", nameof(buffer));
        if (index.Type != ScalarType.Int32) throw new ArgumentException($"{_name}: expected an Int32 index into {buffer}.", nameof(index));
        if (value is ConstantExpression constant) value = Fold.Constant(buffer.Type.Scalar, constant.Value);
        if (value.Type != buffer.Type.Scalar) throw new ArgumentException($"{_name}: {buffer} stores {buffer.Type.Scalar}, the value is {value.Type}.", nameof(value));
        Add(new StoreStatement(buffer, index, value));
    }

    /// <summary>for (counter = from; counter &lt; to; counter += step) body. A loop of no round is dropped, one of one round is inlined.</summary>
    public void For(string name, Expression from, Expression to, Action<Expression> body, int step = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        if (from.Type != ScalarType.Int32 || to.Type != ScalarType.Int32) throw new ArgumentException($"{_name}: expected Int32 bounds of loop {name}.");
        if (from is ConstantExpression { Value: var first } && to is ConstantExpression { Value: var bound })
        {
            if (first >= bound) return;
            if (first + step >= bound)
            {
                body(from);
                return;
            }
        }
        Local counter = Local(name, ScalarType.Int32);
        _counters.Add(counter);
        Add(new ForStatement(counter, from, to, step, Nested(() => body(counter))));
    }

    /// <summary>while (condition) body.</summary>
    public void While(Expression condition, Action body)
    {
        CheckCondition(condition);
        Add(new WhileStatement(condition, Nested(body)));
    }

    /// <summary>if (condition) then else otherwise. A constant condition keeps one side.</summary>
    public void If(Expression condition, Action then, Action? otherwise = null)
    {
        CheckCondition(condition);
        if (condition is ConstantExpression { Value: var value })
        {
            if (value != 0) then();
            else otherwise?.Invoke();
            return;
        }
        Block first = Nested(then);
        Add(new IfStatement(condition, first, otherwise == null ? null : Nested(otherwise)));
    }

    /// <summary>Calls a function for its side effects; a result is dropped.</summary>
    public void Call(Function function, params ReadOnlySpan<Expression> arguments)
    {
        function.CheckArguments(arguments);
        Add(new CallStatement(function, arguments.ToArray()));
    }

    /// <summary>Leaves the function with its result.</summary>
    public void Return(Expression value)
    {
        if (value is ConstantExpression constant && _returns is { } type) value = Fold.Constant(type, constant.Value);
        if (value.Type != _returns) throw new ArgumentException($"{_name}: returns {_returns?.ToString() ?? "nothing"}, got {value.Type}.", nameof(value));
        Add(new ReturnStatement(value));
    }

    /// <summary>Leaves a function without a result.</summary>
    public void Return()
    {
        if (_returns != null) throw new InvalidOperationException($"{_name}: returns {_returns}, got nothing.");
        Add(new ReturnStatement(null));
    }

    /// <summary>Stops the whole program with an exit code (1 to 255) and a message.</summary>
    public void Fail(int exitCode, string message)
    {
        if (exitCode is < 1 or > 255) throw new ArgumentOutOfRangeException(nameof(exitCode), exitCode, "Expected 1 to 255.");
        Add(new FailStatement(exitCode, message));
    }

    /// <summary>The finished function. Throws <see cref="InvalidOperationException"/> if a path of a function with a result returns nothing.</summary>
    public Function Build()
    {
        Block body = new([.. _blocks.Peek()]);
        if (_returns != null && !Leaves(body)) throw new InvalidOperationException($"{_name}: not every path returns a value.");
        return new(_name, _returns, [.. _parameters], [.. _locals], body);
    }

    static bool Leaves(Statement statement) => statement switch
    {
        ReturnStatement or FailStatement => true,
        Block block => block.Statements.Any(Leaves),
        IfStatement { Otherwise: { } otherwise } branch => Leaves(branch.Then) && Leaves(otherwise),
        _ => false,
    };

    void CheckCondition(Expression condition)
    {
        if (condition.Type != ScalarType.Int32) throw new ArgumentException($"{_name}: expected an Int32 condition.", nameof(condition));
    }

    Block Nested(Action write)
    {
        List<Statement> statements = [];
        _blocks.Push(statements);
        write();
        _blocks.Pop();
        return new([.. statements]);
    }

    void Add(Statement statement) => _blocks.Peek().Add(statement);
}

using System.Linq.Expressions;
using Host = System.Linq.Expressions.Expression;
using HostParameter = System.Linq.Expressions.ParameterExpression;

namespace Zkml.Guest.Loops;

/// <summary>Turns the statements of one function into an expression tree of the host; expressions are in the other part.</summary>
sealed partial class InterpreterCompiler
{
    readonly Function _function;
    readonly Dictionary<Local, HostParameter> _locals = [];
    readonly Dictionary<LoopBuffer, HostParameter> _buffers = [];
    readonly Dictionary<Function, HostParameter> _callees = [];
    readonly List<HostParameter> _temporaries = [];
    readonly HostParameter _memory = Host.Parameter(typeof(LoopMemory), "memory");
    readonly LabelTarget _return;
    long _cost;

    public InterpreterCompiler(Function function)
    {
        _function = function;
        _return = function.Returns is { } type ? Host.Label(Interpreter.HostType(type)) : Host.Label();
        foreach (Local local in function.Parameters.Concat(function.Locals)) _locals.Add(local, Host.Parameter(Interpreter.HostType(local.Type), local.Name));
    }

    /// <summary>Operations outside of loops, known after <see cref="Compile"/>.</summary>
    public long StepCost => _cost;

    /// <summary>A delegate of the memory and the parameters.</summary>
    public Delegate Compile()
    {
        Host body = Block(_function.Body);
        List<Host> statements = [];
        // Arrays and delegates are fetched once per call: inside a loop each fetch would cost a look-up.
        foreach ((LoopBuffer buffer, HostParameter array) in _buffers)
            statements.Add(Host.Assign(array, Host.Convert(Host.Call(_memory, nameof(LoopMemory.Contents), null, Host.Constant(buffer)), array.Type)));
        foreach ((Function callee, HostParameter code) in _callees)
            statements.Add(Host.Assign(code, Host.Constant(Interpreter.Find(callee).Code)));
        statements.Add(body);
        statements.Add(_function.Returns is { } type ? Host.Label(_return, Host.Default(Interpreter.HostType(type))) : Host.Label(_return));
        IEnumerable<HostParameter> variables = _function.Locals.Select(local => _locals[local]).Concat(_buffers.Values).Concat(_callees.Values).Concat(_temporaries);
        HostParameter[] parameters = [_memory, .. _function.Parameters.Select(parameter => _locals[parameter])];
        return Host.Lambda(Host.Block(variables, statements), parameters).Compile();
    }

    Host Block(Block block) => block.Statements.Count == 0 ? Host.Empty() : Host.Block(typeof(void), block.Statements.Select(Statement));

    Host Statement(Statement statement)
    {
        _cost++;
        return statement switch
        {
            Block block => Block(block),
            AssignStatement assign => Host.Assign(_locals[assign.Target], Value(assign.Value)),
            StoreStatement store => Store(store),
            ForStatement loop => For(loop),
            WhileStatement loop => While(loop),
            IfStatement { Otherwise: { } otherwise } branch => Host.IfThenElse(Condition(branch.Condition), Block(branch.Then), Block(otherwise)),
            IfStatement branch => Host.IfThen(Condition(branch.Condition), Block(branch.Then)),
            CallStatement call => Call(call.Function, call.Arguments),
            ReturnStatement { Value: { } value } => Host.Return(_return, Value(value)),
            ReturnStatement => Host.Return(_return),
            FailStatement fail => Host.Throw(Host.Constant(new LoopException(LoopError.Failed, fail.Message, fail.ExitCode))),
            _ => throw new ArgumentException($"Function {_function}: unknown statement {statement.GetType().Name}.", nameof(statement)),
        };
    }

    Host Store(StoreStatement store)
    {
        HostParameter array = Buffer(store.Buffer), index = Temporary(typeof(int)), value = Temporary(Interpreter.HostType(store.Value.Type));
        return Host.Block(
            Host.Assign(index, Value(store.Index)),
            Host.Assign(value, Value(store.Value)),
            CheckBounds(store.Buffer, array, index),
            Host.Assign(Host.ArrayAccess(array, index), Host.Convert(value, array.Type.GetElementType()!)));
    }

    Host For(ForStatement loop)
    {
        HostParameter counter = _locals[loop.Counter], to = Temporary(typeof(int)), next = Temporary(typeof(long));
        Host from = Value(loop.From), bound = Value(loop.To);
        LabelTarget end = Host.Label();
        Host body = Round(() => Block(loop.Body), out Host pay);
        // The next value is taken in 64 bits, so that a bound near the largest integer ends the loop too.
        Host round = Host.Block(
            Host.IfThen(Host.GreaterThanOrEqual(next, Host.Convert(to, typeof(long))), Host.Break(end)),
            pay,
            Host.Assign(counter, Host.Convert(next, typeof(int))),
            body,
            Host.Assign(next, Host.Add(next, Host.Constant((long)loop.Step))));
        return Host.Block(Host.Assign(next, Host.Convert(from, typeof(long))), Host.Assign(to, bound), Host.Loop(round, end));
    }

    Host While(WhileStatement loop)
    {
        LabelTarget end = Host.Label();
        Host body = Round(() => Host.Block(Host.IfThen(Host.Not(Condition(loop.Condition)), Host.Break(end)), Block(loop.Body)), out Host pay);
        return Host.Loop(Host.Block(pay, body), end);
    }

    /// <summary>The body of a loop and the statement that pays for one round of it. What it costs is not part of the code around it.</summary>
    Host Round(Func<Host> write, out Host pay)
    {
        long outside = _cost;
        _cost = 1;
        Host body = write();
        Host steps = Host.Field(_memory, nameof(LoopMemory.Steps));
        pay = Host.IfThen(
            Host.LessThan(Host.SubtractAssign(steps, Host.Constant(_cost)), Host.Constant(0L)),
            Host.Call(_memory, nameof(LoopMemory.Refill), null, Host.Constant(_function.Name)));
        _cost = outside;
        return body;
    }

    HostParameter Buffer(LoopBuffer buffer)
    {
        if (_buffers.TryGetValue(buffer, out HostParameter? array)) return array;
        Type type = buffer.Type switch
        {
            MemoryType.Int8 => typeof(sbyte[]),
            MemoryType.UInt8 => typeof(byte[]),
            MemoryType.Int16 => typeof(short[]),
            MemoryType.UInt16 => typeof(ushort[]),
            MemoryType.Int32 => typeof(int[]),
            _ => typeof(long[]),
        };
        array = Host.Parameter(type, buffer.Name);
        _buffers.Add(buffer, array);
        return array;
    }

    HostParameter Temporary(Type type)
    {
        HostParameter temporary = Host.Parameter(type);
        _temporaries.Add(temporary);
        return temporary;
    }
}

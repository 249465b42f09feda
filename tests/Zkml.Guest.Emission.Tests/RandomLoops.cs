using Zkml.Guest.Loops;

namespace Zkml.Guest.Emission.Tests;

/// <summary>
/// Random programs that never index out of bounds and always end: all statements and operations, corner operands, many live locals, deep
/// expressions, calls with many arguments.
/// </summary>
sealed class RandomLoops
{
    static readonly long[] s_corners =
        [0, 1, -1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 255, 256, 2047, 2048, -2048, -2049, 4095, 4096, 65535, 0x7FFFFFFF, -0x80000000L, 0xFFFFFFFFL, 0x100000000L, long.MaxValue, long.MinValue];

    readonly Random _random;
    readonly LoopBuffer[] _buffers;
    readonly LoopBuffer _constants;
    readonly List<Function> _functions = [];
    FunctionBuilder _f = new("none");
    List<Local> _locals = [];
    List<(Expression Counter, int Bound)> _counters = [];
    int _budget, _depth;
    ScalarType? _returns;

    RandomLoops(int seed)
    {
        _random = new(seed);
        MemoryType[] types = Enum.GetValues<MemoryType>();
        // Sizes are powers of two, so that a mask keeps any index inside.
        _buffers = [.. types.Select((type, i) => LoopBuffer.Create($"b{type}", i % 2 == 0 ? BufferKind.Input : BufferKind.Output, type, 16 << (i % 3)))];
        byte[] data = new byte[256];
        _random.NextBytes(data);
        _constants = LoopBuffer.Constant("constants", types[_random.Next(types.Length)], data);
    }

    /// <summary>The program of a seed; its size grows with <paramref name="statements"/>.</summary>
    public static LoopProgram Create(int seed, int statements)
    {
        RandomLoops loops = new(seed);
        List<Layer> layers = [];
        int count = loops._random.Next(1, 4);
        for (int i = 0; i < count; i++) loops._functions.Add(loops.BuildFunction($"helper{i}", loops._random.Next(0, 13), statements / 3, 0));
        // Without loops and of few statements: these are inlined.
        for (int i = 0; i < count; i++) loops._functions.Add(loops.BuildFunction($"small{i}", loops._random.Next(0, 4), loops._random.Next(4), 4));
        for (int i = 0; i < 2; i++) layers.Add(new($"layer{i}", loops.BuildLayer($"layer{i}", statements)));
        return new()
        {
            Name = $"random{seed}",
            Inputs = [.. loops._buffers.Where(buffer => buffer.Kind == BufferKind.Input)],
            Outputs = [.. loops._buffers.Where(buffer => buffer.Kind == BufferKind.Output)],
            Layers = layers,
        };
    }

    Function BuildLayer(string name, int statements)
    {
        Start(name, null, statements);
        // What an output holds before the first store is undefined.
        foreach (LoopBuffer buffer in _buffers.Where(buffer => buffer.Kind == BufferKind.Output && name == "layer0"))
            _f.For("i", 0, buffer.Count, i => _f.Store(buffer, i, Fold.Constant(buffer.Type.Scalar, 0)));
        _locals.Add(_f.Local("v", Value(ScalarType.Int32, 2)));
        int live = _random.Next(2, 40);
        for (int i = 0; i < live; i++) _locals.Add(_f.Local($"v{i}", Value(_random.Next(3) == 0 ? ScalarType.Int64 : ScalarType.Int32, 2)));
        while (_budget > 0) Statement();
        foreach (Local local in _locals.ToArray())
        {
            LoopBuffer buffer = _buffers.First(buffer => buffer.Kind == BufferKind.Output && buffer.Type.Scalar == local.Type);
            _f.Store(buffer, IndexOf(buffer, _random.Next(64)), local);
        }
        return _f.Build();
    }

    Function BuildFunction(string name, int parameters, int statements, int depth)
    {
        Start(name, _random.Next(2) == 0 ? ScalarType.Int32 : ScalarType.Int64, statements);
        _depth = depth;
        for (int i = 0; i < parameters; i++) _locals.Add(_f.Parameter(_random.Next(3) == 0 ? ScalarType.Int64 : ScalarType.Int32, $"p{i}"));
        _locals.Add(_f.Local("a", Value(ScalarType.Int32, 1)));
        _locals.Add(_f.Local("b", Value(ScalarType.Int64, 1)));
        while (_budget > 0) Statement();
        _f.Return(Value(_returns!.Value, depth == 0 ? 3 : 1));
        return _f.Build();
    }

    void Start(string name, ScalarType? returns, int statements)
    {
        (_f, _locals, _counters, _budget, _depth, _returns) = (new(name, returns), [], [], statements, 0, returns);
    }

    void Statement()
    {
        _budget--;
        int choice = _random.Next(20);
        if (choice < 8) Assign();
        else if (choice < 12) Store();
        else if (choice < 14 && _depth < 4) Loop();
        else if (choice < 16 && _depth < 5) Branch();
        else if (choice == 16 && _depth < 3) While();
        else if (choice == 17 && _functions.Count > 0) CallStatement();
        else if (choice == 18) Declare();
        else if (choice == 19 && _depth > 0 && _random.Next(6) == 0) Leave();
    }

    void Assign()
    {
        Local local = _locals[_random.Next(_locals.Count)];
        _f.Assign(local, Value(local.Type, _random.Next(4)));
    }

    // A local that is assigned once: its reads follow in the same block.
    void Declare()
    {
        Local name = _f.Local("name", _counters.Count > 0 && _random.Next(2) == 0 ? Affine() : Value(_random.Next(3) == 0 ? ScalarType.Int64 : ScalarType.Int32, 3));
        LoopBuffer buffer = _buffers.First(buffer => buffer.Kind == BufferKind.Output && buffer.Type.Scalar == name.Type);
        _f.Store(buffer, IndexOf(buffer), name);
        Local target = _locals[_random.Next(_locals.Count)];
        if (target.Type == name.Type) _f.Assign(target, target + name);
    }

    void Store()
    {
        LoopBuffer[] targets = [.. _buffers.Where(buffer => buffer.Kind == BufferKind.Output)];
        LoopBuffer buffer = targets[_random.Next(targets.Length)];
        _f.Store(buffer, IndexOf(buffer), Value(buffer.Type.Scalar, 2));
    }

    void Loop()
    {
        int from = _random.Next(-3, 3), rounds = _random.Next(0, 6), step = _random.Next(1, 4), bound = from + rounds * step - _random.Next(step);
        Expression to = _random.Next(3) == 0 ? Expression.Select(_locals.First(local => local.Type == ScalarType.Int32).Is(1), bound, bound - 1) : bound;
        Nest(() => _f.For("i", from, to, counter =>
        {
            _counters.Add((counter, Math.Max(1, bound)));
            int count = _random.Next(1, 5);
            for (int i = 0; i < count; i++) Statement();
            _counters.RemoveAt(_counters.Count - 1);
        }, step));
    }

    void While()
    {
        Local rounds = _f.Local("rounds", Expression.Bits((uint)_random.Next(0, 4)));
        Expression condition = rounds.IsNot(0);
        if (_random.Next(2) == 0) condition &= Value(ScalarType.Int32, 1).IsNot(5);
        Nest(() => _f.While(condition, () =>
        {
            _f.Assign(rounds, rounds - 1);
            int count = _random.Next(1, 4);
            for (int i = 0; i < count; i++) Statement();
        }));
    }

    void Branch()
    {
        Expression condition = Condition();
        Nest(() => _f.If(condition, Some, _random.Next(2) == 0 ? Some : null));

        void Some()
        {
            int count = _random.Next(1, 4);
            for (int i = 0; i < count; i++) Statement();
        }
    }

    void Leave()
    {
        _f.If(Condition(), () =>
        {
            if (_returns is { } type) _f.Return(Value(type, 1));
            else _f.Return();
        });
    }

    void CallStatement()
    {
        Function function = _functions[_random.Next(_functions.Count)];
        Expression result = Call(function, 1);
        Local? target = _locals.Find(local => local.Type == function.Returns);
        if (target == null || _random.Next(4) == 0) _f.Call(function, [.. ((CallExpression)result).Arguments]);
        else _f.Assign(target, result);
    }

    void Nest(Action write)
    {
        _depth++;
        write();
        _depth--;
    }

    Expression Call(Function function, int depth) =>
        Expression.Call(function, [.. function.Parameters.Select(parameter => Value(parameter.Type, depth))]);

    Expression Affine()
    {
        Expression sum = _random.Next(-40, 40);
        foreach ((Expression counter, _) in _counters) sum += counter * _random.Next(-3, 6);
        return sum;
    }

    // Mostly affine in the counters; the mask makes it opaque, so some indices go without where the bounds allow it.
    Expression IndexOf(LoopBuffer buffer, int fixedIndex = -1)
    {
        if (fixedIndex >= 0) return fixedIndex % buffer.Count;
        if (_counters.Count > 0 && _random.Next(2) == 0)
        {
            // Counters are from -3 to 17.
            (Expression counter, _) = _counters[_random.Next(_counters.Count)];
            Expression index = (counter & 7) + _random.Next(buffer.Count - 7);
            if (buffer.Count >= 64 && _random.Next(2) == 0) index = counter + 3 + _random.Next(8);
            if (buffer.Count >= 64 && _counters.Count > 1 && _random.Next(2) == 0) index = _counters[0].Counter + _counters[^1].Counter * 2 + 9 + _random.Next(4);
            return index;
        }
        return Value(ScalarType.Int32, 1) & (buffer.Count - 1);
    }

    Expression Condition()
    {
        ScalarType type = _random.Next(3) == 0 ? ScalarType.Int64 : ScalarType.Int32;
        Expression left = Value(type, 1), right = Value(type, 1);
        Expression condition = _random.Next(6) switch
        {
            0 => left < right,
            1 => left <= right,
            2 => left.Is(right),
            3 => left.IsNot(right),
            4 => left.IsBelow(right),
            _ => left.IsAtMost(right),
        };
        return _random.Next(5) switch
        {
            0 => condition & (Value(ScalarType.Int32, 1) < 3),
            1 => condition | Value(ScalarType.Int64, 1).Is(0),
            2 => Value(ScalarType.Int32, 1),
            _ => condition,
        };
    }

    Expression Value(ScalarType type, int depth)
    {
        if (depth == 0 || _random.Next(6) == 0) return Leaf(type);
        int choice = _random.Next(24);
        if (choice == 20) return Expression.Select(Condition0(depth - 1), Value(type, depth - 1), Value(type, depth - 1));
        if (choice == 21) return type == ScalarType.Int64 ? Wide(depth) : (_random.Next(2) == 0 ? Value(ScalarType.Int64, depth - 1).Low() : Value(ScalarType.Int64, depth - 1).High());
        if (choice == 22 && type == ScalarType.Int64) return Product(depth);
        if (choice == 22) return Product(depth).High();
        if (choice == 23 && PickFunction(type) is { } callee) return Call(callee, 1);
        BinaryOperation[] operations = [.. Enum.GetValues<BinaryOperation>().Where(operation => Allows(operation, type))];
        BinaryOperation chosen = operations[_random.Next(operations.Length)];
        bool isShift = chosen is BinaryOperation.ShiftLeft or BinaryOperation.ShiftRightArithmetic or BinaryOperation.ShiftRightLogical;
        ScalarType operands = chosen >= BinaryOperation.Equal && _random.Next(2) == 0 ? ScalarType.Int64 : type;
        return Expression.Binary(chosen, Value(operands, depth - 1), Value(isShift ? ScalarType.Int32 : operands, depth - 1));
    }

    Function? PickFunction(ScalarType type)
    {
        Function[] functions = [.. _functions.Where(function => function.Returns == type)];
        if (functions.Length == 0) return null;
        Function function = functions[_random.Next(functions.Length)];
        return function.Name.StartsWith("small", StringComparison.Ordinal) || _random.Next(3) == 0 ? function : null;
    }

    Expression Condition0(int depth) => Value(ScalarType.Int32, depth);

    Expression Wide(int depth) => _random.Next(2) == 0 ? Value(ScalarType.Int32, depth - 1).ToInt64() : Value(ScalarType.Int32, depth - 1).ToUInt64();

    Expression Product(int depth) => Wide(depth) * (_random.Next(4) == 0 ? (Expression)s_corners[_random.Next(s_corners.Length)] : Wide(depth));

    static bool Allows(BinaryOperation operation, ScalarType type) => type == ScalarType.Int32
        || (operation < BinaryOperation.Equal && operation is not (BinaryOperation.MultiplyHighSigned or BinaryOperation.MultiplyHighUnsigned));

    Expression Leaf(ScalarType type)
    {
        int choice = _random.Next(10);
        if (choice < 3) return Fold.Constant(type, _random.Next(3) == 0 ? _random.NextInt64(long.MinValue, long.MaxValue) : s_corners[_random.Next(s_corners.Length)]);
        if (choice == 3 && type == ScalarType.Int32 && _counters.Count > 0) return _counters[_random.Next(_counters.Count)].Counter;
        if (choice < 6)
        {
            LoopBuffer[] sources = [.. _buffers.Append(_constants).Where(buffer => buffer.Type.Scalar == type)];
            LoopBuffer buffer = sources[_random.Next(sources.Length)];
            return Expression.Load(buffer, _depth > 3 ? _random.Next(buffer.Count) : IndexOf(buffer));
        }
        Local[] locals = [.. _locals.Where(local => local.Type == type)];
        return locals.Length == 0 ? Fold.Constant(type, _random.Next()) : locals[_random.Next(locals.Length)];
    }
}

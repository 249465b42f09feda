namespace Zkml.Guest.Loops.Tests;

[TestFixture]
sealed class InterpreterTests
{
    static readonly long[] s_values =
    [
        0, 1, -1, 2, -2, 3, 31, 32, 33, 63, 64, 7, -7, int.MaxValue, int.MinValue, uint.MaxValue, 0x1234_5678_9ABC_DEF0, long.MaxValue, long.MinValue,
    ];

    [Test]
    public void Binary_CornersInBothWidths_AgreeWithFold([Values] BinaryOperation operation, [Values] ScalarType type)
    {
        bool isShift = operation is BinaryOperation.ShiftLeft or BinaryOperation.ShiftRightLogical or BinaryOperation.ShiftRightArithmetic;
        FunctionBuilder f = new("f", operation >= BinaryOperation.Equal ? ScalarType.Int32 : type);
        Local left = f.Parameter(type, "left"), right = f.Parameter(isShift ? ScalarType.Int32 : type, "right");
        if (type == ScalarType.Int64 && operation is BinaryOperation.MultiplyHighSigned or BinaryOperation.MultiplyHighUnsigned)
        {
            Assert.That(() => Expression.Binary(operation, left, right), Throws.ArgumentException.With.Message.Contains("expected Int32 operands"));
            return;
        }
        f.Return(Expression.Binary(operation, left, right));
        Function function = f.Build();
        foreach (long a in s_values)
            foreach (long b in s_values)
            {
                long x = type == ScalarType.Int32 ? (int)a : a, y = right.Type == ScalarType.Int32 ? (int)b : b;
                Assert.That(Interpreter.Call(function, a, b), Is.EqualTo(Fold.Evaluate(operation, type, x, y)), $"{x} {operation} {y}");
            }
    }

    [Test]
    public void Convert_Corners_AgreeWithFold([Values] Conversion conversion)
    {
        bool widens = conversion is Conversion.ExtendSigned or Conversion.ExtendUnsigned;
        FunctionBuilder f = new("f", widens ? ScalarType.Int64 : ScalarType.Int32);
        f.Return(Expression.Convert(conversion, f.Parameter(widens ? ScalarType.Int32 : ScalarType.Int64, "x")));
        Function function = f.Build();
        foreach (long value in s_values) Assert.That(Interpreter.Call(function, value), Is.EqualTo(Fold.Evaluate(conversion, widens ? (int)value : value)));
    }

    [Test]
    public void LoadStore_EveryMemoryType_WidensAndKeepsLowBits([Values] MemoryType type)
    {
        LoopBuffer buffer = LoopBuffer.Create("b", BufferKind.Output, type, 3);
        FunctionBuilder f = new("f", type.Scalar);
        f.Store(buffer, 1, f.Parameter(type.Scalar, "x"));
        f.Return(Expression.Load(buffer, 1));
        long expected = type switch
        {
            MemoryType.Int8 => unchecked((sbyte)0x89ABCDEF),
            MemoryType.UInt8 => 0xEF,
            MemoryType.Int16 => unchecked((short)0x89ABCDEF),
            MemoryType.UInt16 => 0xCDEF,
            MemoryType.Int32 => unchecked((int)0x89ABCDEF),
            _ => 0x0123_4567_89AB_CDEF,
        };
        Assert.That(Interpreter.Call(f.Build(), 0x0123_4567_89AB_CDEF), Is.EqualTo(expected));
    }

    [Test]
    public void Run_TwoLayers_SumsOfRows()
    {
        LoopBuffer input = LoopBuffer.Create("in", BufferKind.Input, MemoryType.Int8, 6), sums = LoopBuffer.Create("sums", BufferKind.Scratch, MemoryType.Int32, 2);
        LoopBuffer weights = LoopBuffer.Constant("w", MemoryType.UInt8, [1, 2, 3]), output = LoopBuffer.Create("out", BufferKind.Output, MemoryType.Int32, 1);
        FunctionBuilder rows = new("rows");
        rows.For("row", 0, 2, row =>
        {
            Local sum = rows.Local("sum", 0);
            rows.For("i", 0, 3, i => rows.Assign(sum, sum + Expression.Load(input, row * 3 + i) * Expression.Load(weights, i)));
            rows.Store(sums, row, sum);
        });
        FunctionBuilder last = new("last");
        last.Store(output, 0, Expression.Load(sums, 0) - Expression.Load(sums, 1));
        LoopMachine machine = new(new() { Name = "p", Inputs = [input], Outputs = [output], Layers = [new("rows", rows.Build()), new("last", last.Build())] });
        machine.Write(input, [1, 2, 3, 0xFF, 0xFE, 0xFD]);
        machine.Run();
        Assert.That(BitConverter.ToInt32(machine.Read(output)), Is.EqualTo(28));
        Assert.That(LoopListing.Of(machine.Program), Does.Contain("sum = (sum + (in[((row * 3) + i)] * w[i]))").And.Contain("layer last: last()"));
    }

    [Test]
    public void For_BoundNearLargestInteger_Ends()
    {
        FunctionBuilder f = new("f", ScalarType.Int32);
        Local from = f.Parameter(ScalarType.Int32, "from"), rounds = f.Local("rounds", 0);
        f.For("i", from, int.MaxValue, _ => f.Assign(rounds, rounds + 1), 5);
        f.Return(rounds);
        Assert.That(Interpreter.Call(f.Build(), int.MaxValue - 6), Is.EqualTo(2));
    }

    [Test]
    public void Load_IndexOutside_NamesFunctionBufferAndIndex()
    {
        LoopBuffer table = LoopBuffer.Constant("table", MemoryType.UInt8, [1, 2]);
        FunctionBuilder f = new("reader", ScalarType.Int32);
        Local index = f.Parameter(ScalarType.Int32, "index");
        f.Return(Expression.Select(index < 2, Expression.Load(table, index), 0));
        Function function = f.Build();
        Assert.That(Interpreter.Call(function, 1), Is.EqualTo(2));
        foreach (long wrong in (long[])[2, -1])
            Assert.That(() => Interpreter.Call(function, wrong), Throws.TypeOf<LoopException>().With.Property("Error").EqualTo(LoopError.OutOfBounds)
                .And.Message.Contains("reader").And.Message.Contains("table").And.Message.Contains($" {wrong} "));
    }

    [Test]
    public void Run_EndlessLoop_StopsByStepsAndByCancellation()
    {
        FunctionBuilder f = new("spin");
        f.While(1, () => { });
        LoopMachine machine = new(new() { Name = "p", Inputs = [], Outputs = [], Layers = [new("spin", f.Build())] });
        Assert.That(() => machine.Run(1_000_000), Throws.TypeOf<LoopException>().With.Property("Error").EqualTo(LoopError.OutOfSteps));
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.That(() => machine.Run(cancellation: source.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Run_FailStatement_GivesExitCodeAndMessage()
    {
        FunctionBuilder f = new("f");
        f.Fail(7, "no input");
        LoopMachine machine = new(new() { Name = "p", Inputs = [], Outputs = [], Layers = [new("f", f.Build())] });
        LoopException? fault = Assert.Throws<LoopException>(() => machine.Run());
        Assert.That((fault!.Error, fault.ExitCode, fault.Message), Is.EqualTo((LoopError.Failed, 7, "no input")));
    }

    [Test]
    public void Run_BufferBeyondMemoryLimit_Throws()
    {
        LoopBuffer big = LoopBuffer.Create("big", BufferKind.Scratch, MemoryType.Int64, 200_000_000);
        FunctionBuilder f = new("f");
        f.Store(big, 0, 1);
        LoopMachine machine = new(new() { Name = "p", Inputs = [], Outputs = [], Layers = [new("f", f.Build())] }, 1 << 20);
        Assert.That(() => machine.Run(), Throws.TypeOf<LoopException>().With.Property("Error").EqualTo(LoopError.OutOfMemory));
    }

    [Test]
    public void Compile_FunctionThatCallsAnother_IsADelegate()
    {
        FunctionBuilder square = new("square", ScalarType.Int32);
        Local x = square.Parameter(ScalarType.Int32, "x");
        square.Return(x * x);
        Function inner = square.Build();
        FunctionBuilder f = new("f", ScalarType.Int64);
        Local y = f.Parameter(ScalarType.Int32, "y");
        f.Return(Expression.Call(inner, y + 1).ToInt64() << 32);
        Assert.That(Interpreter.Compile<Func<int, long>>(f.Build())(9), Is.EqualTo(100L << 32));
    }
}

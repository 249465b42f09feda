using System.Runtime.InteropServices;
using Zkml.Guest.Emission;
using Zkml.Guest.Loops;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Runtime.Tests;

/// <summary>The library compiled for the virtual machine, against the host's interpreter; and what a call costs there.</summary>
[TestFixture]
sealed class MachineTests
{
    static readonly FloatWidth[] s_widths = [FloatWidth.Float32, FloatWidth.Float64];

    [Test]
    public void Operation_CornersAndRandom_ComputesWhatTheInterpreterDoes([Values] FloatOperation operation, [ValueSource(nameof(s_widths))] FloatWidth width)
    {
        Function function = SoftFloat.Get(operation, width);
        int count = operation < FloatOperation.Exp ? 600 : 120;
        byte[] arguments = Arguments(function, count, isCommon: false), machine = Run(function, arguments, count, out _);
        (LoopProgram program, LoopBuffer input, LoopBuffer output) = Program(function, count);
        LoopMachine host = new(program);
        host.Write(input, arguments);
        host.Run();
        Assert.That(Convert.ToHexString(machine), Is.EqualTo(Convert.ToHexString(host.Read(output))));
    }

    /// <summary>Prints the table of docs/design/soft-float.md; the limits keep the operations that dominate float models from growing.</summary>
    [Test]
    public void Cycles_OfCommonArguments_StayWithinLimits()
    {
        foreach (FloatOperation operation in Enum.GetValues<FloatOperation>())
            TestContext.Out.WriteLine($"| {operation} | {string.Join(" | ", s_widths.Select(width => $"{Cycles(SoftFloat.Get(operation, width)):F0}"))} |");
        foreach (NarrowFormat format in Enum.GetValues<NarrowFormat>())
            TestContext.Out.WriteLine($"| {format} | {Cycles(SoftFloat.Widen(format)):F0} | {Cycles(SoftFloat.Narrow(format)):F0} |");
        Assert.That(Cycles(SoftFloat.Get(FloatOperation.Add, FloatWidth.Float32)), Is.LessThan(60));
        Assert.That(Cycles(SoftFloat.Get(FloatOperation.Multiply, FloatWidth.Float32)), Is.LessThan(48));
        Assert.That(Cycles(SoftFloat.Get(FloatOperation.Exp, FloatWidth.Float32)), Is.LessThan(80));
    }

    /// <summary>Cycles of a call, less those of the same loop around a function that does nothing, which the emitter inlines away.</summary>
    static double Cycles(Function function)
    {
        const int Count = 200;
        FunctionBuilder empty = new("empty", function.Returns);
        foreach (Local parameter in function.Parameters) empty.Parameter(parameter.Type, parameter.Name);
        empty.Return(0);
        byte[] arguments = Arguments(function, Count, isCommon: true);
        Run(function, arguments, Count, out long cycles);
        Run(empty.Build(), arguments, Count, out long baseline);
        return (cycles - baseline) / (double)Count;
    }

    static (LoopProgram Program, LoopBuffer Input, LoopBuffer Output) Program(Function function, int count)
    {
        int arity = function.Parameters.Count;
        LoopBuffer input = LoopBuffer.Create("input", BufferKind.Input, Memory(function.Parameters[0].Type), arity * count);
        LoopBuffer output = LoopBuffer.Create("output", BufferKind.Output, Memory(function.Returns!.Value), count);
        FunctionBuilder f = new("calls");
        f.For("i", 0, count, i => f.Store(output, i, Expression.Call(function, [.. Enumerable.Range(0, arity).Select(k => Expression.Load(input, i * arity + k))])));
        return (new() { Name = "calls", Inputs = [input], Outputs = [output], Layers = [new("calls", f.Build())] }, input, output);
    }

    static byte[] Run(Function function, byte[] arguments, int count, out long cycles)
    {
        (LoopProgram program, _, _) = Program(function, count);
        EmittedGuest guest = GuestEmitter.Emit(program, new PlainFrame());
        ExecutionResult result = new Executor(ElfReader.Read(guest.Elf), new() { StandardInput = arguments }).Run();
        Assert.That(result.ExitCode, Is.Zero);
        cycles = (long)result.Cycles;
        return result.Journal;
    }

    static MemoryType Memory(ScalarType type) => type == ScalarType.Int32 ? MemoryType.Int32 : MemoryType.Int64;

    /// <summary>Corners and random bits; or the common case: numbers of either sign between 1/8 and 1, integers up to 1000, codes of one byte.</summary>
    static byte[] Arguments(Function function, int count, bool isCommon)
    {
        int length = function.Parameters.Count * count;
        Random random = new(11);
        bool isWide = function.Parameters[0].Type == ScalarType.Int64, isInteger = function.Name.Contains("From"), isCode = function.Name.StartsWith("widen", StringComparison.Ordinal);
        if (isWide)
        {
            IEnumerable<long> values = !isCommon ? Operands.Double(length).TakeLast(length)
                : Enumerable.Range(0, length).Select(_ => isInteger ? random.Next(1, 1000) : BitConverter.DoubleToInt64Bits(CommonNumber(function.Name, random)));
            return MemoryMarshal.AsBytes<long>([.. Mixed(values, Operands.Double(0), isCommon)]).ToArray();
        }
        IEnumerable<int> words = !isCommon ? Operands.Single(length).TakeLast(length)
            : Enumerable.Range(0, length).Select(_ => isInteger ? random.Next(1, 1000) : isCode ? CommonCode(function.Name, random) : BitConverter.SingleToInt32Bits((float)CommonNumber(function.Name, random)));
        return MemoryMarshal.AsBytes<int>([.. Mixed(words, Operands.Single(0), isCommon)]).ToArray();
    }

    // Between 1/8 and 1, one of four negative; above 1 for what needs it.
    static double CommonNumber(string name, Random random)
    {
        double magnitude = 0.125 + 0.875 * random.NextDouble();
        if (name.Contains(".To") || name.Contains("Acosh") || name.Contains("Remainder")) magnitude *= 90;
        return random.Next(4) > 0 || name.Contains("Acosh") || name.Contains("Log") || name.Contains("SquareRoot") || name.Contains("Power") ? magnitude : -magnitude;
    }

    // A normal number around 1.
    static int CommonCode(string name, Random random) =>
        name.EndsWith("16", StringComparison.Ordinal) ? random.Next(0x3800, 0x4000) : name.Contains("Float4") ? random.Next(2, 8) : random.Next(0x30, 0x60);

    // Every third value is a corner.
    static IEnumerable<T> Mixed<T>(IEnumerable<T> values, IEnumerable<T> corners, bool isCommon)
    {
        T[] special = [.. corners];
        return values.Select((value, i) => !isCommon && i % 3 == 1 ? special[i * 7 / 3 % special.Length] : value);
    }
}

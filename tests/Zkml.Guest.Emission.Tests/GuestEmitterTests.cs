using System.Text;
using Zkml.Guest.Loops;
using Zkml.Isa;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Emission.Tests;

public class GuestEmitterTests
{
    static readonly LoopBuffer s_input = LoopBuffer.Create("input", BufferKind.Input, MemoryType.Int32, 8);
    static readonly LoopBuffer s_output = LoopBuffer.Create("output", BufferKind.Output, MemoryType.Int32, 8);

    static LoopProgram Program(Action<FunctionBuilder> write) => EmittedRun.Program("main", write, [s_input], [s_output]);

    [Test]
    public void Emit_SameProgramTwice_GivesTheSameBytes()
    {
        LoopProgram program = RandomLoops.Create(3, 40);
        byte[] first = GuestEmitter.Emit(program, new PlainFrame()).Elf, second = GuestEmitter.Emit(RandomLoops.Create(3, 40), new PlainFrame()).Elf;
        Assert.That(second, Is.EqualTo(first));
    }

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(33)]
    public void PlainFrame_InputOfAnotherLength_StopsWithAMessage(int length)
    {
        ExecutionResult result = EmittedRun.Execute(Program(f => f.Store(s_output, 0, 1)), new byte[length]);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Journal, Is.Empty);
        Assert.That(Encoding.UTF8.GetString(result.StandardError), Does.Contain("expected exactly 32 bytes"));
    }

    [Test]
    public void Fail_StopsWithItsExitCodeAndMessage()
    {
        LoopProgram program = Program(f =>
        {
            f.If(Expression.Load(s_input, 0).Is(7), () => f.Fail(42, "seven is not allowed"));
            f.For("i", 0, 8, i => f.Store(s_output, i, i));
        });
        byte[] input = new byte[32];
        EmittedRun.ExpectLikeInterpreter(program, input);
        input[0] = 7;
        ExecutionResult result = EmittedRun.Execute(program, input);
        Assert.That(result.ExitCode, Is.EqualTo(42));
        Assert.That(Encoding.UTF8.GetString(result.StandardError), Does.Contain("seven is not allowed"));
    }

    [Test]
    public void Outputs_OfOddLengths_FollowEachOtherInTheJournal()
    {
        LoopBuffer[] outputs = [.. new[] { 3, 4, 5, 8, 1, 64 }.Select((count, i) => LoopBuffer.Create($"o{i}", BufferKind.Output, MemoryType.UInt8, count))];
        LoopProgram program = EmittedRun.Program("main", f =>
        {
            foreach (LoopBuffer output in outputs) f.For("i", 0, output.Count, i => f.Store(output, i, i * 3 + output.Count));
            f.Store(outputs[4], 0, 9);
        }, [], outputs);
        EmittedRun.ExpectLikeInterpreter(program, []);
    }

    [TestCase(MemoryType.Int8)]
    [TestCase(MemoryType.UInt8)]
    [TestCase(MemoryType.Int16)]
    [TestCase(MemoryType.UInt16)]
    [TestCase(MemoryType.Int32)]
    [TestCase(MemoryType.Int64)]
    public void Constants_OfEveryType_AreReadFromTheWindow(MemoryType type)
    {
        LoopBuffer constant = LoopBuffer.Constant("constant", type, EmittedRun.RandomBytes(64, 5));
        LoopBuffer output = LoopBuffer.Create("output", BufferKind.Output, MemoryType.Int64, constant.Count);
        LoopProgram program = EmittedRun.Program("main", f => f.For("i", 0, constant.Count, i =>
        {
            Expression value = Expression.Load(constant, i);
            f.Store(output, i, type == MemoryType.Int64 ? value : value.ToInt64());
        }), [], [output]);
        EmittedRun.ExpectLikeInterpreter(program, []);
        EmittedGuest guest = GuestEmitter.Emit(program, new PlainFrame());
        Assert.That(guest.WindowBytes, Is.GreaterThanOrEqualTo(64));
    }

    [Test]
    public void Branches_OverMoreThanFourKibibytes_ReachTheirTargets()
    {
        LoopProgram program = Program(f => f.For("i", 0, 3, i =>
        {
            Local sum = f.Local("sum", Expression.Load(s_input, i));
            f.If(sum < 100, () =>
            {
                for (int k = 0; k < 2000; k++) f.Assign(sum, (sum ^ k) * 3);
            }, () =>
            {
                for (int k = 0; k < 2000; k++) f.Assign(sum, (sum + k) * 5);
            });
            f.Store(s_output, i, sum);
            f.Store(s_output, i + 3, sum + 1);
            f.Store(s_output, 6, 1);
            f.Store(s_output, 7, 1);
        }));
        byte[] input = new byte[32];
        input[5] = 200;
        EmittedRun.ExpectLikeInterpreter(program, input);
    }

    [Test]
    public void Program_OfMoreThanOneMebibyteOfText_CallsAndJumpsFar()
    {
        LoopBuffer output = LoopBuffer.Create("output", BufferKind.Output, MemoryType.Int32, 4);
        LoopBuffer input = LoopBuffer.Create("input", BufferKind.Input, MemoryType.Int32, 1);
        Function[] functions = [.. Enumerable.Range(0, 4).Select(number => BuildLong($"long{number}", number))];
        LoopProgram program = EmittedRun.Program("main", f =>
        {
            for (int i = 0; i < functions.Length; i++) f.Store(output, i, Expression.Call(functions[i], Expression.Load(input, 0)));
        }, [input], [output]);
        EmittedRun.ExpectLikeInterpreter(program, [5, 0, 0, 0]);
        Assert.That(GuestEmitter.Emit(program, new PlainFrame()).InstructionCount, Is.GreaterThan(300_000));
    }

    static Function BuildLong(string name, int number)
    {
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x");
        f.If(x.Is(number), () => f.Fail(3, "never"));
        f.If(x < 0, () => f.Return(x), () =>
        {
            for (int i = 0; i < 40_000; i++) f.Assign(x, (x << 1) ^ (x + i % 1000));
        });
        f.Return(x);
        return f.Build();
    }

    [Test]
    public void Function_WithMoreLiveValuesThanShortOffsetsReach_Spills()
    {
        LoopProgram program = Program(f =>
        {
            Local[] values = [.. Enumerable.Range(0, 1500).Select(i => f.Local($"v{i}", Expression.Load(s_input, i % 8) * (i + 1)))];
            f.For("round", 0, 3, round =>
            {
                for (int i = 0; i < values.Length; i++) f.Assign(values[i], values[i] + values[(i * 7 + 1) % values.Length]);
            });
            Expression sum = values[0];
            for (int i = 1; i < values.Length; i++) f.Assign(values[0], values[0] ^ values[i]);
            f.For("i", 0, 8, i => f.Store(s_output, i, sum + i));
        });
        EmittedRun.ExpectLikeInterpreter(program, EmittedRun.RandomBytes(32, 9));
    }

    [Test]
    public void Function_WithFortyParameters_GetsThemAll()
    {
        FunctionBuilder builder = new("many", ScalarType.Int64);
        Local[] parameters = [.. Enumerable.Range(0, 40).Select(i => builder.Parameter(i % 3 == 0 ? ScalarType.Int64 : ScalarType.Int32, $"p{i}"))];
        Local sum = builder.Local("sum", Expression.Bits(0UL));
        for (int i = 0; i < 40; i++) builder.Assign(sum, sum * 31 + (parameters[i].Type == ScalarType.Int64 ? parameters[i] : parameters[i].ToInt64()));
        builder.Return(sum);
        Function many = builder.Build();
        LoopProgram program = Program(f => f.For("i", 0, 4, i =>
        {
            Expression[] arguments = [.. Enumerable.Range(0, 40).Select(k => k % 3 == 0 ? (Expression)(Expression.Load(s_input, k % 8).ToInt64() << k) : Expression.Load(s_input, i) + k)];
            Local result = f.Local("result", Expression.Call(many, arguments));
            f.Store(s_output, i, result.Low());
            f.Store(s_output, i + 4, result.High());
        }));
        EmittedRun.ExpectLikeInterpreter(program, EmittedRun.RandomBytes(32, 11));
    }

    [Test]
    public void Scratch_WhoseLivesDoNotOverlap_SharesMemory()
    {
        const int count = 1000;
        LoopBuffer[] scratch = [.. Enumerable.Range(0, 6).Select(i => LoopBuffer.Create($"s{i}", BufferKind.Scratch, MemoryType.Int32, count))];
        List<Layer> layers = [Copy("first", s_input, scratch[0], 8)];
        for (int i = 1; i < scratch.Length; i++) layers.Add(Copy($"copy{i}", scratch[i - 1], scratch[i], count));
        layers.Add(Copy("last", scratch[^1], s_output, 8));
        LoopProgram program = new() { Name = "chain", Inputs = [s_input], Outputs = [s_output], Layers = layers };
        EmittedGuest guest = GuestEmitter.Emit(program, new PlainFrame());
        Assert.That(guest.BufferBytes, Is.EqualTo(2 * 4 * count + 64));
        Assert.That(guest.LayerSymbols, Is.EqualTo(layers.Select(layer => layer.Name)));
        EmittedRun.ExpectLikeInterpreter(program, EmittedRun.RandomBytes(32, 13));
    }

    static Layer Copy(string name, LoopBuffer from, LoopBuffer to, int count)
    {
        FunctionBuilder f = new(name);
        f.For("i", 0, to.Count, i => f.Store(to, i, Expression.Load(from, i & (count - 1))));
        return new(name, f.Build());
    }

    [Test]
    public void Symbols_OfStrangeNames_ArePrintableAndDiffer()
    {
        FunctionBuilder f = new("Conv /a b");
        f.Store(s_output, 0, 1);
        Function function = f.Build();
        FunctionBuilder g = new("Conv /a b");
        g.Store(s_output, 1, 1);
        LoopProgram program = new() { Name = "names", Inputs = [], Outputs = [s_output], Layers = [new("é", function), new("_", g.Build()), new("again", function)] };
        EmittedGuest guest = GuestEmitter.Emit(program, new PlainFrame());
        Assert.That(guest.LayerSymbols, Is.EqualTo(["_", "_.2", "_"]));
        ProgramImage image = ElfReader.Read(guest.Elf);
        Assert.That(image.Symbols.TryFind("_.2", out _), Is.True);
        Assert.That(MemoryMap.IsReadWrite(image.Entry), Is.True);
    }

    [Test]
    public void Emit_ConstantsBeyondTheWindow_IsRefused()
    {
        LoopBuffer large = LoopBuffer.Constant("large", MemoryType.Int8, new byte[(1 << 25) + 4]);
        LoopProgram program = Program(f => f.Store(s_output, 0, Expression.Load(large, 0)));
        Assert.That(() => GuestEmitter.Emit(program, new PlainFrame()), Throws.TypeOf<EmissionException>().With.Message.Contains("33554432 bytes of constants"));
    }

    [Test]
    public void Emit_BuffersBeyondTheMemory_IsRefused()
    {
        LoopBuffer[] large = [.. Enumerable.Range(0, 2).Select(i => LoopBuffer.Create($"large{i}", BufferKind.Scratch, MemoryType.Int8, int.MaxValue))];
        LoopProgram program = Program(f =>
        {
            foreach (LoopBuffer buffer in large) f.Store(buffer, 0, 1);
        });
        Assert.That(() => GuestEmitter.Emit(program, new PlainFrame()), Throws.TypeOf<EmissionException>().With.Message.Contains("bytes of buffers"));
    }

    [Test]
    public void Emit_ExpressionOfGreatDepth_IsCompiledOrRefused()
    {
        LoopProgram program = Program(f => f.For("i", 0, 8, i => f.Store(s_output, i, DeepSum(i, 1900))));
        EmittedRun.ExpectLikeInterpreter(program, EmittedRun.RandomBytes(32, 23));
        LoopProgram deeper = Program(f => f.Store(s_output, 0, DeepSum(Expression.Load(s_input, 0), 2100)));
        Assert.That(() => GuestEmitter.Emit(deeper, new PlainFrame()), Throws.TypeOf<EmissionException>().With.Message.Contains("at most 2000"));
    }

    static Expression DeepSum(Expression sum, int terms)
    {
        for (int k = 0; k < terms; k++) sum = (k % 3) switch { 0 => sum + Expression.Load(s_input, k % 8), 1 => sum ^ k, _ => sum * 5 };
        return sum;
    }

    [Test]
    public void Emit_LayerWithParameters_IsRefused()
    {
        FunctionBuilder f = new("layer");
        f.Parameter(ScalarType.Int32, "x");
        LoopProgram program = new() { Name = "program", Inputs = [], Outputs = [], Layers = [new("layer", f.Build())] };
        Assert.That(() => GuestEmitter.Emit(program, new PlainFrame()), Throws.TypeOf<EmissionException>().With.Message.Contains("without parameters"));
    }

    [Test]
    public void Emit_TextBeyondTheMachine_IsRefused()
    {
        Function[] functions = [.. Enumerable.Range(0, 5).Select(number => BuildLong($"long{number}", number))];
        LoopProgram program = Program(f =>
        {
            foreach (Function function in functions) f.Store(s_output, 0, Expression.Call(function, 1));
        });
        Assert.That(() => GuestEmitter.Emit(program, new PlainFrame()), Throws.TypeOf<EmissionException>().With.Message.Contains("524288 instructions"));
    }

    /// <summary>A single bit of 64 bits is no truth value of 32 bits.</summary>
    [Test]
    public void Branch_OnOneBitOf64_LooksAtThatBit()
    {
        LoopProgram program = Program(f => f.For("i", 0, 8, i =>
        {
            Local value = f.Local("value", Expression.Load(s_input, i)), wide = f.Local("wide", value.ToInt64() * value.ToInt64() + 1);
            f.Store(s_output, i, 0);
            f.If((wide & 1).Is(0) | (value < -5), () => f.Store(s_output, i, i + 1));
        }));
        EmittedRun.ExpectLikeInterpreter(program, EmittedRun.RandomBytes(32, 19));
    }

    /// <summary>Values assigned in a loop and read in the next round, in branches and by loops inside.</summary>
    [Test]
    public void Loops_WithCarriedValuesAndEarlyReturns_ComputeWhatTheInterpreterDoes()
    {
        FunctionBuilder search = new("search", ScalarType.Int32);
        Local wanted = search.Parameter(ScalarType.Int32, "wanted");
        search.For("i", 0, 8, i => search.If(Expression.Load(s_input, i).Is(wanted), () => search.Return(i)));
        search.Return(-1);
        Function find = search.Build();
        LoopProgram program = Program(f =>
        {
            Local previous = f.Local("previous", Expression.Bits(0u)), limit = f.Local("limit", Expression.Bits(5u));
            f.For("i", 0, limit, i =>
            {
                f.Assign(limit, limit - 1);
                Local current = f.Local("current", Expression.Load(s_input, i));
                f.For("j", i, limit, j => f.Assign(previous, previous * 3 + j - current));
                f.Store(s_output, i, previous + Expression.Call(find, current));
                f.Assign(previous, current);
            });
            f.Store(s_output, 5, limit);
            f.Store(s_output, 6, previous);
            f.Store(s_output, 7, Expression.Call(find, 123456));
        });
        EmittedRun.ExpectLikeInterpreter(program, EmittedRun.RandomBytes(32, 17));
    }
}

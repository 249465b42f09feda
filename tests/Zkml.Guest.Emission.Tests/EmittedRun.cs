using Zkml.Guest.Assembly;
using Zkml.Guest.Loops;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Emission.Tests;

/// <summary>Compiles and runs programs in the machine.</summary>
static class EmittedRun
{
    /// <summary>Emits a program in the plain frame and runs it on an input.</summary>
    public static ExecutionResult Execute(LoopProgram program, ReadOnlySpan<byte> input)
    {
        EmittedGuest guest = GuestEmitter.Emit(program, new PlainFrame());
        return new Executor(ElfReader.Read(guest.Elf), new() { StandardInput = input.ToArray() }).Run();
    }

    /// <summary>The bytes of all outputs, and that they are what the host's interpreter computes. The result tells the cost.</summary>
    public static ExecutionResult ExpectLikeInterpreter(LoopProgram program, byte[] input, string context = "")
    {
        ExecutionResult result = Execute(program, input);
        LoopMachine machine = new(program);
        int position = 0;
        foreach (LoopBuffer buffer in program.Inputs)
        {
            machine.Write(buffer, input.AsSpan(position, buffer.ByteCount));
            position += buffer.ByteCount;
        }
        machine.Run();
        byte[] expected = [.. program.Outputs.SelectMany(machine.Read)];
        Assert.That(result.ExitCode, Is.Zero, context);
        Assert.That(Convert.ToHexString(result.Journal), Is.EqualTo(Convert.ToHexString(expected)), context);
        byte[] digest = [.. result.OutputDigest.SelectMany(BitConverter.GetBytes)];
        Assert.That(digest, Is.EqualTo(Assembler.OutputDigest(result.Journal)), context);
        return result;
    }

    /// <summary>A program of one layer.</summary>
    public static LoopProgram Program(string name, Action<FunctionBuilder> write, LoopBuffer[] inputs, LoopBuffer[] outputs)
    {
        FunctionBuilder builder = new(name);
        write(builder);
        return new() { Name = name, Inputs = inputs, Outputs = outputs, Layers = [new(name, builder.Build())] };
    }

    /// <summary>Bytes that depend on the seed only.</summary>
    public static byte[] RandomBytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}

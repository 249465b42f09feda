using Zkml.Guest.Emission;
using Zkml.Guest.Loops;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Onnx.Tests.NodeTests;

/// <summary>The two places where a lowered program runs.</summary>
static class ProgramRunners
{
    /// <summary>On the host's interpreter of the loop language.</summary>
    public static byte[][] OnHost(LoopProgram program, IReadOnlyList<byte[]> inputs)
    {
        LoopMachine machine = new(program);
        for (int i = 0; i < inputs.Count; i++) machine.Write(program.Inputs[i], inputs[i]);
        machine.Run();
        return [.. program.Outputs.Select(output => machine.Read(output))];
    }

    /// <summary>As RISC-V in the virtual machine.</summary>
    public static byte[][] InTheMachine(LoopProgram program, IReadOnlyList<byte[]> inputs)
    {
        EmittedGuest guest = GuestEmitter.Emit(program, new PlainFrame());
        byte[] input = [.. inputs.SelectMany(bytes => bytes)];
        ExecutionResult result = new Executor(ElfReader.Read(guest.Elf), new() { StandardInput = input }).Run();
        if (result.ExitCode != 0) throw new InvalidOperationException($"exit code {result.ExitCode}: {System.Text.Encoding.UTF8.GetString(result.StandardError)}");
        byte[][] outputs = new byte[program.Outputs.Count][];
        int position = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = result.Journal.AsSpan(position, program.Outputs[i].ByteCount).ToArray();
            position += outputs[i].Length;
        }
        if (position != result.Journal.Length) throw new InvalidOperationException($"journal: expected {position} bytes, got {result.Journal.Length}");
        return outputs;
    }
}

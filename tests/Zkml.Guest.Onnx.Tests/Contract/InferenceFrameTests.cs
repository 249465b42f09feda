using System.Security.Cryptography;
using Zkml.Guest.Assembly;
using Zkml.Guest.Emission;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;
using static Zkml.Guest.Onnx.Tests.Contract.ContractSamples;

namespace Zkml.Guest.Onnx.Tests.Contract;

/// <summary>The frame around one layer that copies the first input to the first output.</summary>
[TestFixture]
sealed class InferenceFrameTests
{
    static readonly byte[] s_inputSalt = [.. Enumerable.Range(1, 32).Select(i => (byte)i)], s_outputSalt = [.. Enumerable.Range(101, 32).Select(i => (byte)i)];

    static IEnumerable<TestCaseData> Flags() =>
        from input in Enum.GetValues<Visibility>()
        from output in Enum.GetValues<Visibility>()
        from parameters in Enum.GetValues<Visibility>()
        from length in (int[])[1, 3, 4, 32, 55, 56, 64, 200]
        select new TestCaseData(input, output, parameters, length);

    [TestCaseSource(nameof(Flags))]
    public void Run_AnyFlags_CommitsTheAbiJournal(Visibility input, Visibility output, Visibility parameters, int length)
    {
        ModelContract contract = Of([Bytes("x", 1, 0, length)], [Bytes("y", 1, 0, length)], input, output, parameters);
        byte[] data = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 37 + 5))];
        byte[] stream = BoundValues.Encode(contract, [Tensor.Of<float>(ElementType.Float32, new(length), [.. data.Select(value => (float)value)])], s_inputSalt, s_outputSalt);

        ExecutionResult result = Run(contract, stream);

        InferenceJournal journal = InferenceJournal.Read(contract, result.Journal);
        Assert.That(journal.ModelHash, Is.EqualTo(parameters == Visibility.Private ? null : Convert.FromHexString(contract.ModelHash)));
        Assert.That(journal.Input, Is.EqualTo(input == Visibility.Public ? data : null));
        Assert.That(journal.Output, Is.EqualTo(output == Visibility.Public ? data : null));
        Assert.That(journal.InputHash, Is.EqualTo(input == Visibility.Hashed ? SHA256.HashData([.. s_inputSalt, .. data]) : null));
        Assert.That(journal.OutputHash, Is.EqualTo(output == Visibility.Hashed ? SHA256.HashData([.. s_outputSalt, .. data]) : null));
        Assert.That(result.OutputDigest.ToArray().SelectMany(BitConverter.GetBytes), Is.EqualTo(Assembler.OutputDigest(result.Journal)));
    }

    [Test]
    public void Run_SeveralTensorsOfOddSizes_AreJoinedWithoutGaps()
    {
        ModelContract contract = Of([Bytes("a", 1, 0, 3), Bytes("b", 1, 0, 5), Floats("c", 2)], [Bytes("y", 1, 0, 3), Bytes("z", 1, 0, 5)], Visibility.Public);
        byte[] stream = [.. Enumerable.Range(10, 16).Select(i => (byte)i)];
        InferenceJournal journal = InferenceJournal.Read(contract, Run(contract, stream).Journal);
        Assert.That(journal.Input, Is.EqualTo(stream));
        Assert.That(journal.Output, Is.EqualTo(stream[..8]));
    }

    [TestCase(0, "shorter")]
    [TestCase(7, "shorter")]
    [TestCase(9, "longer")]
    [TestCase(500, "longer")]
    public void Run_WrongNumberOfBytes_Panics(int length, string expected)
    {
        ModelContract contract = Of([Bytes("x", 1, 0, 8)], [Bytes("y", 1, 0, 8)]);
        Assert.That(() => Run(contract, new byte[length]), Throws.TypeOf<GuestException>().With.Message.Contains(expected));
    }

    [TestCase(ElementType.Bool, 2)]
    [TestCase(ElementType.Bool, 255)]
    [TestCase(ElementType.UInt4, 16)]
    [TestCase(ElementType.UInt4, 0xF0)]
    [TestCase(ElementType.Int4, 8)]
    [TestCase(ElementType.Int2, 0x7E)]
    public void Run_NumberOutsideOfItsType_Panics(ElementType type, int value)
    {
        ModelContract contract = Of([new() { Name = "x", Type = type, GuestType = type, Shape = [3] }], [Bytes("y", 1, 0, 3)]);
        Assert.That(() => Run(contract, [0, 1, 0]), Throws.Nothing);
        Assert.That(() => Run(contract, [0, 1, (byte)value]), Throws.TypeOf<GuestException>().With.Message.Contains("outside of its type"));
    }

    // The layer copies input i to output i, byte by byte, as far as there are outputs.
    static ExecutionResult Run(ModelContract contract, byte[] stream)
    {
        LoopProgram program = new()
        {
            Name = "copy",
            Inputs = [.. contract.Inputs.Select(input => LoopBuffer.Create(input.Name, BufferKind.Input, input.GuestType.Memory, input.Count))],
            Outputs = [.. contract.Outputs.Select(output => LoopBuffer.Create(output.Name, BufferKind.Output, output.GuestType.Memory, output.Count))],
            Layers = [],
        };
        Assembler code = new();
        Dictionary<LoopBuffer, Label> addresses = [];
        foreach (LoopBuffer buffer in program.Inputs.Concat(program.Outputs))
        {
            addresses.Add(buffer, code.NewLabel());
            code.In(SectionKind.Bss).Align(4).Mark(addresses[buffer]).Space((uint)buffer.ByteCount).Align(4).In(SectionKind.Text);
        }
        Label start = code.Here("_start"), layers = code.NewLabel("layers");
        code.Entry(start);
        new InferenceFrame(contract).Write(new(code, program, layers, addresses));
        code.Mark(layers);
        for (int i = 0; i < program.Outputs.Count; i++)
        {
            Label loop = code.NewLabel();
            code.La(Register.T0, addresses[program.Inputs[i]]).La(Register.T1, addresses[program.Outputs[i]]).Li(Register.T2, program.Outputs[i].ByteCount).Mark(loop)
                .Lbu(Register.T3, 0, Register.T0).Sb(Register.T3, 0, Register.T1).Addi(Register.T0, Register.T0, 1).Addi(Register.T1, Register.T1, 1)
                .Addi(Register.T2, Register.T2, -1).Bnez(Register.T2, loop);
        }
        code.Ret();
        return new Executor(ElfReader.Read(code.Assemble().ToElf()), new ExecutionInput { StandardInput = stream }).Run();
    }
}

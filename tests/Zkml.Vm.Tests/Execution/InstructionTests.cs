using Zkml.Guest.Assembly;
using Zkml.Isa;
using Zkml.Program;
using Zkml.Records;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Vm.Tests.Execution;

/// <summary>The wiring of operands and results; what each operation means is tested in Zkml.Isa.Tests.</summary>
[TestFixture]
public sealed class InstructionTests
{
    static readonly uint[] Corners = [0, 1, 31, 32, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF];

    static IEnumerable<Opcode> RegisterOpcodes() => Enum.GetValues<Opcode>()
        .Where(opcode => opcode is >= Opcode.Add and <= Opcode.Remu && InstructionTable.Get(opcode).Format == InstructionFormat.Register);

    static IEnumerable<Opcode> ImmediateOpcodes() => Enum.GetValues<Opcode>()
        .Where(opcode => opcode is >= Opcode.Add and <= Opcode.Remu && InstructionTable.Get(opcode).Format != InstructionFormat.Register);

    [TestCaseSource(nameof(RegisterOpcodes))]
    public void RegisterForm_EveryOverlapOfOperands_WritesTheResult(Opcode opcode)
    {
        // (rd, rs1, rs2): distinct, rd = rs1, rd = rs2, rs1 = rs2, all equal, x0 as source, x0 as destination.
        (byte Rd, byte Rs1, byte Rs2)[] shapes =
            [(10, 11, 12), (11, 11, 12), (12, 11, 12), (10, 11, 11), (11, 11, 11), (10, 0, 12), (10, 11, 0), (0, 11, 12), (0, 0, 0)];
        CheckAlu(
            from left in Corners
            from right in Corners
            from shape in shapes
            select (new Instruction(opcode, shape.Rd, shape.Rs1, shape.Rs2, 0), left, right));
    }

    [TestCaseSource(nameof(ImmediateOpcodes))]
    public void ImmediateForm_EveryOverlapOfOperands_WritesTheResult(Opcode opcode)
    {
        bool isShift = InstructionTable.Get(opcode).Format == InstructionFormat.ShiftImmediate;
        (byte Rd, byte Rs1)[] shapes = [(10, 11), (11, 11), (0, 11), (10, 0)];
        CheckAlu(
            from left in Corners
            from immediate in isShift ? [0, 1, 31] : (int[])[-2048, -1, 0, 1, 2047]
            from shape in shapes
            select (new Instruction(opcode, shape.Rd, shape.Rs1, 0, immediate), left, 0u));
    }

    [Test]
    public void Loads_EverySizeAndOffset_FromBothKindsOfMemory()
    {
        foreach (SectionKind section in (SectionKind[])[SectionKind.Data, SectionKind.Window])
        {
            foreach (Opcode opcode in (Opcode[])[Opcode.Lw, Opcode.Lb, Opcode.Lbu, Opcode.Lh, Opcode.Lhu])
            {
                for (uint offset = 0; offset < 8; offset += PartialWord.AccessBytes(opcode))
                {
                    uint[] words = [0x807F_FF01, 0x1234_8765];
                    ProgramImage program = Guests.Make(assembler =>
                    {
                        Label data = assembler.NewLabel();
                        Instruction load = new(opcode, 10, 11, 0, (int)offset - 3);
                        assembler.La(A1, data, 3).Emit(load).Emit(load with { Rd = 0 }).Mv(A2, A0).HaltWith([]).In(section).Mark(data).Word(words);
                    });
                    uint expected = PartialWord.Load(opcode, words[offset / 4], offset);
                    Assert.That(FinalRegister(program, 12), Is.EqualTo(expected), $"{opcode} {section}+{offset}");
                    SessionChecker.Check(program, Guests.Record(program).Segments);
                }
            }
        }
    }

    // The read-only table has rows of 8 words, so that the proof answers such a load too.
    [Test]
    public void Load_OfAWordLeftOutOfAWindowBlock_IsZero() =>
        Assert.That(Guests.Run(Guests.Make(assembler => assembler.Li(A1, 0x8001_001C).Lw(A0, 0, A1).HaltWith([]).In(SectionKind.Window).Word(7))).ExitCode, Is.Zero);

    [Test]
    public void LoadEvent_FromTheWindow_HasNoMemoryAccess()
    {
        ProgramImage program = Guests.Make(assembler =>
        {
            Label data = assembler.NewLabel();
            assembler.La(A1, data).Lw(A0, 4, A1).HaltWith([]).In(SectionKind.Window).Mark(data).Word(7, 8);
        });
        SegmentRecord record = Guests.Record(program).Segments.Single();
        LoadEvent load = record.LoadWord.Items[0];
        Assert.That((load.IsReadOnly, load.Memory.Value, load.Memory.Gap, load.Result.Value), Is.EqualTo((true, 8u, (ushort)0, 8u)));
        Assert.That(record.Boundary.Items.ToArray().Where(entry => entry.Space == MemorySpace.Memory).Select(entry => 4 * entry.Word),
            Is.All.LessThan(MemoryMap.ReadOnlyStart));
    }

    [Test]
    public void Stores_EverySizeAndOffset_MergeIntoTheWord()
    {
        foreach (Opcode opcode in (Opcode[])[Opcode.Sw, Opcode.Sb, Opcode.Sh])
        {
            for (uint offset = 0; offset < 4; offset += PartialWord.AccessBytes(opcode))
            {
                ProgramImage program = Guests.Make(assembler =>
                {
                    Label data = assembler.NewLabel("data");
                    assembler.La(A1, data, -8).Li(A2, 0xAABB_CCDDu).Emit(new Instruction(opcode, 0, 11, 12, (int)offset + 8)).HaltWith([])
                        .In(SectionKind.Data).Mark(data).Word(0x1122_3344);
                });
                SegmentRecord record = Guests.Record(program).Segments.Single();
                StoreEvent store = (opcode == Opcode.Sw ? record.StoreWord : record.StorePart).Items[0];
                Assert.That((store.Memory.Previous, store.Memory.Value),
                    Is.EqualTo((0x1122_3344u, PartialWord.Store(opcode, 0x1122_3344, 0xAABB_CCDD, offset))), $"{opcode}+{offset}");
            }
        }
    }

    [Test]
    public void JumpRegister_DestinationIsItsBase_JumpsToTheOldValue()
    {
        ProgramImage program = Guests.Make(assembler =>
        {
            Label target = assembler.NewLabel();
            assembler.La(T1, target, 1).Jalr(T1, 0, T1).Ebreak().Mark(target).Mv(A2, T1).HaltWith([]);
        });
        Assert.That(FinalRegister(program, 12), Is.EqualTo(0x0020_0800 + 12));
    }

    [Test]
    public void Fence_Always_IsAnAdditionToTheSink()
    {
        ProgramImage program = Guests.Make(assembler => assembler.Fence().HaltWith([]));
        AluEvent fence = Guests.Record(program).Segments.Single().AddImmediate.Items[0];
        Assert.That(((Opcode)fence.Step.Opcode, fence.Step.Rd, fence.Step.Rs1, fence.Step.Immediate), Is.EqualTo((Opcode.Addi, (byte)32, (byte)0, 0u)));
    }

    // One guest executes all cases, each after loading a1 and a2 with its operands.
    static void CheckAlu(IEnumerable<(Instruction Instruction, uint Left, uint Right)> cases)
    {
        List<(Instruction Instruction, uint Left, uint Right)> list = [.. cases];
        Dictionary<uint, int> places = [];
        ProgramImage program = Guests.Make(assembler =>
        {
            for (int i = 0; i < list.Count; i++)
            {
                assembler.Li(A1, list[i].Left).Li(A2, list[i].Right);
                places.Add((0x0020_0800 + assembler.Position) / 4, i);
                assembler.Emit(list[i].Instruction);
            }
            assembler.HaltWith([]);
        });
        int checkedCount = 0;
        foreach (SessionRow row in SessionRows.Of(Guests.Record(program).Segments))
        {
            if (row.Stream == EventStream.Bump || !places.TryGetValue(row.Pc4, out int index)) continue;
            (Instruction instruction, uint left, uint right) = list[index];
            uint Operand(byte register) => register switch { 11 => left, 12 => right, _ => 0 };
            bool isRegisterForm = InstructionTable.Get(instruction.Opcode).Format == InstructionFormat.Register;
            uint second = isRegisterForm ? Operand(instruction.Rs2) : (uint)instruction.Immediate;
            Access result = row.Accesses[^1];
            Assert.That((result.Word, result.Value),
                Is.EqualTo((instruction.Rd == 0 ? 32u : instruction.Rd, Alu.Evaluate(instruction.Opcode, Operand(instruction.Rs1), second))),
                $"{instruction} with a1 = 0x{left:x8}, a2 = 0x{right:x8}");
            checkedCount++;
        }
        Assert.That(checkedCount, Is.EqualTo(list.Count));
    }

    static uint FinalRegister(ProgramImage program, uint register) =>
        Guests.Record(program).Segments[^1].Boundary.Items.ToArray().Single(entry => entry.Space == MemorySpace.Register && entry.Word == register).FinalValue;
}

using System.Numerics;
using Zkml.Guest.Assembly;
using Zkml.Isa;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Receipts;
using Zkml.Records;
using Zkml.Sdk;
using Zkml.Soundness.Tests.Proofs;
using Zkml.Stark;
using Zkml.Stark.Verifier;
using Zkml.Testing;
using Zkml.Vm.Execution;

namespace Zkml.Soundness.Tests.Invariants;

/// <summary>SEC-9: every instruction with its corner cases is executed, compared with a second definition, and proved; what is illegal has no row.</summary>
public sealed class Sec09InstructionTests
{
    static readonly ProgramImage s_guest = ElfReader.Read(CornerProgram.Make().ToElf());
    static readonly MachineRun s_run = MachineRun.Of(s_guest);

    [Test]
    public void CornerProgram_ExecutesEveryInstructionOfTheTable()
    {
        ExecutionResult result = new Executor(s_guest, new()).Run();
        foreach (InstructionDefinition definition in InstructionTable.All)
            if (definition.Opcode is not (Opcode.Fence or Opcode.Ebreak))
                Assert.That(result.CountOf(definition.Opcode), Is.Positive, definition.Mnemonic);
    }

    [Test]
    public void CornerProgram_GivesTheResultsOfASecondDefinition()
    {
        SegmentRecord record = s_run.Last;
        int compared = 0;
        foreach (EventList<AluEvent> stream in (EventList<AluEvent>[])[record.AddSub, record.AddImmediate, record.LessThan, record.Bitwise, record.Shift, record.Multiply, record.Divide])
        {
            foreach (AluEvent e in stream.Items)
            {
                Assert.That(e.Result.Value, Is.EqualTo(Expected((Opcode)e.Step.Opcode, e.Left.Value, e.Right.Value)), $"{(Opcode)e.Step.Opcode} 0x{e.Left.Value:x}, 0x{e.Right.Value:x}");
                compared++;
            }
        }
        Assert.That(compared, Is.GreaterThan(1500));
    }

    [Test]
    public void CornerProgram_Traces_AreAccepted()
    {
        MachineVerdict verdict = s_run.Check();
        Assert.That(verdict.IsAccepted, verdict.ToString());
    }

    [Test]
    public void CornerProgram_Proved_IsAccepted() => Assert.That(SessionForger.ProveAndVerify(s_run), Is.EqualTo(VerificationResult.Accepted));

    [Test]
    [Category("Slow")]
    public void CornerProgram_ProvedAtP100_IsAccepted()
    {
        ProveResult result = ZkvmClient.Prove(s_guest, new(), new ProveOptions { Profile = SecurityProfile.P100 });
        Assert.That(result.Receipt.Verify(ZkvmClient.ImageIdOf(s_guest)).ToString(), Is.EqualTo(ReceiptVerification.Accepted.ToString()));
    }

    // A result that is off by one bit in any limb, for each instruction: no second output (R2, Z1).
    [TestCase(1u)]
    [TestCase(0x8000u)]
    [TestCase(0x0001_0000u)]
    [TestCase(0x8000_0000u)]
    public void EveryCorner_WithAnotherResult_IsRefused(uint change)
    {
        MachineRun run = MachineRun.Of(s_guest);
        SegmentRecord record = run.Last;
        int events = 0;
        foreach (EventList<AluEvent> stream in (EventList<AluEvent>[])[record.AddSub, record.AddImmediate, record.LessThan, record.Bitwise, record.Shift, record.Multiply, record.Divide])
        {
            foreach (ref AluEvent e in stream.MutableItems)
            {
                e.Result.Value ^= change;
                events++;
            }
        }
        // Every row is forged at once; each must be refused by its own constraints or lookups, whatever memory says.
        Assert.That(RowsRefused(run), Is.EqualTo(events));
    }

    static int RowsRefused(MachineRun run)
    {
        var oracle = new LookupOracle(run.Program);
        int refused = 0;
        foreach (Zkml.Machine.MachineChip chip in Zkml.Machine.RiscvMachine.Chips.Take(7))
        {
            var input = new Zkml.Machine.TraceInput(run.Program, run.Last, new Zkml.Machine.LookupCounts(run.Program));
            int rows = chip.RowCount(input);
            var table = new FilledTable(chip, input, (int)BitOperations.RoundUpToPowerOf2((uint)rows + 1));
            for (int row = 0; row < rows; row++)
            {
                RowReport report = table.Report(row);
                bool isHeld = report.Interactions.All(interaction => !interaction.IsActive || !LookupOracle.IsLookup(interaction.Bus) || oracle.Holds(interaction.Bus, interaction.Message));
                if (report.FailedConstraints.Count > 0 || !isHeld) refused++;
            }
        }
        return refused;
    }

    static IEnumerable<TestCaseData> IllegalWords()
    {
        yield return Case("ebreak", 0x0010_0073);
        yield return Case("csrrw", 0x3000_1073);
        yield return Case("csrrs cycle", 0xC000_2573);
        yield return Case("mret", 0x3020_0073);
        yield return Case("wfi", 0x1050_0073);
        yield return Case("compressed addi", 0x0505_0505);
        yield return Case("zero", 0);
        yield return Case("ones", 0xFFFF_FFFF);
        yield return Case("ld", 0x0000_3003);
        yield return Case("slli by 32", 0x0200_1013);
        yield return Case("add with funct7 2", 0x0400_0033);
        yield return Case("branch funct3 2", 0x0000_2063);
        yield return Case("lr.w", 0x1000_202F);
        yield return Case("flw", 0x0000_2007);

        static TestCaseData Case(string name, uint word) => new TestCaseData(word).SetArgDisplayNames(name);
    }

    // What has no ROM row cannot be fetched: the fault tests and OB-10 show that running it anyway does not balance.
    [TestCaseSource(nameof(IllegalWords))]
    public void IllegalWord_HasNoRomRow_AndStopsTheGuest(uint word)
    {
        var elf = MakeElf(word);
        ProgramTables tables = elf.ToTables();
        Assert.That(tables.Rom.Select(step => step.Pc4), Has.None.EqualTo(elf.Entry / 4));
        GuestError error = Assert.Throws<GuestException>(() => new Executor(elf, new()).Run())!.Error;
        Assert.That(error.Kind, Is.EqualTo(GuestErrorKind.IllegalInstruction).Or.EqualTo(GuestErrorKind.Breakpoint));
    }

    static ProgramImage MakeElf(uint word)
    {
        var assembler = new Assembler();
        assembler.Here("_start");
        byte[] elf = assembler.Nop().HaltWith([]).Assemble().ToElf();
        int place = elf.AsSpan().IndexOf(BitConverter.GetBytes(Encoder.Encode(new Instruction(Opcode.Addi, 0, 0, 0, 0))));
        BitConverter.TryWriteBytes(elf.AsSpan(place), word);
        return ElfReader.Read(elf);
    }

    // From the specification's text, on wide integers; shares nothing with Zkml.Isa's Alu.
    static uint Expected(Opcode opcode, uint left, uint right)
    {
        BigInteger a = left, b = right, sa = (int)left, sb = (int)right;
        int shift = (int)(right & 31);
        BigInteger value = opcode switch
        {
            Opcode.Add or Opcode.Addi => a + b,
            Opcode.Sub => a - b,
            Opcode.Slt or Opcode.Slti => sa < sb ? 1 : 0,
            Opcode.Sltu or Opcode.Sltiu => a < b ? 1 : 0,
            Opcode.And or Opcode.Andi => a & b,
            Opcode.Or or Opcode.Ori => a | b,
            Opcode.Xor or Opcode.Xori => a ^ b,
            Opcode.Sll or Opcode.Slli => a << shift,
            Opcode.Srl or Opcode.Srli => a >> shift,
            Opcode.Sra or Opcode.Srai => sa >> shift,
            Opcode.Mul => a * b,
            Opcode.Mulh => (sa * sb) >> 32,
            Opcode.Mulhsu => (sa * b) >> 32,
            Opcode.Mulhu => (a * b) >> 32,
            Opcode.Div => b.IsZero ? -1 : BigInteger.Divide(sa, sb),
            Opcode.Divu => b.IsZero ? uint.MaxValue : BigInteger.Divide(a, b),
            Opcode.Rem => b.IsZero ? sa : BigInteger.Remainder(sa, sb),
            Opcode.Remu => b.IsZero ? a : BigInteger.Remainder(a, b),
            _ => throw new ArgumentException($"{opcode} is no operation."),
        };
        return (uint)(value & uint.MaxValue);
    }
}

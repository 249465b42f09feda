using Zkml.Air;
using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Isa;
using Zkml.Machine;
using Zkml.Machine.Chips;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Soundness.Tests.Proofs;
using Zkml.Stark;
using Zkml.Stark.Prover;
using Zkml.Stark.Verifier;
using Zkml.Testing;
using Zkml.Vm.Execution;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Regressions;

/// <summary>
/// The soundness bugs of other proof systems that this one could have had, each as an attack on it. README.md of this folder lists those that stand
/// elsewhere.
/// </summary>
public sealed class KnownBugTests
{
    // GHSA-g3qg-6746-3mg9: two reads of one register in one instruction, of which the second was not bound.
    [TestCase(true)]
    [TestCase(false)]
    public void R1_EqualSourceRegisters_ReadTheSameWord(bool isFirst)
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Li(A2, 5).Add(A5, A2, A2).HaltWith([]));
        ref AluEvent addition = ref run.Last.AddSub.MutableItems[0];
        if (isFirst) addition.Left.Value = 6;
        else addition.Right.Value = 6;
        addition.Result.Value = 11;
        run.Entry(MemorySpace.Register, (uint)A5).FinalValue = 11;
        run.Check().AssertUnbalanced(Buses.Memory);
    }

    // The same bug with one access for both: the second read takes what the first one took, and finds it gone.
    [Test]
    public void R1_SecondReadOfTheSameMessage_FindsNothing()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Li(A2, 5).Add(A5, A2, A2).HaltWith([]));
        run.Last.AddSub.MutableItems[0].Right.Gap = 1; // what the first read took
        run.Check().AssertUnbalanced(Buses.Memory);
    }

    // GHSA-f6rc-24x4-ppxp: signed division had a second quotient; division by zero had any.
    [TestCase(7u, 2u)]
    [TestCase(0xFFFF_FFF9u, 2u)]
    [TestCase(7u, 0xFFFF_FFFEu)]
    [TestCase(0x8000_0000u, 0xFFFF_FFFFu)]
    [TestCase(0x8000_0000u, 1u)]
    [TestCase(5u, 0u)]
    [TestCase(0u, 0u)]
    public void R2_Division_HasOneQuotientAndOneRemainder(uint left, uint right)
    {
        foreach (Opcode opcode in (Opcode[])[Opcode.Div, Opcode.Divu, Opcode.Rem, Opcode.Remu])
        {
            foreach (uint delta in (uint[])[1, 0xFFFF_FFFF, 2, 0x8000_0000, 0x0001_0000, right, 0 - right, left])
            {
                if (delta == 0) continue;
                MachineRun run = MachineRun.Of(assembler => assembler.Li(A2, left).Li(A3, right).Emit(new Instruction(opcode, (byte)A5, (byte)A2, (byte)A3, 0)).HaltWith([]));
                run.Last.Divide.MutableItems[0].Result.Value += delta;
                run.Entry(MemorySpace.Register, (uint)A5).FinalValue += delta;
                Assert.That(run.Check().IsAccepted, Is.False, $"{opcode} 0x{left:x}, 0x{right:x}, result moved by 0x{delta:x}");
            }
        }
    }

    // GHSA-c873-wfhp-wx5m: the prover chose the order and the set of tables; a part of an execution passed for the whole.
    [Test]
    public void S1_TablesAndCompleteness_ComeFromTheVerifier()
    {
        MachineRun run = MachineRun.Of(RandomPrograms.Make(5, bodyLength: 40, iterations: 2), capacities: EventCounts.Uniform(30));
        using var forger = new SessionForger(run.Program);
        SessionProof proof = forger.Prove(run);
        SegmentEntry[] segments = proof.Segments;
        Assert.That(forger.Verify(run, proof with { Segments = segments[..^1] }).Reason, Is.EqualTo(RejectionReason.ClosingSegment), "without its end");
        Assert.That(forger.Verify(run, proof with { Segments = segments[1..] }).IsAccepted, Is.False, "without its beginning");
        Assert.That(forger.Verify(run, proof with { Segments = [.. segments[..^2], segments[^1]] }).IsAccepted, Is.False, "without its middle");
        foreach (int other in Enumerable.Range(0, forger.Rules.Classes.Count).Where(other => other != segments[0].ClassIndex))
            Assert.That(forger.Verify(run, proof with { Segments = [new(other, segments[0].Proof), .. segments[1..]] }).IsAccepted, Is.False, $"as class {other}");
    }

    sealed class TwoSums : ProverTampering
    {
        public override void Permutation(Zkml.Stark.Prover.TreeMatrices traces, Span<KoalaBear5> sums)
        {
            sums[0] += KoalaBear5.One;
            sums[^1] -= KoalaBear5.One;
        }
    }

    // GHSA-8m24-3cfx-9fjw: a table's cumulative sum was not bound before ζ.
    [Test]
    public void S2_SumsThatCancel_FailTheIdentity() =>
        Assert.That(SessionForger.ProveAndVerify(MachineRun.Of(Programs.Halt()), new TwoSums()).Reason, Is.EqualTo(RejectionReason.ConstraintIdentity));

    // GHSA-jf2r-x3j4-23m7: AUIPC's address could be taken plus p. Here it is a constant of the ROM.
    [TestCase(1u)]
    [TestCase(0x8000_0000u)]
    public void O1_AuipcResult_IsTheRoms(uint change)
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Auipc(A5, 0x12345).HaltWith([]));
        run.Last.Jump.MutableItems[0].Result.Value ^= change;
        run.Entry(MemorySpace.Register, (uint)A5).FinalValue ^= change;
        Assert.That(run.Check().IsAccepted, Is.False);
        run.Last.Jump.MutableItems[0].Step.Immediate ^= change;
        run.Check().AssertUnbalanced(Buses.Fetch);
    }

    // GHSA-9jfx-4f4f-497j, GHSA-fh29-29h9-qm9h: multiplicities that no constraint made bits. Reading every chip's bounds throws on one.
    [Test]
    public void O3_Multiplicities_AreBitsOrThoseOfLookupTables()
    {
        SessionRules rules = RiscvSession.Rules(SecurityProfile.Test, new ProgramKey(default, 0, 0x4000));
        foreach (MachineChip chip in RiscvMachine.Chips)
        {
            ChipBounds bounds = rules.Bounds[chip];
            foreach (BusWeight weight in bounds.Weights) Assert.That(Math.Max(weight.Sends, weight.Receives), Is.InRange(1, 64), $"{chip}, {weight.Bus.Name}");
            int unbounded = chip.Graph.Interactions.Select(interaction => interaction.Bus).Distinct().Count(bus => bounds.Weights.All(weight => weight.Bus != bus));
            Assert.That(unbounded == 0 || chip.IsLookupTable, $"{chip}: only lookup tables have free multiplicities");
        }
    }

    // GHSA-9jfx-4f4f-497j, SHA-256: block by block, a state or a digest that is off.
    [TestCase(0)]
    [TestCase(3)]
    [TestCase(7)]
    public void O3_Sha256_HasOneResult(int word)
    {
        MachineRun run = MachineRun.Of(Programs.CommitInput(1), new() { StandardInput = new byte[64] });
        ref ShaBlockEvent block = ref run.Last.ShaBlock.MutableItems[0];
        block.StateAfter[word] ^= 0x0100_0000;
        Assert.That(run.Check().IsAccepted, Is.False);
    }

    // GHSA-5f24-43wm-7gr2, GHSA-6p9w-9j7q-867r: a guest that fails never ends as Halted(0).
    [Test]
    public void O5_GuestsThatFail_NeverHaltWithSuccess()
    {
        foreach (Action<Assembler> failure in (Action<Assembler>[])[a => a.Ebreak(), a => a.Lw(A0, 0, Zero), a => a.Jr(Zero), a => a.Li(A0, 0).Li(A1, 0).Li(A3, 0).Li(A4, 0).Ecall(HostCall.Panic), a => a.Li(T0, 99).Ecall()])
        {
            var assembler = new Assembler();
            assembler.Here("_start");
            failure(assembler);
            var executor = new Executor(ElfReader.Read(assembler.HaltWith([]).Assemble().ToElf()), new());
            Assert.That(() => executor.Run(), Throws.InstanceOf<GuestException>());
            Assert.That(executor.IsHalted, Is.False);
        }
    }

    // ZisK #1188: the high bytes of a loaded byte or half were free.
    [Test]
    public void Z1_LoadedParts_HaveNoFreeHighBits([Values(Opcode.Lb, Opcode.Lbu, Opcode.Lh, Opcode.Lhu)] Opcode opcode, [Values(0x0100u, 0x8000u, 0x0001_0000u, 0xFFFF_0000u)] uint change)
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x300).Li(A2, 0x8081).Sw(A2, 0, A1).Emit(new Instruction(opcode, (byte)A5, (byte)A1, 0, 0)).HaltWith([]));
        run.Last.LoadPart.MutableItems[0].Result.Value ^= change;
        run.Entry(MemorySpace.Register, (uint)A5).FinalValue ^= change;
        Assert.That(run.Check().IsAccepted, Is.False);
    }

    // Ziren #519: an operand was free where the register is x0.
    [Test]
    public void Z1_OperandOfX0_IsZero()
    {
        MachineRun run = MachineRun.Of(assembler =>
        {
            Label target = assembler.NewLabel();
            assembler.Beq(Zero, A2, target).Li(A5, 1).Mark(target).HaltWith([]);
        });
        ref BranchEvent branch = ref run.Last.Branch.MutableItems[0];
        branch.Left.Value = 9;
        run.Check().AssertUnbalanced(Buses.State, Buses.Memory);
    }

    // p bogus lookups cancel: p - 1 copies of one are one missing. No chip has a multiplicity that could say so, and the lookup tables only receive.
    [Test]
    public void L1_LookupTables_OnlyReceive()
    {
        foreach (MachineChip chip in RiscvMachine.Chips.Where(chip => chip.IsLookupTable))
            foreach (RecordedInteraction interaction in chip.Graph.Interactions)
            {
                Assert.That(chip.Graph.Nodes[interaction.Multiplicity] is { Kind: ExprKind.Subtract, A: 0 }, chip.Name);
                Assert.That(interaction.Message.All(node => !ReadsMain(chip.Graph, node)), $"{chip}: what it answers is preprocessed");
            }
    }

    // A row that asks for a range check of a value out of range, with the table claiming any multiplicity anywhere.
    [Test]
    public void L1_MultiplicityOfAWrongRow_DoesNotHelp()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Li(A2, 5).Add(A5, A2, A2).HaltWith([]));
        MachineVerdict verdict = run.Check((_, check) => check.Cells<BumpColumns<KoalaBear>>(RiscvMachine.Bump, 0) = new() { IsReal = KoalaBear.One, Gap = { Low = Verdicts.Element(-1) } });
        Assert.That(verdict.UnbalancedBuses, Does.Contain(Buses.U16));
    }

    static bool ReadsMain(ExprGraph graph, int node)
    {
        ExprNode expression = graph.Nodes[node];
        return expression.Kind switch
        {
            ExprKind.Local or ExprKind.Next => true,
            ExprKind.Add or ExprKind.Subtract or ExprKind.Multiply => ReadsMain(graph, expression.A) || ReadsMain(graph, expression.B),
            _ => false,
        };
    }
}

using Zkml.Air;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Records;
using Zkml.Testing;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>
/// OB-4: legal addresses are decided in the boundary chip alone. Each attack runs a guest on a legal page and claims it ran on an illegal one.
/// </summary>
public sealed class Ob04AddressTests
{
    const uint Legal = 0x0030_0000;
    const uint NullPage = 0x0000_1000, LastBeforeMemory = 0x0000_F000, Window = 0x8001_0000, WindowHole = 0x9000_0000, PastWindow = 0xC000_0000, Top = 0xFFFF_F000;

    static readonly (string Name, Action<Assembler, uint> Body)[] s_accesses =
    [
        ("load word", (assembler, page) => assembler.Lui(A1, page).Lw(A5, 0, A1).HaltWith([])),
        ("load byte", (assembler, page) => assembler.Lui(A1, page).Lb(A5, 3, A1).HaltWith([])),
        ("store word", (assembler, page) => assembler.Lui(A1, page).Sw(A2, 0, A1).HaltWith([])),
        ("store half", (assembler, page) => assembler.Lui(A1, page).Sh(A2, 2, A1).HaltWith([])),
        ("host words", (assembler, page) => assembler.Lui(A0, page).Li(A1, 3).Ecall(HostCall.Random).HaltWith([])),
        ("SHA output", (assembler, page) => Sha(assembler, A0, page)),
        ("SHA input", (assembler, page) => Sha(assembler, A1, page)),
        ("SHA block", (assembler, page) => Sha(assembler, A3, page)),
        ("digest of the halt", (assembler, page) => assembler.Lui(A1, page).Ecall(EcallNumber.Halt)),
    ];

    static void Sha(Assembler assembler, Register pointer, uint page)
    {
        Label buffer = assembler.NewLabel();
        foreach (Register register in (Register[])[A0, A1, A2, A3])
            if (register == pointer) assembler.Lui(register, page);
            else assembler.La(register, buffer);
        assembler.Li(A4, 1).Ecall(EcallNumber.Sha).HaltWith([]).In(SectionKind.Bss).Mark(buffer).Space(256);
    }

    static IEnumerable<TestCaseData> Attacks() =>
        from access in s_accesses
        from address in (uint[])[NullPage, LastBeforeMemory, Window, WindowHole, PastWindow, Top]
        select new TestCaseData(access.Body, address).SetArgDisplayNames(access.Name, $"0x{address:x8}");

    [TestCaseSource(nameof(Attacks))]
    public void ReadWriteAccessElsewhere_HasABoundaryRowOutOfRange(Action<Assembler, uint> body, uint address)
    {
        MachineRun run = Relocation.Make(body, Legal, address);
        run.CheckWithBoundaryDigits().AssertUnbalanced(Buses.U16);
    }

    [TestCaseSource(nameof(Attacks))]
    public void ReadWriteAccessElsewhere_WithoutABoundaryRow_HasNoBeginning(Action<Assembler, uint> body, uint address)
    {
        MachineRun run = Relocation.Make(body, Legal, address);
        run.Last.Boundary.Set(run.Last.Boundary.Items.ToArray().Where(entry => entry.Space == MemorySpace.Register || entry.IsImage));
        run.CheckWithBoundaryDigits().AssertUnbalanced(Buses.Memory);
    }

    [Test]
    public void SameAttack_OnALegalPage_IsAccepted([Range(0, 8)] int access)
    {
        MachineVerdict verdict = Relocation.Make(s_accesses[access].Body, Legal, 0x7FFF_F000).CheckWithBoundaryDigits();
        Assert.That(verdict.IsAccepted, verdict.ToString());
    }

    // The closing row is not followed by another: a word of the window that comes after it in the list.
    [Test]
    public void WindowWordAfterTheClosingRow_BreaksTheChain()
    {
        MachineRun run = Relocation.Make(s_accesses[2].Body, Legal, Window);
        MachineVerdict verdict = run.Check();
        Assert.That(verdict.UnbalancedBuses, Is.SubsetOf((Bus[])[Buses.Order, Buses.U16]).And.Not.Empty);
    }

    static MachineRun ClaimReadOnly(uint address, params uint[] window)
    {
        MachineRun run = Relocation.Make((assembler, page) =>
        {
            assembler.Lui(A1, page).Lw(A5, 0, A1).HaltWith([]);
            if (window.Length > 0) assembler.In(SectionKind.Window).Word(window);
        }, Legal, address);
        run.Last.LoadWord.MutableItems[0].IsReadOnly = true;
        run.Last.Boundary.Set(run.Last.Boundary.Items.ToArray().Where(entry => entry.Space == MemorySpace.Register || entry.IsImage));
        return run;
    }

    [TestCase(NullPage)]
    [TestCase(Legal + 0x1000)]
    [TestCase(0x8001_1000u)]
    [TestCase(PastWindow)]
    [TestCase(Top)]
    public void ReadOnlyLoadWhereTheWindowHoldsNothing_IsNotInTheTable(uint address) =>
        ClaimReadOnly(address, 1, 2, 3).Check().AssertUnbalanced(Buses.ReadOnly);

    [Test]
    public void ReadOnlyLoadOfAnotherValue_IsNotInTheTable() => ClaimReadOnly(Window, 1).Check().AssertUnbalanced(Buses.ReadOnly);

    [Test]
    public void ReadOnlyLoadWithoutAnyWindow_IsNotInTheTable() => ClaimReadOnly(Window).Check().AssertUnbalanced(Buses.ReadOnly);

    // The table's padding rows hold words from 2^30 + 2^29 on, which no address reaches: 2^32 - 4096 is the last page.
    [Test]
    public void ReadOnlyTable_IsTheOnlyReceiverAndLoadsTheOnlySendersOfItsBus()
    {
        foreach (MachineChip chip in RiscvMachine.Chips)
        {
            bool usesBus = chip.Graph.Interactions.Any(interaction => interaction.Bus == Buses.ReadOnly);
            Assert.That(usesBus, Is.EqualTo(chip == RiscvMachine.ReadOnly || chip == RiscvMachine.LoadWord || chip == RiscvMachine.LoadPart), chip.Name);
        }
    }
}

using Zkml.Guest.Assembly;
using Zkml.Program;
using Zkml.Records;
using Zkml.Vm.Execution;
using Zkml.Vm.Sessions;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Vm.Tests.Execution;

/// <summary>Each lie reaches the events, once, where it is asked for.</summary>
[TestFixture]
public sealed class FaultHookTests
{
    const uint Start4 = 0x0020_0800 / 4;

    struct Lie(string kind, uint place, uint value) : IFaultHook
    {
        public static bool IsActive => true;

        readonly bool Applies(string name, in Step step) => kind == name && step.Pc4 == Start4 + place;

        public readonly bool SkipInstruction(in Step step) => Applies(nameof(SkipInstruction), step);
        public readonly uint Result(in Step step, uint result) => Applies(nameof(Result), step) ? value : result;
        public readonly bool BranchTaken(in Step step, bool isTaken) => Applies(nameof(BranchTaken), step) ^ isTaken;
        public readonly uint Address(in Step step, uint address) => Applies(nameof(Address), step) ? address + value : address;
        public readonly uint LoadedValue(in Step step, uint loaded) => Applies(nameof(LoadedValue), step) ? value : loaded;
        public readonly uint StoredWord(in Step step, uint word) => Applies(nameof(StoredWord), step) ? value : word;
        public readonly byte Destination(in Step step, byte register) => Applies(nameof(Destination), step) ? (byte)value : register;
        public readonly uint NextPc4(in Step step, uint pc4) => Applies(nameof(NextPc4), step) ? pc4 + value : pc4;
        public readonly uint HaltArgument(uint argument) => kind == nameof(HaltArgument) ? value : argument;
    }

    // 0 li a0, 1 · 1 lui a1 · 2 sw · 3 lw · 4 beq (untaken) · 5 nop · 6… halt with exit code 0
    static readonly ProgramImage Guest = Guests.Make(assembler =>
    {
        Label end = assembler.NewLabel();
        assembler.Li(A0, 1).Lui(A1, 0x300).Sw(A0, 0, A1).Lw(A2, 0, A1).Beq(A0, Zero, end).Nop().Mark(end).HaltWith([]);
    });

    [Test]
    public void NoLie_Session_IsProvable()
    {
        (SegmentRecord record, Executor executor) = Run("", 0, 0);
        SessionChecker.Check(Guest, [record]);
        Assert.That(executor.Result.ExitCode, Is.Zero);
    }

    [Test]
    public void Result_OfAnAddition_IsRecorded() =>
        Assert.That(Run("Result", 0, 99).Record.AddImmediate.Items[0].Result.Value, Is.EqualTo(99));

    [Test]
    public void Result_OfLui_IsRecorded() => Assert.That(Run("Result", 1, 0x0040_0000).Record.Jump.Items[0].Result.Value, Is.EqualTo(0x0040_0000));

    [Test]
    public void SkipInstruction_Store_LeavesNoEvent()
    {
        SegmentRecord record = Run("SkipInstruction", 2, 0).Record;
        Assert.That(record.StoreWord.Count, Is.Zero);
        Assert.That(record.LoadWord.Items[0].Result.Value, Is.Zero);
    }

    [Test]
    public void BranchTaken_Inverted_SkipsTheNextInstruction() =>
        Assert.That(Pc4s(Run("BranchTaken", 4, 0).Record), Does.Not.Contain(Start4 + 5));

    [Test]
    public void NextPc4_Changed_GoesElsewhere() => Assert.That(Pc4s(Run("NextPc4", 4, 1).Record), Does.Not.Contain(Start4 + 5));

    [Test]
    public void Address_OfALoad_ReadsAnotherWord() => Assert.That(Run("Address", 3, 64).Record.LoadWord.Items[0].Memory.Value, Is.Zero);

    [Test]
    public void LoadedValue_Changed_DiffersFromMemory()
    {
        LoadEvent load = Run("LoadedValue", 3, 7).Record.LoadWord.Items[0];
        Assert.That((load.Memory.Value, load.Result.Value), Is.EqualTo((1u, 7u)));
    }

    [Test]
    public void StoredWord_Changed_ReachesMemory()
    {
        SegmentRecord record = Run("StoredWord", 2, 8).Record;
        Assert.That((record.StoreWord.Items[0].Source.Value, record.LoadWord.Items[0].Result.Value), Is.EqualTo((1u, 8u)));
    }

    [Test]
    public void Destination_Changed_WritesAnotherRegister()
    {
        SegmentRecord record = Run("Destination", 3, (uint)S5).Record;
        BoundaryEntry[] boundary = record.Boundary.Items.ToArray();
        Assert.That((boundary[(int)A2].FinalTime, boundary[(int)S5].FinalValue), Is.EqualTo((0u, 1u)));
        Assert.That(record.LoadWord.Items[0].Step.Rd, Is.EqualTo((byte)A2), "the ROM's row stays");
    }

    [Test]
    public void HaltArgument_Changed_ChangesTheExitCode()
    {
        (SegmentRecord record, Executor executor) = Run("HaltArgument", 0, 5 << 8);
        Assert.That((record.Halt.Items[0].A0.Value, executor.Result.ExitCode), Is.EqualTo((5u << 8, (byte)5)));
    }

    static (SegmentRecord Record, Executor Executor) Run(string kind, uint place, uint value)
    {
        Executor executor = new(Guest, new());
        SegmentRecord record = new();
        Lie lie = new(kind, place, value);
        Assert.That(executor.RunSegment(record, Guests.Unlimited, ref lie), Is.EqualTo(SegmentStatus.Halted));
        executor.FinishBoundary(record);
        return (record, executor);
    }

    static IEnumerable<uint> Pc4s(SegmentRecord record) => SessionRows.Of(record).Select(row => row.Pc4);
}

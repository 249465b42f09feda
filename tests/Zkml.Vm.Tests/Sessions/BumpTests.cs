using Zkml.Guest.Assembly;
using Zkml.Program;
using Zkml.Records;
using Zkml.Vm.Execution;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Vm.Tests.Sessions;

[TestFixture]
public sealed class BumpTests
{
    // T1 is read at its clock + 0, then NOPs pass, then it is read again as rs1 (+0) or rs2 (+1): gap = 4 · (nops + 1) - 1 or + 0.
    [TestCase(16_382, false, 65_531)]
    [TestCase(16_383, false, 65_535)]
    [TestCase(16_382, true, 65_532)]
    [TestCase(16_383, true, null)]
    [TestCase(16_384, false, null)]
    public void Register_GapAroundTheLimit_IsBumpedOnlyBeyondIt(int nops, bool isSecondSource, int? expectedGap)
    {
        ProgramImage program = Guests.Make(assembler =>
        {
            assembler.Add(T2, T1, Zero);
            for (int i = 0; i < nops; i++) assembler.Nop();
            _ = isSecondSource ? assembler.Add(T2, Zero, T1) : assembler.Add(T2, T1, Zero);
            assembler.HaltWith([]);
        });
        SegmentRecord record = Guests.Record(program).Segments.Single();
        SessionChecker.Check(program, [record]);
        AluEvent last = record.AddSub.Items[1];
        uint time = last.Step.Clock + (isSecondSource ? 1u : 0), previous = record.AddSub.Items[0].Step.Clock;
        BumpEvent[] bumps = [.. record.Bump.Items.ToArray().Where(bump => bump is { Space: MemorySpace.Register, Word: (uint)T1 })];
        Assert.That(isSecondSource ? last.Right.Gap : last.Left.Gap, Is.EqualTo(expectedGap ?? 0));
        if (expectedGap is null)
            Assert.That((bumps.Single().PreviousTime, bumps.Single().Time), Is.EqualTo((previous, time - 1)));
        else
            Assert.That(bumps, Is.Empty);
    }

    [Test]
    public void MemoryWord_UntouchedForLong_IsBumpedForEveryKindOfAccess()
    {
        // Five words are read at the start and then, after 2^17 ticks, loaded, stored, written by the host, hashed and left alone.
        ProgramImage program = Guests.Make(assembler =>
        {
            Label data = assembler.NewLabel("data");
            assembler.La(S0, data).Li(S1, 1);
            foreach (int offset in (int[])[0, 4, 8, 12, 16]) assembler.Lw(A5, offset, S0);
            assembler.Li(T1, 20_000);
            Label loop = assembler.Here();
            assembler.Addi(T1, T1, -1).Bnez(T1, loop);
            assembler.Lw(A5, 0, S0).Sb(A5, 5, S0).Addi(A0, S0, 8).Li(A1, 1).Ecall(HostCall.Random)
                .Addi(A0, S0, 64).Addi(A1, S0, 96).Addi(A2, S0, 12 - 28).Addi(A3, S0, 128).Li(A4, 1).Ecall(EcallNumber.Sha)
                .HaltWith([]).In(SectionKind.Data).Space(64).Mark(data).Space(256);
        });
        (List<SegmentRecord> segments, _) = Guests.Record(program);
        SessionChecker.Check(program, segments);
        uint data = program.Symbols.TryFind("data", out Symbol symbol) ? symbol.Address / 4 : 0;
        BumpEvent[] bumps = segments[0].Bump.Items.ToArray();
        Assert.That(bumps.Where(bump => bump.Space == MemorySpace.Memory).Select(bump => bump.Word - data), Is.EquivalentTo(new uint[] { 0, 1, 2, 3 }));
        Assert.That(bumps.Where(bump => bump.Space == MemorySpace.Register).Select(bump => bump.Word), Does.Contain((uint)S0).And.Contain((uint)A0));
        foreach (BumpEvent bump in bumps) Assert.That(bump.Time - bump.PreviousTime, Is.GreaterThan(0x1_0000u));
    }

    [Test]
    public void FirstTouch_LateInTheSession_NeedsNoBump()
    {
        ProgramImage program = Guests.Make(assembler =>
        {
            Label data = assembler.NewLabel();
            assembler.Li(T1, 20_000).La(S0, data);
            Label loop = assembler.Here();
            assembler.Addi(T1, T1, -1).Bnez(T1, loop).Lw(A5, 0, S0).HaltWith([]).In(SectionKind.Data).Mark(data).Word(5);
        });
        SegmentRecord record = Guests.Record(program).Segments.Single();
        LoadEvent load = record.LoadWord.Items[0];
        Assert.That(load.Memory.Gap, Is.Zero);
        BoundaryEntry entry = record.Boundary.Items.ToArray().Single(entry => entry.Space == MemorySpace.Memory && entry.Word == load.Base.Value / 4);
        Assert.That((entry.InitialTime, entry.FinalTime, entry.InitialValue), Is.EqualTo((load.Step.Clock + 1, load.Step.Clock + 2, 5u)));
        Assert.That(record.Bump.Items.ToArray().Select(bump => bump.Space), Is.All.EqualTo(MemorySpace.Register));
        SessionChecker.Check(program, [record]);
    }

    [Test]
    public void Capacity_OfBumps_CutsBeforeARowThatMightExceedIt()
    {
        // After each long loop two registers and a word are old.
        ProgramImage program = Guests.Make(assembler =>
        {
            Label data = assembler.NewLabel();
            assembler.La(S0, data);
            for (int i = 0; i < 8; i++)
            {
                assembler.Li(T1, 9_000);
                Label loop = assembler.Here();
                assembler.Addi(T1, T1, -1).Bnez(T1, loop).Lw(A5, 0, S0);
            }
            assembler.HaltWith([]).In(SectionKind.Data).Mark(data).Word(5);
        });
        EventCounts capacities = Guests.Unlimited;
        capacities[EventStream.Bump] = 16;
        (List<SegmentRecord> segments, Executor executor) = Guests.Record(program, null, capacities);
        Assert.That(segments, Has.Count.GreaterThan(1));
        Assert.That(executor.FullStream, Is.EqualTo(EventStream.Bump));
        foreach (SegmentRecord segment in segments) Assert.That(segment.Bump.Count, Is.LessThanOrEqualTo(16));
        SessionChecker.Check(program, segments);
        BumpEvent[] whole = Guests.Record(program).Segments.Single().Bump.Items.ToArray();
        Assert.That(segments.SelectMany(segment => segment.Bump.Items.ToArray()), Is.EqualTo(whole));
    }
}

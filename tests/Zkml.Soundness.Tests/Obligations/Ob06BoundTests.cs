using Zkml.Fields;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Stark;
using Zkml.Stark.Verifier;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>
/// OB-6: the verifier bounds clocks and messages from public heights, padding included. The bounds of each chip: ChipBoundsTests and TokenRowTests of
/// Zkml.Stark.Tests. Here the sums are made again, from the row counts alone.
/// </summary>
public sealed class Ob06BoundTests
{
    static readonly SessionRules s_rules = RiscvSession.Rules(SecurityProfile.P100, new ProgramKey(default, 0, 0x4000));

    static readonly int s_closing = ShapeClasses.All.First(shape => shape.Closes == ProgramSize.All[0]).Index;

    // Ticks that one row of a chip can advance the clock by: D2, D5, D6.
    static long Advance(MachineChip chip)
    {
        if (chip == RiscvMachine.Halt || chip == RiscvMachine.Boundary || chip == RiscvMachine.Bump || chip == RiscvMachine.Transfer) return 0;
        if (chip == RiscvMachine.ShaRound || chip == RiscvMachine.ShaMemory || chip.PreprocessedWidth > 0) return 0;
        return chip == RiscvMachine.ShaBlock ? 16 : chip == RiscvMachine.ShaHead || chip == RiscvMachine.ShaState ? 8 : 4;
    }

    static long Ticks(ShapeClass shape) => shape.Tables.Sum(table => Advance(table.Chip) << table.LogHeight);

    static SegmentCommitment[] Session(int count, int executing) => [.. Enumerable.Repeat(new SegmentCommitment(executing, []), count), new SegmentCommitment(s_closing, [])];

    [Test]
    public void EachChip_AdvancesTheClockAsTheMachinePageSays()
    {
        foreach (MachineChip chip in RiscvMachine.Chips)
            Assert.That(s_rules.Bounds[chip].ClockAdvance, Is.EqualTo(Advance(chip)), chip.Name);
    }

    static IEnumerable<ShapeClass> Executing() => ShapeClasses.All.Where(shape => !shape.IsClosing);

    [TestCaseSource(nameof(Executing))]
    public void Session_AcceptedAtAll_CannotWrapTheClock(ShapeClass executing)
    {
        long each = Ticks(executing), last = Ticks(ShapeClasses.All[s_closing]);
        int most = (int)Math.Min((KoalaBear.Modulus - 1 - last) / each, SessionRules.MaxSegmentCount - 1);
        VerificationResult over = SessionBounds.Check(s_rules, Session(most + 1, executing.Index));
        Assert.That(most == SessionRules.MaxSegmentCount - 1 || !over.IsAccepted, "one segment more would let the clock pass p");
        Assert.That(SessionBounds.Check(s_rules, Session(most / 4, executing.Index)).IsAccepted, "a quarter of it is far from any bound");
    }

    // p repeated bogus lookups would cancel (L1): no accepted session can carry p messages of one bus.
    [TestCaseSource(nameof(Executing))]
    public void Session_AcceptedAtAll_CannotCarryPMessages(ShapeClass executing)
    {
        int accepted = 1;
        while (accepted < SessionRules.MaxSegmentCount / 2 && SessionBounds.Check(s_rules, Session(2 * accepted, executing.Index)).IsAccepted) accepted *= 2;
        long global = 0, local = 0;
        foreach (TableHeight table in executing.Tables)
        {
            global += (long)table.Chip.Graph.Interactions.Count(interaction => interaction.Bus == Buses.Memory) << table.LogHeight;
            local += (long)table.Chip.Graph.Interactions.Count(interaction => interaction.Bus == Buses.U16) << table.LogHeight;
        }
        Assert.That(accepted * global / 2, Is.LessThan(KoalaBear.Modulus), "half of the Memory interactions are sends");
        Assert.That(local, Is.LessThan(KoalaBear.Modulus));
    }

    [Test]
    public void LocalBuses_OfEverySegment_HaveTagsOfTheirOwn()
    {
        var tags = new HashSet<uint>();
        foreach (Air.Bus bus in RiscvMachine.Chips.SelectMany(chip => chip.Graph.Interactions.Select(interaction => interaction.Bus)).Distinct())
        {
            Assert.That(bus.Tag, Is.InRange(1, 255), bus.Name);
            if (!bus.IsLocal) Assert.That(tags.Add(bus.TagInSegment(77)), bus.Name);
            else foreach (int segment in (int[])[0, 1, 2, 4095]) Assert.That(tags.Add(bus.TagInSegment(segment)), bus.Name);
        }
        Assert.That(tags.Max(), Is.LessThan(KoalaBear.Modulus));
    }
}

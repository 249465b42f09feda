using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Stark.Prover;
using Zkml.Stark.Verifier;
using Zkml.Testing;

namespace Zkml.Soundness.Tests.Proofs;

/// <summary>Cells changed in the filled traces of an honest session, committed and proved as they are.</summary>
public sealed class ForgedTraceTests
{
    // Every kind of table has rows: SHA-256, host words, inputs, the window.
    static readonly MachineRun s_run = MachineRun.Of(Programs.CommitInput(1), new() { StandardInput = Enumerable.Range(0, 64).Select(i => (byte)i).ToArray() });
    static readonly SessionForger s_forger = new(s_run.Program);

    static IEnumerable<MachineChip> Chips => RiscvMachine.Chips.Where(chip => chip.Width > 0);

    static Span<KoalaBear> Row(ShapeClass shape, SegmentTraces traces, MachineChip chip, int row)
    {
        (FieldMatrix? matrix, int column) = traces.Place(TableOf(shape, chip));
        return matrix!.Row(row).Slice(column, chip.Width);
    }

    static int TableOf(ShapeClass shape, MachineChip chip) => Enumerable.Range(0, shape.Tables.Count).First(table => shape.Tables[table].Chip == chip);

    // Tables of every height, lifted and not: their first cell is a selector or a multiplicity.
    [TestCaseSource(nameof(Chips))]
    public void FirstCellOfATable_Changed_IsRejected(MachineChip chip)
    {
        var proof = s_forger.Prove(s_run, cheat: (shape, traces) => Row(shape, traces, chip, 0)[0] += KoalaBear.One);
        VerificationResult result = s_forger.Verify(s_run, proof);
        Assert.That(result.Reason, Is.AnyOf(RejectionReason.ConstraintIdentity, RejectionReason.SessionSum), result.ToString());
    }

    static IEnumerable<MachineChip> InertChips => Chips.Where(chip => chip.LogUp.LastRowIsInert && !chip.IsLookupTable && !chip.Graph.UsesNext && IsUsed(chip));

    static bool IsUsed(MachineChip chip) => chip.RowCount(new TraceInput(s_run.Program, s_run.Last, new LookupCounts(s_run.Program))) > 0;

    // Where the interactions end in a pair, the last row's pair is in no sum: a row there would act without its last two messages.
    [TestCaseSource(nameof(InertChips))]
    public void RowInTheInertLastRow_IsRejected(MachineChip chip)
    {
        var proof = s_forger.Prove(s_run, cheat: (shape, traces) =>
        {
            Span<KoalaBear> first = Row(shape, traces, chip, 0), last = Row(shape, traces, chip, (1 << shape.Tables[TableOf(shape, chip)].LogHeight) - 1);
            first.CopyTo(last);
            first.Clear();
        });
        VerificationResult result = s_forger.Verify(s_run, proof);
        Assert.That(result.Reason, Is.EqualTo(RejectionReason.ConstraintIdentity), result.ToString());
    }

    [Test]
    public void RowsInAnotherOrder_SayTheSame()
    {
        var proof = s_forger.Prove(s_run, cheat: (shape, traces) =>
        {
            Span<KoalaBear> first = Row(shape, traces, RiscvMachine.AddImmediate, 0), second = Row(shape, traces, RiscvMachine.AddImmediate, 1);
            KoalaBear[] copy = [.. first];
            second.CopyTo(first);
            copy.CopyTo(second);
        });
        Assert.That(s_forger.Verify(s_run, proof), Is.EqualTo(VerificationResult.Accepted));
    }
}

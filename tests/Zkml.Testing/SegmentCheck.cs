using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine;
using Zkml.Records;

namespace Zkml.Testing;

/// <summary>A message left over on a bus: sent more often than received (positive) or the other way round.</summary>
public sealed record BusImbalance(Bus Bus, uint[] Message, long Count)
{
    public override string ToString() => $"{Bus.Name}({string.Join(", ", Message)}) × {Count}";
}

/// <summary>A constraint that some row of some table violates.</summary>
public sealed record RowFailure(string Table, int Row, ConstraintFailure Failure)
{
    public override string ToString() => $"{Table} row {Row}: {Failure.Label} = {Failure.Value}";
}

/// <summary>
/// Checks filled traces exactly, without a proof: every constraint on every row, and every bus as a multiset. What a proof shows with
/// overwhelming probability, this shows with certainty.
/// </summary>
public sealed class SegmentCheck : IDisposable
{
    readonly FieldMatrixPool _pool = new(idleLimitBytes: 0);
    readonly List<(MachineChip Chip, FieldMatrix? Main, FieldMatrix? Preprocessed, int Rows)> _tables = [];
    readonly Dictionary<(int Tag, string Message), (Bus Bus, uint[] Message, long Count)> _balance = [];

    /// <summary>The violated constraints found so far, at most 20.</summary>
    public List<RowFailure> Failures { get; } = [];

    /// <summary>The messages that do not balance.</summary>
    public IReadOnlyList<BusImbalance> Imbalances => [.. _balance.Values.Where(entry => entry.Count != 0).Select(entry => new BusImbalance(entry.Bus, entry.Message, entry.Count))];

    /// <summary>Main trace of a table, or null where its width is 0; mutable, for tests that cheat before <see cref="Run"/>.</summary>
    public FieldMatrix? Main(MachineChip chip) => _tables.First(table => table.Chip == chip).Main;

    /// <summary>Fills tables of the least heights that hold the input.</summary>
    /// <param name="chips">The tables.</param>
    /// <param name="input">What they are filled from.</param>
    /// <param name="cheat">Changes the event tables before the lookups are counted, so that the lookup tables vouch for all that they can.</param>
    public void Fill(IEnumerable<MachineChip> chips, TraceInput input, Action<SegmentCheck>? cheat = null)
    {
        List<TableSlot> slots = [];
        foreach (MachineChip chip in chips)
        {
            int rows = 1;
            while (rows - (chip.LogUp.LastRowIsInert ? 1 : 0) < Math.Max(chip.RowCount(input), PreprocessedRows(chip, input))) rows *= 2;
            FieldMatrix? main = chip.Width > 0 ? _pool.Rent(rows, chip.Width) : null;
            FieldMatrix? preprocessed = chip.PreprocessedWidth > 0 ? _pool.Rent(rows, chip.PreprocessedWidth) : null;
            preprocessed?.Clear(1);
            if (preprocessed is not null) chip.FillPreprocessed(input.Program, 0, preprocessed.Block(0, rows, 0, chip.PreprocessedWidth));
            if (main is not null) slots.Add(new TableSlot(chip, main, 0));
            _tables.Add((chip, main, preprocessed, rows));
        }
        if (cheat is null)
        {
            TraceBuilder.Fill(slots, input, 1);
            return;
        }
        foreach (TableSlot slot in slots.Where(slot => !slot.Chip.IsLookupTable)) FillRows(slot, input);
        cheat(this);
        foreach (TableSlot slot in slots.Where(slot => !slot.Chip.IsLookupTable))
        {
            var visitor = new CountVisitor(slot.Matrix, input.Lookups);
            slot.Chip.Accept(ref visitor);
        }
        foreach (TableSlot slot in slots.Where(slot => slot.Chip.IsLookupTable)) FillRows(slot, input);
    }

    static void FillRows(TableSlot slot, TraceInput input) =>
        slot.Chip.FillRows(input, 0, slot.Matrix.Block(0, slot.Matrix.Rows, 0, slot.Chip.Width));

    /// <summary>Runs every constraint text on every row and sums every bus. Local buses count as <paramref name="segmentIndex"/>'s.</summary>
    public void Run(int segmentIndex = 0)
    {
        foreach ((MachineChip chip, FieldMatrix? main, FieldMatrix? preprocessed, int rows) in _tables)
        {
            var visitor = new RowVisitor(this, chip, main, preprocessed, rows, segmentIndex);
            chip.Accept(ref visitor);
        }
    }

    /// <summary>Adds a term of the verifier's own.</summary>
    public void Add(Bus bus, long count, params uint[] message) => Count(bus, (int)bus.TagInSegment(0), message, count);

    public void Dispose()
    {
        foreach (var table in _tables)
        {
            table.Main?.Dispose();
            table.Preprocessed?.Dispose();
        }
        _pool.Dispose();
    }

    static int PreprocessedRows(MachineChip chip, TraceInput input) => chip.PreprocessedWidth > 0 ? chip.PreprocessedRowCount(input.Program) : 0;

    void Count(Bus bus, int tag, uint[] message, long count)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_balance, (tag, string.Join(',', message)), out _);
        entry = (bus, message, entry.Count + count);
    }

    readonly struct RowVisitor(SegmentCheck check, MachineChip chip, FieldMatrix? main, FieldMatrix? preprocessed, int rows, int segmentIndex) : IAirVisitor
    {
        public void Visit<TAir>(in TAir air) where TAir : struct, IAir
        {
            List<ConstraintFailure> failures = [];
            var sink = new BalanceSink(check, segmentIndex);
            for (int row = 0; row < rows; row++)
            {
                Span<KoalaBear> local = main is null ? default : main.Row(row), next = main is null ? default : main.Row((row + 1) % rows);
                Span<KoalaBear> fixedRow = preprocessed is null ? default : preprocessed.Row(row);
                var window = new RowWindow<KoalaBear>(local, next, fixedRow);
                failures.Clear();
                var checker = new RowChecker(failures, row == 0, row == rows - 1);
                air.Constrain<RowChecker, KoalaBear>(ref checker, window);
                foreach (ConstraintFailure failure in failures)
                    if (check.Failures.Count < 20)
                        check.Failures.Add(new RowFailure(chip.Name, row, failure));
                var counter = new InteractionCounter<BalanceSink>(ref sink);
                air.Constrain<InteractionCounter<BalanceSink>, KoalaBear>(ref counter, window);
            }
        }
    }

    readonly struct CountVisitor(FieldMatrix main, LookupCounts counts) : IAirVisitor
    {
        public void Visit<TAir>(in TAir air) where TAir : struct, IAir
        {
            var sink = new LookupSink(counts);
            for (int row = 0; row < main.Rows; row++)
            {
                var counter = new InteractionCounter<LookupSink>(ref sink);
                air.Constrain<InteractionCounter<LookupSink>, KoalaBear>(ref counter, new RowWindow<KoalaBear>(main.Row(row), main.Row((row + 1) % main.Rows), default));
            }
        }
    }

    readonly struct BalanceSink(SegmentCheck check, int segmentIndex) : IInteractionSink
    {
        public void Take(Bus bus, KoalaBear multiplicity, scoped ReadOnlySpan<KoalaBear> message)
        {
            long count = multiplicity.ToCanonical();
            if (count > KoalaBear.Modulus / 2) count -= KoalaBear.Modulus;
            var canonical = new uint[message.Length];
            for (int i = 0; i < canonical.Length; i++) canonical[i] = message[i].ToCanonical();
            check.Count(bus, (int)bus.TagInSegment(segmentIndex), canonical, count);
        }
    }
}

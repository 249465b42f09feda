using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine;

namespace Zkml.Testing;

/// <summary>A chip's filled trace, and its rows run through the constraint text one at a time.</summary>
public sealed class FilledTable
{
    readonly MachineChip _chip;
    readonly KoalaBear[] _main, _preprocessed;

    /// <param name="chip">The chip.</param>
    /// <param name="input">What it is filled from.</param>
    /// <param name="height">Rows, padding included; a power of two.</param>
    public FilledTable(MachineChip chip, TraceInput input, int height)
    {
        _chip = chip;
        Height = height;
        _main = new KoalaBear[height * chip.Width];
        _preprocessed = new KoalaBear[height * chip.PreprocessedWidth];
        // Every cell must be written by the chip: rubbish left over would show as a failing padding row.
        Array.Fill(_main, KoalaBear.FromCanonical(77));
        Array.Fill(_preprocessed, KoalaBear.FromCanonical(77));
        chip.FillRows(input, 0, new RowBlock(_main, chip.Width, height, chip.Width));
        if (chip.PreprocessedWidth > 0)
            chip.FillPreprocessed(input.Program, 0, new RowBlock(_preprocessed, chip.PreprocessedWidth, height, chip.PreprocessedWidth));
    }

    /// <summary>Rows, padding included.</summary>
    public int Height { get; }

    /// <summary>The main cells of a row.</summary>
    public ReadOnlySpan<KoalaBear> Row(int index) => _main.AsSpan(index * _chip.Width, _chip.Width);

    /// <summary>The main cells of some consecutive rows.</summary>
    public ReadOnlySpan<KoalaBear> Rows(int index, int count) => _main.AsSpan(index * _chip.Width, count * _chip.Width);

    /// <summary>Runs the text on a row.</summary>
    public RowReport Report(int index) => Report(index, Row(index));

    /// <summary>
    /// Runs the text with other cells in one row, or in as many consecutive rows as there are cells for. Where the text reads the next row,
    /// violations of the row before are included.
    /// </summary>
    public RowReport Report(int index, ReadOnlySpan<KoalaBear> cells)
    {
        var report = new RowReport();
        int width = _chip.Width, count = width == 0 ? 1 : cells.Length / width, previous = (index + Height - 1) % Height;
        for (int i = 0; i < count; i++)
            Run(report, index + i, cells.Slice(i * width, width), i + 1 < count ? cells.Slice((i + 1) * width, width) : Row((index + count) % Height));
        if (_chip.Graph.UsesNext)
        {
            var before = new RowReport();
            Run(before, previous, Row(previous), cells[..width]);
            report.FailedConstraints.AddRange(before.FailedConstraints);
        }
        return report;
    }

    void Run(RowReport report, int index, ReadOnlySpan<KoalaBear> local, ReadOnlySpan<KoalaBear> next)
    {
        int width = _chip.PreprocessedWidth;
        var visitor = new ReportVisitor
        {
            Rows = new RowWindow<KoalaBear>(local, next, _preprocessed.AsSpan(index * width, width)),
            Builder = new ReportBuilder(report, index == 0, index == Height - 1),
        };
        _chip.Accept(ref visitor);
    }

    ref struct ReportVisitor : IAirVisitor
    {
        public RowWindow<KoalaBear> Rows;
        public ReportBuilder Builder;

        public void Visit<TAir>(in TAir air) where TAir : struct, IAir => air.Constrain<ReportBuilder, KoalaBear>(ref Builder, Rows);
    }
}

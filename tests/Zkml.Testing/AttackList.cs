using Zkml.Fields;

namespace Zkml.Testing;

/// <summary>Changes the cells of one row.</summary>
public delegate void RowChange(Span<KoalaBear> row);

/// <summary>A forged row, or some consecutive ones, that must be refused.</summary>
/// <param name="Name">What the attacker tries.</param>
/// <param name="Row">The honest row whose place it takes; the first one of several.</param>
/// <param name="Cells">The forged cells, row after row.</param>
/// <param name="AnyInputs">The attacker also controls what the row receives, so that its own constraints and lookups must refuse it.</param>
public sealed record Attack(string Name, int Row, KoalaBear[] Cells, bool AnyInputs);

/// <summary>The attacks on one chip that take more than one changed cell.</summary>
public sealed class AttackList(FilledTable table)
{
    readonly List<Attack> _attacks = [];

    /// <summary>All of them.</summary>
    public IReadOnlyList<Attack> Attacks => _attacks;

    /// <summary>An attack that changes some cells of an honest row.</summary>
    public void Add(string name, int row, RowChange change, bool anyInputs = false)
    {
        KoalaBear[] cells = table.Row(row).ToArray();
        change(cells);
        _attacks.Add(new(name, row, cells, anyInputs));
    }

    /// <summary>An attack that replaces consecutive rows at once, which so may agree with each other.</summary>
    /// <param name="name">What the attacker tries.</param>
    /// <param name="row">The first row.</param>
    /// <param name="cells">The forged cells of all rows.</param>
    /// <param name="anyInputs">The attacker also controls what the rows receive from others.</param>
    public void AddRun(string name, int row, KoalaBear[] cells, bool anyInputs = false) => _attacks.Add(new(name, row, cells, anyInputs));

    /// <summary>Attacks that put consistent rows of other events, filled by the chip itself, in the place of the honest ones; equal rows are left out.</summary>
    public void AddRows(string name, FilledTable forged, int count, bool anyInputs = false)
    {
        for (int i = 0; i < count; i++)
            if (!forged.Row(i).SequenceEqual(table.Row(i)))
                _attacks.Add(new(name, i, forged.Row(i).ToArray(), anyInputs));
    }
}

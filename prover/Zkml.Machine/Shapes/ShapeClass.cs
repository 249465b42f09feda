using Zkml.Records;

namespace Zkml.Machine.Shapes;

/// <summary>A table of a class and its height 2^LogHeight.</summary>
public sealed record TableHeight(MachineChip Chip, int LogHeight);

/// <summary>
/// One of the finitely many forms of a segment (D10): which tables, how high. Recursion needs one program a class, so there are at most 32.
/// </summary>
public sealed class ShapeClass
{
    internal ShapeClass(int index, string name, ProgramSize? closes, TableHeight[] tables)
    {
        Index = index;
        Name = name;
        Closes = closes;
        Tables = tables;
        Capacities = RiscvMachine.RowCapacities(tables);
        foreach (TableHeight table in tables)
        {
            MainCells += (long)table.Chip.Width << table.LogHeight;
            PermutationCells += (long)table.Chip.LogUp.Width << table.LogHeight;
        }
    }

    /// <summary>Index in <see cref="ShapeClasses.All"/>; written into proofs.</summary>
    public int Index { get; }

    /// <summary>A short name for people: kind, log2 of the cycles it is made for, program size.</summary>
    public string Name { get; }

    /// <summary>The program size whose ROM, image and read-only tables stand in this class; null in a class that does not close a session (E2).</summary>
    public ProgramSize? Closes { get; }

    /// <summary>A closing class ends the session: it holds the program's tables, the boundary and the halt.</summary>
    public bool IsClosing => Closes is not null;

    /// <summary>The tables in machine order.</summary>
    public IReadOnlyList<TableHeight> Tables { get; }

    /// <summary>Rows that fit, per event stream.</summary>
    public EventCounts Capacities { get; }

    /// <summary>Cells of the main traces, padding included.</summary>
    public long MainCells { get; }

    /// <summary>Cells of the permutation traces, padding included.</summary>
    public long PermutationCells { get; }

    /// <summary>Whether every stream's rows fit.</summary>
    public bool Fits(in EventCounts counts)
    {
        for (int i = 0; i < EventCounts.StreamCount; i++)
            if (counts[(EventStream)i] > Capacities[(EventStream)i])
                return false;
        return true;
    }

    public override string ToString() => Name;
}

namespace Zkml.Air;

/// <summary>
/// An AIR with its type erased: what a machine lists. Interpreters get the type back through <see cref="Accept"/>:
/// one virtual call per chip and pass, none per row.
/// </summary>
public abstract class Chip
{
    /// <summary>The name of the table.</summary>
    public abstract string Name { get; }

    /// <summary>Number of main columns.</summary>
    public abstract int Width { get; }

    /// <summary>Number of preprocessed columns.</summary>
    public abstract int PreprocessedWidth { get; }

    /// <summary>The recorded constraints: degrees, interactions, which columns are used of the next row.</summary>
    public abstract ExprGraph Graph { get; }

    /// <summary>How the interactions are laid out in the permutation trace.</summary>
    public LogUpLayout LogUp => new(Graph.Interactions.Count);

    /// <summary>The number of constraints folded into the quotient: those of the text and those of LogUp.</summary>
    public int ConstraintCount => Graph.Constraints.Count + LogUp.ConstraintCount;

    /// <summary>
    /// Usable rows of a table of height 2^<paramref name="logHeight"/>: one less where LogUp's merged pair wants an inert last row.
    /// </summary>
    public int Capacity(int logHeight) => (1 << logHeight) - (LogUp.LastRowIsInert ? 1 : 0);

    /// <summary>Calls the visitor with the AIR's own type.</summary>
    public abstract void Accept<TVisitor>(ref TVisitor visitor) where TVisitor : struct, IAirVisitor, allows ref struct;

    public override string ToString() => Name;
}

/// <summary>The chip of an AIR.</summary>
public class Chip<TAir>(TAir air) : Chip where TAir : struct, IAir
{
    readonly TAir _air = air;

    /// <summary>The AIR.</summary>
    protected ref readonly TAir Air => ref _air;

    public override string Name => _air.Name;

    public override int Width => _air.Width;

    public override int PreprocessedWidth => _air.PreprocessedWidth;

    public override ExprGraph Graph { get; } = ExprGraph.Record(air);

    public override void Accept<TVisitor>(ref TVisitor visitor) => visitor.Visit(in _air);
}

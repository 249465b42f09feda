namespace Zkml.Stark;

/// <summary>What a column is committed in.</summary>
public enum TracePhase : byte
{
    /// <summary>Fixed columns.</summary>
    Preprocessed,

    /// <summary>Witness columns.</summary>
    Main,

    /// <summary>LogUp columns.</summary>
    Permutation,

    /// <summary>The ten columns of q_0 and q_1.</summary>
    Quotient,
}

/// <summary>The two points at which columns are opened.</summary>
public enum OpeningPoint : byte
{
    /// <summary>ζ; of a table lifted by r, ζ^r.</summary>
    Zeta,

    /// <summary>ω_N·ζ, the following row; of a lifted table, (ω_N·ζ)^r.</summary>
    NextZeta,
}

/// <summary>A run of consecutive columns of one table opened at one point, in the opening order of docs/design/stark.md.</summary>
/// <param name="Table">Index of the table in the shape; -1 for the quotient.</param>
/// <param name="Phase">Which of the table's columns.</param>
/// <param name="Point">Where they are opened.</param>
/// <param name="FirstColumn">First column of the run among the table's columns of this phase.</param>
/// <param name="Count">Number of columns.</param>
/// <param name="FirstOpening">Index of the first column's opening: its value in the proof and its power of δ.</param>
/// <param name="Tree">Index of the tree that commits the columns, in <see cref="SegmentLayout.Trees"/>.</param>
/// <param name="RowOffset">Where the run starts in an opened leaf of that tree.</param>
public readonly record struct OpeningGroup(
    int Table, TracePhase Phase, OpeningPoint Point, int FirstColumn, int Count, int FirstOpening, int Tree, int RowOffset);

using Zkml.Air;
using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>A table of a segment: its chip and its height 2^LogHeight.</summary>
public sealed record TableShape(Chip Chip, int LogHeight);

/// <summary>A preprocessed tree: its root and the tables, by ascending index in the shape, whose preprocessed columns it holds.</summary>
public sealed record PreprocessedTree(Digest Root, int[] Tables);

/// <summary>
/// The public form of a segment proof: which tables, how high, which preprocessed trees. Known to the verifier from the class and the program, never
/// read from the proof. Generic over the list of chips: the RISC-V machine and the recursion machine both use it.
/// </summary>
public sealed class SegmentShape
{
    /// <summary>The tables in machine order; at least one.</summary>
    public required TableShape[] Tables { get; init; }

    /// <summary>The preprocessed trees, in opening order; every table with preprocessed columns is in exactly one.</summary>
    public required PreprocessedTree[] Preprocessed { get; init; }

    /// <summary>log2 of the largest height.</summary>
    public int LogHeight => Tables.Max(table => table.LogHeight);

    /// <summary>Constraints of all tables: the number of powers of γ.</summary>
    public int ConstraintCount => Tables.Sum(table => table.Chip.ConstraintCount);
}

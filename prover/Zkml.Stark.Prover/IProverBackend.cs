using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Prover;

/// <summary>The challenges under which one segment's LogUp columns are made.</summary>
/// <param name="Alpha">α.</param>
/// <param name="Beta">β.</param>
/// <param name="SegmentIndex">The segment's place in the session: part of the tags of local buses.</param>
public readonly record struct LogUpChallenges(KoalaBear5 Alpha, KoalaBear5 Beta, int SegmentIndex);

/// <summary>A tree in the making: its columns and, once committed, its nodes.</summary>
/// <param name="Extension">The low-degree extensions of the columns.</param>
/// <param name="Tree">The tree over their rows.</param>
public sealed record Commitment(TreeMatrices Extension, MerkleTree Tree) : IDisposable
{
    /// <summary>Gives the memory of both back.</summary>
    public void Dispose()
    {
        Tree.Dispose();
        Extension.Dispose();
    }
}

/// <summary>
/// The coarse operations of a segment proof, each over whole matrices: what a device has to offer. None knows the order of the protocol; the result of
/// each depends on its arguments alone, never on the number of threads.
/// </summary>
public interface IProverBackend
{
    /// <summary>Lends the memory of every matrix.</summary>
    FieldMatrixPool Pool { get; }

    /// <summary>The low-degree extensions of the columns over inputShift·H, logBlowup as in docs/design/stark.md. The traces are only read.</summary>
    TreeMatrices Extend(TreeMatrices traces, KoalaBear inputShift, int logBlowup, CancellationToken cancellation);

    /// <summary>The tree over the rows of extensions.</summary>
    MerkleTree Commit(TreeMatrices extension, CancellationToken cancellation);

    /// <summary>
    /// The LogUp columns of every table with interactions, and the tables' sums: [<see cref="SegmentLayout.SumCount"/>].
    /// </summary>
    /// <param name="layout">The segment.</param>
    /// <param name="traces">Preprocessed and main traces by index of their tree; the others are not read.</param>
    /// <param name="challenges">α, β and the segment's index.</param>
    /// <param name="permutation">Receives the columns; every cell is written.</param>
    /// <param name="cancellation">Checked between chunks of rows.</param>
    KoalaBear5[] FillPermutation(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> traces, LogUpChallenges challenges, TreeMatrices permutation, CancellationToken cancellation);

    /// <summary>The values of q_0 and q_1 on their cosets: a matrix of [N × 10].</summary>
    /// <param name="layout">The segment.</param>
    /// <param name="extensions">The extensions of the preprocessed, main and permutation trees by index.</param>
    /// <param name="challenges">α, β and the segment's index.</param>
    /// <param name="sums">The tables' LogUp sums.</param>
    /// <param name="gamma">γ.</param>
    /// <param name="cancellation">Checked between chunks of rows.</param>
    FieldMatrix EvaluateQuotient(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, LogUpChallenges challenges, ReadOnlySpan<KoalaBear5> sums, KoalaBear5 gamma,
        CancellationToken cancellation);

    /// <summary>
    /// The extension of the quotient, from the values of <see cref="EvaluateQuotient"/>; q_1's input coset differs from q_0's by the factor ω_(2N).
    /// </summary>
    TreeMatrices ExtendQuotient(SegmentLayout layout, FieldMatrix quotient, CancellationToken cancellation);

    /// <summary>The opened values in the opening order: [<see cref="SegmentLayout.OpeningCount"/>].</summary>
    KoalaBear5[] Open(SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, KoalaBear5 zeta, CancellationToken cancellation);

    /// <summary>The DEEP codeword D, in leaves of the first FRI layer, or of single values when there is no layer.</summary>
    Codeword Combine(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, KoalaBear5 zeta, KoalaBear5 delta, ReadOnlySpan<KoalaBear5> openings,
        CancellationToken cancellation);

    /// <summary>The tree over the leaves of a FRI layer.</summary>
    MerkleTree CommitLayer(Codeword layer, int logCap, CancellationToken cancellation);

    /// <summary>The layer folded by 8, in leaves of 2^logLeaf values.</summary>
    Codeword Fold(Codeword layer, KoalaBear5 beta, int logLeaf, CancellationToken cancellation);

    /// <summary>The smallest nonce of a proof of work; 0 for 0 bits. The challenger stays as it is.</summary>
    uint Grind(Challenger<KoalaBear, Poseidon2> challenger, int bits, CancellationToken cancellation);
}

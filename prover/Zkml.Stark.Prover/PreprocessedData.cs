using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Prover;

/// <summary>
/// The preprocessed columns of some tables, committed once and used by every segment that has these tables: traces, extensions and the tree with its one root.
/// </summary>
public sealed class PreprocessedData : IDisposable
{
    readonly Commitment _commitment;

    PreprocessedData(TreeMatrices traces, Commitment commitment, IReadOnlyList<TableShape> tables, int logBlowup)
    {
        Traces = traces;
        _commitment = commitment;
        Tables = tables;
        LogBlowup = logBlowup;
    }

    /// <summary>The tables, in the order of a segment shape that uses them.</summary>
    public IReadOnlyList<TableShape> Tables { get; }

    /// <summary>log2 of extension rows over trace rows.</summary>
    public int LogBlowup { get; }

    /// <summary>What the verifier knows the columns by.</summary>
    public Digest Root => _commitment.Tree.Cap[0];

    internal TreeMatrices Traces { get; }

    internal TreeMatrices Extension => _commitment.Extension;

    internal MerkleTree Tree => _commitment.Tree;

    /// <summary>Fills, extends and commits.</summary>
    /// <param name="backend">Does the work and lends the memory.</param>
    /// <param name="tables">Tables with preprocessed columns, at least one, in machine order.</param>
    /// <param name="logBlowup">log2 of extension rows over trace rows.</param>
    /// <param name="filler">Fills the preprocessed rows of a table, which it is given as an index in <paramref name="tables"/>.</param>
    /// <param name="threads">Most threads at work for the filling.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static PreprocessedData Commit(
        IProverBackend backend, IReadOnlyList<TableShape> tables, int logBlowup, TableFiller filler, int threads, CancellationToken cancellation = default)
    {
        int[] widths = [.. tables.Select(table => table.Chip.PreprocessedWidth)];
        Hashing.TableShape[] committed = [.. tables.Select((table, index) => new Hashing.TableShape(table.LogHeight + logBlowup, widths[index]))];
        TreeMatrices traces = TreeMatrices.RentTraces(backend.Pool, new MerkleShape(committed, logCap: 0), logBlowup);
        TreeMatrices? extension = null;
        try
        {
            SegmentTraces.Fill(traces, widths, filler, threads, cancellation);
            extension = backend.Extend(traces, KoalaBear.One, logBlowup, cancellation);
            return new(traces, new(extension, backend.Commit(extension, cancellation)), tables, logBlowup);
        }
        catch
        {
            extension?.Dispose();
            traces.Dispose();
            throw;
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _commitment.Dispose();
        Traces.Dispose();
    }
}

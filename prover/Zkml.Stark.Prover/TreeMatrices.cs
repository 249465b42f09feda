using System.Numerics;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Prover;

/// <summary>
/// The columns of the tables of one tree, as traces or as low-degree extensions: tables of one height stand side by side in one row-major matrix, in table
/// order, so that a row of the matrix is what the tree hashes.
/// </summary>
public sealed class TreeMatrices : IDisposable
{
    readonly FieldMatrix[] _matrices;
    readonly (int Group, int Column)[] _places;

    TreeMatrices(MerkleShape shape, FieldMatrix[] matrices, int logCosets)
    {
        Shape = shape;
        _matrices = matrices;
        LogCosets = logCosets;
        _places = new (int, int)[shape.TableCount];
        int offset = 0;
        for (int group = 0; group < shape.Groups.Length; offset += shape.Groups[group++].Width)
            foreach (int table in shape.Groups[group].Tables)
                _places[table] = (group, shape.OffsetOf(table) - offset);
    }

    /// <summary>The tree that commits the extension of these columns.</summary>
    public MerkleShape Shape { get; }

    /// <summary>log2 of the number of cosets: 0 for traces, the logBlowup for extensions, stored coset after coset.</summary>
    public int LogCosets { get; }

    /// <summary>One matrix for each group of <see cref="Shape"/>, highest first.</summary>
    public IReadOnlyList<FieldMatrix> Matrices => _matrices;

    /// <summary>
    /// Traces for the tables of a tree: [2^logHeight × width of the group], padding columns zero, other cells unspecified.
    /// </summary>
    /// <param name="pool">Lends the memory.</param>
    /// <param name="shape">The tree over the tables' extensions.</param>
    /// <param name="logBlowup">log2 of extension rows over trace rows.</param>
    public static TreeMatrices RentTraces(FieldMatrixPool pool, MerkleShape shape, int logBlowup) =>
        new(shape, [.. shape.Groups.Select(group => pool.Rent(1 << (group.LogHeight - logBlowup), group.Width))], 0);

    /// <summary>Wraps matrices that are laid out as the groups of <paramref name="shape"/>; disposing the result disposes them.</summary>
    /// <exception cref="ArgumentException">A matrix does not have its group's shape.</exception>
    public static TreeMatrices Of(MerkleShape shape, FieldMatrix[] matrices, int logCosets, int logBlowup)
    {
        if (matrices.Length != shape.Groups.Length)
            throw new ArgumentException($"Matrices of a tree: got {matrices.Length}, expected {shape.Groups.Length}.", nameof(matrices));
        for (int group = 0; group < matrices.Length; group++)
        {
            int rows = 1 << (shape.Groups[group].LogHeight - logBlowup + logCosets), width = shape.Groups[group].Width;
            if (matrices[group].Rows != rows || matrices[group].Width != width)
                throw new ArgumentException(
                    $"Matrices of a tree, group {group}: got [{matrices[group].Rows} × {matrices[group].Width}], expected [{rows} × {width}].", nameof(matrices));
        }

        return new(shape, matrices, logCosets);
    }

    /// <summary>The group of table <paramref name="table"/> (its index in the tree) and the table's first column in the group's matrix.</summary>
    public (int Group, int Column) Place(int table) => _places[table];

    /// <summary>log2 of the rows of one coset of a matrix.</summary>
    public int LogHeight(int group) => BitOperations.Log2((uint)_matrices[group].Rows) - LogCosets;

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (FieldMatrix matrix in _matrices)
            matrix.Dispose();
    }
}

using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>The nodes of a Merkle tree in one buffer, leaves first, then each level up to the cap; and the kernels that fill a level.</summary>
/// <remarks>
/// Levels of 16 nodes or more are worked sixteen at a time in packed lanes, shorter ones node by node; both equal the definition in
/// <see cref="MerkleVerifier{T, TPermutation}"/>. Pointers are safe: offsets come from the shape that the buffer was rented for, and
/// tables are checked against it before any kernel runs.
/// </remarks>
sealed unsafe class MerkleLevels : IDisposable
{
    const int Lanes = PackedKoalaBear.Lanes;
    const int NodeWords = Digest.Length;

    // A node is half a row of the buffer. Each worker has one row of scratch: the transposed rows, then two blocks of 16 × 16 words.
    const int BlockWords = Lanes * Lanes;
    const int ChunkLength = 1 << 10;

    readonly MerkleShape _shape;
    readonly FieldMatrix[] _tables;
    readonly RowOrder _order;
    readonly FieldMatrix _nodes;

    public MerkleLevels(FieldMatrixPool pool, MerkleShape shape, FieldMatrix[] tables, RowOrder order)
    {
        _shape = shape;
        _tables = tables;
        _order = order;
        long nodeCount = (2L << shape.LogHeight) - shape.CapLength;
        _nodes = pool.RentUnspecified((int)((nodeCount + 1) / 2), 2 * NodeWords);
    }

    /// <summary>Bytes of all nodes.</summary>
    public long Bytes => (long)_nodes.Rows * _nodes.Stride * sizeof(KoalaBear);

    /// <summary>The 2^<paramref name="logCount"/> nodes of a level, valid until disposal.</summary>
    public ReadOnlySpan<Digest> Level(int logCount) => new(Nodes(logCount), 1 << logCount);

    public void Dispose() => _nodes.Dispose();

    uint* Nodes(int logCount) => (uint*)_nodes.Pointer + (nint)((2L << _shape.LogHeight) - (2L << logCount)) * NodeWords;

    /// <summary>Hashes the rows of the highest tables into the leaves.</summary>
    public void HashLeaves(FieldMatrix scratch, int threads, CancellationToken cancellation)
    {
        RowGroup group = _shape.Groups[0];
        uint* nodes = Nodes(group.LogHeight);
        if (1 << group.LogHeight < Lanes)
        {
            for (int row = 0; row < 1 << group.LogHeight; row++)
                Store(nodes, Leaf(row, group), HashRow(group, row));
            return;
        }
        ParallelRange.Run(1 << group.LogHeight, ChunkLength, threads, (start, end, worker) =>
        {
            uint* rows = (uint*)scratch.RowPointer(worker), digests = rows + ScratchRowsLength(group.Width);
            for (int row = start; row < end; row += Lanes)
            {
                HashRows(group, row, rows, digests);
                for (int lane = 0; lane < Lanes; lane++)
                    Copy(digests + lane * Lanes, nodes + (nint)Leaf(row + lane, group) * NodeWords);
            }
        }, cancellation);
    }

    /// <summary>Fills the level of 2^<paramref name="logCount"/> nodes from the level below it.</summary>
    public void CompressLevel(int logCount, FieldMatrix scratch, int threads, CancellationToken cancellation)
    {
        uint* children = Nodes(logCount + 1), parents = Nodes(logCount);
        if (1 << logCount < Lanes)
        {
            for (int node = 0; node < 1 << logCount; node++)
                Store(parents, node, Digest.Compress(Read(children, 2 * node), Read(children, 2 * node + 1)));
            return;
        }
        ParallelRange.Run(1 << logCount, ChunkLength, threads, (start, end, worker) =>
        {
            uint* state = (uint*)scratch.RowPointer(worker), digests = state + BlockWords;
            for (int node = start; node < end; node += Lanes)
            {
                CompressPairs(children + (nint)node * 2 * NodeWords, state, digests);
                for (int lane = 0; lane < Lanes; lane++)
                    Copy(digests + lane * Lanes, parents + (nint)(node + lane) * NodeWords);
            }
        }, cancellation);
    }

    /// <summary>Compresses the rows of <paramref name="group"/> into the nodes of its level: node = Compress(node, hash of the row at its place).</summary>
    public void Inject(RowGroup group, FieldMatrix scratch, int threads, CancellationToken cancellation)
    {
        uint* nodes = Nodes(group.LogHeight);
        if (1 << group.LogHeight < Lanes)
        {
            for (int row = 0; row < 1 << group.LogHeight; row++)
                Store(nodes, Leaf(row, group), Digest.Compress(Read(nodes, Leaf(row, group)), HashRow(group, row)));
            return;
        }
        ParallelRange.Run(1 << group.LogHeight, ChunkLength, threads, (start, end, worker) =>
        {
            uint* rows = (uint*)scratch.RowPointer(worker), digests = rows + ScratchRowsLength(group.Width), pairs = digests + BlockWords;
            for (int row = start; row < end; row += Lanes)
            {
                HashRows(group, row, rows, digests);
                for (int lane = 0; lane < Lanes; lane++)
                {
                    Copy(nodes + (nint)Leaf(row + lane, group) * NodeWords, pairs + lane * Lanes);
                    Copy(digests + lane * Lanes, pairs + lane * Lanes + NodeWords);
                }
                CompressPairs(pairs, rows, digests);
                for (int lane = 0; lane < Lanes; lane++)
                    Copy(digests + lane * Lanes, nodes + (nint)Leaf(row + lane, group) * NodeWords);
            }
        }, cancellation);
    }

    /// <summary>Words of scratch that one worker needs for every kernel over rows of at most <paramref name="width"/> elements.</summary>
    public static int ScratchLength(int width) => checked(ScratchRowsLength(width) + 2 * BlockWords);

    // A table's last block of 16 columns is transposed whole, so up to 15 vectors behind the row are overwritten.
    static int ScratchRowsLength(int width) => checked((width + Lanes) * Lanes);

    int Leaf(int row, RowGroup group) => _order.Swap(row, group.LogHeight);

    /// <summary>Hashes storage rows [row, row + 16) into the low halves of sixteen rows of <paramref name="digests"/> [16 × 16].</summary>
    void HashRows(RowGroup group, int row, uint* rows, uint* digests)
    {
        uint* next = rows;
        foreach (int index in group.Tables)
        {
            FieldMatrix table = _tables[index];
            uint* source = (uint*)table.RowPointer(row);
            for (int column = 0; column < table.Width; column += Lanes)
                LaneTransposition.Transpose(source + column, table.Stride, next + column * Lanes);
            next += table.Width * Lanes;
        }
        Span<PackedKoalaBear> digest = stackalloc PackedKoalaBear[Lanes];
        Sponge<PackedKoalaBear, PackedPoseidon2>.HashRow(new ReadOnlySpan<PackedKoalaBear>(rows, group.Width), digest[..Digest.Length]);
        fixed (PackedKoalaBear* packed = digest)
            LaneTransposition.Transpose((uint*)packed, Lanes, digests);
    }

    /// <summary>
    /// Compresses sixteen pairs, each 16 consecutive words of <paramref name="pairs"/>, into the low halves of sixteen rows of
    /// <paramref name="digests"/> [16 × 16]. <paramref name="state"/> is scratch of the same size.
    /// </summary>
    static void CompressPairs(uint* pairs, uint* state, uint* digests)
    {
        LaneTransposition.Transpose(pairs, Lanes, state);
        PackedPoseidon2.Permute16(new Span<PackedKoalaBear>(state, Lanes));
        LaneTransposition.Transpose(state, Lanes, digests);
    }

    Digest HashRow(RowGroup group, int row)
    {
        KoalaBear[] elements = new KoalaBear[group.Width];
        CopyRow(group, row, elements);
        return Digest.OfRow(elements);
    }

    /// <summary>Copies the concatenated rows at leaf position <paramref name="leaf"/> of a group's tables to the start of <paramref name="elements"/>.</summary>
    public void CopyLeaf(RowGroup group, int leaf, Span<KoalaBear> elements) => CopyRow(group, _order.Swap(leaf, group.LogHeight), elements);

    void CopyRow(RowGroup group, int row, Span<KoalaBear> elements)
    {
        foreach (int index in group.Tables)
        {
            _tables[index].Row(row).CopyTo(elements);
            elements = elements[_tables[index].Width..];
        }
    }

    static void Copy(uint* source, uint* destination) => *(Digest*)destination = *(Digest*)source;

    static Digest Read(uint* nodes, int node) => ((Digest*)nodes)[node];

    static void Store(uint* nodes, int node, Digest digest) => ((Digest*)nodes)[node] = digest;
}

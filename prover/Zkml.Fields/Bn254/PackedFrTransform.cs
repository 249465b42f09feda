using System.Runtime.CompilerServices;
using Fr8 = Zkml.Fields.Bn254.PackedMontgomery<Zkml.Fields.Bn254.FrModulus>;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>
/// The buffer as a matrix of R rows and C columns, row by row. Breaking down, from values in natural order to coefficients in bit-reversed order:
/// transforms of the columns; row p times w^(c·k) in column c, k the reversed bits of p; transforms of the rows. Building up is the same backwards.
/// Eight columns or rows are one tile: eight lanes that share every root.
/// </summary>
/// <remarks>
/// The transform is linear, so elements keep their radix of 2^256 and only the roots are in that of the packed product. Between the passes
/// elements are tight, at the end canonical. The unsafe code is safe where the address names 2^logSize pinned elements: tiles are disjoint.
/// </remarks>
sealed unsafe class PackedFrTransform : IFrTransform
{
    /// <summary>With fewer elements, tiles are not worth their preparation.</summary>
    public const int MinimumLogSize = 8;

    readonly Fr* _values;
    readonly int _logSize, _logRows, _logColumns, _threads;
    readonly CancellationToken _cancellation;
    readonly Fr _shift, _root, _inverseSize;

    public PackedFrTransform(Fr* values, int logSize, Fr shift, int threads, CancellationToken cancellation)
    {
        _values = values;
        (_logSize, _logRows, _logColumns) = (logSize, logSize / 2, logSize - logSize / 2);
        (_threads, _cancellation) = (threads, cancellation);
        (_shift, _root, _inverseSize) = (shift, FrNtt.RootOfUnity(logSize), Fr.FromUInt64(1UL << logSize).Inverse());
    }

    int Rows => 1 << _logRows;

    int Columns => 1 << _logColumns;

    /// <inheritdoc/>
    public void Forward()
    {
        FrNtt.ReverseBits(_values, _logSize, _threads, _cancellation);
        using NativeBlock roots = Roots(_root);
        RunRows(null, null, (ulong*)roots.Address, isLast: false);
        RunColumns((ulong*)roots.Address, _root, Fr.One, Fr.One, isBreakingDown: false);
    }

    /// <inheritdoc/>
    public void Inverse()
    {
        Fr inverseRoot = _root.Inverse();
        using NativeBlock roots = Roots(inverseRoot);
        RunColumns((ulong*)roots.Address, inverseRoot, Fr.One, _inverseSize, isBreakingDown: true);
        RunRows((ulong*)roots.Address, null, null, isLast: true);
        FrNtt.ReverseBits(_values, _logSize, _threads, _cancellation);
    }

    /// <inheritdoc/>
    public void MoveToCoset()
    {
        // Coefficient k·R' + k' stands in row p, column q, with k the reversed bits of q, k' those of p and R' = R. Its factor shift^k' joins the one
        // between columns and rows; its factor shift^(k·R) is applied between the two transforms of the row.
        Fr inverseRoot = _root.Inverse();
        using NativeBlock inverseRoots = Roots(inverseRoot), roots = Roots(_root), scale = RowScale();
        RunColumns((ulong*)inverseRoots.Address, inverseRoot, _shift, _inverseSize, isBreakingDown: true);
        RunRows((ulong*)inverseRoots.Address, (ulong*)scale.Address, (ulong*)roots.Address, isLast: false);
        RunColumns((ulong*)roots.Address, _root, Fr.One, Fr.One, isBreakingDown: false);
    }

    /// <summary>Powers below C/2 of the root of order C; the columns use every (C/R)-th.</summary>
    NativeBlock Roots(Fr root)
    {
        Fr rowRoot = FieldAlgorithms.Power(root, [(ulong)Rows]), power = Fr.One;
        var block = new NativeBlock((long)Columns / 2 * Fr8.LimbCount * sizeof(ulong));
        for (int i = 0; i < Columns / 2; i++, power *= rowRoot)
            Fr8.Spread(power, (ulong*)block.Address + Fr8.LimbCount * i);
        return block;
    }

    /// <summary>The shift to the power R·k at the reversed bits of k.</summary>
    NativeBlock RowScale()
    {
        Fr ratio = FieldAlgorithms.Power(_shift, [(ulong)Rows]), power = Fr.One;
        var block = new NativeBlock((long)Columns * Fr8.LimbCount * sizeof(ulong));
        for (int i = 0; i < Columns; i++, power *= ratio)
            Fr8.Spread(power, (ulong*)block.Address + Fr8.LimbCount * FrNtt.ReverseBits(i, _logColumns));
        return block;
    }

    /// <summary>
    /// All columns, with the factors start·(root^c·ratio)^k after the transform when breaking down, before it when building up, which is the last pass.
    /// </summary>
    void RunColumns(ulong* roots, Fr root, Fr ratio, Fr start, bool isBreakingDown)
    {
        var steps = new Fr[Columns];
        steps[0] = ratio;
        for (int i = 1; i < steps.Length; i++)
            steps[i] = steps[i - 1] * root;
        int stride = 1 << (_logColumns - _logRows);
        RunTiles(Columns, Rows, RunTile);

        void RunTile(int column, Limb* tile)
        {
            for (int row = 0; row < Rows; row += 2)
                PackedFrMemory.LoadRuns(At(row, column), At(row + 1, column), tile + Fr8.LimbCount * row, tile + Fr8.LimbCount * (row + 1));
            if (isBreakingDown)
                FrButterflies.BreakDown(tile, _logRows, roots, stride);
            Twist(tile, steps.AsSpan(column, Fr8.Lanes), start);
            if (!isBreakingDown)
                FrButterflies.BuildUp(tile, _logRows, roots, stride);
            for (int row = 0; row < Rows; row += 2)
            {
                Limb* first = tile + Fr8.LimbCount * row, second = first + Fr8.LimbCount;
                if (!isBreakingDown)
                {
                    PackedFrMemory.Finish(first);
                    PackedFrMemory.Finish(second);
                }

                PackedFrMemory.StoreRuns(first, second, At(row, column), At(row + 1, column));
            }
        }
    }

    /// <summary>All rows: broken down, scaled and built up, each where its table is given.</summary>
    void RunRows(ulong* breakingRoots, ulong* scale, ulong* buildingRoots, bool isLast)
    {
        RunTiles(Rows, Columns, RunTile);

        void RunTile(int row, Limb* tile)
        {
            nuint* addresses = stackalloc nuint[Fr8.Lanes];
            for (int lane = 0; lane < Fr8.Lanes; lane++)
                addresses[lane] = (nuint)At(row + lane, 0);
            for (int column = 0; column < Columns; column += 2)
                PackedFrMemory.LoadPairs(addresses, (nuint)(column * sizeof(Fr)), tile + Fr8.LimbCount * column, tile + Fr8.LimbCount * (column + 1));
            if (breakingRoots != null)
                FrButterflies.BreakDown(tile, _logColumns, breakingRoots, 1);
            for (int column = 0; scale != null && column < Columns; column++)
                Fr8.Multiply(tile + Fr8.LimbCount * column, scale + Fr8.LimbCount * column, tile + Fr8.LimbCount * column);
            if (buildingRoots != null)
                FrButterflies.BuildUp(tile, _logColumns, buildingRoots, 1);
            for (int column = 0; column < Columns; column += 2)
            {
                Limb* first = tile + Fr8.LimbCount * column, second = first + Fr8.LimbCount;
                if (isLast)
                {
                    PackedFrMemory.Finish(first);
                    PackedFrMemory.Finish(second);
                }

                PackedFrMemory.StorePairs(first, second, addresses, (nuint)(column * sizeof(Fr)));
            }
        }
    }

    delegate void TileBody(int first, Limb* tile);

    void RunTiles(int count, int elements, TileBody body)
    {
        var tiles = new NativeBlock?[_threads];
        try
        {
            ParallelRange.Run(
                count, Fr8.Lanes, _threads,
                (start, _, worker) =>
                {
                    tiles[worker] ??= new((long)elements * Fr8.LimbCount * sizeof(Limb));
                    body(start, (Limb*)tiles[worker]!.Address);
                },
                _cancellation);
        }
        finally
        {
            foreach (NativeBlock? tile in tiles)
                tile?.Dispose();
        }
    }

    Fr* At(int row, int column) => _values + ((long)row << _logColumns) + column;

    /// <summary>Row p times start·step^k, k the reversed bits of p, with a step for each lane. Even and odd k are two chains of products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Twist(Limb* tile, ReadOnlySpan<Fr> steps, Fr start)
    {
        byte* memory = stackalloc byte[PackedLines.AlignedBytes(3 * Fr8.LimbCount)];
        Limb* even = PackedLines.Align(memory), odd = even + Fr8.LimbCount, square = odd + Fr8.LimbCount;
        for (int lane = 0; lane < Fr8.Lanes; lane++)
        {
            Fr step = steps[PackedFrMemory.LaneOrder[lane]], first = start, second = start * step, both = step.Square();
            Fr8.SetLane(even, lane, (ulong*)&first);
            Fr8.SetLane(odd, lane, (ulong*)&second);
            Fr8.SetLane(square, lane, (ulong*)&both);
        }

        Fr8.Enter(even, even);
        Fr8.Enter(odd, odd);
        Fr8.Enter(square, square);
        for (int k = 0; k < Rows; k += 2)
        {
            Limb* first = tile + Fr8.LimbCount * FrNtt.ReverseBits(k, _logRows), second = tile + Fr8.LimbCount * FrNtt.ReverseBits(k + 1, _logRows);
            Fr8.Multiply(first, even, first);
            Fr8.Multiply(second, odd, second);
            Fr8.Multiply(even, square, even);
            Fr8.Multiply(odd, square, odd);
        }
    }
}

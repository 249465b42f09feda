using System.Runtime.CompilerServices;

namespace Zkml.Fields.Bn254;

/// <summary>The work of <see cref="FixedBase"/>: the tables, then chunks of multiples, each chunk summed window by window.</summary>
/// <remarks>The unsafe code is safe while scalars and results stay pinned: chunks write their own results, windows their own tables.</remarks>
sealed unsafe class FixedBaseRun<TCurve, TField, TKernel> : IDisposable
    where TCurve : struct, ICurve<TCurve, TField>
    where TField : unmanaged, ICoordinate<TField>
    where TKernel : struct, IPointKernel<TCurve, TField>
{
    const int ChunkLength = 1 << 11, ScalarBits = 253, MaximumWindowBits = 16;

    readonly MsmScalars _scalars;
    readonly AffinePoint<TCurve, TField>* _results;
    readonly int _count;
    readonly MsmOptions _options;
    readonly MsmDigits _digits;
    readonly NativeBlock _tableBlock;
    readonly AffinePoint<TCurve, TField>* _tables;

    public FixedBaseRun(MsmScalars scalars, AffinePoint<TCurve, TField>* results, int count, MsmOptions options)
    {
        _scalars = scalars;
        _results = results;
        _count = count;
        _options = options;
        _digits = Choose(count);
        _tableBlock = new((long)_digits.WindowCount * _digits.BucketCount * sizeof(AffinePoint<TCurve, TField>));
        _tables = (AffinePoint<TCurve, TField>*)_tableBlock.Address;
    }

    /// <inheritdoc/>
    public void Dispose() => _tableBlock.Dispose();

    /// <summary>Builds the tables of a point and writes all multiples.</summary>
    public void Run(AffinePoint<TCurve, TField> point)
    {
        var bases = new JacobianPoint<TCurve, TField>[_digits.WindowCount];
        bases[0] = point.ToJacobian();
        for (int window = 1; window < bases.Length; window++)
        {
            bases[window] = bases[window - 1];
            for (int i = 0; i < _digits.WindowBits; i++)
                bases[window] = bases[window].Double();
        }

        var affine = new AffinePoint<TCurve, TField>[bases.Length];
        JacobianPoint<TCurve, TField>.ToAffine(bases, affine);
        var workspaces = new Workspace?[_options.Threads];
        long done = 0;
        try
        {
            ParallelRange.Run(
                bases.Length, 1, _options.Threads, (window, _, worker) => BuildTable(workspaces[worker] ??= new(), window, affine[window]), _options.Cancellation);
            ParallelRange.Run(_count, ChunkLength, _options.Threads, RunChunk, _options.Cancellation);
        }
        finally
        {
            foreach (Workspace? workspace in workspaces)
                workspace?.Dispose();
        }

        void RunChunk(int start, int end, int worker)
        {
            Multiply(workspaces[worker] ??= new(), start, end - start);
            _options.Progress?.Report((double)Interlocked.Add(ref done, end - start) / _count);
        }
    }

    /// <summary>The width that makes the sums least: one for each entry of the tables, and one for each scalar in each window.</summary>
    static MsmDigits Choose(int count)
    {
        MsmDigits best = new(2, ScalarBits);
        for (int bits = 3; bits <= MaximumWindowBits; bits++)
        {
            var digits = new MsmDigits(bits, ScalarBits);
            if ((long)digits.WindowCount * (count + digits.BucketCount) < (long)best.WindowCount * (count + best.BucketCount))
                best = digits;
        }

        return best;
    }

    /// <summary>Multiples 1 to 2^(windowBits - 1) of a base: with m of them, the next m are each the m-th plus one of the first m.</summary>
    void BuildTable(Workspace workspace, int window, AffinePoint<TCurve, TField> point)
    {
        AffinePoint<TCurve, TField>* table = _tables + (long)window * _digits.BucketCount;
        TKernel.Import(&point, table, 1);
        for (int known = 1; known < _digits.BucketCount; known *= 2)
        {
            for (int start = 0; start < known; start += ChunkLength)
            {
                int count = Math.Min(ChunkLength, known - start);
                for (int i = 0; i < count; i++)
                {
                    workspace.Pairs.Left[i] = (nuint)(table + known - 1);
                    workspace.Pairs.Right[i] = (nuint)(table + start + i);
                    workspace.Pairs.Targets[i] = (nuint)(table + known + start + i);
                }

                TKernel.AddPairs(workspace.Pairs, count);
            }
        }

        // Operands with a sign must be canonical.
        TKernel.Canonicalize(table, _digits.BucketCount);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Multiply(Workspace workspace, int start, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ulong* scalar = workspace.Scalars + 4 * i;
            bool isOpposite = _scalars.ReadBalanced(start + i, new Span<ulong>(scalar, 4));
            _digits.AddOffsets(scalar);
            if (isOpposite)
                scalar[3] |= MsmDigits.SignBit;
            workspace.Sums[i] = 0;
        }

        for (int window = 0; window < _digits.WindowCount; window++)
            AddWindow(workspace, window, count);
        for (int i = 0; i < count; i++)
            _results[start + i] = workspace.Sums[i] == 0 ? default : PointPairs.Read<TCurve, TField>(workspace.Sums[i]);
        TKernel.Export(_results + start, _results + start, count);
    }

    /// <summary>Adds the window's entry to the sums whose digit is not zero. A sum alternates between two places, because a target is no operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddWindow(Workspace workspace, int window, int count)
    {
        AffinePoint<TCurve, TField>* table = _tables + (long)window * _digits.BucketCount;
        int pairs = 0;
        for (int i = 0; i < count; i++)
        {
            int digit = _digits.Digit(workspace.Scalars + 4 * i, window);
            if (digit == 0)
                continue;
            nuint entry = (nuint)(table + Math.Abs(digit) - 1) | (digit < 0 ? 1U : 0);
            if (workspace.Sums[i] == 0)
            {
                workspace.Sums[i] = entry;
                continue;
            }

            var target = (nuint)(workspace.Places + i);
            if (workspace.Sums[i] == target)
                target += (nuint)(ChunkLength * sizeof(AffinePoint<TCurve, TField>));
            workspace.Pairs.Left[pairs] = workspace.Sums[i];
            workspace.Pairs.Right[pairs] = entry;
            workspace.Pairs.Targets[pairs++] = target;
            workspace.Sums[i] = target;
        }

        TKernel.AddPairs(workspace.Pairs, pairs);
    }

    /// <summary>The buffers of one thread.</summary>
    sealed class Workspace : IDisposable
    {
        readonly NativeBlock _block;

        public Workspace()
        {
            const int ListLength = ChunkLength + 16;
            long pointBytes = sizeof(AffinePoint<TCurve, TField>), scratch = PointPairs.ScratchBytes(ListLength), places = 2L * ChunkLength * pointBytes;
            _block = new(scratch + places + 32L * ChunkLength + 4L * ListLength * sizeof(nuint));
            byte* address = _block.Address;
            Places = (AffinePoint<TCurve, TField>*)(address + scratch);
            Scalars = (ulong*)(address + scratch + places);
            Sums = (nuint*)(Scalars + 4 * ChunkLength);
            Pairs = new() { Scratch = address, Left = Sums + ListLength, Right = Sums + 2 * ListLength, Targets = Sums + 3 * ListLength };
        }

        /// <summary>Two places for each sum, the second ones after all the first.</summary>
        public AffinePoint<TCurve, TField>* Places { get; }

        public ulong* Scalars { get; }

        /// <summary>Each sum so far, as an operand; 0 where it is infinity.</summary>
        public nuint* Sums { get; }

        public PointPairs Pairs { get; }

        public void Dispose() => _block.Dispose();
    }
}

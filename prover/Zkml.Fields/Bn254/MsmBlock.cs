using System.Runtime.CompilerServices;
using System.Numerics;

namespace Zkml.Fields.Bn254;

/// <summary>One multi-scalar multiplication of bounded length: drops the terms that are zero, recodes scalars, and shares the windows among the threads.</summary>
/// <remarks>The unsafe code is safe while the bases and scalars stay pinned: each parallel chunk writes its own range of the two blocks.</remarks>
sealed unsafe class MsmBlock<TCurve, TField, TKernel> : IDisposable
    where TCurve : struct, ICurve<TCurve, TField>
    where TField : unmanaged, ICoordinate<TField>
    where TKernel : struct, IPointKernel<TCurve, TField>
{
    const int ChunkLength = 1 << 13, SampledScalars = 1 << 12;

    readonly AffinePoint<TCurve, TField>* _sourceBases;
    readonly MsmScalars _sourceScalars;
    readonly MsmOptions _options;
    NativeBlock? _baseBlock, _scalarBlock;
    AffinePoint<TCurve, TField>* _bases;
    ulong* _scalars;

    public MsmBlock(AffinePoint<TCurve, TField>* bases, MsmScalars scalars, int count, MsmOptions options)
    {
        _sourceBases = bases;
        _sourceScalars = scalars;
        _options = options;
        Count = count;
    }

    /// <summary>Terms, before zero ones are dropped.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _baseBlock?.Dispose();
        _scalarBlock?.Dispose();
    }

    /// <summary>The sum. <paramref name="report"/> is told the done part, in [0, 1].</summary>
    public JacobianPoint<TCurve, TField> Run(Action<double> report)
    {
        (int terms, int scalarBits) = Compact();
        if (terms == 0)
            return default;
        int parts = Math.Max(1, (2 * _options.Threads + 15) / 16);
        MsmDigits digits = MsmDigits.Choose(terms, scalarBits, parts);
        ParallelRange.Run(terms, ChunkLength, _options.Threads, (start, end, _) => Prepare(start, end, digits), _options.Cancellation);

        List<MsmTask> tasks = MakeTasks(terms, digits);
        var sums = new JacobianPoint<TCurve, TField>[tasks.Count];
        var workers = new MsmWorker<TCurve, TField, TKernel>?[_options.Threads];
        long done = 0, work = tasks.Sum(task => (long)task.Length);
        try
        {
            ParallelRange.Run(tasks.Count, 1, _options.Threads, RunTask, _options.Cancellation);
        }
        finally
        {
            foreach (MsmWorker<TCurve, TField, TKernel>? worker in workers)
                worker?.Dispose();
        }

        return Join(tasks, sums, digits);

        void RunTask(int start, int end, int worker)
        {
            workers[worker] ??= new(_bases, _scalars, digits, tasks.Max(task => task.Length));
            sums[start] = workers[worker]!.Run(tasks[start], _options.Cancellation);
            report((double)Interlocked.Add(ref done, tasks[start].Length) / work);
        }
    }

    /// <summary>Copies the terms that are not zero; returns their number and the bits of the longest scalar.</summary>
    (int Terms, int ScalarBits) Compact()
    {
        int chunks = (Count + ChunkLength - 1) / ChunkLength;
        var starts = new int[chunks + 1];
        ParallelRange.Run(Count, ChunkLength, _options.Threads, (start, end, _) => starts[start / ChunkLength + 1] = CountTerms(start, end), _options.Cancellation);
        for (int i = 0; i < chunks; i++)
            starts[i + 1] += starts[i];

        int terms = starts[chunks];
        _baseBlock = new((long)terms * sizeof(AffinePoint<TCurve, TField>));
        _scalarBlock = new(32L * terms);
        _bases = (AffinePoint<TCurve, TField>*)_baseBlock.Address;
        _scalars = (ulong*)_scalarBlock.Address;
        var bits = new int[chunks];
        ParallelRange.Run(
            Count, ChunkLength, _options.Threads,
            (start, end, _) => bits[start / ChunkLength] = CopyTerms(start, end, starts[start / ChunkLength]), _options.Cancellation);
        return (terms, bits.Append(0).Max());
    }

    bool IsTerm(int index) => !_sourceScalars.IsZero(index) && !_sourceBases[index].IsInfinity;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    int CountTerms(int start, int end)
    {
        int count = 0;
        for (int i = start; i < end; i++)
            count += IsTerm(i) ? 1 : 0;
        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    int CopyTerms(int start, int end, int position)
    {
        int bits = 0;
        for (int i = start; i < end; i++)
        {
            if (!IsTerm(i))
                continue;
            var scalar = new Span<ulong>(_scalars + 4L * position, 4);
            bool isOpposite = _sourceScalars.ReadBalanced(i, scalar);
            for (int word = 3; word >= bits / 64; word--)
                bits = Math.Max(bits, scalar[word] == 0 ? 0 : 64 * (word + 1) - BitOperations.LeadingZeroCount(scalar[word]));
            if (isOpposite)
                scalar[3] |= MsmDigits.SignBit;
            _bases[position++] = _sourceBases[i];
        }

        return bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void Prepare(int start, int end, MsmDigits digits)
    {
        for (int i = start; i < end; i++)
            digits.AddOffsets(_scalars + 4L * i);
        TKernel.Import(_bases + start, _bases + start, end - start);
    }

    /// <summary>
    /// Windows, the heavy ones cut in parts: with short scalars, nearly all the work is in the low windows. The heaviest come first, so that the
    /// threads end together.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    List<MsmTask> MakeTasks(int terms, MsmDigits digits)
    {
        var counts = new long[digits.WindowCount];
        int step = Math.Max(1, terms / SampledScalars);
        for (int i = 0; i < terms; i += step)
        {
            for (int window = 0; window < counts.Length; window++)
                counts[window] += digits.Digit(_scalars + 4L * i, window) != 0 ? step : 0;
        }

        // A part must be worth its own buckets.
        long share = Math.Max(counts.Sum() / Math.Max(2 * _options.Threads, 1), 4L * digits.BucketCount) + 1;
        List<MsmTask> tasks = [];
        for (int window = 0; window < counts.Length; window++)
        {
            int parts = _options.Threads == 1 ? 1 : (int)Math.Clamp((counts[window] + share - 1) / share, 1, terms);
            for (int part = 0; part < parts; part++)
                tasks.Add(new(window, (int)((long)terms * part / parts), (int)((long)terms * (part + 1) / parts), counts[window] / parts));
        }

        tasks.Sort((left, right) => right.Weight.CompareTo(left.Weight));
        return tasks;
    }

    static JacobianPoint<TCurve, TField> Join(List<MsmTask> tasks, JacobianPoint<TCurve, TField>[] sums, MsmDigits digits)
    {
        var windows = new JacobianPoint<TCurve, TField>[digits.WindowCount];
        for (int i = 0; i < sums.Length; i++)
            windows[tasks[i].Window] += sums[i];
        JacobianPoint<TCurve, TField> sum = default;
        for (int window = windows.Length - 1; window >= 0; window--)
        {
            for (int i = 0; i < digits.WindowBits; i++)
                sum = sum.Double();
            sum += windows[window];
        }

        return sum;
    }
}

/// <summary>The terms [start, end) in one window; the weight is about the number of their digits that are not zero.</summary>
readonly record struct MsmTask(int Window, int Start, int End, long Weight)
{
    public int Length => End - Start;
}

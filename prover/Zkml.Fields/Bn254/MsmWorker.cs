using System.Runtime.CompilerServices;

namespace Zkml.Fields.Bn254;

/// <summary>
/// The workspace of one thread. A task is sorted by bucket; then each bucket's terms are added in pairs, the sums again in pairs, and so on, always
/// many buckets together, so that one inversion serves thousands of sums. No distribution of digits is a bad one: a bucket with all the terms is the
/// same tree.
/// </summary>
/// <remarks>The unsafe code is safe while bases and scalars live and hold the tasks' terms; all lengths follow from the longest task.</remarks>
sealed unsafe class MsmWorker<TCurve, TField, TKernel> : IDisposable
    where TCurve : struct, ICurve<TCurve, TField>
    where TField : unmanaged, ICoordinate<TField>
    where TKernel : struct, IPointKernel<TCurve, TField>
{
    // Sums of one chunk stay in the second-level cache.
    const int ChunkTerms = 1 << 13;

    readonly AffinePoint<TCurve, TField>* _bases;
    readonly ulong* _scalars;
    readonly MsmDigits _digits;
    readonly NativeBlock _block;
    readonly AffinePoint<TCurve, TField>* _buckets, _sums, _carried;
    readonly nuint* _operands;
    readonly int* _ends, _runBuckets, _runLengths, _digitsOfTask;
    readonly uint* _order;
    readonly PointPairs _pairs;
    int _operandCount, _runCount;

    public MsmWorker(AffinePoint<TCurve, TField>* bases, ulong* scalars, MsmDigits digits, int longestTask)
    {
        _bases = bases;
        _scalars = scalars;
        _digits = digits;
        long pointBytes = sizeof(AffinePoint<TCurve, TField>), buckets = digits.BucketCount;
        long[] lengths =
        [
            pointBytes * buckets, pointBytes * ChunkTerms, pointBytes, PointPairs.ScratchBytes(ChunkTerms / 2 + 16), sizeof(nuint) * (ChunkTerms + 1),
            sizeof(nuint) * (ChunkTerms / 2 + 16), sizeof(nuint) * (ChunkTerms / 2 + 16), sizeof(nuint) * (ChunkTerms / 2 + 16),
            sizeof(int) * (buckets + 2), sizeof(int) * (ChunkTerms + 1), sizeof(int) * (ChunkTerms + 1), sizeof(uint) * (long)longestTask,
            sizeof(int) * (long)longestTask,
        ];
        var addresses = new nint[lengths.Length];
        long offset = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            addresses[i] = (nint)offset;
            offset += (lengths[i] + 63) & ~63;
        }

        _block = new(offset);
        for (int i = 0; i < addresses.Length; i++)
            addresses[i] += (nint)_block.Address;
        _buckets = (AffinePoint<TCurve, TField>*)addresses[0];
        _sums = (AffinePoint<TCurve, TField>*)addresses[1];
        _carried = (AffinePoint<TCurve, TField>*)addresses[2];
        _operands = (nuint*)addresses[4];
        _pairs = new()
        {
            Scratch = (byte*)addresses[3], Left = (nuint*)addresses[5], Right = (nuint*)addresses[6], Targets = (nuint*)addresses[7],
        };
        _ends = (int*)addresses[8];
        _runBuckets = (int*)addresses[9];
        _runLengths = (int*)addresses[10];
        _order = (uint*)addresses[11];
        _digitsOfTask = (int*)addresses[12];
    }

    /// <inheritdoc/>
    public void Dispose() => _block.Dispose();

    /// <summary>Σ digit·base over the terms of a task.</summary>
    public JacobianPoint<TCurve, TField> Run(MsmTask task, CancellationToken cancellation)
    {
        int buckets = _digits.BucketCount;
        new Span<AffinePoint<TCurve, TField>>(_buckets, buckets).Clear();
        int terms = Sort(task);
        (_operandCount, _runCount) = (0, 0);
        for (int bucket = 1, position = 0; position < terms; bucket++)
        {
            int end = _ends[bucket];
            while (position < end)
            {
                int length = Math.Min(end - position, ChunkTerms - _operandCount);
                AddRun(bucket, position, length);
                position += length;
                if (_operandCount < ChunkTerms)
                    continue;
                cancellation.ThrowIfCancellationRequested();
                AddUp();
                FlushRuns(position < end);
            }
        }

        AddUp();
        FlushRuns(isLastOpen: false);
        return TKernel.SumWeighted(_buckets, buckets);
    }

    /// <summary>Sorts the terms by bucket, those of digit 0 left out: an entry is twice the term's index, plus 1 for a negative digit. Returns their number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    int Sort(MsmTask task)
    {
        int* counts = _ends, taken = _digitsOfTask;
        new Span<int>(counts, _digits.BucketCount + 2).Clear();
        int length = task.Length;
        MsmDigits digits = _digits;
        digits.CopyDigits(_scalars + 4L * task.Start, length, task.Window, taken);
        for (int i = 0; i < length; i++)
            counts[Math.Abs(taken[i]) + 1]++;

        // The start of each bucket, which the second pass moves to its end. Terms of digit 0 are not placed.
        int position = 0;
        counts[1] = 0;
        for (int bucket = 1; bucket <= digits.BucketCount; bucket++)
        {
            position += counts[bucket];
            counts[bucket] = position;
        }

        int terms = position + counts[digits.BucketCount + 1];
        uint* order = _order;
        for (int i = 0; i < length; i++)
        {
            int digit = taken[i];
            if (digit != 0)
                order[counts[Math.Abs(digit)]++] = ((uint)(task.Start + i) << 1) | ((uint)digit >> 31);
        }

        return terms;
    }

    /// <summary>Takes terms of one bucket into the chunk; a run of the same bucket goes on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddRun(int bucket, int position, int length)
    {
        if (_runCount == 0 || _runBuckets[_runCount - 1] != bucket)
        {
            _runBuckets[_runCount] = bucket;
            _runLengths[_runCount++] = 0;
        }

        _runLengths[_runCount - 1] += length;
        nuint* operands = _operands + _operandCount;
        uint* order = _order + position;
        AffinePoint<TCurve, TField>* bases = _bases;
        for (int i = 0; i < length; i++)
            operands[i] = (nuint)(bases + (order[i] >> 1)) | (order[i] & 1);
        _operandCount += length;
    }

    /// <summary>Adds until each run of the chunk is one operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void AddUp()
    {
        AffinePoint<TCurve, TField>* sum = _sums;
        nuint* left = _pairs.Left, right = _pairs.Right, targets = _pairs.Targets;
        while (true)
        {
            int pairs = 0;
            nuint* read = _operands, written = _operands;
            for (int run = 0; run < _runCount; run++)
            {
                int length = _runLengths[run];
                for (int i = 1; i < length; i += 2, pairs++, read += 2, sum++)
                {
                    left[pairs] = read[0];
                    right[pairs] = read[1];
                    targets[pairs] = (nuint)sum;
                    *written++ = (nuint)sum;
                }

                if ((length & 1) != 0)
                    *written++ = *read++;
                _runLengths[run] = (length + 1) / 2;
            }

            if (pairs == 0)
                return;
            TKernel.AddPairs(_pairs, pairs);
        }
    }

    /// <summary>Puts the sums in their buckets. Where terms of the last bucket are still to come, its sum becomes the first operand of the next chunk.</summary>
    void FlushRuns(bool isLastOpen)
    {
        int closed = isLastOpen ? _runCount - 1 : _runCount;
        for (int run = 0; run < closed; run++)
            _buckets[_runBuckets[run] - 1] = PointPairs.Read<TCurve, TField>(_operands[run]);
        _operandCount = 0;
        if (isLastOpen)
        {
            *_carried = PointPairs.Read<TCurve, TField>(_operands[closed]);
            _operands[_operandCount++] = (nuint)_carried;
            _runBuckets[0] = _runBuckets[closed];
            _runLengths[0] = 1;
        }

        _runCount = _operandCount;
    }
}

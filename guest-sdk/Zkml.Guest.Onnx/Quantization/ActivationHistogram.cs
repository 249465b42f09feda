namespace Zkml.Guest.Onnx.Quantization;

/// <summary>How the range of an activation follows from what calibration saw.</summary>
public enum CalibrationMethod
{
    /// <summary>Smallest and largest value.</summary>
    MinMax,
    /// <summary>The range without the outermost 0.01 %, split between both ends.</summary>
    Percentile,
    /// <summary>The range whose quantised distribution is closest to the seen one (Kullback–Leibler).</summary>
    Entropy,
}

/// <summary>Counts of an activation's values in bins of equal width over its range.</summary>
public sealed class ActivationHistogram
{
    /// <summary>Number of bins.</summary>
    public const int BinCount = 2048;

    // Ranges that entropy tries: the whole one, and each 1/128 less.
    const int EntropySteps = 128, SmallestEntropyStep = 32;

    // Fewer values a bin than this, and the noise of counting outweighs what a narrower range saves.
    const int ValuesPerBin = 32;

    readonly long[] _bins = new long[BinCount];
    readonly double _minimum, _width;
    long _zeros;

    /// <summary>An empty histogram over a range that a first pass found, widened to hold 0.</summary>
    public ActivationHistogram(ValueRange range)
    {
        Range = new(Math.Min(0, range.Minimum), Math.Max(0, range.Maximum));
        _minimum = Range.Minimum;
        _width = ((double)Range.Maximum - Range.Minimum) / BinCount;
    }

    /// <summary>The range of the bins.</summary>
    public ValueRange Range { get; }

    /// <summary>Values counted.</summary>
    public long Count { get; private set; }

    /// <summary>Counts values; those outside of the range go to the outermost bins, NaN to none.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        if (_width <= 0) return;
        foreach (float value in values)
        {
            if (float.IsNaN(value)) continue;
            if (value == 0) _zeros++;
            _bins[BinOf(value)]++;
            Count++;
        }
    }

    /// <summary>The range without the outermost values: <paramref name="kept"/> of all stay inside, for example 0.9999.</summary>
    public ValueRange Percentile(double kept)
    {
        if (Count == 0) return Range;
        double outside = (1 - kept) / 2 * Count;
        int first = 0, last = BinCount - 1;
        for (long below = _bins[first]; below <= outside && first < last; below += _bins[++first]) ;
        for (long above = _bins[last]; above <= outside && last > first; above += _bins[--last]) ;
        // 0 stays representable; the exact ends are better than edges of bins.
        double minimum = first == 0 ? _minimum : _minimum + first * _width, maximum = last == BinCount - 1 ? Range.Maximum : _minimum + (last + 1) * _width;
        return new((float)Math.Min(0, minimum), (float)Math.Max(0, maximum));
    }

    /// <summary>The range, both ends shrunk by the same factor, whose code with <paramref name="levels"/> integers loses least information.</summary>
    public ValueRange Entropy(int levels)
    {
        long[] bins = Coarse(levels);
        if (bins.Length <= levels) return Range;
        ValueRange best = Range;
        double smallest = double.PositiveInfinity;
        int merged = BinCount / bins.Length;
        for (int step = EntropySteps; step >= SmallestEntropyStep; step--)
        {
            double factor = (double)step / EntropySteps;
            double divergence = Divergence(bins, BinOf(Range.Minimum * factor) / merged, BinOf(Range.Maximum * factor) / merged, levels);
            if (divergence >= smallest) continue;
            (smallest, best) = (divergence, new((float)(Range.Minimum * factor), (float)(Range.Maximum * factor)));
        }
        return best;
    }

    int BinOf(double value) => (int)Math.Clamp((value - _minimum) / _width, 0, BinCount - 1);

    // Without the zeros, which are coded exactly in every range and after a Relu outnumber all else; pairs of bins are merged until there are values
    // enough for each.
    long[] Coarse(int levels)
    {
        long[] bins = [.. _bins];
        if (_zeros > 0) bins[BinOf(0)] -= _zeros;
        while (bins.Length > levels && (Count - _zeros) / bins.Length < ValuesPerBin)
        {
            long[] merged = new long[bins.Length / 2];
            for (int i = 0; i < merged.Length; i++) merged[i] = bins[2 * i] + bins[2 * i + 1];
            bins = merged;
        }
        return bins;
    }

    // Σ p·log(p/q): p is the distribution with what lies outside moved to the ends; q has the counts inside only, spread evenly over the bins of each
    // integer that are not empty, so that a range which cuts much off fits badly.
    static double Divergence(ReadOnlySpan<long> counts, int first, int last, int levels)
    {
        double[] seen = new double[last - first + 1], coded = new double[seen.Length];
        double inside = 0, all = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            seen[Math.Clamp(i, first, last) - first] += counts[i];
            all += counts[i];
            if (i >= first && i <= last) inside += counts[i];
        }
        if (inside == 0) return double.PositiveInfinity;
        int groups = Math.Min(levels, seen.Length);
        for (int group = 0; group < groups; group++)
        {
            int from = (int)((long)group * seen.Length / groups), to = (int)((long)(group + 1) * seen.Length / groups), filled = 0;
            double sum = 0;
            for (int i = from; i < to; i++)
            {
                sum += counts[first + i];
                if (seen[i] > 0) filled++;
            }
            for (int i = from; i < to; i++) coded[i] = seen[i] > 0 ? sum / filled : 0;
        }
        double divergence = 0;
        for (int i = 0; i < seen.Length; i++)
        {
            // An integer that was never counted inside of the range: as improbable as half a value.
            if (seen[i] > 0) divergence += seen[i] / all * Math.Log(seen[i] / all * inside / Math.Max(coded[i], 0.5));
        }
        return divergence;
    }
}

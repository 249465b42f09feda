namespace Zkml.Fields.Bn254;

/// <summary>Radix-2 stages over the whole buffer, one element at a time: the reference, and the transform of small sizes and other processors.</summary>
/// <remarks>The unsafe code is safe where the address names 2^logSize pinned elements: butterflies of a stage touch disjoint pairs.</remarks>
sealed unsafe class ScalarFrTransform(Fr* values, int logSize, Fr shift, int threads, CancellationToken cancellation) : IFrTransform
{
    const int ChunkLength = 1 << 11;

    /// <inheritdoc/>
    public void Forward()
    {
        FrNtt.ReverseBits(values, logSize, threads, cancellation);
        BuildUp();
    }

    /// <inheritdoc/>
    public void Inverse()
    {
        BreakDown();
        FrNtt.ReverseBits(values, logSize, threads, cancellation);
        FrVectors.ScaleByPowers(new(values, 1 << logSize), Fr.FromUInt64(1UL << logSize).Inverse(), Fr.One, threads, cancellation);
    }

    /// <inheritdoc/>
    public void MoveToCoset()
    {
        Inverse();
        FrVectors.ScaleByPowers(new(values, 1 << logSize), Fr.One, shift, threads, cancellation);
        Forward();
    }

    /// <summary>Values to coefficients times 2^logSize, in bit-reversed order.</summary>
    void BreakDown()
    {
        Fr[] powers = Powers(FrNtt.RootOfUnity(logSize).Inverse());
        for (int log = logSize - 1; log >= 0; log--)
        {
            int stage = log;
            ParallelRange.Run(1 << (logSize - 1), ChunkLength, threads, (start, end, _) => BreakDown(start, end, stage, powers), cancellation);
        }
    }

    void BreakDown(int start, int end, int log, Fr[] powers)
    {
        for (int i = start; i < end; i++)
        {
            int low = Low(i, log), high = low + (1 << log);
            Fr difference = values[low] - values[high];
            values[low] += values[high];
            values[high] = difference * Power(i, log, powers);
        }
    }

    /// <summary>Coefficients in bit-reversed order to values.</summary>
    void BuildUp()
    {
        Fr[] powers = Powers(FrNtt.RootOfUnity(logSize));
        for (int log = 0; log < logSize; log++)
        {
            int stage = log;
            ParallelRange.Run(1 << (logSize - 1), ChunkLength, threads, (start, end, _) => BuildUp(start, end, stage, powers), cancellation);
        }
    }

    void BuildUp(int start, int end, int log, Fr[] powers)
    {
        for (int i = start; i < end; i++)
        {
            int low = Low(i, log), high = low + (1 << log);
            Fr product = values[high] * Power(i, log, powers);
            values[high] = values[low] - product;
            values[low] += product;
        }
    }

    /// <summary>The lower index of pair <paramref name="i"/> of the stage that joins elements at the distance 2^log.</summary>
    static int Low(int i, int log) => ((i >> log) << (log + 1)) + (i & ((1 << log) - 1));

    /// <summary>The k-th pair of a block has the root's power k·2^(logSize - 1 - log).</summary>
    Fr Power(int i, int log, Fr[] powers) => powers[(i & ((1 << log) - 1)) << (logSize - 1 - log)];

    Fr[] Powers(Fr root)
    {
        var powers = new Fr[Math.Max(1, (1 << logSize) / 2)];
        powers[0] = Fr.One;
        for (int i = 1; i < powers.Length; i++)
            powers[i] = powers[i - 1] * root;
        return powers;
    }
}

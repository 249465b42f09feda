using System.Diagnostics;
using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Sdk;

namespace Zkml.Cli.Benchmarks;

/// <summary>A short measurement of this machine, from which the time of a proof is estimated.</summary>
static class SpeedProbe
{
    const int LogRows = 14, Width = 64, Warmups = 3, Runs = 3;

    // Measured with bench prove: the time of a whole proof over the time to extend and hash its cells, and the share of the second pass over
    // several segments.
    const double ProofOverCommitment = 2.5, SecondPass = 1.4;

    // What the first proof of a process takes longer, while its code is being compiled: a start, and a slower rate up to a limit.
    const double ColdStartSeconds = 0.5, ColdSecondsPerCell = 3e-8, MostColdSeconds = 1.4;

    /// <summary>Seconds that proving a plan takes in a fresh process, within a factor of about 1.5.</summary>
    public static double EstimateSeconds(ProvingPlan plan, int threads)
    {
        double passes = plan.Segments.Count > 1 ? SecondPass : 1;
        double cold = Math.Min(MostColdSeconds, ColdStartSeconds + ColdSecondsPerCell * plan.PaddedCells);
        return cold + plan.PaddedCells * SecondsPerCell(threads) * ProofOverCommitment * passes;
    }

    /// <summary>Seconds to extend a cell by two and to hash it.</summary>
    static double SecondsPerCell(int threads)
    {
        using FieldMatrixPool pool = new(idleLimitBytes: long.MaxValue);
        using FieldMatrix values = pool.Rent(1 << LogRows, Width);
        for (int run = 0; run < Warmups; run++) Commit(pool, values, threads);
        long start = Stopwatch.GetTimestamp();
        for (int run = 0; run < Runs; run++) Commit(pool, values, threads);
        return Stopwatch.GetElapsedTime(start).TotalSeconds / Runs / (Width << LogRows);
    }

    static void Commit(FieldMatrixPool pool, FieldMatrix values, int threads)
    {
        using FieldMatrix extended = pool.RentUnspecified(2 << LogRows, Width);
        Lde.Extend(values, KoalaBear.One, 1, extended, threads);
        using MerkleTree tree = MerkleTree.Build(pool, [extended], RowOrder.CosetMajor(1), 0, threads);
    }
}

using System.Diagnostics;
using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Sdk;

namespace Zkml.Cli.Benchmarks;

/// <summary>A short measurement of this machine, from which the time of a proof is estimated.</summary>
static class SpeedProbe
{
    const int LogRows = 14, Width = 64, Warmups = 3, Runs = 3;

    // Time of a whole proof over the time to extend and hash its cells, and the share of the second pass over several segments; measured
    // with bench prove.
    const double ProofOverCommitment = 2.8, SecondPass = 1.4;

    // Compiling the code of the prover, once per process.
    const double ColdStartSeconds = 0.5;

    /// <summary>Seconds that proving a plan takes, within a factor of about 1.5.</summary>
    public static double EstimateSeconds(ProvingPlan plan, int threads)
    {
        double passes = plan.Segments.Count > 1 ? SecondPass : 1;
        return ColdStartSeconds + plan.PaddedCells * SecondsPerCell(threads) * ProofOverCommitment * passes;
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

using System.Diagnostics;
using Zkml.Cli.Output;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Cli.Benchmarks;

/// <summary>Times of the kernels that a proof spends its time in, on matrices of a proof's size.</summary>
static class KernelBenchmark
{
    const int LogRows = 16, Width = 96;
    const double SecondsPerKernel = 0.5;

    /// <summary>Measures each kernel for about half a second, after a warm-up of the same length.</summary>
    public static Report Measure(int threads)
    {
        using FieldMatrixPool pool = new(idleLimitBytes: long.MaxValue);
        using FieldMatrix values = pool.Rent(1 << LogRows, Width), extended = pool.Rent(2 << LogRows, Width);
        Fill(values);
        long cells = (long)Width << LogRows;
        ReportTable table = new(new("kernel", "kernel"), new("nanoseconds", "ns", "0.00"), new("per", "per"));
        table.Add("low-degree extension, blowup 2", Time(() => Lde.Extend(values, KoalaBear.One, 1, extended, threads)) / cells, "input cell");
        table.Add("Merkle tree, Poseidon2", Time(() => MerkleTree.Build(pool, [extended], RowOrder.CosetMajor(1), 0, threads).Dispose()) / (2 * cells), "extended cell");
        KoalaBear5[] elements = new KoalaBear5[1 << 16];
        Array.Fill(elements, KoalaBear5.One);
        table.Add("extension inverses, batch", Time(() => BatchInverse.InPlace(elements.AsSpan())) / elements.Length, "element, one thread");
        return new Report().Add("threads", "threads", (long)threads).Add("rows", "rows", 1L << LogRows).Add("width", "width", (long)Width).AddTable("kernels", "", table);
    }

    static void Fill(FieldMatrix matrix)
    {
        uint state = 1;
        for (int row = 0; row < matrix.Rows; row++)
        {
            foreach (ref KoalaBear cell in matrix.Row(row)) cell = KoalaBear.FromCanonical((state = state * 1664525 + 1013904223) >> 2);
        }
    }

    // Nanoseconds of one call, the fastest of those that fit.
    static double Time(Action kernel)
    {
        TimeSpan best = TimeSpan.MaxValue;
        Stopwatch watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < 2 * SecondsPerKernel)
        {
            long start = Stopwatch.GetTimestamp();
            kernel();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            if (watch.Elapsed.TotalSeconds > SecondsPerKernel && elapsed < best || best == TimeSpan.MaxValue) best = elapsed;
        }
        return best.TotalNanoseconds;
    }
}

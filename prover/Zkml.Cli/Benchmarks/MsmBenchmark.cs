using System.Diagnostics;
using Zkml.Cli.Output;
using Zkml.Fields.Bn254;

namespace Zkml.Cli.Benchmarks;

/// <summary>Times of the BN254 kernels that a Groth16 proof spends its time in, on random points and scalars.</summary>
static class MsmBenchmark
{
    const int Runs = 3, SmallestLog = 14, LogsInG2 = 2;

    /// <summary>Measures sizes up to 2^<paramref name="maximumLog"/>, the fastest of three runs each.</summary>
    public static Report Measure(int maximumLog, int threads, CancellationToken cancellation)
    {
        int count = 1 << maximumLog;
        MsmOptions options = new() { Threads = threads, Cancellation = cancellation };
        Fr[] scalars = RandomScalars(count);
        G1Affine[] bases = new G1Affine[count];
        double fixedBase = Time(() => FixedBase.Multiply(G1Affine.Generator, scalars, bases, options), runs: 1);
        G2Affine[] basesInG2 = new G2Affine[count >> LogsInG2];
        double fixedBaseInG2 = Time(() => FixedBase.Multiply(G2Affine.Generator, scalars.AsSpan(0, basesInG2.Length), basesInG2, options), runs: 1);

        ReportTable table = new(new("what", "what"), new("logSize", "log size"), new("milliseconds", "ms", "0.0"), new("nanoseconds", "ns each", "0"));
        for (int log = Math.Min(SmallestLog, maximumLog); log <= maximumLog; log += 2)
            Add("sum of multiples in G1", log, Time(() => Msm.Sum(bases.AsSpan(0, 1 << log), scalars.AsSpan(0, 1 << log), options)));
        int logInG2 = maximumLog - LogsInG2;
        Add("sum of multiples in G2", logInG2, Time(() => Msm.Sum(basesInG2, scalars.AsSpan(0, basesInG2.Length), options)));
        Add("multiples of one point in G1", maximumLog, fixedBase);
        Add("multiples of one point in G2", logInG2, fixedBaseInG2);
        Fr[] values = [.. scalars];
        Add("transform over Fr", maximumLog, Time(() => FrNtt.Forward(values, threads, cancellation)));
        Add("values moved to a coset", maximumLog, Time(() => FrNtt.MoveToCoset(values, Fr.FromUInt64(5), threads, cancellation)));
        Add("a·b - c over Fr", maximumLog, Time(() => FrVectors.MultiplySubtract(values, scalars, scalars, threads, cancellation)));
        return new Report().Add("threads", "threads", (long)threads).AddTable("kernels", "", table);

        void Add(string what, int log, double seconds) => table.Add(what, (long)log, seconds * 1e3, seconds * 1e9 / (1L << log));
    }

    /// <summary>Elements of Fr from a fixed seed.</summary>
    public static Fr[] RandomScalars(int count)
    {
        Random random = new(1);
        Fr[] scalars = new Fr[count];
        byte[] bytes = new byte[32];
        for (int i = 0; i < count;)
        {
            random.NextBytes(bytes);
            bytes[31] &= 0x3F;
            if (Fr.TryReadLittleEndian(bytes, out scalars[i])) i++;
        }
        return scalars;
    }

    static double Time(Action kernel, int runs = Runs)
    {
        double best = double.MaxValue;
        for (int i = 0; i < runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            kernel();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}

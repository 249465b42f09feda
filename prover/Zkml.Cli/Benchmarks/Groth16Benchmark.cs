using System.Diagnostics;
using Zkml.Cli.Output;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.Prover;
using Zkml.Groth16.R1cs;
using Zkml.Groth16.Setup;

namespace Zkml.Cli.Benchmarks;

/// <summary>Whole Groth16 proofs, as processes, of this program and of the peers at hand on the same files; and the sums in G1 that they consist of.</summary>
sealed class Groth16Benchmark(Groth16Benchmark.Peers peers, int runs, Terminal terminal, CancellationToken cancellation)
{
    const ulong Seed = 1;

    /// <summary>Other provers.</summary>
    /// <param name="Snarkjs">The folder that npm installed snarkjs into, or null.</param>
    /// <param name="Rapidsnark">The program of rapidsnark, or null.</param>
    public sealed record Peers(string? Snarkjs, string? Rapidsnark);

    readonly ReportTable _proofs = new(
        new("circuit", "circuit"), new("prover", "prover"), new("seconds", "s", "0.000"), new("processorSeconds", "processor s", "0.000"),
        new("peakMebibytes", "peak MiB", "#,0"), new("ratio", "times as long as ours", "0.00"));

    /// <summary>Measures a circuit of files, where they are given, and synthetic circuits of 2^log rows each.</summary>
    public Report Measure(string? keyPath, string? witnessPath, int[] logs, int[] sumLogs, int threads)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("zkvm-bench-groth16-");
        try
        {
            ReportTable stages = new(new("circuit", "circuit"), new("stage", "stage"), new("milliseconds", "ms", "0.0"));
            if (keyPath is not null && witnessPath is not null)
                MeasureProver(Path.GetFileName(keyPath), Path.GetFullPath(keyPath), Path.GetFullPath(witnessPath), folder.FullName, threads, stages);
            foreach (int log in logs)
            {
                terminal.Error.WriteLine($"zkvm: setup of 2^{log} rows");
                string key = Path.Combine(folder.FullName, $"{log}.zkey"), witness = Path.Combine(folder.FullName, $"{log}.wtns");
                (R1csSystem system, Fr[] signals) = SyntheticCircuit.Create(log);
                DevelopmentSetup.Write(system, Seed, key, threads, cancellation);
                WitnessFile.Write(signals, witness);
                MeasureProver($"synthetic 2^{log}", key, witness, folder.FullName, threads, stages);
            }
            return new Report()
                .Add("threads", "threads", (long)threads)
                .AddTable("proofs", "Whole processes, from start to files written", _proofs)
                .AddTable("stages", "Stages of ours, within a process that has proved before", stages)
                .AddTable("sums", "Sums of multiples in G1, random scalars", MeasureSums(sumLogs, threads));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    void MeasureProver(string circuit, string key, string witness, string folder, int threads, ReportTable stages)
    {
        string proof = Path.Combine(folder, "proof.json"), publics = Path.Combine(folder, "public.json");
        string[] own = ["groth16", "prove", key, witness, "--proof", proof, "--public", publics, "--threads", $"{threads}", "--quiet"];
        terminal.Error.WriteLine($"zkvm: {circuit}: zkvm");
        string program = Environment.ProcessPath!, library = typeof(Groth16Benchmark).Assembly.Location;
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") own = [library, .. own];
        MeasuredProcess.Measure ours = MeasuredProcess.Run(runs, program, folder, cancellation, own);
        Add(circuit, "zkvm", ours, ours);
        if (peers.Rapidsnark is { } rapidsnark)
        {
            terminal.Error.WriteLine($"zkvm: {circuit}: rapidsnark");
            Add(circuit, "rapidsnark", MeasuredProcess.Run(runs, rapidsnark, folder, cancellation, key, witness, proof, publics), ours);
        }
        if (peers.Snarkjs is { } snarkjs)
        {
            terminal.Error.WriteLine($"zkvm: {circuit}: snarkjs");
            string script = Path.Combine(snarkjs, "node_modules", "snarkjs", "build", "cli.cjs");
            Add(circuit, "snarkjs", MeasuredProcess.Run(1, "node", folder, cancellation, script, "groth16", "prove", key, witness, proof, publics), ours);
        }
        AddStages(circuit, key, witness, threads, stages);
    }

    void Add(string circuit, string prover, MeasuredProcess.Measure measure, MeasuredProcess.Measure ours) => _proofs.Add(
        circuit, prover, measure.Seconds, measure.ProcessorSeconds, measure.PeakMemoryBytes >> 20, measure.Seconds / ours.Seconds);

    void AddStages(string circuit, string keyPath, string witnessPath, int threads, ReportTable stages)
    {
        using ProvingKeyFile key = ProvingKeyFile.Open(keyPath);
        using WitnessFile witness = WitnessFile.Open(witnessPath);
        Groth16ProverOptions options = new() { Threads = threads, Cancellation = cancellation };
        Groth16ProvingResult best = Groth16Prover.Prove(key, witness, options);
        for (int i = 0; i < runs; i++)
        {
            Groth16ProvingResult next = Groth16Prover.Prove(key, witness, options);
            if (next.Time < best.Time) best = next;
        }
        foreach (Groth16Stage stage in best.Stages)
            stages.Add(circuit, stage.Name, stage.Time.TotalMilliseconds);
        stages.Add(circuit, "all", best.Time.TotalMilliseconds);
    }

    ReportTable MeasureSums(int[] logs, int threads)
    {
        ReportTable table = new(new("logSize", "log size"), new("milliseconds", "ms", "0.0"));
        if (logs.Length == 0) return table;
        int count = 1 << logs.Max();
        Fr[] scalars = MsmBenchmark.RandomScalars(count);
        G1Affine[] bases = new G1Affine[count];
        MsmOptions options = new() { Threads = threads, Cancellation = cancellation };
        FixedBase.Multiply(G1Affine.Generator, scalars, bases, options);
        Array.Reverse(scalars);
        foreach (int log in logs)
        {
            double best = double.MaxValue;
            for (int i = 0; i < 1 + runs; i++)
            {
                long start = Stopwatch.GetTimestamp();
                Msm.Sum(bases.AsSpan(0, 1 << log), scalars.AsSpan(0, 1 << log), options);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            table.Add((long)log, best);
        }
        return table;
    }
}

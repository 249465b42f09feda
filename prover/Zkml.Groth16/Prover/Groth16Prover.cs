using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.Verifier;

namespace Zkml.Groth16.Prover;

/// <summary>Makes proofs [Gro16] with the keys of snarkjs and of this project. A proof is verified before it is returned.</summary>
public static class Groth16Prover
{
    /// <summary>Proves that a witness satisfies the circuit of a key, with fresh randomness, so that the proof tells nothing else.</summary>
    /// <exception cref="Groth16ProvingException">The witness is of another circuit or does not satisfy it.</exception>
    /// <exception cref="Groth16FileException">The key is damaged.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static Groth16ProvingResult Prove(ProvingKeyFile key, WitnessFile witness, Groth16ProverOptions? options = null) =>
        new Run(key, witness, options ?? Groth16ProverOptions.Default).Prove(RandomScalar(), RandomScalar());

    /// <summary>Proves with given randomness; for tests.</summary>
    internal static Groth16ProvingResult Prove(ProvingKeyFile key, WitnessFile witness, in Fr r, in Fr s) =>
        new Run(key, witness, Groth16ProverOptions.Default).Prove(r, s);

    /// <summary>A uniform element of Fr from the system's generator.</summary>
    internal static Fr RandomScalar()
    {
        Span<byte> bytes = stackalloc byte[32];
        Fr scalar;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            bytes[0] &= 0x3F;
        }
        while (!Fr.TryReadBigEndian(bytes, out scalar));
        CryptographicOperations.ZeroMemory(bytes);
        return scalar;
    }

    sealed class Run(ProvingKeyFile key, WitnessFile witness, Groth16ProverOptions options)
    {
        readonly List<Groth16Stage> _stages = [];
        readonly int _threads = options.Threads;
        readonly long _begin = Stopwatch.GetTimestamp();
        long _start;
        string _stage = "";

        public Groth16ProvingResult Prove(in Fr r, in Fr s)
        {
            if (witness.SignalCount != key.SignalCount)
                throw new Groth16ProvingException($"witness: expected {key.SignalCount} signals, as {key.Name} has, got {witness.SignalCount}.");
            // G2 beside the rest: its kernels are compiled while the others run, which is a good part of a small proof.
            using CancellationTokenSource failure = CancellationTokenSource.CreateLinkedTokenSource(options.Cancellation);
            Task<(G2 Sum, TimeSpan Time)> inG2 = Task.Run(() => SumInG2(failure.Token), CancellationToken.None);
            try
            {
                return Finish(r, s, inG2);
            }
            catch
            {
                // The key and the witness must outlive their readers.
                failure.Cancel();
                ((IAsyncResult)inG2).AsyncWaitHandle.WaitOne();
                throw;
            }
        }

        Groth16ProvingResult Finish(in Fr r, in Fr s, Task<(G2 Sum, TimeSpan Time)> inG2)
        {
            ProvingKeyHeader header = key.Header;
            Begin("rows");
            (Fr[] quotient, Fr[] b, Fr[] c) = QuotientEvaluator.EvaluateRows(key, witness, _threads, options.Cancellation);
            Begin("quotient");
            QuotientEvaluator.MoveToOddCoset(quotient, b, c, header.DomainLog, _threads, options.Cancellation);
            Begin("sum of A");
            ReadOnlySpan<byte> values = MemoryMarshal.AsBytes(witness.Values);
            G1 a = Msm.Sum(key.A, values, SumOptions()) + header.Alpha + header.DeltaInG1.ToJacobian() * r;
            Begin("sum of B in G1");
            G1 b1 = Msm.Sum(key.B1, values, SumOptions()) + header.BetaInG1 + header.DeltaInG1.ToJacobian() * s;
            Begin("sum of C");
            G1 sum = Msm.Sum(key.Private, values[(32 * (key.PublicCount + 1))..], SumOptions());
            Begin("sum of H");
            sum += Msm.Sum(key.Quotient, quotient, SumOptions());
            sum = sum + a * s + b1 * r - header.DeltaInG1.ToJacobian() * (r * s);

            Begin("rest of the sum of B in G2");
            (G2 b2, TimeSpan timeInG2) = inG2.GetAwaiter().GetResult();
            b2 = b2 + header.Beta + header.Delta.ToJacobian() * s;
            _stages.Add(new("sum of B in G2, beside", timeInG2));
            Begin("verification");
            Groth16Proof proof = new(a.ToAffine(), b2.ToAffine(), sum.ToAffine());
            Fr[] publicInputs = new Fr[key.PublicCount];
            for (int i = 0; i < publicInputs.Length; i++)
                publicInputs[i] = witness[i + 1];
            Groth16Result result = Groth16Verifier.Verify(key.VerifyingKey, proof, publicInputs);
            if (!result.IsAccepted) throw Explain(result);
            Begin("");
            return new(proof, publicInputs, _stages, Stopwatch.GetElapsedTime(_begin), PeakMemory());
        }

        (G2 Sum, TimeSpan Time) SumInG2(CancellationToken cancellation)
        {
            long start = Stopwatch.GetTimestamp();
            G2 sum = Msm.Sum(key.B2, MemoryMarshal.AsBytes(witness.Values), new MsmOptions { Threads = _threads, Cancellation = cancellation });
            return (sum, Stopwatch.GetElapsedTime(start));
        }

        /// <summary>Looks for what is wrong once a proof is: the key's points, or else the witness.</summary>
        Groth16ProvingException Explain(Groth16Result result)
        {
            key.CheckPoints(_threads, options.Cancellation);
            return new($"the witness does not satisfy the circuit of {key.Name}, or is of another circuit of the same size ({result.Message})");
        }

        void Begin(string stage)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            long now = Stopwatch.GetTimestamp();
            if (_stage.Length > 0) _stages.Add(new(_stage, Stopwatch.GetElapsedTime(_start, now)));
            (_stage, _start) = (stage, now);
            if (stage.Length > 0) options.Progress?.Report(new(stage, 0));
        }

        MsmOptions SumOptions()
        {
            string stage = _stage;
            return new()
            {
                Threads = _threads, Cancellation = options.Cancellation,
                Progress = options.Progress is { } progress ? new PartProgress(progress, stage) : null,
            };
        }

        static long PeakMemory()
        {
            using Process process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }
    }

    sealed class PartProgress(IProgress<Groth16Progress> progress, string stage) : IProgress<double>
    {
        public void Report(double value) => progress.Report(new(stage, value));
    }
}

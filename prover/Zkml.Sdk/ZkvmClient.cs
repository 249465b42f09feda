using System.Diagnostics;
using Zkml.Program;
using Zkml.Receipts;
using Zkml.Stark;
using Zkml.Stark.Prover;
using Zkml.Vm.Execution;

namespace Zkml.Sdk;

/// <summary>What proving gave.</summary>
/// <param name="Receipt">The receipt, verified. Composite: it reveals private data to whoever holds it.</param>
/// <param name="Plan">How the session was cut.</param>
/// <param name="Statistics">Times and sizes of the prover's stages.</param>
/// <param name="TraceTime">Time of execution and trace filling while proving.</param>
/// <param name="Elapsed">Wall time from the plan to the verified receipt.</param>
public sealed record ProveResult(Receipt Receipt, ProvingPlan Plan, ProverStatistics Statistics, TimeSpan TraceTime, TimeSpan Elapsed);

/// <summary>
/// The public API in four verbs: execute a guest, plan its proof, prove it, verify a receipt. Every method is independent; <see cref="SessionProver"/> keeps a
/// program's commitments for those who prove the same program often.
/// </summary>
public static class ZkvmClient
{
    /// <summary>Runs a guest to its halt, without proving.</summary>
    /// <param name="program">The guest.</param>
    /// <param name="input">Everything it can learn from its host.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="GuestException">The guest did something illegal, panicked, or reached the cycle limit.</exception>
    public static ExecutionResult Execute(ProgramImage program, ExecutionInput input, CancellationToken cancellation = default) =>
        new Executor(program, input).Run(cancellation);

    /// <summary>Plans a proof: cycles, segments, cells and memory, from one metered execution.</summary>
    /// <inheritdoc cref="ProvingPlan.Make"/>
    public static ProvingPlan Estimate(ProgramImage program, ExecutionInput input, ProveOptions? options = null, CancellationToken cancellation = default) =>
        ProvingPlan.Make(program, input, (options ?? new()).MemoryLimitBytes, cancellation);

    /// <summary>Executes and proves a guest; the receipt is verified before it is returned.</summary>
    /// <param name="program">The guest.</param>
    /// <param name="input">Everything it can learn from its host.</param>
    /// <param name="options">How to prove; null for the defaults.</param>
    /// <param name="progress">Hears of each step.</param>
    /// <param name="cancellation">Stops the work with an OperationCanceledException.</param>
    /// <exception cref="GuestException">The guest failed.</exception>
    /// <exception cref="ArgumentException">The program or its run cannot be proved within the options.</exception>
    /// <exception cref="GuestOutputException">The guest's output digest is not that of its journal.</exception>
    /// <exception cref="InvalidOperationException">The finished proof does not verify.</exception>
    public static ProveResult Prove(
        ProgramImage program, ExecutionInput input, ProveOptions? options = null, IProgress<SessionProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        long start = Stopwatch.GetTimestamp();
        ProvingPlan plan = ProvingPlan.Make(program, input, options.MemoryLimitBytes, cancellation);
        CheckOutput(plan.Result);
        using var prover = new SessionProver(program, options.Threads, cancellation);
        (_, SessionProof proof) = prover.Prove(plan, input, options.Profile, progress, cancellation);
        var receipt = new Receipt(options.Profile, prover.Key, plan.Result.ExitCode, plan.Result.Journal, proof);
        return new ProveResult(receipt, plan, prover.Statistics, prover.TraceTime, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Verifies a receipt against the image ID of a program that the caller trusts.</summary>
    /// <param name="receipt">The receipt.</param>
    /// <param name="imageId">The program.</param>
    /// <param name="options">What else to ask for; null for the strict defaults.</param>
    public static ReceiptVerification Verify(Receipt receipt, ImageId imageId, VerifyOptions? options = null) => receipt.Verify(imageId, options);

    /// <summary>The image ID of a program: commits to its tables, the same on every machine.</summary>
    /// <param name="program">The guest.</param>
    /// <param name="threads">Most threads at work.</param>
    /// <exception cref="ArgumentException">The program is too large to be proved.</exception>
    public static ImageId ImageIdOf(ProgramImage program, int threads = 1) => new(ProgramKey.Of(program.ToTables(), threads).ImageId().ToBytes());

    // A guest that halts with another digest proves a claim that no journal opens: better said now than by every verifier.
    static void CheckOutput(ExecutionResult result)
    {
        byte[] expected = ClaimOutput.OfJournal(result.Journal).Digest.ToArray();
        for (int i = 0; i < 8; i++)
            if (result.OutputDigest[i] != BitConverter.ToUInt32(expected, 4 * i))
                throw new GuestOutputException();
    }
}

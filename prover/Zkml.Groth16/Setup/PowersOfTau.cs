using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;

namespace Zkml.Groth16.Setup;

/// <summary>Checks phase 1: that a .ptau has the powers of one τ, that its contributions lead to it, and that it was prepared rightly.</summary>
public static class PowersOfTau
{
    /// <summary>Checks a whole file: groups, powers, contributions, Lagrange polynomials. Takes some 0.1 ms for each power.</summary>
    /// <exception cref="Groth16FileException">The file is wrong; the message says where.</exception>
    public static void Verify(PowersOfTauFile file, int threads, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        MsmOptions options = new() { Threads = threads, Cancellation = cancellation };
        VerifyPowers(file, options, progress);
        progress?.Report("contributions");
        Phase1Transcript.Verify(file, cancellation);
        for (int log = 0; file.IsPrepared && log <= file.Power + 1; log++)
        {
            progress?.Report($"Lagrange polynomials of 2^{log} roots");
            VerifyLagrange(file, log, options);
        }
    }

    /// <summary>Checks what a key for 2^log rows is made of: all powers, and the Lagrange polynomials of that size and in G1 of twice it.</summary>
    internal static void VerifyForKey(PowersOfTauFile file, int log, MsmOptions options, IProgress<string>? progress)
    {
        if (!file.IsPrepared) throw file.Failure("the Lagrange polynomials are missing: prepare the file for phase 2 first.");
        if (log > file.Power) throw file.Failure($"the circuit has 2^{log} rows, the file has powers for 2^{file.Power}.");
        VerifyPowers(file, options, progress);
        progress?.Report("Lagrange polynomials");
        VerifyLagrange(file, log, options);
        VerifyLagrange(file, log + 1, options);
    }

    static void VerifyPowers(PowersOfTauFile file, MsmOptions options, IProgress<string>? progress)
    {
        progress?.Report("groups");
        file.CheckPoints(options);
        progress?.Report("powers");
        if (file.TauG1[0] != G1Affine.Generator || file.TauG2[0] != G2Affine.Generator)
            throw file.Failure("the first powers of τ: expected the generators.");
        G1Affine tauG1 = file.TauG1[1];
        G2Affine tauG2 = file.TauG2[1];
        Require(RatioCheck.IsSame(G1Affine.Generator, tauG1, G2Affine.Generator, tauG2), "τ in G1 and in G2");
        Require(RatioCheck.IsSame(G1Affine.Generator, file.Beta[0], G2Affine.Generator, file.BetaG2), "β in G1 and in G2");
        if (file.Alpha[0].IsInfinity) throw file.Failure("α: the point is at infinity.");
        CheckRun(file.TauG1, "the powers of τ in G1");
        CheckRun(file.Alpha, "the powers of τ times α");
        CheckRun(file.Beta, "the powers of τ times β");
        Fr[] random = RatioCheck.RandomElements(file.TauG2.Length - 1);
        G2Affine low = Msm.Sum(file.TauG2[..^1], random, options).ToAffine(), high = Msm.Sum(file.TauG2[1..], random, options).ToAffine();
        Require(RatioCheck.IsSame(G1Affine.Generator, tauG1, low, high), "the powers of τ in G2");

        void CheckRun(ReadOnlySpan<G1Affine> run, string what)
        {
            Fr[] factors = RatioCheck.RandomElements(run.Length - 1);
            G1Affine left = Msm.Sum(run[..^1], factors, options).ToAffine(), right = Msm.Sum(run[1..], factors, options).ToAffine();
            Require(RatioCheck.IsSame(left, right, G2Affine.Generator, tauG2), what);
        }

        void Require(bool holds, string what)
        {
            if (!holds) throw file.Failure($"{what}: expected the same ratio everywhere, that of τ (or β), got others.");
        }
    }

    /// <summary>A random combination of the Lagrange polynomials is the polynomial of the random values, taken at τ coefficient by coefficient.</summary>
    static void VerifyLagrange(PowersOfTauFile file, int log, MsmOptions options)
    {
        file.CheckLagrangePoints(log, options);
        int count = 1 << log;
        Fr[] values = RatioCheck.RandomElements(count), coefficients = [.. values];
        FrNtt.Inverse(coefficients, options.Threads, options.Cancellation);
        // The section of twice the rows has one power of τ more than the file: its last coefficient is that of the power 2·2^Power - 1, which is not there.
        if (log > file.Power && !DropLast(values, coefficients, file.LagrangeG1(log), file.TauG1, options))
            throw Failure("in G1");
        if (log <= file.Power)
        {
            if (Msm.Sum(file.LagrangeG1(log), values, options) != Msm.Sum(file.TauG1[..count], coefficients, options)) throw Failure("in G1");
            if (Msm.Sum(file.LagrangeG2(log), values, options) != Msm.Sum(file.TauG2[..count], coefficients, options)) throw Failure("in G2");
            if (Msm.Sum(file.LagrangeAlpha(log), values, options) != Msm.Sum(file.Alpha[..count], coefficients, options)) throw Failure("times α");
            if (Msm.Sum(file.LagrangeBeta(log), values, options) != Msm.Sum(file.Beta[..count], coefficients, options)) throw Failure("times β");
        }

        Groth16FileException Failure(string what) => file.Failure($"Lagrange polynomials of 2^{log} roots {what}: they do not follow from the powers of τ.");
    }

    /// <summary>
    /// With 2^(Power + 1) points, the powers of τ end one before the last: the file's Lagrange points leave that power out, so they are those of the
    /// polynomials without their last coefficient.
    /// </summary>
    static bool DropLast(Fr[] values, Fr[] coefficients, ReadOnlySpan<G1Affine> lagrange, ReadOnlySpan<G1Affine> powers, MsmOptions options) =>
        Msm.Sum(lagrange, values, options) == Msm.Sum(powers, coefficients.AsSpan(0, powers.Length), options);
}

using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Setup;

/// <summary>Checks a whole setup: the key is that of the circuit and the powers, and only the contributions of the transcript changed it.</summary>
public static class Phase2Verifier
{
    /// <summary>Checks everything and returns the transcript. The powers' own contributions are <see cref="PowersOfTau.Verify"/>'s.</summary>
    /// <exception cref="Groth16FileException">Something is wrong; the message says what.</exception>
    public static Phase2Transcript Verify(
        ProvingKeyFile key, R1csSystem system, PowersOfTauFile powers, int threads, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        Phase2Transcript transcript = VerifyTranscript(key, cancellation);
        MsmOptions options = new() { Threads = threads, Cancellation = cancellation };
        InitialKey initial = InitialKeyBuilder.Build(system, powers, options, progress);
        progress?.Report("comparison");
        CompareFixed(key, initial);
        if (!transcript.CircuitHash.Span.SequenceEqual(initial.CircuitHash))
            throw key.Failure("the hash of the circuit in the transcript is not that of this circuit with these powers.");
        key.CheckPoints(threads, cancellation);
        CompareScaled(key, initial.Private, key.Private, "C", options);
        CompareScaled(key, initial.Quotient, key.Quotient, "H", options);
        return transcript;
    }

    /// <summary>Checks what needs neither the circuit nor the powers: that δ is the product of the contributions' secrets, each known to its contributor.</summary>
    /// <exception cref="Groth16FileException">Something is wrong, or there is no contribution; the message says what.</exception>
    public static Phase2Transcript VerifyTranscript(ProvingKeyFile key, CancellationToken cancellation = default)
    {
        if (key.VerifyingKey.IsDevelopment) throw key.Failure("a development key: its secrets are known, so there is nothing to verify.");
        Phase2Transcript transcript = key.Transcript ?? throw key.Failure("the key has no transcript of phase 2.");
        if (transcript.Contributions.Count == 0) throw key.Failure("phase 2 has no contribution: δ is known to be 1, and anyone can forge proofs.");
        G1Affine delta = G1Affine.Generator;
        Blake2b accumulated = new();
        accumulated.Add(transcript.CircuitHash.Span);
        for (int i = 0; i < transcript.Contributions.Count; i++)
        {
            Contribution contribution = transcript.Contributions[i];
            if (FindFault(contribution, delta, accumulated.Clone(), cancellation) is { } fault) throw key.Failure($"contribution {i + 1}: {fault}");
            contribution.HashInto(accumulated);
            delta = contribution.Delta;
        }
        if (delta != key.Header.DeltaInG1) throw key.Failure("δ in G1 is not that of the last contribution.");
        if (!RatioCheck.IsSame(G1Affine.Generator, delta, G2Affine.Generator, key.Header.Delta)) throw key.Failure("δ in G2 is another one than in G1.");
        if (!RatioCheck.IsSame(G1Affine.Generator, key.Header.BetaInG1, G2Affine.Generator, key.Header.Beta)) throw key.Failure("β in G2 is another one than in G1.");
        if (key.VerifyingKey.CheckForExport() is { IsAccepted: false } weakness) throw key.Failure(weakness.Message);
        return transcript;
    }

    static string? FindFault(Contribution contribution, in G1Affine delta, Blake2b hasher, CancellationToken cancellation)
    {
        hasher.Add(contribution.Base);
        hasher.Add(contribution.Multiple);
        if (!hasher.Finish().AsSpan().SequenceEqual(contribution.Transcript.Span)) return "its hash does not follow from the contributions before.";
        G2Affine challenge = TranscriptRandom.HashToG2(contribution.Transcript.Span);
        if (!RatioCheck.IsSame(contribution.Base, contribution.Multiple, challenge, contribution.Proof)) return "the proof of its secret is wrong.";
        if (!RatioCheck.IsSame(delta, contribution.Delta, challenge, contribution.Proof)) return "δ was not multiplied by its secret.";
        if (!contribution.IsBeacon) return null;
        if (contribution.BeaconLog > Phase2.MaximumBeaconLog) return $"expected a beacon of at most 2^{Phase2.MaximumBeaconLog} hashes, got 2^{contribution.BeaconLog}.";
        TranscriptRandom random = TranscriptRandom.FromBeacon(contribution.Beacon.Span, contribution.BeaconLog, cancellation);
        Fr secret = random.NextElement<FrModulus>();
        G1Affine start = random.NextG1();
        return start == contribution.Base && (start.ToJacobian() * secret).ToAffine() == contribution.Multiple ? null : "its secret is not that of its beacon.";
    }

    static void CompareFixed(ProvingKeyFile key, InitialKey initial)
    {
        ProvingKeyHeader expected = initial.Header with { DeltaInG1 = key.Header.DeltaInG1, Delta = key.Header.Delta };
        if (key.Header != expected) throw key.Failure("the sizes, α, β or γ are not those of this circuit with these powers.");
        Require(key.InputBases.SequenceEqual(initial.InputBases), "IC");
        Require(key.Coefficients.SequenceEqual(initial.Coefficients), "the coefficients");
        Require(key.A.SequenceEqual(initial.A), "A");
        Require(key.B1.SequenceEqual(initial.B1), "B in G1");
        Require(key.B2.SequenceEqual(initial.B2), "B in G2");

        void Require(bool isSame, string what)
        {
            if (!isSame) throw key.Failure($"{what}: not those of this circuit with these powers.");
        }
    }

    /// <summary>Whether all points are those before phase 2, divided by δ: one random combination of each, and a pairing.</summary>
    static void CompareScaled(ProvingKeyFile key, ReadOnlySpan<G1Affine> before, ReadOnlySpan<G1Affine> after, string what, MsmOptions options)
    {
        Fr[] factors = RatioCheck.RandomElements(before.Length);
        G1Affine left = Msm.Sum(after, factors, options).ToAffine(), right = Msm.Sum(before, factors, options).ToAffine();
        bool isZero = left.IsInfinity && right.IsInfinity;
        if (!isZero && !RatioCheck.IsSame(left, right, G2Affine.Generator, key.Header.Delta))
            throw key.Failure($"{what}: the points are not those of this circuit, divided by δ.");
    }
}

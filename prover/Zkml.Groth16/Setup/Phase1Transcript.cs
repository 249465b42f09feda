using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;

namespace Zkml.Groth16.Setup;

/// <summary>The contributions of phase 1: each multiplied τ, α and β by secrets that it proves to know, and each is hashed into the next.</summary>
static class Phase1Transcript
{
    // Points and hashes, then type and length of parameters.
    const int LeastBytes = 3 * 64 + 2 * 128 + 6 * 64 + 3 * 128 + 216 + 64 + 8;

    /// <summary>A secret that is multiplied in: a point s, the secret times it, and times a point of G2 that is hashed to.</summary>
    readonly record struct Knowledge(G1Affine Base, G1Affine Multiple, G2Affine Proof)
    {
        public G2Affine Challenge(byte number, ReadOnlySpan<byte> challenge)
        {
            Blake2b hasher = new();
            hasher.Add([number]);
            hasher.Add(challenge);
            hasher.Add(Base);
            hasher.Add(Multiple);
            return TranscriptRandom.HashToG2(hasher.Finish());
        }
    }

    sealed record State(G1Affine TauG1, G2Affine TauG2, G1Affine Alpha, G1Affine Beta, G2Affine BetaG2, byte[] NextChallenge);

    sealed record Step(State After, Knowledge Tau, Knowledge Alpha, Knowledge Beta, byte[] ResponseHash, bool IsBeacon, ContributionParameters Parameters);

    /// <summary>Checks all contributions, and that the last one is what the file has.</summary>
    public static void Verify(PowersOfTauFile file, CancellationToken cancellation)
    {
        Section section = file.Contributions;
        section.Rewind();
        uint count = section.ReadUInt32("contributions");
        if (count == 0) throw section.Failure("contributions: expected at least one, got none: everybody knows τ.");
        if (count > section.Remaining / LeastBytes) throw section.Failure($"contributions: expected at most {section.Remaining / LeastBytes} in {section.Remaining} bytes, got {count}.");
        State state = new(G1Affine.Generator, G2Affine.Generator, G1Affine.Generator, G1Affine.Generator, G2Affine.Generator, FirstChallenge(file.CeremonyPower));
        byte[] response = [];
        for (int i = 1; i <= count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Step step = Read(section, i);
            VerifyStep(section, state, step, i, cancellation);
            (state, response) = (step.After, step.ResponseHash);
        }
        section.End();
        if (state.TauG1 != file.TauG1[1] || state.TauG2 != file.TauG2[1] || state.Alpha != file.Alpha[0] || state.Beta != file.Beta[0] || state.BetaG2 != file.BetaG2)
            throw section.Failure("the last contribution does not lead to the powers of this file.");
        // A file that was cut has fewer powers than were hashed.
        if (file.Power == file.CeremonyPower && !ChallengeOf(file, response).AsSpan().SequenceEqual(state.NextChallenge))
            throw section.Failure("the hash of the powers is not that of the last contribution.");
    }

    static Step Read(Section section, int number)
    {
        string what = $"contribution {number}";
        G1Affine tauG1 = MontgomeryPoints.ReadG1(section, what);
        G2Affine tauG2 = MontgomeryPoints.ReadG2(section, what);
        G1Affine alpha = MontgomeryPoints.ReadG1(section, what), beta = MontgomeryPoints.ReadG1(section, what);
        G2Affine betaG2 = MontgomeryPoints.ReadG2(section, what);
        G1Affine[] g1 = new G1Affine[6];
        for (int i = 0; i < g1.Length; i++)
            g1[i] = MontgomeryPoints.ReadG1(section, $"{what}, key");
        G2Affine[] g2 = new G2Affine[3];
        for (int i = 0; i < g2.Length; i++)
            g2[i] = MontgomeryPoints.ReadG2(section, $"{what}, key");
        if (!Blake2b.TryRestore(section.ReadBytes(216, what), out Blake2b hasher)) throw section.Failure($"{what}: the state of the hash is not one.");
        hasher.Add<G1Curve, Fq>(g1);
        hasher.Add<G2Curve, Fq2>(g2);
        byte[] next = section.ReadBytes(64, what).ToArray();
        uint type = section.ReadUInt32($"{what}, type");
        if (type > 1) throw section.Failure($"{what}, type: expected 0 or 1, got {type}.");
        return new(
            new(tauG1, tauG2, alpha, beta, betaG2, next), new(g1[0], g1[1], g2[0]), new(g1[2], g1[3], g2[1]), new(g1[4], g1[5], g2[2]),
            hasher.Finish(), type == 1, ContributionParameters.Read(section, what));
    }

    static void VerifyStep(Section section, State before, Step step, int number, CancellationToken cancellation)
    {
        if (step.IsBeacon) VerifyBeacon(section, before.NextChallenge, step, number, cancellation);
        G2Affine tau = step.Tau.Challenge(0, before.NextChallenge), alpha = step.Alpha.Challenge(1, before.NextChallenge);
        G2Affine beta = step.Beta.Challenge(2, before.NextChallenge);
        Require(RatioCheck.IsSame(step.Tau.Base, step.Tau.Multiple, tau, step.Tau.Proof), "the proof of τ");
        Require(RatioCheck.IsSame(step.Alpha.Base, step.Alpha.Multiple, alpha, step.Alpha.Proof), "the proof of α");
        Require(RatioCheck.IsSame(step.Beta.Base, step.Beta.Multiple, beta, step.Beta.Proof), "the proof of β");
        Require(RatioCheck.IsSame(before.TauG1, step.After.TauG1, tau, step.Tau.Proof), "τ in G1");
        Require(RatioCheck.IsSame(step.Tau.Base, step.Tau.Multiple, before.TauG2, step.After.TauG2), "τ in G2");
        Require(RatioCheck.IsSame(before.Alpha, step.After.Alpha, alpha, step.Alpha.Proof), "α");
        Require(RatioCheck.IsSame(before.Beta, step.After.Beta, beta, step.Beta.Proof), "β in G1");
        Require(RatioCheck.IsSame(step.Beta.Base, step.Beta.Multiple, before.BetaG2, step.After.BetaG2), "β in G2");

        void Require(bool holds, string what)
        {
            if (!holds) throw section.Failure($"contribution {number}: {what} does not follow from the one before.");
        }
    }

    static void VerifyBeacon(Section section, byte[] challenge, Step step, int number, CancellationToken cancellation)
    {
        if (step.Parameters.BeaconLog is < 0 or > Phase2.MaximumBeaconLog)
            throw section.Failure($"contribution {number}: expected a beacon of at most 2^{Phase2.MaximumBeaconLog} hashes, got 2^{step.Parameters.BeaconLog}.");
        TranscriptRandom random = TranscriptRandom.FromBeacon(step.Parameters.Beacon.Span, step.Parameters.BeaconLog, cancellation);
        Fr[] secrets = [random.NextElement<FrModulus>(), random.NextElement<FrModulus>(), random.NextElement<FrModulus>()];
        Knowledge[] found = [step.Tau, step.Alpha, step.Beta];
        for (byte i = 0; i < 3; i++)
        {
            G1Affine start = random.NextG1();
            Knowledge expected = new(start, (start.ToJacobian() * secrets[i]).ToAffine(), default);
            G2Affine proof = (expected.Challenge(i, challenge).ToJacobian() * secrets[i]).ToAffine();
            if (found[i] != expected with { Proof = proof }) throw section.Failure($"contribution {number}: its secrets are not those of its beacon.");
        }
    }

    /// <summary>The hash of powers of τ = 1, which the first contribution starts from.</summary>
    static byte[] FirstChallenge(int power)
    {
        Blake2b hasher = new();
        hasher.Add(Blake2b.Hash([]));
        byte[] g1 = new byte[64], g2 = new byte[128];
        G1Affine.Generator.Encode(g1);
        G2Affine.Generator.Encode(g2);
        AddMany(g1, (2L << power) - 1);
        AddMany(g2, 1L << power);
        AddMany(g1, 2L << power);
        hasher.Add(g2);
        return hasher.Finish();

        void AddMany(byte[] point, long count)
        {
            for (long i = 0; i < count; i++)
                hasher.Add(point);
        }
    }

    static byte[] ChallengeOf(PowersOfTauFile file, byte[] response)
    {
        Blake2b hasher = new();
        hasher.Add(response);
        hasher.Add(file.TauG1);
        hasher.Add(file.TauG2);
        hasher.Add(file.Alpha);
        hasher.Add(file.Beta);
        hasher.Add(file.BetaG2);
        return hasher.Finish();
    }
}

using Zkml.Fields.Bn254;
using System.Security.Cryptography;
using Zkml.Groth16.Formats;
using Zkml.Groth16.Prover;
using Zkml.Groth16.R1cs;
using Zkml.Groth16.Setup;
using Zkml.Groth16.Verifier;

namespace Zkml.Groth16.Tests.Setup;

[TestFixture]
sealed class SetupTests
{
    const int Threads = 2;

    [Test]
    public void PowersOfTau_OfSnarkjs_AreVerified()
    {
        using PowersOfTauFile powers = PowersOfTauFile.Open(Vectors.Path("pot12_final.ptau"));
        Assert.That(() => PowersOfTau.Verify(powers, Threads), Throws.Nothing);
        Assert.That((powers.Power, powers.IsPrepared), Is.EqualTo((12, true)));
    }

    // Sections of pot12_final.ptau: where a damage is must be found out.
    [TestCase(1 << 12, "power of τ in G1")]
    [TestCase(600000, "power of τ in G2")]
    [TestCase(1100000, "power of τ times α")]
    [TestCase(1500000, "power of τ times β")]
    [TestCase(2700000, "Lagrange polynomial")]
    public void PowersOfTau_Damaged_AreRefused(int position, string message)
    {
        byte[] bytes = Vectors.Read("pot12_final.ptau");
        bytes[position] ^= 1;
        using PowersOfTauFile powers = PowersOfTauFile.Open(bytes, "damaged");
        Assert.That(() => PowersOfTau.Verify(powers, Threads), Throws.InstanceOf<Groth16FileException>().With.Message.Contains(message));
    }

    [Test]
    public void PowersOfTau_WithExchangedPoints_AreRefused()
    {
        byte[] bytes = Vectors.Read("pot12_final.ptau");
        // Two powers of τ in G1, both on the curve: header 12 + 12 + 44, then the section's 12.
        Span<byte> section = bytes.AsSpan(80);
        byte[] saved = section.Slice(64 * 100, 64).ToArray();
        section.Slice(64 * 101, 64).CopyTo(section[(64 * 100)..]);
        saved.CopyTo(section[(64 * 101)..]);
        using PowersOfTauFile powers = PowersOfTauFile.Open(bytes, "exchanged");
        Assert.That(() => PowersOfTau.Verify(powers, Threads), Throws.InstanceOf<Groth16FileException>().With.Message.Contains("the powers of τ in G1"));
    }

    [Test]
    public void Key_OfSnarkjs_IsVerifiedAgainstItsCircuit()
    {
        using ProvingKeyFile key = ProvingKeyFile.Open(Vectors.Path("chain.zkey"));
        using PowersOfTauFile powers = PowersOfTauFile.Open(Vectors.Path("pot12_final.ptau"));
        R1csSystem system = R1csFile.Read(Vectors.Path("chain.r1cs"));
        Phase2Transcript transcript = Phase2Verifier.Verify(key, system, powers, Threads);
        Assert.That(transcript.Contributions, Has.Count.EqualTo(1));
    }

    [Test]
    public void Phase2_WithAContributionAndABeacon_ProvesAndIsVerified()
    {
        using TemporaryFolder folder = new();
        (R1csSystem system, Fr[] signals) = ChainCircuit.Create(100, 3);
        using PowersOfTauFile powers = PowersOfTauFile.Open(Vectors.Path("pot12_final.ptau"));
        byte[] circuitHash = Phase2.Create(system, powers, folder["0.zkey"], Threads);
        using ProvingKeyFile first = ProvingKeyFile.Open(folder["0.zkey"]);
        Assert.That(first.Transcript!.CircuitHash.ToArray(), Is.EqualTo(circuitHash));
        Assert.That(() => Phase2Verifier.VerifyTranscript(first), Throws.InstanceOf<Groth16FileException>().With.Message.Contains("no contribution"));
        Assert.That(first.VerifyingKey.CheckForExport().Error, Is.EqualTo(Groth16Error.UnsafeKey));
        byte[] hash = Phase2.Contribute(first, folder["1.zkey"], "first", "entropy", Threads);
        using ProvingKeyFile second = ProvingKeyFile.Open(folder["1.zkey"]);
        Phase2.ContributeBeacon(second, folder["2.zkey"], null, new byte[] { 1, 2, 3 }, 10, Threads);
        using ProvingKeyFile last = ProvingKeyFile.Open(folder["2.zkey"]);
        Phase2Transcript transcript = Phase2Verifier.Verify(last, system, powers, Threads);
        Assert.That(transcript.Contributions[0].ComputeHash(), Is.EqualTo(hash));
        Assert.That(transcript.Contributions[0].Name, Is.EqualTo("first"));
        Assert.That(transcript.Contributions[1].IsBeacon, Is.True);
        Assert.That(() => Phase2.Contribute(last, folder["3.zkey"], "late", "", Threads), Throws.InstanceOf<Groth16FileException>().With.Message.Contains("beacon"));
        WitnessFile.Write(signals, folder["w.wtns"]);
        using WitnessFile witness = WitnessFile.Open(folder["w.wtns"]);
        Assert.That(Groth16Prover.Prove(last, witness).PublicInputs, Is.EqualTo(signals[1..3]));
        Assert.That(last.VerifyingKey.CheckForExport(), Is.EqualTo(Groth16Result.Accepted));

        (R1csSystem other, _) = ChainCircuit.Create(101, 3);
        Assert.That(() => Phase2Verifier.Verify(last, other, powers, Threads), Throws.InstanceOf<Groth16FileException>());
        RefuseChanges(folder["2.zkey"], system, powers);
    }

    /// <summary>A byte of each section changed: the verification fails whatever it is.</summary>
    static void RefuseChanges(string path, R1csSystem system, PowersOfTauFile powers)
    {
        byte[] bytes = File.ReadAllBytes(path);
        for (int position = 12; position < bytes.Length;)
        {
            int length = (int)BitConverter.ToUInt64(bytes, position + 4), at = position + 12 + length / 2;
            bytes[at] ^= 1;
            Assert.That(
                () =>
                {
                    using ProvingKeyFile key = ProvingKeyFile.Open(bytes, "changed");
                    Phase2Verifier.Verify(key, system, powers, Threads);
                },
                Throws.InstanceOf<Groth16FileException>(), $"section {BitConverter.ToUInt32(bytes, position)}");
            bytes[at] ^= 1;
            position += 12 + length;
        }
    }

    [Test]
    public void DevelopmentSetup_ProvesAndIsStamped()
    {
        using TemporaryFolder folder = new();
        (R1csSystem system, Fr[] signals) = ChainCircuit.Create(300, 5);
        Assert.That(system.FindViolation(signals), Is.EqualTo(-1));
        DevelopmentSetup.Write(system, 7, folder["a.zkey"], Threads);
        DevelopmentSetup.Write(system, 7, folder["b.zkey"], 1);
        Assert.That(File.ReadAllBytes(folder["a.zkey"]), Is.EqualTo(File.ReadAllBytes(folder["b.zkey"])));
        using ProvingKeyFile key = ProvingKeyFile.Open(folder["a.zkey"]);
        WitnessFile.Write(signals, folder["w.wtns"]);
        using WitnessFile witness = WitnessFile.Open(folder["w.wtns"]);
        Groth16ProvingResult result = Groth16Prover.Prove(key, witness);
        Assert.That(Groth16Verifier.Verify(key.VerifyingKey, result.Proof, signals.AsSpan(1, 2)), Is.EqualTo(Groth16Result.Accepted));
        Assert.That(key.VerifyingKey.IsDevelopment, Is.True);
        Assert.That(() => Phase2Verifier.VerifyTranscript(key), Throws.InstanceOf<Groth16FileException>().With.Message.Contains("development"));
        Assert.That(() => Phase2.Contribute(key, folder["c.zkey"], null, "", Threads), Throws.InstanceOf<Groth16FileException>().With.Message.Contains("development"));
    }

    [Test]
    public void Forger_WhoKnowsTheSecrets_SucceedsAgainstADevelopmentKeyOnly()
    {
        (R1csSystem system, _) = ChainCircuit.Create(20, 5);
        DevelopmentSecrets secrets = DevelopmentSecrets.FromSeed(1);
        InitialKey development = DevelopmentSetup.Create(system, secrets, Threads, default);
        ProvingKeyHeader header = development.Header;
        Groth16VerifyingKey.TryCreate(header.Alpha, header.Beta, header.Gamma, header.Delta, development.InputBases, out Groth16VerifyingKey? weak);
        SnarkjsJson.TryReadKey(Vectors.Read("verification_key.json"), out Groth16VerifyingKey? release);
        // No computation has these outputs.
        Fr[] claim = [Fr.FromUInt64(42), Fr.FromUInt64(43)];
        Assert.That(Groth16Verifier.Verify(weak!, Forge(weak!, claim, secrets.Delta), claim), Is.EqualTo(Groth16Result.Accepted));
        Assert.That(weak!.IsDevelopment, Is.True);
        Assert.That(Groth16Verifier.Verify(release!, Forge(release!, claim, secrets.Delta), claim).Error, Is.EqualTo(Groth16Error.EquationFails));
        Assert.That(release!.IsDevelopment, Is.False);
    }

    [Test]
    public void Forger_WithoutSecrets_SucceedsWherePhase2WasSkipped()
    {
        SnarkjsJson.TryReadKey(Vectors.Read("verification_key.json"), out Groth16VerifyingKey? key);
        Groth16VerifyingKey.TryCreate(key!.Alpha, key.Beta, key.Gamma, key.Gamma, key.InputBases, out Groth16VerifyingKey? skipped);
        Fr[] claim = [Fr.FromUInt64(42), Fr.FromUInt64(43)];
        Assert.That(Groth16Verifier.Verify(skipped!, Forge(skipped!, claim, Fr.One), claim), Is.EqualTo(Groth16Result.Accepted));
        Assert.That(skipped!.CheckForExport().Error, Is.EqualTo(Groth16Error.UnsafeKey));
    }

    /// <summary>A = α, B = β, C = -IC(x)/δ: the equation holds whatever the inputs are, where γ is the generator.</summary>
    static Groth16Proof Forge(Groth16VerifyingKey key, Fr[] claim, in Fr delta) =>
        new(key.Alpha, key.Beta, (-Groth16Verifier.CombineInputs(key, claim) * delta.Inverse()).ToAffine());

    [Test]
    public void Blake2b_OfRfc7693_IsAsExpected()
    {
        // RFC 7693, appendix A.
        Assert.That(
            Convert.ToHexString(Blake2b.Hash("abc"u8)),
            Is.EqualTo("BA80A53F981C4D0D6A2797B69F12F6E94C212F14685AC4B74B12BB6FDBFFA2D17D87C5392AAB792DC252D5DE4533CC9518D38AA8DBF1925AB92386EDD4009923"));
        byte[] input = new byte[1000];
        new Random(1).NextBytes(input);
        Blake2b hasher = new();
        for (int i = 0; i < input.Length; i += 129)
            hasher.Add(input.AsSpan(i, Math.Min(129, input.Length - i)));
        Assert.That(hasher.Finish(), Is.EqualTo(Blake2b.Hash(input)));
    }

    [Test]
    public void Beacon_IsIteratedSha256()
    {
        byte[] hash = [9];
        for (int i = 0; i < 1 << 10; i++)
            hash = SHA256.HashData(hash);
        TranscriptRandom expected = new(hash), actual = TranscriptRandom.FromBeacon([9], 10, default);
        Assert.That(actual.NextUInt32(), Is.EqualTo(expected.NextUInt32()));
    }

    [Test]
    public void Points_OfATranscript_AreInTheirGroups()
    {
        TranscriptRandom random = new(Blake2b.Hash([5]));
        for (int i = 0; i < 4; i++)
        {
            Assert.That(random.NextG1().Check(), Is.EqualTo(PointError.None));
            Assert.That(random.NextG2().Check(), Is.EqualTo(PointError.None));
        }
    }
}

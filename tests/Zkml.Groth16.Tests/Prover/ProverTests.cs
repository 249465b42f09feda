using Zkml.Groth16.Formats;
using Zkml.Groth16.Prover;
using Zkml.Groth16.Verifier;

namespace Zkml.Groth16.Tests.Prover;

[TestFixture]
sealed class ProverTests
{
    [TestCase("chain.zkey", "chain.wtns", "verification_key.json")]
    [TestCase("chain14.zkey", "chain14.wtns", "verification_key14.json")]
    public void Proof_WithAKeyOfSnarkjs_IsVerifiedByTheKeyOfSnarkjs(string keyName, string witnessName, string verifyingKeyName)
    {
        using ProvingKeyFile key = ProvingKeyFile.Open(Vectors.Path(keyName));
        using WitnessFile witness = WitnessFile.Open(Vectors.Path(witnessName));
        Groth16ProvingResult result = Groth16Prover.Prove(key, witness);
        TestContext.Out.WriteLine(string.Join(", ", result.Stages.Select(stage => $"{stage.Name} {stage.Time.TotalMilliseconds:0.0} ms")));
        SnarkjsJson.TryReadKey(Vectors.Read(verifyingKeyName), out Groth16VerifyingKey? verifyingKey);
        Assert.That(Groth16Verifier.Verify(verifyingKey!, result.Proof, result.PublicInputs), Is.EqualTo(Groth16Result.Accepted));
        Assert.That(SnarkjsJson.WriteKey(key.VerifyingKey), Is.EqualTo(SnarkjsJson.WriteKey(verifyingKey!)));
        Assert.That(result.PeakMemoryBytes, Is.Positive);
    }

    [Test]
    public void Proof_MadeTwice_IsNotTheSame()
    {
        using ProvingKeyFile key = ProvingKeyFile.Open(Vectors.Path("chain.zkey"));
        using WitnessFile witness = WitnessFile.Open(Vectors.Path("chain.wtns"));
        Groth16Proof first = Groth16Prover.Prove(key, witness).Proof, second = Groth16Prover.Prove(key, witness).Proof;
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(() => key.CheckPoints(2), Throws.Nothing);
    }

    [Test]
    public void Proof_OfAWrongWitness_IsRefused()
    {
        using TemporaryFolder folder = new();
        using ProvingKeyFile key = ProvingKeyFile.Open(Vectors.Path("chain.zkey"));
        Fr[] signals = Read("chain.wtns");
        signals[^7] += Fr.One;
        WitnessFile.Write(signals, folder["wrong.wtns"]);
        using WitnessFile wrong = WitnessFile.Open(folder["wrong.wtns"]);
        Assert.That(() => Groth16Prover.Prove(key, wrong), Throws.InstanceOf<Groth16ProvingException>().With.Message.Contains("does not satisfy"));
        using WitnessFile other = WitnessFile.Open(Vectors.Path("chain14.wtns"));
        Assert.That(() => Groth16Prover.Prove(key, other), Throws.InstanceOf<Groth16ProvingException>().With.Message.Contains("expected 3843 signals"));
    }

    [Test]
    public void Proof_WithADamagedPoint_NamesThePoint()
    {
        byte[] bytes = Vectors.Read("chain.zkey");
        using WitnessFile witness = WitnessFile.Open(Vectors.Path("chain.wtns"));
        // The last section but the transcript: H, 4096 points before 12 + 463 bytes.
        bytes[^(12 + 463 + 64 * 100)] ^= 1;
        using ProvingKeyFile key = ProvingKeyFile.Open(bytes, "damaged");
        Assert.That(() => Groth16Prover.Prove(key, witness), Throws.InstanceOf<Groth16FileException>().With.Message.Contains("H "));
    }

    [Test]
    public void Proof_Cancelled_Stops()
    {
        using ProvingKeyFile key = ProvingKeyFile.Open(Vectors.Path("chain.zkey"));
        using WitnessFile witness = WitnessFile.Open(Vectors.Path("chain.wtns"));
        using CancellationTokenSource cancellation = new();
        List<string> stages = [];
        Groth16ProverOptions options = new()
        {
            Threads = 1, Cancellation = cancellation.Token,
            Progress = new SynchronousProgress(progress =>
            {
                stages.Add(progress.Stage);
                if (progress.Stage == "quotient") cancellation.Cancel();
            }),
        };
        Assert.That(() => Groth16Prover.Prove(key, witness, options), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(stages, Is.EqualTo(new[] { "rows", "quotient" }));
    }

    [Test]
    public void Coefficients_InAnotherOrder_GiveTheSameProof()
    {
        byte[] bytes = Vectors.Read("chain.zkey");
        using WitnessFile witness = WitnessFile.Open(Vectors.Path("chain.wtns"));
        using ProvingKeyFile key = ProvingKeyFile.Open(bytes, "a");
        Groth16Proof expected = Groth16Prover.Prove(key, witness, Fr.FromUInt64(2), Fr.FromUInt64(3)).Proof;
        int count = key.Coefficients.Length, start = bytes.AsSpan().IndexOf(BitConverter.GetBytes(count));
        byte[] shuffled = [.. bytes];
        for (int i = 0; i < count; i++)
            bytes.AsSpan(start + 4 + 44 * i, 44).CopyTo(shuffled.AsSpan(start + 4 + 44 * (count - 1 - i)));
        using ProvingKeyFile other = ProvingKeyFile.Open(shuffled, "b");
        Assert.That(Groth16Prover.Prove(other, witness, Fr.FromUInt64(2), Fr.FromUInt64(3)).Proof, Is.EqualTo(expected));
    }

    static Fr[] Read(string name)
    {
        using WitnessFile witness = WitnessFile.Open(Vectors.Path(name));
        return witness.ToArray();
    }

    sealed class SynchronousProgress(Action<Groth16Progress> action) : IProgress<Groth16Progress>
    {
        public void Report(Groth16Progress value) => action(value);
    }
}

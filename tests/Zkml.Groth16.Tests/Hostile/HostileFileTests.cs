using System.Text;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.Prover;
using Zkml.Groth16.R1cs;
using Zkml.Groth16.Setup;
using Zkml.Groth16.Verifier;

namespace Zkml.Groth16.Tests.Hostile;

/// <summary>Damaged files: each is read, or refused by the one exception for it; never another exception, nor more memory than its length explains.</summary>
[TestFixture]
sealed class HostileFileTests
{
    const int Few = 2_000, Many = 100_000, Threads = 1;

    [Test]
    public void R1cs_Damaged_IsReadOrRefused() => Fuzz(Circuit("c.r1cs"), Few, ReadCircuit);

    [Test, Category("Slow")]
    public void R1cs_DamagedOften_IsReadOrRefused() => Fuzz(Circuit("c.r1cs"), Many, ReadCircuit);

    [Test]
    public void Witness_Damaged_IsReadOrRefused() => Fuzz(Circuit("c.wtns"), Few, ReadWitness);

    [Test, Category("Slow")]
    public void Witness_DamagedOften_IsReadOrRefused() => Fuzz(Circuit("c.wtns"), Many, ReadWitness);

    [Test]
    public void ProvingKey_Damaged_ProvesOrIsRefused() => Fuzz(Circuit("c.zkey"), Few, Prove());

    [Test, Category("Slow")]
    public void ProvingKey_DamagedOften_ProvesOrIsRefused() => Fuzz(Circuit("c.zkey"), Many, Prove());

    [Test]
    public void PowersOfTau_Damaged_AreVerifiedOrRefused() => Fuzz(SmallPowers(), Few, VerifyPowers());

    [Test, Category("Slow")]
    public void PowersOfTau_DamagedOften_AreVerifiedOrRefused() => Fuzz(SmallPowers(), Many, VerifyPowers());

    [TestCase(Few)]
    [TestCase(Many, Category = "Slow")]
    public void Json_Damaged_IsReadOrRefused(int cases)
    {
        byte[][] texts = [Vectors.Read("verification_key.json"), Vectors.Read("proof_snarkjs.json"), Vectors.Read("public_snarkjs.json")];
        Random random = new(3);
        for (int i = 0; i < cases; i++)
        {
            byte[] text = Damage(texts[i % 3], random);
            Groth16Result result = (i % 3) switch
            {
                0 => SnarkjsJson.TryReadKey(text, out _),
                1 => SnarkjsJson.TryReadProof(text, out _),
                _ => SnarkjsJson.TryReadInputs(text, out _),
            };
            Assert.That(result.IsAccepted || result.Message.Length > 0, Is.True);
        }
    }

    static byte[] Damage(byte[] text, Random random)
    {
        string[] tokens = ["[", "]", "{", "}", ",", "\"", ":", "0", "-", "1e99", "null", "\\ud800", "\u00e9", "99999999999999999999", "\"protocol\":\"groth16\","];
        List<byte> bytes = [.. text];
        for (int i = random.Next(3); i >= 0; i--)
        {
            int position = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0: bytes[position] = (byte)random.Next(256); break;
                case 1: bytes.InsertRange(position, Encoding.UTF8.GetBytes(tokens[random.Next(tokens.Length)])); break;
                case 2: bytes.RemoveRange(position, Math.Min(bytes.Count - position - 1, random.Next(90))); break;
                default: bytes[position] = (byte)('0' + random.Next(10)); break;
            }
            if (bytes.Count == 0) break;
        }
        return [.. bytes];
    }

    static void Fuzz(byte[] original, int cases, Action<byte[]> consume)
    {
        consume(original);
        Mutator mutator = new(original, 1);
        int refused = 0;
        for (int i = 0; i < cases; i++)
        {
            byte[] bytes = mutator.Next();
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                consume(bytes);
            }
            catch (Exception exception) when (exception is Groth16FileException or Groth16ProvingException)
            {
                Assert.That(exception.Message, Is.Not.Empty);
                refused++;
            }
            catch (Exception exception)
            {
                Assert.Fail($"Case {i}: {exception}");
            }
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8_000_000), $"case {i}");
        }
        TestContext.Out.WriteLine($"{refused} of {cases} refused");
        Assert.That(refused, Is.GreaterThan(cases / 3));
    }

    static void ReadCircuit(byte[] bytes) => R1csFile.Read(bytes, "x");

    static void ReadWitness(byte[] bytes)
    {
        using WitnessFile witness = WitnessFile.Open(bytes, "x");
        witness.ToArray();
    }

    static Action<byte[]> Prove()
    {
        byte[] witnessBytes = Circuit("c.wtns");
        int accepted = 0;
        return bytes =>
        {
            using ProvingKeyFile key = ProvingKeyFile.Open(bytes, "x");
            // A proof of a key whose points are damaged costs more than all else.
            if (key.DomainLog > 8 || accepted++ % 16 != 0) return;
            using WitnessFile witness = WitnessFile.Open(witnessBytes, "w");
            Groth16Prover.Prove(key, witness, new Groth16ProverOptions { Threads = Threads });
            if (!key.VerifyingKey.IsDevelopment) Phase2Verifier.VerifyTranscript(key);
        };
    }

    static Action<byte[]> VerifyPowers()
    {
        int accepted = 0;
        return bytes =>
        {
            using PowersOfTauFile powers = PowersOfTauFile.Open(bytes, "x");
            if (powers.Power > 6 || powers.CeremonyPower > 6 || accepted++ % 16 != 0) return;
            try
            {
                PowersOfTau.Verify(powers, Threads);
            }
            catch (Groth16FileException exception) when (exception.Message.Contains("contributions: expected at least one", StringComparison.Ordinal))
            {
                // The sample has none.
            }
        };
    }

    static byte[] Circuit(string name)
    {
        using TemporaryFolder folder = new();
        (R1csSystem system, Fr[] signals) = ChainCircuit.Create(5, 4);
        R1csFile.Write(system, folder["c.r1cs"]);
        WitnessFile.Write(signals, folder["c.wtns"]);
        DevelopmentSetup.Write(system, 1, folder["c.zkey"], Threads);
        return File.ReadAllBytes(folder[name]);
    }

    /// <summary>A .ptau of power 2 with known secrets and without contributions.</summary>
    static byte[] SmallPowers()
    {
        const int Power = 2;
        using TemporaryFolder folder = new();
        Fr tau = Fr.FromUInt64(11), alpha = Fr.FromUInt64(12), beta = Fr.FromUInt64(13);
        using (SectionWriter writer = new(folder["p.ptau"], "ptau", 1, 11))
        {
            writer.Start(1);
            writer.WriteModulus<FqModulus>();
            writer.WriteUInt32(Power);
            writer.WriteUInt32(Power);
            writer.End();
            WritePowers(writer, 2, (2 << Power) - 1, G1.Generator, tau, Fr.One);
            WritePowers(writer, 3, 1 << Power, G2.Generator, tau, Fr.One);
            WritePowers(writer, 4, 1 << Power, G1.Generator, tau, alpha);
            WritePowers(writer, 5, 1 << Power, G1.Generator, tau, beta);
            WritePowers(writer, 6, 1, G2.Generator, tau, beta);
            writer.Start(7);
            writer.WriteUInt32(0);
            writer.End();
            // The values of Lagrange polynomials are not these powers, but of the right length: their check is in SetupTests.
            WritePowers(writer, 12, (4 << Power) - 1, G1.Generator, tau, Fr.One);
            WritePowers(writer, 13, (2 << Power) - 1, G2.Generator, tau, Fr.One);
            WritePowers(writer, 14, (2 << Power) - 1, G1.Generator, tau, alpha);
            WritePowers(writer, 15, (2 << Power) - 1, G1.Generator, tau, beta);
            writer.Commit();
        }
        return File.ReadAllBytes(folder["p.ptau"]);
    }

    static void WritePowers<TCurve, TField>(SectionWriter writer, uint section, int count, JacobianPoint<TCurve, TField> generator, Fr tau, Fr factor)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>
    {
        writer.Start(section);
        for (int i = 0; i < count; i++, factor *= tau)
            writer.WriteValues<AffinePoint<TCurve, TField>>([(generator * factor).ToAffine()]);
        writer.End();
    }
}

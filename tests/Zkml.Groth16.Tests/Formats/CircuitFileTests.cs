using Zkml.Groth16.Formats;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Tests.Formats;

[TestFixture]
sealed class CircuitFileTests
{
    [Test]
    public void R1csAndWitness_OfCircom_AreReadAndSatisfied()
    {
        R1csSystem system = R1csFile.Read(Vectors.Path("chain.r1cs"));
        using WitnessFile witness = WitnessFile.Open(Vectors.Path("chain.wtns"));
        Assert.That(system.ConstraintCount, Is.EqualTo(3840));
        Assert.That(system.PublicCount, Is.EqualTo(2));
        Assert.That(witness.SignalCount, Is.EqualTo(system.SignalCount));
        Fr[] signals = witness.ToArray();
        Assert.That(system.FindViolation(signals), Is.EqualTo(-1));
        signals[^1] += Fr.One;
        Assert.That(system.FindViolation(signals), Is.GreaterThanOrEqualTo(0));
    }

    [Test]
    public void R1cs_WrittenAndRead_IsTheSame()
    {
        using TemporaryFolder folder = new();
        R1csSystem system = R1csFile.Read(Vectors.Path("chain.r1cs"));
        R1csFile.Write(system, folder["copy.r1cs"]);
        R1csSystem copy = R1csFile.Read(folder["copy.r1cs"]);
        Assert.That(
            (copy.SignalCount, copy.PublicOutputCount, copy.PublicInputCount, copy.PrivateInputCount, copy.ConstraintCount),
            Is.EqualTo((system.SignalCount, system.PublicOutputCount, system.PublicInputCount, system.PrivateInputCount, system.ConstraintCount)));
        for (int row = 0; row < system.ConstraintCount; row++)
        {
            Assert.That(copy.A.Row(row).SequenceEqual(system.A.Row(row)), Is.True);
            Assert.That(copy.B.Row(row).SequenceEqual(system.B.Row(row)), Is.True);
            Assert.That(copy.C.Row(row).SequenceEqual(system.C.Row(row)), Is.True);
        }
    }

    [Test]
    public void Witness_WrittenAndRead_IsTheSame()
    {
        using TemporaryFolder folder = new();
        Fr[] signals = [Fr.One, Fr.FromUInt64(7), -Fr.One, default];
        WitnessFile.Write(signals, folder["a.wtns"]);
        using WitnessFile copy = WitnessFile.Open(folder["a.wtns"]);
        Assert.That(copy.ToArray(), Is.EqualTo(signals));
    }

    [Test]
    public void Witness_WithAValueOfR_IsRefused()
    {
        using TemporaryFolder folder = new();
        WitnessFile.Write([Fr.One, -Fr.One], folder["a.wtns"]);
        byte[] bytes = File.ReadAllBytes(folder["a.wtns"]);
        bytes[^32]++;
        Assert.That(() => WitnessFile.Open(bytes, "x"), Throws.InstanceOf<Groth16FileException>().With.Message.Contains("signal 1: expected a number below r"));
    }
}

using Zkml.Examples.ScoreAttestation;
using Zkml.Groth16.R1cs;

namespace Zkml.Examples.Tests;

[TestFixture]
sealed class ScoreCircuitTests
{
    static readonly int[] s_weights = [120, -35, 80, 15, -200, 60, 5, -10];
    static readonly int[] s_values = [640, 12, 310, 48, 3, 77, 1020, 25];
    static readonly Circuit s_circuit = ScoreCircuit.Build();

    [Test]
    public void Circuit_AtEveryLevel_PassesItsCheck()
    {
        long score = new ScoreModel(s_weights, 0).Score(s_values);
        Dictionary<string, Fr[]> stranger = Inputs(s_weights, score, s_values);
        stranger["address"] = [Fr.FromUInt64(8)];
        Dictionary<string, Fr[]> otherWeights = Inputs(s_weights, score, s_values);
        otherWeights["weights"] = new ScoreModel([.. s_weights.Select(weight => weight + 1)], score).EncodeWeights();
        CircuitCheck check = new CircuitCheck(s_circuit)
            .Accepts("threshold reached exactly", Inputs(s_weights, score, s_values))
            .Rejects("one below the threshold", Inputs(s_weights, score + 1, s_values))
            .Rejects("the address of another", stranger)
            .Rejects("other weights than those of the hash", otherWeights);
        Assert.That(check.Run(CircuitCheckLevel.Proof), Is.Empty);
        TestContext.Out.WriteLine(s_circuit.Report);
    }

    [TestCase(short.MaxValue, ushort.MaxValue)]
    [TestCase(short.MinValue, ushort.MaxValue)]
    [TestCase(short.MinValue, 0)]
    [TestCase(-1, 1)]
    public void Score_AtTheEndsOfItsRange_DoesNotWrap(int weight, int value)
    {
        int[] weights = [.. Enumerable.Repeat(weight, ScoreModel.FeatureCount)], values = [.. Enumerable.Repeat(value, ScoreModel.FeatureCount)];
        long score = new ScoreModel(weights, 0).Score(values);
        Assert.That(IsAccepted(Inputs(weights, score, values)), Is.True);
        Assert.That(IsAccepted(Inputs(weights, score + 1, values)), Is.False);
        Assert.That(IsAccepted(Inputs(weights, -ScoreModel.ThresholdOffset, values)), Is.True);
        Assert.That(IsAccepted(Inputs(weights, ScoreModel.ThresholdOffset - 1, values)), Is.False);
    }

    [Test]
    public void Score_ValueOrWeightThatIsOutOfRange_IsRejected()
    {
        // A prover who commits to a value of 2^16 or to −1 modulo r reaches any score, were it not for the ranges.
        foreach (Fr value in (Fr[])[Fr.FromUInt64(1 << ScoreModel.ValueBits), -Fr.One])
        {
            foreach (string name in (string[])["values", "weights"])
            {
                Dictionary<string, Fr[]> inputs = Inputs(s_weights, -ScoreModel.ThresholdOffset, s_values);
                inputs[name][2] = value;
                inputs["commitment"] = [Hashing.Poseidon2Bn254.Hash([inputs["address"][0], inputs["blinding"][0], .. inputs["values"]], ScoreModel.CommitmentDomain)];
                inputs["weightsHash"] = [Hashing.Poseidon2Bn254.Hash(inputs["weights"], ScoreModel.WeightsDomain)];
                Assert.That(() => s_circuit.Solve(inputs), Throws.TypeOf<CircuitException>().With.Message.Contains("Score"));
            }
        }
    }

    [Test]
    public void Model_NumbersOutOfRange_AreRefused()
    {
        Assert.That(() => new ScoreModel([1], 0).EncodeWeights(), Throws.ArgumentException);
        Assert.That(() => new ScoreModel([.. s_weights[..7], 32768], 0).EncodeWeights(), Throws.ArgumentException);
        Assert.That(() => new ScoreModel(s_weights, ScoreModel.ThresholdOffset).EncodeThreshold(), Throws.ArgumentException);
        Assert.That(() => new ScoreSubject(Fr.One, Fr.One, [.. s_values[..7], 65536]).EncodeValues(), Throws.ArgumentException);
    }

    [Test]
    public void Prove_ScoreBelowTheThreshold_SaysSo() =>
        Assert.That(
            () => ScoreProver.Prove(s_circuit, new(s_weights, 10_000_000), new(Fr.One, Fr.One, s_values), "unused"),
            Throws.ArgumentException.With.Message.Contains("expected a score of at least 10000000"));

    static bool IsAccepted(Dictionary<string, Fr[]> inputs) => s_circuit.System.FindViolation(s_circuit.SolveUnchecked(inputs)) < 0;

    static Dictionary<string, Fr[]> Inputs(int[] weights, long threshold, int[] values) =>
        ScoreCircuit.Inputs(new(weights, threshold), new(Fr.FromUInt64(7), Fr.FromUInt64(123456789), values));
}

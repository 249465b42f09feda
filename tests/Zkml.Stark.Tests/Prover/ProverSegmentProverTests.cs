using Zkml.Fields;
using Zkml.Stark.Prover;
using Zkml.Stark.Prover.Backends;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Prover;

/// <summary>Whole proofs of toy segments, judged by the verifier.</summary>
public sealed class ProverSegmentProverTests
{
    static readonly FriParameters s_parameters = FriParameters.ForSegment(SecurityProfile.Test);

    [TestCase(10, 7, 4, 3, 5)]
    [TestCase(11, 11, 11, 11, 11)]
    [TestCase(0, 0, 0, 0, 0)]
    [TestCase(1, 2, 4, 0, 3)]
    [TestCase(4, 3, 2, 1, 0)]
    [TestCase(5, 3, 12, 9, 12)]
    [TestCase(7, 7, 5, 8, 2)]
    public void Prove_ValidSegment_IsAcceptedAndBalances(int fibonacci, int square, int range, int image, int product)
    {
        using var segment = new ToySegment(s_parameters, [fibonacci, square, range, image, product]);
        SegmentProof proof = segment.Prove();
        VerificationResult result = segment.Verify(proof, out KoalaBear5 sum);
        Assert.That(result.IsAccepted, Is.True, result.ToString());
        Assert.That(sum, Is.EqualTo(KoalaBear5.Zero));
    }

    [Test]
    public void Prove_HigherBlowup_IsAccepted()
    {
        using var segment = new ToySegment(s_parameters with { LogBlowup = 2 }, [9, 5, 4, 3, 6]);
        VerificationResult result = segment.Verify(segment.Prove(), out _);
        Assert.That(result.IsAccepted, Is.True, result.ToString());
    }
}

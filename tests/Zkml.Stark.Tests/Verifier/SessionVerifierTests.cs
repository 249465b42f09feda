using Zkml.Stark.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Verifier;

sealed class SessionVerifierTests
{
    static SampleSession Session => SampleSession.Shared;

    static VerificationResult Verify(SessionProof? proof, SessionStatement? statement = null) => SessionVerifier.Check(Session.Rules, statement ?? Session.Statement, proof);

    [Test]
    public void Verify_HonestProof_Accepts() => Assert.That(Verify(Session.Proof), Is.EqualTo(VerificationResult.Accepted));
}

using Zkml.Stark.Verifier;

namespace Zkml.Soundness.Tests.Proofs;

/// <summary>The test shows a proof that the verifier rejects for this reason.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
sealed class ReachesAttribute(params RejectionReason[] reasons) : Attribute
{
    /// <summary>The reasons.</summary>
    public IReadOnlyList<RejectionReason> Reasons => reasons;
}

using Zkml.Stark.Verifier;

namespace Zkml.Receipts;

/// <summary>The verdict on a receipt.</summary>
/// <param name="Failure">The first check that the receipt does not pass; None when it is accepted.</param>
/// <param name="ProofReason">Where the failure is <see cref="ReceiptError.Proof"/>, the verifier's own reason; else None.</param>
public readonly record struct ReceiptVerification(ReceiptFailure Failure, RejectionReason ProofReason)
{
    /// <summary>The receipt proves what the caller asked for.</summary>
    public static ReceiptVerification Accepted => new(ReceiptFailure.None, RejectionReason.None);

    /// <summary>Whether the receipt proves what the caller asked for.</summary>
    public bool IsAccepted => Failure.IsNone;

    /// <summary>Refused before the proof was looked at.</summary>
    public static implicit operator ReceiptVerification(ReceiptFailure failure) => new(failure, RejectionReason.None);

    internal static ReceiptVerification OfProof(VerificationResult result) => result.IsAccepted
        ? Accepted
        : new(new(ReceiptError.Proof, $"Proof, {result.Reason}: {result.Detail}"), result.Reason);

    public override string ToString() => IsAccepted ? "Accepted" : Failure.ToString();
}

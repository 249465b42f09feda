using Zkml.Hashing;
using Zkml.Program;
using Zkml.Stark;
using Zkml.Stark.Verifier;

namespace Zkml.Receipts;

/// <summary>
/// Verifies a receipt file without holding it: of all segments the commitments are in memory, of proofs one at a time. The file is read twice, so a stream that
/// cannot seek is read into memory.
/// </summary>
public static class ReceiptVerifier
{
    /// <summary>Checks that the file is a receipt of <paramref name="expected"/> that meets the options.</summary>
    /// <param name="stream">The file, untrusted; read from its position on, and the caller's to dispose. Its own failures are thrown.</param>
    /// <param name="expected">The program; an ID that the caller trusts, not one taken from the receipt.</param>
    /// <param name="options">What else to ask for; null for the defaults.</param>
    /// <param name="header">Journal, exit code and profile of an accepted receipt; null for any other.</param>
    public static ReceiptVerification Verify(Stream stream, ImageId expected, VerifyOptions? options, out ReceiptHeader? header) =>
        Verify(RiscvReceiptMachine.Instance, stream, expected, options ?? VerifyOptions.Default, out header);

    internal static ReceiptVerification Verify(IReceiptMachine machine, Stream stream, ImageId expected, VerifyOptions options, out ReceiptHeader? header)
    {
        ReceiptVerification verdict = stream.CanSeek
            ? VerifyTwice(machine, new ReceiptReader(stream, options.MaxFileBytes), expected, options, out header)
            : VerifyInMemory(machine, stream, expected, options, out header);
        if (!verdict.IsAccepted) header = null;
        return verdict;
    }

    static ReceiptVerification VerifyInMemory(IReceiptMachine machine, Stream stream, ImageId expected, VerifyOptions options, out ReceiptHeader? header)
    {
        Receipt? receipt = Receipt.Read(machine, stream, options.MaxFileBytes, out ReceiptFailure failure);
        header = receipt?.Header;
        return receipt?.Verify(expected, options) ?? failure;
    }

    static ReceiptVerification VerifyTwice(IReceiptMachine machine, ReceiptReader reader, ImageId expected, VerifyOptions options, out ReceiptHeader? header)
    {
        header = reader.ReadHeader();
        if (header is null) return reader.Failure;
        ReceiptFailure failure = ReceiptChecks.Check(machine, header, expected, options, out Digest imageId);
        if (!failure.IsNone) return failure;

        SessionRules rules = machine.Rules(header.Profile, header.Program);
        List<SegmentCommitment> commitments = [];
        while (commitments.Count < header.SegmentCount && reader.ReadSegment(rules) is { } segment) commitments.Add(new(segment.ClassIndex, segment.Proof.MainCap));
        if (!reader.Failure.IsNone || !reader.ReadEnd()) return reader.Failure;

        // The file may have changed since: the proofs are checked against the commitments of the first reading, whatever the second one brings.
        reader.Rewind();
        VerificationResult result = SessionVerifier.Verify(rules, ReceiptChecks.Statement(header, imageId), header.Nonce, commitments, _ => reader.ReadSegment(rules)?.Proof);
        return reader.Failure.IsNone ? ReceiptVerification.OfProof(result) : reader.Failure;
    }
}

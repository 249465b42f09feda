using Zkml.Program;
using Zkml.Stark;
using Zkml.Stark.Verifier;

namespace Zkml.Receipts;

/// <summary>
/// A composite receipt in memory: a journal, and the proof that a program wrote it. Not hiding: whoever holds it can learn about the guest's private
/// input.
/// </summary>
public sealed class Receipt
{
    readonly IReceiptMachine _machine;
    SessionRules? _rules;

    /// <summary>The receipt of a session that was proved.</summary>
    /// <param name="profile">The profile of the proof.</param>
    /// <param name="program">The program.</param>
    /// <param name="exitCode">The guest's exit code.</param>
    /// <param name="journal">What the guest committed, at most 16 MiB.</param>
    /// <param name="proof">The proof of every segment.</param>
    public Receipt(SecurityProfile profile, ProgramKey program, byte exitCode, ReadOnlyMemory<byte> journal, SessionProof proof)
        : this(RiscvReceiptMachine.Instance, profile, program, exitCode, journal, proof) { }

    internal Receipt(IReceiptMachine machine, SecurityProfile profile, ProgramKey program, byte exitCode, ReadOnlyMemory<byte> journal, SessionProof proof)
        : this(machine, new ReceiptHeader
        {
            Profile = profile,
            ParameterDigest = machine.ParameterDigest(profile),
            Program = program,
            ExitCode = exitCode,
            Journal = journal,
            Nonce = proof.Nonce,
            SegmentCount = proof.Segments.Length,
        }, proof.Segments) { }

    Receipt(IReceiptMachine machine, ReceiptHeader header, SegmentEntry[] segments)
    {
        _machine = machine;
        Header = header;
        Segments = segments;
    }

    /// <summary>Everything but the proofs.</summary>
    public ReceiptHeader Header { get; }

    /// <summary>The segments' proofs, in order.</summary>
    public IReadOnlyList<SegmentEntry> Segments { get; }

    /// <summary>What the guest committed.</summary>
    public ReadOnlyMemory<byte> Journal => Header.Journal;

    /// <summary>The program that the receipt says it is of; true only where <see cref="Verify"/> accepts.</summary>
    public ImageId ImageId => new(_machine.ImageId(Header.Program).ToBytes());

    /// <summary>What the receipt claims; true only where <see cref="Verify"/> accepts.</summary>
    public ReceiptClaim Claim => ReceiptClaim.Halted(ImageId, Header.ExitCode, Journal.Span);

    // Only for a program that the machine can have.
    SessionRules Rules => _rules ??= _machine.Rules(Header.Profile, Header.Program);

    /// <summary>Reads a receipt file. The bytes are untrusted: null and the failure for every file that is not a receipt of this version.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="maxFileBytes">Refuse a longer file.</param>
    /// <param name="failure">Why there is no receipt.</param>
    public static Receipt? Read(Stream stream, long maxFileBytes, out ReceiptFailure failure) => Read(RiscvReceiptMachine.Instance, stream, maxFileBytes, out failure);

    /// <summary>Checks that the program <paramref name="expected"/> ended as the options say and committed exactly this journal.</summary>
    /// <param name="expected">The program; an ID that the caller trusts, not one taken from the receipt.</param>
    /// <param name="options">What else to ask for; null for the defaults.</param>
    public ReceiptVerification Verify(ImageId expected, VerifyOptions? options = null)
    {
        ReceiptFailure failure = ReceiptChecks.Check(_machine, Header, expected, options ?? VerifyOptions.Default, out Hashing.Digest imageId);
        if (!failure.IsNone) return failure;
        var proof = new SessionProof(Header.Nonce, [.. Segments]);
        return ReceiptVerification.OfProof(SessionVerifier.Verify(Rules, ReceiptChecks.Statement(Header, imageId), proof));
    }

    /// <summary>Writes the receipt file.</summary>
    /// <exception cref="ArgumentException">A value or a proof does not have the form that the machine asks for.</exception>
    public void Write(Stream stream)
    {
        var writer = new ReceiptWriter(stream, Header, Rules);
        foreach (SegmentEntry segment in Segments) writer.WriteSegment(segment);
        writer.Complete();
    }

    internal static Receipt? Read(IReceiptMachine machine, Stream stream, long maxFileBytes, out ReceiptFailure failure)
    {
        var reader = new ReceiptReader(stream, maxFileBytes);
        ReceiptHeader? header = reader.ReadHeader();
        failure = header is null ? reader.Failure : ReceiptChecks.CheckMachine(machine, header);
        if (header is null || !failure.IsNone) return null;
        SessionRules rules = machine.Rules(header.Profile, header.Program);
        // Grows with the segments that are there: the header's number alone makes nothing large.
        List<SegmentEntry> segments = [];
        while (segments.Count < header.SegmentCount && reader.ReadSegment(rules) is { } segment) segments.Add(segment);
        bool isComplete = segments.Count == header.SegmentCount && reader.ReadEnd();
        failure = reader.Failure;
        return isComplete ? new Receipt(machine, header, [.. segments]) { _rules = rules } : null;
    }
}

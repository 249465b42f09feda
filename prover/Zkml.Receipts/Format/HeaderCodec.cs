using Google.Protobuf;
using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark;

namespace Zkml.Receipts;

/// <summary>A header as a message and back.</summary>
static class HeaderCodec
{
    /// <summary>The message of a header.</summary>
    public static Wire.Header Encode(ReceiptHeader header) => new()
    {
        Kind = Wire.Kind.Composite,
        ParameterDigest = ByteString.CopyFrom(header.ParameterDigest.ToBytes()),
        Profile = (uint)header.Profile,
        Program = new Wire.ProgramKey
        {
            Root = ByteString.CopyFrom(header.Program.Root.ToBytes()),
            EntryPc4 = header.Program.EntryPc4,
            SizeIndex = (uint)header.Program.SizeIndex,
        },
        ExitCode = header.ExitCode,
        Journal = ByteString.CopyFrom(header.Journal.Span),
        Composite = new Wire.CompositeHeader { Nonce = header.Nonce, SegmentCount = (uint)header.SegmentCount },
    };

    /// <summary>The header of a message; null and the failure where a value is missing or out of range.</summary>
    public static ReceiptHeader? Decode(Wire.Header message, out ReceiptFailure failure)
    {
        failure = Check(message);
        if (!failure.IsNone) return null;
        if (!Digest.TryFromBytes(message.ParameterDigest.Span, out Digest parameterDigest)) failure = NotADigest("parameter digest", message.ParameterDigest);
        if (!Digest.TryFromBytes(message.Program.Root.Span, out Digest root)) failure = NotADigest("program root", message.Program.Root);
        if (!failure.IsNone) return null;
        return new ReceiptHeader
        {
            Profile = (SecurityProfile)message.Profile,
            ParameterDigest = parameterDigest,
            Program = new ProgramKey(root, (int)message.Program.SizeIndex, message.Program.EntryPc4),
            ExitCode = (byte)message.ExitCode,
            Journal = message.Journal.Memory,
            Nonce = message.Composite.Nonce,
            SegmentCount = (int)message.Composite.SegmentCount,
        };
    }

    static ReceiptFailure Check(Wire.Header message)
    {
        if (message.Kind != Wire.Kind.Composite)
            return new(ReceiptError.UnsupportedKind, $"Header, kind: expected 1 (composite), got {KindName(message.Kind)}.");
        if (message.Program is null || message.Composite is null)
            return new(ReceiptError.MissingPart, $"Header, {(message.Program is null ? "program" : "composite part")}: expected one, got none.");
        if (message.Profile is not ((uint)SecurityProfile.Test or (uint)SecurityProfile.P100 or (uint)SecurityProfile.P128))
            return new(ReceiptError.UnknownProfile, $"Header, profile: expected 1 (TEST), 2 (P100) or 3 (P128), got {message.Profile}.");
        if (message.ExitCode > byte.MaxValue) return OutOfRange("exit code", "at most 255", message.ExitCode);
        if (message.Program.EntryPc4 >= 1 << 30) return OutOfRange("program entry", "a word address below 2^30", message.Program.EntryPc4);
        if (message.Program.SizeIndex > byte.MaxValue) return OutOfRange("program size", "at most 255", message.Program.SizeIndex);
        if (message.Composite.Nonce >= Grinding.NonceBound) return OutOfRange("nonce", $"a number below {Grinding.NonceBound}", message.Composite.Nonce);
        if (message.Composite.SegmentCount is 0 or > ReceiptFormat.MaxSegmentCount)
            return new(ReceiptError.SegmentCount, $"Header, segments: expected 1 to {ReceiptFormat.MaxSegmentCount}, got {message.Composite.SegmentCount}.");
        if (message.Journal.Length > ReceiptFormat.MaxJournalBytes)
            return new(ReceiptError.JournalTooLarge, $"Header, journal: expected at most {ReceiptFormat.MaxJournalBytes} bytes, got {message.Journal.Length}.");
        return ReceiptFailure.None;
    }

    static ReceiptFailure OutOfRange(string part, string expected, uint actual) =>
        new(ReceiptError.NumberRange, $"Header, {part}: expected {expected}, got {actual}.");

    static ReceiptFailure NotADigest(string part, ByteString bytes) => bytes.Length != Digest.ByteLength
        ? new(ReceiptError.PartLength, $"Header, {part}: expected {Digest.ByteLength} bytes, got {bytes.Length}.")
        : new(ReceiptError.ElementRange, $"Header, {part}: expected {Digest.Length} elements below {KoalaBear.Modulus}, got {Convert.ToHexStringLower(bytes.Span)}.");

    static string KindName(Wire.Kind kind) => kind switch
    {
        Wire.Kind.None => "none",
        Wire.Kind.Succinct => "2 (succinct), which this version cannot verify",
        Wire.Kind.Groth16 => "3 (Groth16), which this version cannot verify",
        _ => $"{(int)kind}, which this version does not know",
    };
}

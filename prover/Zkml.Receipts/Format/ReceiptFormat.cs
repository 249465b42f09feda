using Zkml.Stark;

namespace Zkml.Receipts;

/// <summary>
/// The frame of a receipt file: magic, version, then messages (receipt.proto), each after its length as a little-endian 32-bit word: the header, then
/// one for each segment. Nothing follows. Written down for other readers in docs/reference/proof-format.md.
/// </summary>
public static class ReceiptFormat
{
    /// <summary>The version written and read.</summary>
    public const uint Version = 1;

    /// <summary>Largest length of the message of a segment, 4 MiB.</summary>
    public const int MaxSegmentBytes = 4 << 20;

    /// <summary>Largest length of a journal, 16 MiB.</summary>
    public const int MaxJournalBytes = 16 << 20;

    /// <summary>Largest number of segments.</summary>
    public const int MaxSegmentCount = SessionRules.MaxSegmentCount;

    /// <summary>Default of the largest length of a file, 64 MiB.</summary>
    public const long DefaultMaxFileBytes = 64L << 20;

    /// <summary>Room for everything of a header but the journal.</summary>
    internal const int MaxHeaderBytes = MaxJournalBytes + 256;

    /// <summary>The first 8 bytes: a name, and bytes that a transfer as text would change.</summary>
    public static ReadOnlySpan<byte> Magic => "ZKVM\r\n\u001a\n"u8;
}

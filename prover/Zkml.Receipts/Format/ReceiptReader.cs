using System.Buffers.Binary;
using Google.Protobuf;
using Zkml.Stark;
using Zkml.Stark.Verifier;

namespace Zkml.Receipts;

/// <summary>
/// Reads a receipt file message by message, so that a long session need not be in memory at once: the header, each segment, the end. The bytes are
/// untrusted: whatever they hold, a method returns null and <see cref="Failure"/> says why; after a failure every method does so. Memory stays within
/// a small multiple of the largest message that the file really holds. Only failures of the stream itself are thrown.
/// </summary>
public sealed class ReceiptReader
{
    const int FirstBufferBytes = 1 << 16;

    static readonly MessageParser<Wire.Header> HeaderParser = Wire.Header.Parser.WithDiscardUnknownFields(true);
    static readonly MessageParser<Wire.Segment> SegmentParser = Wire.Segment.Parser.WithDiscardUnknownFields(true);

    readonly Stream _stream;
    readonly long _maxFileBytes;
    long _position;
    long _segmentsPosition, _segmentsStreamPosition;
    int _segmentsRead;
    ReceiptHeader? _header;

    /// <summary>A reader of <paramref name="stream"/> from its position on.</summary>
    /// <param name="stream">The file; need not be seekable, and stays the caller's to dispose.</param>
    /// <param name="maxFileBytes">Refuse a longer file.</param>
    public ReceiptReader(Stream stream, long maxFileBytes = ReceiptFormat.DefaultMaxFileBytes)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(maxFileBytes);
        _stream = stream;
        _maxFileBytes = maxFileBytes;
    }

    /// <summary>The first failure; None while there is none.</summary>
    public ReceiptFailure Failure { get; private set; } = ReceiptFailure.None;

    /// <summary>Reads magic, version and header.</summary>
    /// <exception cref="InvalidOperationException">The header was read before.</exception>
    public ReceiptHeader? ReadHeader()
    {
        if (_position > 0) throw new InvalidOperationException("Receipt reader: the header has been read.");
        if (!ReadPreamble() || ReadMessage("Header", ReceiptFormat.MaxHeaderBytes) is not { } bytes) return null;
        if (Parse(HeaderParser, bytes, "Header") is not { } message) return null;
        ReceiptHeader? header = HeaderCodec.Decode(message, out ReceiptFailure failure);
        if (header is null)
        {
            Failure = failure;
            return null;
        }
        if (!IsCanonical(HeaderCodec.Encode(header), bytes, "Header")) return null;
        _segmentsPosition = _position;
        if (_stream.CanSeek) _segmentsStreamPosition = _stream.Position;
        return _header = header;
    }

    /// <summary>Goes back to the first segment of a stream that can seek; the header must have been read.</summary>
    internal void Rewind()
    {
        _stream.Position = _segmentsStreamPosition;
        _position = _segmentsPosition;
        _segmentsRead = 0;
    }

    /// <summary>Reads the next segment; call it as often as the header says.</summary>
    /// <param name="rules">The rules of the header's profile and program, which give all lengths.</param>
    /// <exception cref="InvalidOperationException">The header was not read, or all segments were.</exception>
    public SegmentEntry? ReadSegment(SessionRules rules)
    {
        if (!Failure.IsNone) return null;
        if (_header is null || _segmentsRead == _header.SegmentCount)
            throw new InvalidOperationException("Receipt reader: expected a header before, and no more segments than it announces.");
        string where = $"Segment {_segmentsRead}";
        if (ReadMessage(where, ReceiptFormat.MaxSegmentBytes) is not { } bytes || Parse(SegmentParser, bytes, where) is not { } message) return null;
        if (message.ClassIndex > int.MaxValue || rules.FindClass((int)message.ClassIndex) is null)
        {
            Fail(ReceiptError.UnknownClass, $"{where}: expected a shape class of this program, got {message.ClassIndex}.");
            return null;
        }
        SegmentEntry? entry = SegmentCodec.Decode(message, rules.Layout((int)message.ClassIndex), where, out ReceiptFailure failure);
        if (entry is null)
        {
            Failure = failure;
            return null;
        }
        // Lengths are right by now; what remains are the ranges of nonces. So whatever is read can be written.
        VerificationResult shape = ProofShapeCheck.Check(rules.Layout(entry.ClassIndex), entry.Proof).InSegment(_segmentsRead);
        if (!shape.IsAccepted)
        {
            Fail(ReceiptError.NumberRange, shape.Detail);
            return null;
        }
        if (!IsCanonical(SegmentCodec.Encode(entry), bytes, where)) return null;
        _segmentsRead++;
        return entry;
    }

    /// <summary>Checks that nothing follows the last segment.</summary>
    /// <exception cref="InvalidOperationException">Segments are still to be read.</exception>
    public bool ReadEnd()
    {
        if (!Failure.IsNone) return false;
        if (_header is null || _segmentsRead != _header.SegmentCount) throw new InvalidOperationException("Receipt reader: expected all segments to be read before the end.");
        Span<byte> next = stackalloc byte[1];
        return _stream.Read(next) == 0 || Fail(ReceiptError.TrailingBytes, $"File: expected its end after {_position} bytes, got more.");
    }

    bool ReadPreamble()
    {
        int magicLength = ReceiptFormat.Magic.Length;
        Span<byte> preamble = stackalloc byte[magicLength + sizeof(uint)];
        int count = _stream.ReadAtLeast(preamble, preamble.Length, throwOnEndOfStream: false);
        ReadOnlySpan<byte> magic = preamble[..Math.Min(count, magicLength)];
        // A file cut inside of the magic is no receipt either: nothing says that it was one.
        if (!magic.SequenceEqual(ReceiptFormat.Magic))
            return Fail(ReceiptError.NotAReceipt, $"File: expected the {magicLength} bytes {Convert.ToHexStringLower(ReceiptFormat.Magic)} first, got {Describe(magic)}.");
        if (count < preamble.Length) return Fail(ReceiptError.Truncated, $"File, version: expected {sizeof(uint)} bytes, got {count - magicLength}.");
        _position = count;
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(preamble[magicLength..]);
        return version == ReceiptFormat.Version || Fail(ReceiptError.UnsupportedVersion, $"File: expected format version {ReceiptFormat.Version}, got {version}.");
    }

    byte[]? ReadMessage(string where, int maxBytes)
    {
        Span<byte> prefix = stackalloc byte[sizeof(uint)];
        int count = _stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
        _position += count;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        if (count < prefix.Length)
            Fail(ReceiptError.Truncated, $"{where}, length: expected {sizeof(uint)} bytes, got {count}.");
        else if (length > maxBytes)
            Fail(ReceiptError.MessageTooLarge, $"{where}: expected at most {maxBytes} bytes, got a length of {length}.");
        else if (_position + length > _maxFileBytes)
            Fail(ReceiptError.FileTooLarge, $"{where}: expected a file of at most {_maxFileBytes} bytes, got at least {_position + length}.");
        return Failure.IsNone ? ReadBytes(where, (int)length) : null;
    }

    /// <summary>Reads into a buffer that grows with what is there: a length alone makes nothing large.</summary>
    byte[]? ReadBytes(string where, int length)
    {
        byte[] buffer = new byte[Math.Min(length, FirstBufferBytes)];
        int filled = 0;
        while (true)
        {
            int count = _stream.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: false);
            filled += count;
            _position += count;
            if (filled < buffer.Length)
            {
                Fail(ReceiptError.Truncated, $"{where}: expected {length} bytes, got {filled}.");
                return null;
            }
            if (filled == length) return buffer;
            Array.Resize(ref buffer, (int)Math.Min(length, 2L * buffer.Length));
        }
    }

    T? Parse<T>(MessageParser<T> parser, byte[] bytes, string where) where T : class, IMessage<T>
    {
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (Exception malformed) when (malformed is not OutOfMemoryException)
        {
            // The package means to throw InvalidProtocolBufferException alone, but fails with an index error on a number that runs on to the end of the message.
            Fail(ReceiptError.Malformed, $"{where}: expected a protobuf message, got {bytes.Length} bytes that are none: {malformed.Message}");
            return null;
        }
    }

    /// <summary>
    /// Whether the bytes are what is written for the values read from them. It is the one check that leaves no second encoding: no unknown, repeated
    /// or reordered field, no written default, no long number.
    /// </summary>
    bool IsCanonical<T>(T encoded, byte[] bytes, string where) where T : IMessage<T>
    {
        int size = encoded.CalculateSize();
        if (size == bytes.Length)
        {
            byte[] expected = new byte[size];
            encoded.WriteTo(expected.AsSpan());
            if (expected.AsSpan().SequenceEqual(bytes)) return true;
            int first = expected.AsSpan().CommonPrefixLength(bytes);
            return Fail(ReceiptError.NotCanonical, $"{where}: expected the one encoding of its values, got another from byte {first} on.");
        }
        return Fail(ReceiptError.NotCanonical, $"{where}: expected the one encoding of its values, {size} bytes, got {bytes.Length} bytes.");
    }

    bool Fail(ReceiptError error, string message)
    {
        Failure = new(error, message);
        return false;
    }

    static string Describe(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? "an empty file" : Convert.ToHexStringLower(bytes);
}

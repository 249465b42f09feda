using System.Buffers.Binary;
using Google.Protobuf;
using Zkml.Stark;
using Zkml.Stark.Verifier;

namespace Zkml.Receipts;

/// <summary>Writes a receipt file message by message, as the segments' proofs come.</summary>
public sealed class ReceiptWriter
{
    readonly Stream _stream;
    readonly ReceiptHeader _header;
    readonly SessionRules _rules;
    int _segmentsWritten;

    /// <summary>Writes magic, version and header to <paramref name="stream"/>.</summary>
    /// <param name="stream">Where to write; stays the caller's to dispose.</param>
    /// <param name="header">The header.</param>
    /// <param name="rules">The rules of the header's profile and program.</param>
    /// <exception cref="ArgumentException">A value of the header is out of its range.</exception>
    public ReceiptWriter(Stream stream, ReceiptHeader header, SessionRules rules)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _header = header;
        _rules = rules;
        Wire.Header message = HeaderCodec.Encode(header);
        HeaderCodec.Decode(message, out ReceiptFailure failure);
        if (!failure.IsNone) throw new ArgumentException(failure.Message, nameof(header));
        _stream.Write(ReceiptFormat.Magic);
        WriteNumber(ReceiptFormat.Version);
        WriteMessage(message);
    }

    /// <summary>Writes the next segment.</summary>
    /// <exception cref="ArgumentException">The class is unknown, or a part of the proof does not have its length.</exception>
    /// <exception cref="InvalidOperationException">All segments have been written.</exception>
    public void WriteSegment(SegmentEntry entry)
    {
        if (_segmentsWritten == _header.SegmentCount)
            throw new InvalidOperationException($"Receipt writer: expected {_header.SegmentCount} segments, got one more.");
        if (_rules.FindClass(entry.ClassIndex) is null)
            throw new ArgumentException($"Segment {_segmentsWritten}: expected a shape class of this program, got {entry.ClassIndex}.", nameof(entry));
        VerificationResult shape = ProofShapeCheck.Check(_rules.Layout(entry.ClassIndex), entry.Proof);
        if (!shape.IsAccepted) throw new ArgumentException(shape.InSegment(_segmentsWritten).Detail, nameof(entry));
        WriteMessage(SegmentCodec.Encode(entry));
        _segmentsWritten++;
    }

    /// <summary>Ends the file.</summary>
    /// <exception cref="InvalidOperationException">Segments are missing.</exception>
    public void Complete()
    {
        if (_segmentsWritten != _header.SegmentCount)
            throw new InvalidOperationException($"Receipt writer: expected {_header.SegmentCount} segments, got {_segmentsWritten}.");
        _stream.Flush();
    }

    void WriteMessage(IMessage message)
    {
        byte[] bytes = message.ToByteArray();
        WriteNumber((uint)bytes.Length);
        _stream.Write(bytes);
    }

    void WriteNumber(uint number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, number);
        _stream.Write(bytes);
    }
}

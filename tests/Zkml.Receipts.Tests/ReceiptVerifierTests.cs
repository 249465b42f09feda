using Zkml.Receipts.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Receipts.Tests;

public class ReceiptVerifierTests
{
    [Test]
    public void Verify_File_IsAcceptedWithItsHeader()
    {
        using var stream = new MemoryStream(SampleReceipts.Bytes(SampleReceipts.Receipt));
        Assert.That(SampleReceipts.VerifyStream(stream, out ReceiptHeader? header), Is.EqualTo(ReceiptVerification.Accepted));
        Assert.That(header!.Journal.ToArray(), Is.EqualTo("the journal"u8.ToArray()));
    }

    [Test]
    public void Verify_FileInsideOfALongerStream_StartsAtItsPosition()
    {
        using var stream = new MemoryStream([1, 2, 3, .. SampleReceipts.Bytes(SampleReceipts.Receipt)]);
        stream.Position = 3;
        Assert.That(SampleReceipts.VerifyStream(stream, out _).IsAccepted, Is.True);
    }

    [Test]
    public void Verify_StreamThatCannotSeek_IsAccepted()
    {
        using var stream = new PipeStream(SampleReceipts.Bytes(SampleReceipts.Receipt));
        Assert.That(SampleReceipts.VerifyStream(stream, out ReceiptHeader? header).IsAccepted, Is.True);
        Assert.That(header, Is.Not.Null);
    }

    [Test]
    public void Verify_ManySegments_IsAccepted()
    {
        Receipt receipt = SampleMachine.Instance.Prove([7], segmentCount: 5);
        using var stream = new MemoryStream(SampleReceipts.Bytes(receipt));
        Assert.That(SampleReceipts.VerifyStream(stream, out _).IsAccepted, Is.True);
    }

    // Between the two readings the file becomes another true receipt, byte for byte as long: its proofs were made for another journal.
    [Test]
    public void Verify_FileThatChangesBetweenReadings_IsRefused()
    {
        byte[] first = SampleReceipts.Bytes(SampleReceipts.Receipt), second = SampleReceipts.Bytes(SampleMachine.Instance.Prove("THE JOURNAL"u8.ToArray()));
        using var stream = new ChangingStream(first, second);
        ReceiptVerification verdict = SampleReceipts.VerifyStream(stream, out ReceiptHeader? header);
        Assert.That(verdict.Failure.Error, Is.EqualTo(ReceiptError.Proof));
        Assert.That(header, Is.Null);
    }

    [Test]
    public void Verify_FileCutBetweenReadings_IsRefused()
    {
        byte[] bytes = SampleReceipts.Bytes(SampleReceipts.Receipt);
        using var stream = new ChangingStream(bytes, bytes[..(bytes.Length / 2)]);
        Assert.That(SampleReceipts.VerifyStream(stream, out _).Failure.Error, Is.EqualTo(ReceiptError.Truncated));
    }

    [Test]
    public void Verify_ProofThatDoesNotHold_NamesTheVerifiersReason()
    {
        byte[] bytes = SampleReceipts.Bytes(SampleReceipts.Receipt);
        bytes[^40] ^= 1; // in the last query's last path
        using var stream = new MemoryStream(bytes);
        ReceiptVerification verdict = SampleReceipts.VerifyStream(stream, out _);
        Assert.That(verdict.ProofReason, Is.EqualTo(RejectionReason.LayerPath));
        Assert.That(verdict.Failure.Message, Does.Contain("Segment 1").And.Contain("LayerPath"));
    }

    sealed class PipeStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }

    /// <summary>Gives other bytes once it has been rewound.</summary>
    sealed class ChangingStream(byte[] first, byte[] second) : MemoryStream
    {
        byte[] _bytes = first;
        int _position;

        public override long Position
        {
            get => _position;
            set
            {
                _bytes = second;
                _position = (int)value;
            }
        }

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, Math.Max(0, _bytes.Length - _position));
            _bytes.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }
    }
}

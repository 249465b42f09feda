using Zkml.Receipts.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Receipts.Tests.Format;

/// <summary>No byte of a receipt file is free: whichever is changed, and however, the file is refused with a reason.</summary>
public class ReceiptFlipTests
{
    // Prime, so that a stride walks through all positions within words, digests and rows.
    const int DefaultStride = 23, HeaderBytes = 200;

    [Test]
    public void Verify_OneByteChanged_IsRefused() => CheckFlips(DefaultStride);

    [Test, Category("Slow")]
    public void Verify_AnyByteChanged_IsRefused() => CheckFlips(1);

    [Test]
    public void Verify_AnyBitOfTheHeaderChanged_IsRefused()
    {
        byte[] bytes = SampleReceipts.Bytes(SampleReceipts.Receipt);
        for (int position = 0; position < HeaderBytes; position++)
            for (int bit = 0; bit < 8; bit++)
                CheckRefused(bytes, position, (byte)(1 << bit));
    }

    static void CheckFlips(int stride)
    {
        byte[] bytes = SampleReceipts.Bytes(SampleReceipts.Receipt);
        Assert.That(SampleReceipts.ReadAndVerify(bytes).IsAccepted, Is.True);
        Assert.That(bytes, Has.Length.GreaterThan(10_000));
        for (int position = 0; position < bytes.Length; position += position < HeaderBytes ? 1 : stride)
            CheckRefused(bytes, position, 0x01);
    }

    static void CheckRefused(byte[] bytes, int position, byte mask)
    {
        bytes[position] ^= mask;
        ReceiptVerification verdict = SampleReceipts.ReadAndVerify(bytes);
        bytes[position] ^= mask;
        Assert.That(verdict.IsAccepted, Is.False, $"byte {position} of {bytes.Length}, mask {mask:x2}");
        Assert.That(verdict.ProofReason, Is.Not.EqualTo(RejectionReason.Malformed), verdict.ToString());
        Assert.That(verdict.Failure.Message, Is.Not.Empty);
    }
}

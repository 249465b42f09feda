using Zkml.Receipts.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Receipts.Tests.Format;

/// <summary>Hostile files: no exception, no large allocation, no acceptance, and one encoding for whatever is read.</summary>
public class ReceiptFuzzTests
{
    // What one reading may allocate: decoded values, their second encoding and the buffers are each about as large as the file.
    const int AllocationFactor = 16, AllocationSlack = 1 << 19;

    const int FirstSeed = 20_251_121;

    [Test]
    public void Read_ChangedFiles_AreRefused() => Fuzz(5_000);

    [Test, Category("Slow")]
    public void Read_ManyChangedFiles_AreRefused() => Fuzz(100_000);

    static void Fuzz(int count)
    {
        byte[] file = SampleReceipts.Bytes(SampleReceipts.Receipt);
        var mutator = new ReceiptMutator(file);
        var errors = new Dictionary<ReceiptError, int>();
        TestContext.Out.WriteLine($"Seeds {FirstSeed} to {FirstSeed + count - 1}.");
        for (int seed = FirstSeed; seed < FirstSeed + count; seed++)
        {
            byte[] changed = mutator.Mutate(seed);
            if (changed.AsSpan().SequenceEqual(file)) continue;
            ReceiptError error = Check(changed, seed);
            errors[error] = errors.GetValueOrDefault(error) + 1;
        }
        TestContext.Out.WriteLine(string.Join(", ", errors.OrderByDescending(pair => pair.Value).Select(pair => $"{pair.Key} {pair.Value}")));
        Assert.That(errors.Keys, Is.SupersetOf(new[]
        {
            ReceiptError.Truncated, ReceiptError.TrailingBytes, ReceiptError.Malformed, ReceiptError.NotCanonical, ReceiptError.PartLength, ReceiptError.ElementRange,
            ReceiptError.NumberRange, ReceiptError.UnknownClass, ReceiptError.MessageTooLarge, ReceiptError.OtherParameters, ReceiptError.OtherImageId, ReceiptError.Proof,
        }));
    }

    static ReceiptError Check(byte[] file, int seed)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Receipt? receipt = SampleReceipts.Read(file, out ReceiptFailure failure);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.LessThan((long)AllocationFactor * file.Length + AllocationSlack), $"seed {seed}: {failure}");
        using var stream = new MemoryStream(file, writable: false);
        ReceiptVerification streamed = SampleReceipts.VerifyStream(stream, out ReceiptHeader? header);
        Assert.That(header, Is.Null, $"seed {seed}");
        if (receipt is null)
        {
            Assert.That(failure.IsNone, Is.False, $"seed {seed}");
            Assert.That(streamed.IsAccepted, Is.False, $"seed {seed}");
            return failure.Error;
        }
        Assert.That(SampleReceipts.Bytes(receipt), Is.EqualTo(file), $"seed {seed}: a second encoding was read");
        ReceiptVerification verdict = receipt.Verify(SampleReceipts.ImageId, SampleReceipts.Options);
        Assert.That(verdict.IsAccepted, Is.False, $"seed {seed}");
        Assert.That(streamed.Failure.Error, Is.EqualTo(verdict.Failure.Error), $"seed {seed}");
        Assert.That(verdict.ProofReason, Is.Not.EqualTo(RejectionReason.Malformed), $"seed {seed}: {verdict}");
        return verdict.Failure.Error;
    }
}

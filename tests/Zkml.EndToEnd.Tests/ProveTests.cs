using System.Text;
using Zkml.Machine.Shapes;
using Zkml.Program;
using Zkml.Receipts;
using Zkml.Sdk;
using Zkml.Stark;
using Zkml.Vm.Execution;

namespace Zkml.EndToEnd.Tests;

/// <summary>Guests executed, proved, written, read and verified through the public API.</summary>
public sealed class ProveTests
{
    static readonly ProveOptions s_quick = new() { Profile = SecurityProfile.Test, Threads = 2 };
    static readonly VerifyOptions s_allowTest = new() { AllowTestProfile = true, MinimumProfile = SecurityProfile.Test };

    [Test]
    public void Hello_ProvedAtP100_VerifiesAgainstItsImageIdAlone()
    {
        var input = new ExecutionInput { StandardInput = "Ada"u8.ToArray() };

        ProveResult result = ZkvmClient.Prove(Guests.Hello, input, new ProveOptions { Threads = 2 });

        Receipt receipt = RoundTrip(result.Receipt);
        ImageId imageId = ZkvmClient.ImageIdOf(Guests.Hello);
        Assert.That(Encoding.UTF8.GetString(receipt.Journal.Span), Does.Contain("Ada"));
        Assert.That(receipt.Verify(imageId).ToString(), Is.EqualTo("Accepted"));
        Assert.That(receipt.Verify(ZkvmClient.ImageIdOf(Guests.Digits)).IsAccepted, Is.False);
        Assert.That(result.Plan.Segments, Has.Count.EqualTo(1));
    }

    [Test]
    public void Digits_Proved_CommitsTheDigit()
    {
        ProveResult result = ZkvmClient.Prove(Guests.Digits, new() { StandardInput = Guests.Digit(7) }, s_quick);

        Receipt receipt = RoundTrip(result.Receipt);
        Assert.That(receipt.Verify(ZkvmClient.ImageIdOf(Guests.Digits), s_allowTest).ToString(), Is.EqualTo("Accepted"));
        Assert.That(receipt.Journal.Span[0], Is.EqualTo(7));
    }

    [TestCase(30_000, 2)]
    [TestCase(300_000, 16, Category = "Slow")]
    public void Mixed_ProvedInSegments_Verifies(int cycles, int atLeastSegments)
    {
        ProgramImage guest = Guests.Mixed(cycles);
        ProveResult result = ZkvmClient.Prove(guest, new(), s_quick with { MemoryLimitBytes = SmallestLimit() });

        Assert.That(result.Plan.Segments, Has.Count.GreaterThanOrEqualTo(atLeastSegments));
        Assert.That(RoundTrip(result.Receipt).Verify(ZkvmClient.ImageIdOf(guest), s_allowTest).ToString(), Is.EqualTo("Accepted"));
    }

    [Test]
    public void Receipt_OfTestProfile_IsRefusedUnlessAskedFor()
    {
        ProveResult result = ZkvmClient.Prove(Guests.Mixed(1000), new(), s_quick);

        Assert.That(result.Receipt.Verify(result.Receipt.ImageId).IsAccepted, Is.False);
        Assert.That(result.Receipt.Verify(result.Receipt.ImageId, s_allowTest).IsAccepted, Is.True);
    }

    [Test]
    public void Prove_Twice_GivesTheSameBytesWhateverTheThreads()
    {
        ProgramImage guest = Guests.Mixed(1000);

        byte[] one = Bytes(ZkvmClient.Prove(guest, new(), s_quick with { Threads = 1 }).Receipt);
        byte[] two = Bytes(ZkvmClient.Prove(guest, new(), s_quick with { Threads = 3 }).Receipt);

        Assert.That(two, Is.EqualTo(one));
    }

    // The limit at which only the smallest classes are affordable.
    static long SmallestLimit() => ShapeClasses.All.Where(shape => shape.Name is "compiled-13" or "compiled-13-small").Max(SegmentCost.PeakBytes);

    static Receipt RoundTrip(Receipt receipt)
    {
        using var stream = new MemoryStream(Bytes(receipt));
        Receipt? read = Receipt.Read(stream, stream.Length, out ReceiptFailure failure);
        Assert.That(read, Is.Not.Null, failure.ToString());
        return read!;
    }

    static byte[] Bytes(Receipt receipt)
    {
        using var stream = new MemoryStream();
        receipt.Write(stream);
        return stream.ToArray();
    }
}

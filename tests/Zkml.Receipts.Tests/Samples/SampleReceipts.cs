using Zkml.Program;
using Zkml.Stark;

namespace Zkml.Receipts.Tests.Samples;

/// <summary>Receipts that really prove something of the sample machine, made once, and what the tests do with them.</summary>
static class SampleReceipts
{
    static readonly Lazy<Receipt> s_receipt = new(() => SampleMachine.Instance.Prove("the journal"u8.ToArray()));

    /// <summary>Two segments, exit code 0.</summary>
    public static Receipt Receipt => s_receipt.Value;

    public static ImageId ImageId => Receipt.ImageId;

    public static VerifyOptions Options { get; } = new() { AllowTestProfile = true };

    public static byte[] Bytes(Receipt receipt)
    {
        using var stream = new MemoryStream();
        receipt.Write(stream);
        return stream.ToArray();
    }

    public static Receipt? Read(byte[] bytes, out ReceiptFailure failure, long maxFileBytes = ReceiptFormat.DefaultMaxFileBytes)
    {
        using var stream = new MemoryStream(bytes, writable: false);
        return Receipt.Read(SampleMachine.Instance, stream, maxFileBytes, out failure);
    }

    /// <summary>Reads and verifies: what `verify` does with a file.</summary>
    public static ReceiptVerification ReadAndVerify(byte[] bytes) =>
        Read(bytes, out ReceiptFailure failure) is { } receipt ? receipt.Verify(ImageId, Options) : failure;

    /// <summary>The same, streamed.</summary>
    public static ReceiptVerification VerifyStream(Stream stream, out ReceiptHeader? header) =>
        ReceiptVerifier.Verify(SampleMachine.Instance, stream, ImageId, Options, out header);

    public static ReceiptHeader Header(byte[]? journal = null) => new()
    {
        Profile = SecurityProfile.Test,
        ParameterDigest = SampleMachine.Instance.ParameterDigest(SecurityProfile.Test),
        Program = SampleMachine.Program,
        ExitCode = 0,
        Journal = journal ?? [],
        Nonce = 5,
        SegmentCount = 2,
    };
}

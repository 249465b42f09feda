using System.Buffers.Binary;
using Google.Protobuf;
using Zkml.Receipts.Tests.Samples;
using Zkml.Stark;

namespace Zkml.Receipts.Tests.Format;

public class ReceiptReaderTests
{
    const int PreambleBytes = 12, LengthBytes = 4;

    static byte[] Bytes => SampleReceipts.Bytes(SampleReceipts.Receipt);

    static ReceiptError ErrorOf(byte[] bytes)
    {
        Assert.That(SampleReceipts.Read(bytes, out ReceiptFailure failure), Is.Null);
        Assert.That(failure.Message, Is.Not.Empty.And.Not.Contains("\n"));
        return failure.Error;
    }

    [Test]
    public void Read_EveryShorterFile_IsRefused()
    {
        byte[] bytes = Bytes;
        for (int length = 0; length < bytes.Length; length++)
        {
            ReceiptError error = ErrorOf(bytes[..length]);
            Assert.That(error, Is.EqualTo(length < ReceiptFormat.Magic.Length ? ReceiptError.NotAReceipt : ReceiptError.Truncated), $"{length} bytes");
        }
    }

    [Test]
    public void Read_StreamThatGivesOneByteAtATime_IsTheSame()
    {
        using var stream = new SlowStream(Bytes);
        Assert.That(Receipt.Read(SampleMachine.Instance, stream, ReceiptFormat.DefaultMaxFileBytes, out _), Is.Not.Null);
    }

    [Test]
    public void Read_TrailingByte_IsRefused() => Assert.That(ErrorOf([.. Bytes, 0]), Is.EqualTo(ReceiptError.TrailingBytes));

    [Test]
    public void Read_OtherMagic_IsRefused() => Assert.That(ErrorOf("{ \"receipt\": 1 }"u8.ToArray()), Is.EqualTo(ReceiptError.NotAReceipt));

    [Test]
    public void Read_OtherVersion_IsRefused()
    {
        byte[] bytes = Bytes;
        bytes[8] = 2;
        Assert.That(ErrorOf(bytes), Is.EqualTo(ReceiptError.UnsupportedVersion));
    }

    [Test]
    public void Read_FileOverTheLimit_IsRefused()
    {
        Assert.That(SampleReceipts.Read(Bytes, out ReceiptFailure failure, maxFileBytes: Bytes.Length - 1), Is.Null);
        Assert.That(failure.Error, Is.EqualTo(ReceiptError.FileTooLarge));
        Assert.That(SampleReceipts.Read(Bytes, out _, maxFileBytes: Bytes.Length), Is.Not.Null);
    }

    [TestCase(int.MaxValue, ReceiptError.MessageTooLarge)]
    [TestCase(ReceiptFormat.MaxJournalBytes, ReceiptError.Truncated)]
    public void Read_LengthWithNothingBehindIt_AllocatesNothing(int length, ReceiptError error)
    {
        byte[] bytes = [.. ReceiptFormat.Magic, 1, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(PreambleBytes), length);
        ErrorOf(bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(ErrorOf(bytes), Is.EqualTo(error));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 18));
    }

    [Test]
    public void Read_NotProtobuf_IsMalformed() => Assert.That(ErrorOf(WithHeader([0x0a, 0xff])), Is.EqualTo(ReceiptError.Malformed));

    // The protobuf package fails with an index error on some of these.
    [Test]
    public void Read_NumberThatRunsOnToTheEnd_IsMalformed()
    {
        for (int count = 1; count <= 24; count++)
            Assert.That(ErrorOf(WithHeader([0x08, .. Enumerable.Repeat((byte)0x80, count)])), Is.EqualTo(ReceiptError.Malformed), $"{count} bytes");
    }

    [Test]
    public void Read_DeeplyNestedGroups_AreMalformed()
    {
        byte[] groups = new byte[1 << 16];
        Array.Fill(groups, (byte)0x83); // start of group 16 and on: 0x83 0x01
        for (int i = 1; i < groups.Length; i += 2) groups[i] = 0x01;
        Assert.That(ErrorOf(WithHeader(groups)), Is.EqualTo(ReceiptError.Malformed));
    }

    static IEnumerable<TestCaseData> HeaderChanges()
    {
        yield return Case("unknown kind", h => h.Kind = (Wire.Kind)9, ReceiptError.UnsupportedKind);
        yield return Case("no kind", h => h.Kind = Wire.Kind.None, ReceiptError.UnsupportedKind);
        yield return Case("succinct", h => h.Kind = Wire.Kind.Succinct, ReceiptError.UnsupportedKind);
        yield return Case("Groth16", h => h.Kind = Wire.Kind.Groth16, ReceiptError.UnsupportedKind);
        yield return Case("no program", h => h.Program = null, ReceiptError.MissingPart);
        yield return Case("no composite part", h => h.Composite = null, ReceiptError.MissingPart);
        yield return Case("profile 0", h => h.Profile = 0, ReceiptError.UnknownProfile);
        yield return Case("profile 4", h => h.Profile = 4, ReceiptError.UnknownProfile);
        yield return Case("profile beyond a byte", h => h.Profile = 257, ReceiptError.UnknownProfile);
        yield return Case("other profile", h => h.Profile = 2, ReceiptError.OtherParameters);
        yield return Case("exit code", h => h.ExitCode = 256, ReceiptError.NumberRange);
        yield return Case("entry", h => h.Program.EntryPc4 = 1 << 30, ReceiptError.NumberRange);
        yield return Case("size", h => h.Program.SizeIndex = 256, ReceiptError.NumberRange);
        yield return Case("size of no program", h => h.Program.SizeIndex = 1, ReceiptError.Program);
        yield return Case("nonce", h => h.Composite.Nonce = 1 << 30, ReceiptError.NumberRange);
        yield return Case("no segments", h => h.Composite.SegmentCount = 0, ReceiptError.SegmentCount);
        yield return Case("too many segments", h => h.Composite.SegmentCount = 4097, ReceiptError.SegmentCount);
        yield return Case("one segment more", h => h.Composite.SegmentCount++, ReceiptError.Truncated);
        yield return Case("one segment less", h => h.Composite.SegmentCount--, ReceiptError.TrailingBytes);
        yield return Case("short parameter digest", h => h.ParameterDigest = ByteString.CopyFrom(new byte[31]), ReceiptError.PartLength);
        yield return Case("no parameter digest", h => h.ParameterDigest = ByteString.Empty, ReceiptError.PartLength);
        yield return Case("parameter digest of p", h => h.ParameterDigest = DigestOfModulus, ReceiptError.ElementRange);
        yield return Case("other parameter digest", h => h.ParameterDigest = ByteString.CopyFrom(new byte[32]), ReceiptError.OtherParameters);
        yield return Case("program root of p", h => h.Program.Root = DigestOfModulus, ReceiptError.ElementRange);
        yield return Case("long program root", h => h.Program.Root = ByteString.CopyFrom(new byte[33]), ReceiptError.PartLength);
        yield return Case("journal", h => h.Journal = ByteString.CopyFrom(new byte[ReceiptFormat.MaxJournalBytes + 1]), ReceiptError.JournalTooLarge);

        static TestCaseData Case(string name, Action<Wire.Header> change, ReceiptError error) => new TestCaseData(change, error).SetArgDisplayNames(name);
    }

    static ByteString DigestOfModulus { get; } = ByteString.CopyFrom([0x01, 0, 0, 0x7f, .. new byte[28]]);

    [TestCaseSource(nameof(HeaderChanges))]
    public void Read_ChangedHeader_GivesTheErrorMeantForIt(object change, object error)
    {
        Wire.Header header = ParseHeader();
        ((Action<Wire.Header>)change)(header);
        Assert.That(ErrorOf(WithHeader(header.ToByteArray())), Is.EqualTo(error));
    }

    static IEnumerable<TestCaseData> SegmentChanges()
    {
        yield return Case("unknown class", s => s.ClassIndex = 3, ReceiptError.UnknownClass);
        yield return Case("class of no program", s => s.ClassIndex = 2, ReceiptError.UnknownClass);
        yield return Case("negative class", s => s.ClassIndex = uint.MaxValue, ReceiptError.UnknownClass);
        yield return Case("other class", s => s.ClassIndex = SampleMachine.ClosingClass, ReceiptError.PartLength);
        yield return Case("main cap", s => s.MainCap = Longer(s.MainCap), ReceiptError.PartLength);
        yield return Case("permutation cap", s => s.PermutationCap = ByteString.Empty, ReceiptError.PartLength);
        yield return Case("quotient cap", s => s.QuotientCap = Longer(s.QuotientCap), ReceiptError.PartLength);
        yield return Case("sums", s => s.Sums = Longer(s.Sums), ReceiptError.PartLength);
        yield return Case("openings", s => s.Openings = Longer(s.Openings), ReceiptError.PartLength);
        yield return Case("layer caps", s => s.LayerCaps = Longer(s.LayerCaps), ReceiptError.PartLength);
        yield return Case("fold nonce more", s => s.FoldNonces.Add(1), ReceiptError.PartLength);
        yield return Case("fold nonce less", s => s.FoldNonces.RemoveAt(0), ReceiptError.PartLength);
        yield return Case("final polynomial", s => s.FinalPolynomial = Longer(s.FinalPolynomial), ReceiptError.PartLength);
        yield return Case("queries", s => s.Queries = Longer(s.Queries), ReceiptError.PartLength);
        yield return Case("main cap of p", s => s.MainCap = WithModulus(s.MainCap), ReceiptError.ElementRange);
        yield return Case("permutation cap of p", s => s.PermutationCap = WithModulus(s.PermutationCap), ReceiptError.ElementRange);
        yield return Case("quotient cap of p", s => s.QuotientCap = WithModulus(s.QuotientCap), ReceiptError.ElementRange);
        yield return Case("sum of p", s => s.Sums = WithModulus(s.Sums), ReceiptError.ElementRange);
        yield return Case("opening of p", s => s.Openings = WithModulus(s.Openings), ReceiptError.ElementRange);
        yield return Case("layer cap of p", s => s.LayerCaps = WithModulus(s.LayerCaps), ReceiptError.ElementRange);
        yield return Case("coefficient of p", s => s.FinalPolynomial = WithModulus(s.FinalPolynomial), ReceiptError.ElementRange);
        yield return Case("query element of p", s => s.Queries = WithModulus(s.Queries), ReceiptError.ElementRange);

        static TestCaseData Case(string name, Action<Wire.Segment> change, ReceiptError error) => new TestCaseData(change, error).SetArgDisplayNames(name);

        static ByteString Longer(ByteString bytes) => ByteString.CopyFrom([.. bytes.Span, 0, 0, 0, 0]);

        // The last word of the part: what is checked last.
        static ByteString WithModulus(ByteString bytes) => ByteString.CopyFrom([.. bytes.Span[..^4], 0x01, 0, 0, 0x7f]);
    }

    [TestCaseSource(nameof(SegmentChanges))]
    public void Read_ChangedSegment_GivesTheErrorMeantForIt(object change, object error)
    {
        Wire.Segment segment = ParseSegment();
        ((Action<Wire.Segment>)change)(segment);
        Assert.That(ErrorOf(WithSegment(segment.ToByteArray())), Is.EqualTo(error));
    }

    static IEnumerable<TestCaseData> SecondEncodings()
    {
        byte[] header = ParseHeader().ToByteArray();
        byte[] kind = header[..2], rest = header[2..];
        yield return Case("fields reordered", [.. rest, .. kind]);
        yield return Case("field twice", [.. kind, .. header]);
        yield return Case("overlong number", [kind[0], (byte)(kind[1] | 0x80), 0, .. rest]);
        yield return Case("number beyond 32 bits", [kind[0], (byte)(kind[1] | 0x80), 0x80, 0x80, 0x80, 0x80, 0x01, .. rest]);
        yield return Case("default written", [.. header, 0x28, 0x00]);
        yield return Case("unknown field", [.. header, 0xf8, 0x01, 0x01]);
        yield return Case("unknown group", [.. header, 0xfb, 0x01, 0xfc, 0x01]);
        yield return Case("reserved field", [.. header, 0x42, 0x00]);
        yield return Case("empty message merged", [.. header, 0x22, 0x00]);

        static TestCaseData Case(string name, byte[] bytes) => new TestCaseData(bytes).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(SecondEncodings))]
    public void Read_SecondEncodingOfAHeader_IsNotCanonical(byte[] header)
    {
        Assert.That(Wire.Header.Parser.WithDiscardUnknownFields(true).ParseFrom(header), Is.EqualTo(ParseHeader()), "the values are the same");
        Assert.That(ErrorOf(WithHeader(header)), Is.EqualTo(ReceiptError.NotCanonical));
    }

    [Test]
    public void Read_UnpackedNonces_AreNotCanonical()
    {
        Wire.Segment segment = ParseSegment();
        uint nonce = segment.FoldNonces[0];
        segment.FoldNonces.Clear();
        var tail = new Wire.Segment { FinalPolynomial = segment.FinalPolynomial, QueryNonce = segment.QueryNonce, Queries = segment.Queries };
        segment.FinalPolynomial = segment.Queries = ByteString.Empty;
        segment.QueryNonce = 0;
        using var unpacked = new MemoryStream();
        segment.WriteTo(unpacked);
        using (var output = new CodedOutputStream(unpacked, leaveOpen: true))
        {
            output.WriteTag(9, WireFormat.WireType.Varint);
            output.WriteUInt32(nonce);
        }
        tail.WriteTo(unpacked);
        Assert.That(ErrorOf(WithSegment(unpacked.ToArray())), Is.EqualTo(ReceiptError.NotCanonical));
    }

    [Test]
    public void Reader_OutOfOrder_Throws()
    {
        SessionRules rules = SampleMachine.Instance.Rules(SecurityProfile.Test, SampleMachine.Program);
        var reader = new ReceiptReader(new MemoryStream(Bytes));
        Assert.That(() => reader.ReadSegment(rules), Throws.InvalidOperationException);
        Assert.That(reader.ReadHeader(), Is.Not.Null);
        Assert.That(reader.ReadHeader, Throws.InvalidOperationException);
        Assert.That(reader.ReadEnd, Throws.InvalidOperationException);
        Assert.That(reader.ReadSegment(rules)!.ClassIndex, Is.EqualTo(SampleMachine.ExecutingClass));
        Assert.That(reader.ReadSegment(rules)!.ClassIndex, Is.EqualTo(SampleMachine.ClosingClass));
        Assert.That(() => reader.ReadSegment(rules), Throws.InvalidOperationException);
        Assert.That(reader.ReadEnd(), Is.True);
    }

    [Test]
    public void Writer_WrongSegments_Throws()
    {
        SessionRules rules = SampleMachine.Instance.Rules(SecurityProfile.Test, SampleMachine.Program);
        SegmentEntry segment = SampleReceipts.Receipt.Segments[0];
        var writer = new ReceiptWriter(new MemoryStream(), SampleReceipts.Header(), rules);
        Assert.That(() => writer.WriteSegment(segment with { ClassIndex = 2 }), Throws.ArgumentException.With.Message.Contains("Segment 0"));
        Assert.That(() => writer.WriteSegment(segment with { ClassIndex = SampleMachine.ClosingClass }), Throws.ArgumentException.With.Message.Contains("Segment 0"));
        writer.WriteSegment(segment);
        Assert.That(writer.Complete, Throws.InvalidOperationException);
        writer.WriteSegment(SampleReceipts.Receipt.Segments[1]);
        Assert.That(() => writer.WriteSegment(segment), Throws.InvalidOperationException);
        Assert.That(writer.Complete, Throws.Nothing);
    }

    [Test]
    public void Writer_JournalOverTheLimit_Throws()
    {
        SessionRules rules = SampleMachine.Instance.Rules(SecurityProfile.Test, SampleMachine.Program);
        Assert.That(() => new ReceiptWriter(new MemoryStream(), SampleReceipts.Header(new byte[ReceiptFormat.MaxJournalBytes + 1]), rules),
            Throws.ArgumentException.With.Message.Contains("journal"));
    }

    [Test]
    public void Read_LargestJournal_IsRead()
    {
        Wire.Header header = ParseHeader();
        header.Journal = ByteString.CopyFrom(new byte[ReceiptFormat.MaxJournalBytes]);
        Assert.That(SampleReceipts.Read(WithHeader(header.ToByteArray()), out _)!.Journal.Length, Is.EqualTo(ReceiptFormat.MaxJournalBytes));
    }

    static (int Start, int Length) Message(byte[] bytes, int index)
    {
        int position = PreambleBytes;
        while (true)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(position));
            position += LengthBytes;
            if (index-- == 0) return (position, length);
            position += length;
        }
    }

    static Wire.Header ParseHeader() => Wire.Header.Parser.ParseFrom(Slice(Bytes, 0));

    static Wire.Segment ParseSegment() => Wire.Segment.Parser.ParseFrom(Slice(Bytes, 1));

    static byte[] Slice(byte[] bytes, int index)
    {
        (int start, int length) = Message(bytes, index);
        return bytes.AsSpan(start, length).ToArray();
    }

    static byte[] WithHeader(byte[] header) => WithMessage(0, header);

    static byte[] WithSegment(byte[] segment) => WithMessage(1, segment);

    static byte[] WithMessage(int index, byte[] message)
    {
        byte[] bytes = Bytes, length = new byte[LengthBytes];
        (int start, int oldLength) = Message(bytes, index);
        BinaryPrimitives.WriteInt32LittleEndian(length, message.Length);
        return [.. bytes[..(start - LengthBytes)], .. length, .. message, .. bytes[(start + oldLength)..]];
    }

    sealed class SlowStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(1, buffer.Length)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(1, count));
    }
}

using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Tests.Import;

[TestFixture]
sealed class TensorReaderTests
{
    static TensorProto Proto(ElementType type, params long[] dims)
    {
        TensorProto proto = new() { DataType = (int)type, Name = "t" };
        proto.Dims.Add(dims);
        return proto;
    }

    static Tensor Read(TensorProto proto, string? folder = null) => new TensorReader(folder).Read(proto, "tensor t");

    static OnnxException Error(TensorProto proto, string? folder = null) => Assert.Throws<OnnxException>(() => Read(proto, folder))!;

    static IEnumerable<TestCaseData> TypedFields()
    {
        TensorProto floats = Proto(ElementType.Float32, 2), doubles = Proto(ElementType.Float64, 2), longs = Proto(ElementType.Int64, 2);
        floats.FloatData.Add([1.5f, float.NaN]);
        doubles.DoubleData.Add([1.5, -0.0]);
        longs.Int64Data.Add([long.MinValue, 7]);
        TensorProto words = Proto(ElementType.UInt32, 2), wide = Proto(ElementType.UInt64, 2);
        words.Uint64Data.Add([uint.MaxValue, 1]);
        wide.Uint64Data.Add([ulong.MaxValue, 1]);
        yield return new(floats, Tensor.Of(ElementType.Float32, new(2), 1.5f, float.NaN));
        yield return new(doubles, Tensor.Of(ElementType.Float64, new(2), 1.5, -0.0));
        yield return new(longs, Tensor.Of(ElementType.Int64, new(2), long.MinValue, 7));
        yield return new(words, Tensor.Of(ElementType.UInt32, new(2), uint.MaxValue, 1u));
        yield return new(wide, Tensor.Of(ElementType.UInt64, new(2), ulong.MaxValue, 1ul));
        yield return new(Int32Data(ElementType.Int32, -5, 5), Tensor.Of(ElementType.Int32, new(2), -5, 5));
        yield return new(Int32Data(ElementType.Int16, -32768, 5), Tensor.Of(ElementType.Int16, new(2), short.MinValue, (short)5));
        yield return new(Int32Data(ElementType.UInt16, 65535, 5), Tensor.Of(ElementType.UInt16, new(2), ushort.MaxValue, (ushort)5));
        yield return new(Int32Data(ElementType.Int8, -128, 5), Tensor.Of(ElementType.Int8, new(2), sbyte.MinValue, (sbyte)5));
        yield return new(Int32Data(ElementType.UInt8, 255, 5), Tensor.Of(ElementType.UInt8, new(2), byte.MaxValue, (byte)5));
        yield return new(Int32Data(ElementType.Bool, 1, 0), Tensor.Of(ElementType.Bool, new(2), true, false));
        yield return new(Int32Data(ElementType.Float16, 0x3C00, 0xBC00), Tensor.Of(ElementType.Float16, new(2), (Half)1, (Half)(-1)));
        yield return new(Int32Data(ElementType.BFloat16, 0x3F80, 0xBF80), Tensor.Of(ElementType.BFloat16, new(2), (ushort)0x3F80, (ushort)0xBF80));
        yield return new(Int32Data(ElementType.Float8E5M2, 0x3C, 0xFF), Tensor.Of(ElementType.Float8E5M2, new(2), (byte)0x3C, (byte)0xFF));
    }

    static TensorProto Int32Data(ElementType type, params int[] elements)
    {
        TensorProto proto = Proto(type, elements.Length);
        proto.Int32Data.Add(elements);
        return proto;
    }

    [TestCaseSource(nameof(TypedFields))]
    public void Tensor_InTheFieldOfItsType_IsRead(TensorProto proto, Tensor expected)
    {
        Tensor read = Read(proto);
        Assert.That(read.Type, Is.EqualTo(expected.Type));
        Assert.That(read.Shape, Is.EqualTo(expected.Shape));
        Assert.That(read.Data.SequenceEqual(expected.Data));
    }

    [TestCaseSource(nameof(TypedFields))]
    public void Tensor_WrittenAndRead_IsTheSame(TensorProto proto, Tensor expected)
    {
        Assert.That(proto.DataType, Is.EqualTo((int)expected.Type));
        Tensor read = TensorReader.Parse(TensorWriter.Write(expected, "t").ToByteArray());
        Assert.That(read.Data.SequenceEqual(expected.Data));
        Assert.That(read.Shape, Is.EqualTo(expected.Shape));
    }

    // The first element stands in the low bits of a byte.
    [TestCase(ElementType.UInt4, new byte[] { 0x1F, 0x08 }, new[] { 15, 1, 8 })]
    [TestCase(ElementType.Int4, new byte[] { 0x1F, 0x08 }, new[] { -1, 1, -8 })]
    [TestCase(ElementType.UInt2, new byte[] { 0b_00_10_11 }, new[] { 3, 2, 0 })]
    [TestCase(ElementType.Int2, new byte[] { 0b_00_10_11 }, new[] { -1, -2, 0 })]
    public void Tensor_PackedBelowAByte_IsUnpacked(ElementType type, byte[] packed, int[] expected)
    {
        TensorProto raw = Proto(type, 3), typed = Proto(type, 3);
        raw.RawData = ByteString.CopyFrom(packed);
        typed.Int32Data.Add(packed.Select(element => (int)element));
        foreach (TensorProto proto in (TensorProto[])[raw, typed])
        {
            Tensor read = Read(proto);
            Assert.That(read.ToIntegers(), Is.EqualTo(expected));
            Assert.That(TensorWriter.Write(read, "t").RawData.ToByteArray(), Is.EqualTo(packed));
        }
    }

    [Test]
    public void Tensor_OfText_KeepsItsStrings()
    {
        TensorProto proto = Proto(ElementType.String, 2);
        proto.StringData.Add([ByteString.CopyFromUtf8("Iris-setosa"), ByteString.CopyFromUtf8("é")]);
        Assert.That(Read(proto).Strings, Is.EqualTo((string[])["Iris-setosa", "é"]));
    }

    [Test]
    public void Tensor_WithoutElements_IsEmpty() => Assert.That(Read(Proto(ElementType.Float32, 0, 3)).Shape, Is.EqualTo(new Shape(0, 3)));

    static IEnumerable<TestCaseData> Malformed()
    {
        yield return Case(Proto(ElementType.Float32, 1 << 30), "expected 1073741824 elements");
        yield return Case(Proto(ElementType.Float32, -1), "at least 0");
        yield return Case(Proto(ElementType.Float32, 1L << 40), "2^31");
        yield return Case(Proto(ElementType.Float32, [.. Enumerable.Repeat(1L, 33)]), "rank 33");
        yield return Case(Proto(ElementType.Undefined, 1), "element type is missing");
        yield return Case(Proto((ElementType)99, 1), "element type 99");
        yield return Case(Proto(ElementType.Complex64, 1), "complex");
        yield return Case(Raw(ElementType.Float32, 1, 1, 2, 3), "expected 4 bytes for Float32[1], got 3");
        yield return Case(Raw(ElementType.Bool, 2, 0, 2), "expected 0 or 1");
        yield return Case(Int32Data(ElementType.UInt8, 256), "from 0 to 255, element 0 is 256");
        yield return Case(Int32Data(ElementType.Int8, 128), "from -128 to 127");
        TensorProto two = Int32Data(ElementType.Int32, 5), wrong = Int32Data(ElementType.Int32, 5);
        two.RawData = ByteString.CopyFrom(1, 2, 3, 4);
        wrong.FloatData.Add(1);
        yield return Case(two, "two encodings");
        yield return Case(wrong, "field of another type");
        TensorProto text = Proto(ElementType.String, 1);
        text.StringData.Add(ByteString.CopyFrom(0xFF));
        yield return Case(text, "no UTF-8");
        TensorProto segment = Int32Data(ElementType.Int32, 5);
        segment.Segment = new();
        yield return Case(segment, "segments");

        static TestCaseData Case(TensorProto proto, string message) => new(proto, message) { TestName = $"Tensor_ThatIsBroken_IsRefused({message})" };
        static TensorProto Raw(ElementType type, long count, params byte[] bytes)
        {
            TensorProto proto = Proto(type, count);
            proto.RawData = ByteString.CopyFrom(bytes);
            return proto;
        }
    }

    [TestCaseSource(nameof(Malformed))]
    public void Tensor_ThatIsBroken_IsRefused(TensorProto proto, string message) =>
        Assert.That(Error(proto).Message, Does.StartWith("tensor t").And.Contains(message));

    [Test]
    public void Sparse_FlatAndByCoordinates_BecomesDense()
    {
        SparseTensorProto flat = new() { Values = TensorWriter.Write(Tensor.Of(ElementType.Float32, new(2), 5f, 6f), "s") };
        flat.Dims.Add([2, 3]);
        flat.Indices = TensorWriter.Write(Tensor.Of(ElementType.Int64, new(2), 1L, 5L), "");
        SparseTensorProto pairs = flat.Clone();
        pairs.Indices = TensorWriter.Write(Tensor.Of(ElementType.Int64, new(2, 2), 0L, 1L, 1L, 2L), "");
        foreach (SparseTensorProto proto in (SparseTensorProto[])[flat, pairs])
            Assert.That(new TensorReader().Read(proto, "s").As<float>().ToArray(), Is.EqualTo((float[])[0, 5, 0, 0, 0, 6]));
    }

    [TestCase(new[] { 1L, 1L }, new[] { 6L }, "ascending")]
    [TestCase(new[] { 1L, 6L }, new[] { 6L }, "ascending")]
    [TestCase(new[] { -1L, 1L }, new[] { 6L }, "ascending")]
    [TestCase(new[] { 1L, 2L }, new[] { 1L << 30 }, "larger than")]
    [TestCase(new[] { 1L }, new[] { 6L }, "expected values")]
    public void Sparse_ThatIsBroken_IsRefused(long[] indices, long[] dims, string message)
    {
        SparseTensorProto proto = new()
        {
            Values = TensorWriter.Write(Tensor.Of(ElementType.Float32, new(2), 5f, 6f), "s"),
            Indices = TensorWriter.Write(Tensor.Of<long>(ElementType.Int64, new(indices.Length), indices), ""),
        };
        proto.Dims.Add(dims);
        Assert.That(() => new TensorReader().Read(proto, "s"), Throws.TypeOf<OnnxException>().With.Message.Contains(message));
    }

    [Test]
    public void External_InTheFolder_IsRead()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "data"));
            File.WriteAllBytes(Path.Combine(folder, "data", "w.bin"), [9, 9, 1, 2, 3]);
            Assert.That(Read(External(ElementType.UInt8, 3, ("location", "data/w.bin"), ("offset", "2"), ("length", "3")), folder).Data.ToArray(), Is.EqualTo((byte[])[1, 2, 3]));
            Assert.That(Read(External(ElementType.UInt8, 5, ("location", "data/w.bin")), folder).Data.Length, Is.EqualTo(5));
            Assert.That(Error(External(ElementType.UInt8, 6, ("location", "data/w.bin")), folder).Message, Does.Contain("it has 5"));
            Assert.That(Error(External(ElementType.UInt8, 1, ("location", "data/w.bin"), ("offset", "9223372036854775807")), folder).Message, Does.Contain("it has 5"));
            File.CreateSymbolicLink(Path.Combine(folder, "link.bin"), "/etc/hostname");
            Assert.That(Error(External(ElementType.UInt8, 1, ("location", "link.bin")), folder).Message, Does.Contain("link"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestCase("../w.bin", null, null, "in the model's folder")]
    [TestCase("a/../../w.bin", null, null, "in the model's folder")]
    [TestCase("/etc/passwd", null, null, "in the model's folder")]
    [TestCase("C:\\w.bin", null, null, "in the model's folder")]
    [TestCase("", null, null, "in the model's folder")]
    [TestCase("absent.bin", null, null, "does not exist")]
    [TestCase("w.bin", "-1", null, "expected a number of bytes as offset")]
    [TestCase("w.bin", null, "4", "stated as 4")]
    [TestCase(null, null, null, "without a location")]
    public void External_ThatIsBroken_IsRefused(string? location, string? offset, string? length, string message)
    {
        List<(string, string)> entries = [];
        if (location != null) entries.Add(("location", location));
        if (offset != null) entries.Add(("offset", offset));
        if (length != null) entries.Add(("length", length));
        Assert.That(Error(External(ElementType.UInt8, 3, [.. entries]), Path.GetTempPath()).Message, Does.Contain(message));
    }

    [Test]
    public void External_WithoutAFolder_IsRefused() =>
        Assert.That(Error(External(ElementType.UInt8, 3, ("location", "w.bin"))).Message, Does.Contain("without a folder"));

    static TensorProto External(ElementType type, long count, params (string Key, string Value)[] entries)
    {
        TensorProto proto = Proto(type, count);
        proto.DataLocation = TensorProto.Types.DataLocation.External;
        proto.ExternalData.Add(entries.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        return proto;
    }
}

using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Tests.Contract.ContractSamples;

namespace Zkml.Guest.Onnx.Tests.Contract;

[TestFixture]
sealed class InputDocumentTests
{
    static readonly ModelContract s_matrix = Of([Floats("x", 2, 2)], [Floats("y", 1)]);

    [TestCase("""{"x": [[1, 2.5], [-3e2, 4]]}""")]
    [TestCase("""{"x": [1, 2.5, -300, 4]}""")]
    [TestCase("""[[1, 2.5], [-300, 4]]""")]
    [TestCase(""" [1, 2.5, -300, 4]""")]
    [TestCase("""{"input_data": [[1, 2.5, -300, 4]]}""")]
    public void Read_JsonForms_GiveTheTensor(string json) => Assert.That(Read(s_matrix, json).As<float>().ToArray(), Is.EqualTo(new[] { 1, 2.5f, -300, 4 }));

    [TestCase("""{"x": [[1, 2], [3]]}""", "at depth 1")]
    [TestCase("""{"x": [1, 2, 3]}""", "expected 4 numbers")]
    [TestCase("""{"x": [[1, 2], [3, "a"]]}""", "expected a number")]
    [TestCase("""{"x": [[1, 2], [3, null]]}""", "expected a number")]
    [TestCase("""{"z": [1, 2, 3, 4]}""", "unknown tensor 'z'")]
    [TestCase("""{}""", "'x' is missing")]
    [TestCase("""{"x": [[1, 2], [3, 4]""", "not valid JSON")]
    [TestCase("""{"x": [[[1]], 2, 3, 4]}""", "x")]
    [TestCase("hello", "expected JSON, NPY")]
    public void Read_WrongJson_SaysWhatWasExpected(string json, string expected) =>
        Assert.That(() => Read(s_matrix, json), Throws.TypeOf<InvalidDataException>().With.Message.Contains(expected));

    [Test]
    public void Read_RawBytes_AreTheTensor()
    {
        byte[] raw = new byte[16];
        BinaryPrimitives.WriteSingleLittleEndian(raw.AsSpan(4), 1.5f);
        Assert.That(InputDocument.Read(s_matrix, raw)[0].As<float>()[1], Is.EqualTo(1.5f));
    }

    [Test]
    public void Read_RawNaN_IsRefusedWhenEncoded()
    {
        byte[] raw = new byte[16];
        BinaryPrimitives.WriteSingleLittleEndian(raw, float.NaN);
        Assert.That(() => BoundValues.Encode(s_matrix, InputDocument.Read(s_matrix, raw)), Throws.TypeOf<InvalidDataException>().With.Message.Contains("not a number"));
    }

    [TestCase("-129")]
    [TestCase("128")]
    [TestCase("1.5")]
    public void Read_IntegerOutsideOfItsType_Throws(string number)
    {
        ModelContract contract = Of([Floats("x", 1) with { Type = ElementType.Int8, GuestType = ElementType.Int8 }], []);
        Assert.That(() => Read(contract, $"[{number}]"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("-128 to 127"));
    }

    [Test]
    public void Read_Npy_GivesTheTensor()
    {
        byte[] header = Encoding.Latin1.GetBytes("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }".PadRight(117) + "\n");
        byte[] file = [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. new byte[32]];
        BinaryPrimitives.WriteDoubleLittleEndian(file.AsSpan(file.Length - 8), 2.25);
        Assert.That(InputDocument.Read(s_matrix, file)[0].As<float>()[3], Is.EqualTo(2.25f));
        Assert.That(() => InputDocument.Read(s_matrix, file.AsSpan(0, file.Length - 1)), Throws.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Read_PngWithEveryFilter_GivesItsPixels()
    {
        ModelContract contract = Of([Floats("x", 1, 5, 3)], []);
        byte[] pixels = [10, 20, 30, 40, 60, 50, 70, 200, 90, 1, 2, 3, 255, 254, 0];
        float[] expected = [.. pixels.Select(pixel => (float)pixel)];
        Assert.That(InputDocument.Read(contract, Png(3, 5, pixels))[0].As<float>().ToArray(), Is.EqualTo(expected));
        Assert.That(InputDocument.Read(contract, [.. "P5\n# drawn\n3 5\n255\n"u8, .. pixels])[0].As<float>().ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void Read_DamagedImages_ThrowInvalidData()
    {
        ModelContract contract = Of([Floats("x", 1, 5, 3)], []);
        byte[] png = Png(3, 5, new byte[15]);
        for (int length = 8; length < png.Length; length++)
            Assert.That(() => InputDocument.Read(contract, png.AsSpan(0, length)), Throws.TypeOf<InvalidDataException>(), $"{length} bytes");
        Assert.That(() => InputDocument.Read(contract, "P5\n3 5\n255\n123"u8), Throws.TypeOf<InvalidDataException>());
        Assert.That(() => InputDocument.Read(contract, Png(5, 5, new byte[25])), Throws.TypeOf<InvalidDataException>().With.Message.Contains("15 samples"));
    }

    [TestCase(0.25f, 1)]
    [TestCase(0.75f, 3)]
    [TestCase(1.25f, 3)]
    [TestCase(-0.5f, 0)]
    [TestCase(1e9f, 255)]
    [TestCase(float.NegativeInfinity, 0)]
    public void Quantize_HalvesAndLimits_RoundToEvenAndSaturate(float value, int expected)
    {
        BoundTensor bound = Bytes("x", 0.5f, 1, 1);
        Tensor tensor = BoundValues.Quantize(bound, Tensor.Of<float>(ElementType.Float32, new(1), value));
        Assert.That(tensor.IntegerAt(0), Is.EqualTo(expected));
    }

    static Tensor Read(ModelContract contract, string json) => InputDocument.Read(contract, Encoding.UTF8.GetBytes(json))[0];

    // Rows use the filters 0 to 4 in turn. The reader does not check the sums of chunks, so they stay 0.
    static byte[] Png(int width, int height, byte[] pixels)
    {
        using MemoryStream rows = new();
        for (int y = 0; y < height; y++)
        {
            rows.WriteByte((byte)(y % 5));
            for (int x = 0; x < width; x++)
            {
                int left = x > 0 ? pixels[y * width + x - 1] : 0, up = y > 0 ? pixels[(y - 1) * width + x] : 0, corner = x > 0 && y > 0 ? pixels[(y - 1) * width + x - 1] : 0;
                int estimate = left + up - corner;
                int paeth = new[] { left, up, corner }.MinBy(candidate => Math.Abs(estimate - candidate));
                int prediction = (y % 5) switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => paeth };
                rows.WriteByte((byte)(pixels[y * width + x] - prediction));
            }
        }
        using MemoryStream compressed = new();
        using (ZLibStream stream = new(compressed, CompressionLevel.Fastest, leaveOpen: true)) stream.Write(rows.ToArray());
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        return [0x89, .. "PNG\r\n"u8, 26, 10, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, compressed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    static byte[] Chunk(ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        return [.. length, .. type, .. content, 0, 0, 0, 0];
    }
}

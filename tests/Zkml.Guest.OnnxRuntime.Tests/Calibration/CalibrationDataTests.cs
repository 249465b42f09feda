using System.IO.Compression;
using System.Text;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime.Calibration;

namespace Zkml.Guest.OnnxRuntime.Tests.Calibration;

[TestFixture]
sealed class CalibrationDataTests
{
    static readonly OnnxRuntimePort s_image = new("image", ElementType.Float32, [-1, 1, 2, 2]), s_words = new("words", ElementType.Int64, [1, 2]);

    string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("zkvm-calibration-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void Read_RawNumbers_AreScaledAndSplitIntoSamples()
    {
        string path = Write("x.bin", [.. Floats(0, 51, 102, 153, 204, 255, 0, 255)]);
        Assert.That(Values(Read(path, s_image, new() { Scale = 1 / 255.0, Mean = 0.5, Deviation = 0.25 })), Is.EqualTo(new[] { -2f, -1.2f, -0.4f, 0.4f, 1.2f, 2f, -2f, 2f }).Within(1e-6));
    }

    [TestCase("<f4")]
    [TestCase("<f8")]
    [TestCase("<i8")]
    [TestCase("|u1")]
    [TestCase("<f2")]
    [TestCase("<i2")]
    public void Read_Numpy_OfEveryElementType(string type)
    {
        string path = Write("x.npy", Npy(type, "(2, 1, 2, 2)", [1, 2, 3, 4, 5, 6, 7, 8]));
        IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> samples = Read(path, s_image, new());
        Assert.That(samples, Has.Count.EqualTo(2));
        Assert.That(samples[0]["image"].Tensor.Shape, Is.EqualTo(new Shape(1, 1, 2, 2)));
        Assert.That(Values(samples), Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6, 7, 8 }));
    }

    [Test]
    public void Read_Idx_CompressedOrNot()
    {
        byte[] bytes = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 255];
        using MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionMode.Compress)) stream.Write(bytes);
        float[] expected = [1, 2, 3, 4, 5, 6, 7, 255];
        Assert.That(Values(Read(Write("images.idx", bytes), s_image, new())), Is.EqualTo(expected));
        Assert.That(Values(Read(Write("images-idx3-ubyte.gz", packed.ToArray()), s_image, new())), Is.EqualTo(expected));
        Assert.That(Values(Read(Write("images-idx3-ubyte", bytes), s_image, new())), Is.EqualTo(expected));
    }

    [TestCase("""{"image": [[[[1, 2], [3, 4]]]]}""")]
    [TestCase("""{"input": [1, 2, 3, 4]}""")]
    [TestCase("""{"input_data": [[1, 2, 3, 4]]}""")]
    [TestCase("""[{"image": [1, 2, 3, 4]}]""")]
    public void Read_Json_InEveryForm(string json) =>
        Assert.That(Values(Read(Write("x.json", Encoding.UTF8.GetBytes(json)), s_image, new())), Is.EqualTo(new float[] { 1, 2, 3, 4 }));

    [Test]
    public void Read_JsonOfSeveralInputs_LeavesIntegersUnscaled()
    {
        string path = Write("x.json", "{\"image\": [1, 2, 3, 4], \"words\": [[7, 8]]}"u8);
        IReadOnlyDictionary<string, OnnxRuntimeValue> sample = CalibrationData.Read(path, [s_image, s_words], new() { Scale = 2 }).Single();
        Assert.That(sample["words"].Tensor.As<long>().ToArray(), Is.EqualTo(new long[] { 7, 8 }));
        Assert.That(sample["image"].Tensor.As<float>()[3], Is.EqualTo(8));
    }

    [Test]
    public void Read_AFolder_TakesItsFilesInOrderUpToTheCount()
    {
        for (int i = 0; i < 4; i++) Write($"{i}.bin", Floats(i, i, i, i));
        Write("notes.txt", "x"u8);
        Assert.That(Values(Read(_folder, s_image, new() { Count = 3 })).Where((_, i) => i % 4 == 0), Is.EqualTo(new float[] { 0, 1, 2 }));
    }

    [TestCase("x.npy", "123", "NumPy")]
    [TestCase("x.json", "{\"image\": [1, 2, 3]}", "expected 4 numbers")]
    [TestCase("x.json", "{\"image\": [[1, 2], [3]]}", "lists of 2")]
    [TestCase("x.json", "{\"image\": [1, 2, 3, 1e999]}", "finite")]
    [TestCase("x.json", "{\"image\": [1, 2, 3, \"4\"]}", "number")]
    [TestCase("x.json", "{\"other\": [1]}", "member image")]
    [TestCase("x.json", "{\"input_data\": []}", "expected 1 lists")]
    [TestCase("x.json", "[1]", "object")]
    [TestCase("x.json", "nothing", "JSON")]
    [TestCase("x.bin", "12345", "float32")]
    [TestCase("x.bin", "12345678", "multiple of 4")]
    [TestCase("x.idx", "1234", "IDX")]
    [TestCase("x.idx", "\0\0\x08\x01", "header")]
    [TestCase("x.idx", "\0\0\x07\x01", "0x07")]
    [TestCase("x.gz", "1234", "compressed")]
    public void Read_ABrokenFile_SaysWhatIsWrong(string name, string content, string expected)
    {
        string path = Write(name, Encoding.Latin1.GetBytes(content));
        Assert.That(() => Read(path, s_image, new()), Throws.InstanceOf<CalibrationException>().With.Message.Contains(expected).And.Message.Contains(path));
    }

    [TestCase("<f4", "(2, 2)", "bytes of data")]
    [TestCase("<f4", "(99999999999, 2)", "extent")]
    [TestCase(">f4", "(1,)", ">f4")]
    [TestCase("<c8", "(1,)", "<c8")]
    public void Read_NumpyOfAnotherKind_SaysSo(string type, string shape, string expected)
    {
        byte[] bytes = type is "<f4" ? Npy(type, shape, [1]) : [.. Npy(type, shape, []), .. new byte[type[^1] - '0']];
        Assert.That(() => Read(Write("x.npy", bytes), s_image, new()), Throws.InstanceOf<CalibrationException>().With.Message.Contains(expected));
    }

    [Test]
    public void Read_NumpyWithEveryByteChanged_ReadsOrRefuses()
    {
        byte[] bytes = Npy("<f4", "(1, 1, 2, 2)", [1, 2, 3, 4]);
        int refused = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 0x15;
            try
            {
                NpyFile.Parse(changed, "x.npy");
            }
            catch (CalibrationException)
            {
                refused++;
            }
        }
        Assert.That(refused, Is.GreaterThan(20));
    }

    [Test]
    public void Read_NothingThere_SaysSo()
    {
        Assert.That(() => Read("/nowhere", s_image, new()), Throws.InstanceOf<CalibrationException>().With.Message.Contains("/nowhere"));
        Assert.That(() => Read(_folder, s_image, new()), Throws.InstanceOf<CalibrationException>().With.Message.Contains(".npy"));
        string path = Write("x.bin", Floats(1.5f, 2));
        Assert.That(() => Read(path, s_words, new()), Throws.InstanceOf<CalibrationException>().With.Message.Contains("integer"));
        Assert.That(() => CalibrationData.Read(path, [s_words, s_image]), Throws.InstanceOf<CalibrationException>().With.Message.Contains("2 inputs"));
    }

    static IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> Read(string path, OnnxRuntimePort input, CalibrationDataOptions options) => CalibrationData.Read(path, [input], options);

    static float[] Values(IEnumerable<IReadOnlyDictionary<string, OnnxRuntimeValue>> samples) => [.. samples.SelectMany(sample => sample["image"].Tensor.As<float>().ToArray())];

    static byte[] Floats(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    static byte[] Npy(string type, string shape, double[] values)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
        byte[] elements = [.. values.SelectMany(value => type switch
        {
            "<f4" => BitConverter.GetBytes((float)value),
            "<f8" => BitConverter.GetBytes(value),
            "<f2" => BitConverter.GetBytes((Half)value),
            "<i8" => BitConverter.GetBytes((long)value),
            "<i2" => BitConverter.GetBytes((short)value),
            _ => [(byte)value],
        })];
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. elements];
    }

    string Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}

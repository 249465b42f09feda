using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Tests.Elementwise;
using Zkml.Guest.Onnx.Tests.Neural;

namespace Zkml.Guest.Onnx.Tests.MachineLearning;

/// <summary>Scalers, encoders and what else prepares features, on small examples.</summary>
[TestFixture]
sealed class PreprocessingTests
{
    [Test]
    public void Scaler_IntegersAndColumns_AreShiftedAndScaled()
    {
        Tensor x = Tensor.Of<long>(ElementType.Int64, new(2, 2), 1, 2, 3, 4);
        Tensor y = Runner("Scaler").With("offset", new[] { 1f, -1f }).With("scale", new[] { 0.5f, 2f }).Run(x)[0];
        Assert.That(y.Type, Is.EqualTo(ElementType.Float32));
        Assert.That(y.Numbers(), Is.EqualTo(new double[] { 0, 6, 1, 10 }));
    }

    // MAX divides by the largest element, not by the largest magnitude, as ONNX Runtime does.
    [TestCase("MAX", new[] { 1, -4.0 / 3, 0, 0, 0, 0 })]
    [TestCase("L1", new[] { 3.0 / 7, -4.0 / 7, 0, 0, 0, 0 })]
    [TestCase("L2", new[] { 0.6, -0.8, 0, 0, 0, 0 })]
    public void Normalizer_RowOfZeros_Stays(string norm, double[] expected)
    {
        Tensor x = Tensor.Of<float>(ElementType.Float32, new(2, 3), 3, -4, 0, 0, 0, 0);
        Assert.That(Runner("Normalizer").With("norm", norm).Run(x)[0].Numbers(), Is.EqualTo(expected).Within(1e-7));
    }

    [Test]
    public void Binarizer_Threshold_IsExclusive() =>
        Assert.That(Runner("Binarizer").With("threshold", 0.5f).Run(Tensor.Of<float>(ElementType.Float32, new(3), 0.5f, 0.75f, -1))[0].Numbers(), Is.EqualTo(new double[] { 0, 1, 0 }));

    [Test]
    public void Imputer_NaNAndIntegers_AreReplacedByColumn()
    {
        Tensor x = Tensor.Of<float>(ElementType.Float32, new(2, 2), float.NaN, 1, 2, float.NaN);
        Assert.That(Runner("Imputer").With("imputed_value_floats", new[] { 7f, 8f }).With("replaced_value_float", float.NaN).Run(x)[0].Numbers(), Is.EqualTo(new double[] { 7, 1, 2, 8 }));
        Tensor integers = Tensor.Of<long>(ElementType.Int64, new(1, 3), 0, 5, 0);
        Assert.That(Runner("Imputer").With("imputed_value_int64s", new long[] { 9 }).Run(integers)[0].ToIntegers(), Is.EqualTo(new long[] { 9, 5, 9 }));
    }

    [Test]
    public void FeatureVectorizer_Widths_CutAndFill()
    {
        Tensor a = Tensor.Of<long>(ElementType.Int64, new(2, 2), 1, 2, 3, 4), b = Tensor.Of<long>(ElementType.Int64, new(2, 1), 5, 6);
        Tensor y = Runner("FeatureVectorizer").With("inputdimensions", new long[] { 1, 2 }).Run(a, b)[0];
        Assert.That(y.Numbers(), Is.EqualTo(new double[] { 1, 5, 0, 3, 6, 0 }));
    }

    [Test]
    public void ArrayFeatureExtractor_IndexOutside_EndsTheGuest()
    {
        Tensor x = Tensor.Of<float>(ElementType.Float32, new(2, 3), 1, 2, 3, 4, 5, 6);
        Assert.That(Runner("ArrayFeatureExtractor").Run(x, Tensor.Of<long>(ElementType.Int64, new(2), 2, 0))[0].Numbers(), Is.EqualTo(new double[] { 3, 1, 6, 4 }));
        Assert.That(() => Runner("ArrayFeatureExtractor").Run(x, Tensor.Of<long>(ElementType.Int64, new(1), 3)), Throws.TypeOf<LoopException>());
    }

    [Test]
    public void OneHotEncoder_UnknownCategory_IsZerosOrEndsTheGuest()
    {
        Tensor x = Tensor.Of<long>(ElementType.Int64, new(3), 30, 10, 99);
        Assert.That(Runner("OneHotEncoder").With("cats_int64s", new long[] { 10, 20, 30 }).Run(x)[0].Numbers(), Is.EqualTo(new double[] { 0, 0, 1, 1, 0, 0, 0, 0, 0 }));
        Assert.That(() => Runner("OneHotEncoder").With("cats_int64s", new long[] { 10, 20, 30 }).With("zeros", 0L).Run(x), Throws.TypeOf<LoopException>());
    }

    [Test]
    public void LabelEncoder_FloatsIntegersAndRepeatedKeys_AreFound()
    {
        Tensor x = Tensor.Of<float>(ElementType.Float32, new(5), 0f, -1.5f, float.NaN, 2f, 3f);
        Tensor y = Runner("LabelEncoder", 2).With("keys_floats", new[] { -0f, 2f, float.NaN, -1.5f, 2f }).With("values_int64s", new long[] { 1, 2, 3, 4, 5 }).With("default_int64", -7L).Run(x)[0];
        Assert.That(y.ToIntegers(), Is.EqualTo(new long[] { 1, 4, 3, 5, -7 }));
        Tensor keys = Tensor.Of<long>(ElementType.Int64, new(4), long.MaxValue, 3, long.MinValue, 0);
        Tensor z = Runner("LabelEncoder", 2).With("keys_int64s", new[] { 3, long.MinValue, long.MaxValue }).With("values_floats", new[] { 0.5f, 1.5f, 2.5f }).With("default_float", 9f).Run(keys)[0];
        Assert.That(z.Numbers(), Is.EqualTo(new[] { 2.5, 0.5, 1.5, 9 }));
    }

    [Test]
    public void LabelEncoder_Texts_BecomeIndicesWithNames()
    {
        Value input = new("x") { Type = ElementType.Int64, Shape = new(2), Labels = ["red", "green"] }, output = new("y");
        Node node = new("encode", "ai.onnx.ml", "LabelEncoder", 2, [input], [output], new(new Dictionary<string, object>
        {
            ["keys_strings"] = new[] { "green", "red" },
            ["values_strings"] = new[] { "go", "stop" },
            ["default_string"] = "none",
        }));
        OnnxGraph graph = new() { Name = "test", Inputs = [input], Outputs = [output], Nodes = [node] };
        ShapeInference.Run(graph);
        LoopMachine machine = new(Zkml.Guest.Onnx.Lowering.GraphLowering.Lower(graph));
        machine.Write(machine.Program.Inputs[0], Tensor.Of<long>(ElementType.Int64, new(2), 0, 1).Data);
        machine.Run();
        Tensor y = new(ElementType.Int64, new(2), machine.Read(machine.Program.Outputs[0]));
        Assert.That(y.ToIntegers().Select(index => output.Labels![(int)index]), Is.EqualTo(new[] { "stop", "go" }));
        Assert.That(Runner("LabelEncoder", 2).With("keys_strings", new[] { "a" }).With("values_int64s", new long[] { 1 }).Fails(Tensor.Of<long>(ElementType.Int64, new(1), 0)), Is.EqualTo(OnnxError.String));
    }

    static OperatorRunner Runner(string type, int version = 1) => new(type, version, "ai.onnx.ml");
}

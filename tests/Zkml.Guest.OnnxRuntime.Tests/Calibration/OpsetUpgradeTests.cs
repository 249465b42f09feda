using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Quantization;
using AttributeType = Zkml.Guest.Onnx.Import.Proto.AttributeProto.Types.AttributeType;

namespace Zkml.Guest.OnnxRuntime.Tests.Calibration;

/// <summary>A model means the same before and after its upgrade, by ONNX Runtime.</summary>
[TestFixture]
[Category("Interop")]
sealed class OpsetUpgradeTests
{
    static readonly long[] s_shape = [2, 3, 4, 4];

    static IEnumerable<TestCaseData> Nodes =>
    [
        Case(7, "Clip", Number("min", -0.5f)),
        Case(8, "Clip", Number("max", 0.25f)),
        Case(10, "Clip", Number("min", -0.5f), Number("max", 0.25f)),
        Case(7, "Pad", Whole("pads", 0, 0, 1, 2, 0, 0, 2, 1), Number("value", 3)),
        Case(10, "Pad", Whole("pads", 0, 0, 1, 1, 0, 0, 1, 1), Text("mode", "reflect")),
        Case(7, "Slice", Whole("starts", 1, -3), Whole("ends", 3, 100), Whole("axes", 1, 3)),
        Case(9, "Slice", Whole("starts", 0, 1), Whole("ends", 1, 2)),
        Case(7, "Softmax"),
        Case(11, "Softmax", One("axis", 2)),
        Case(12, "Softmax", One("axis", 3)),
        Case(12, "Softmax", One("axis", -1)),
        Case(9, "LogSoftmax", One("axis", 0)),
        Case(11, "Hardmax", One("axis", -2)),
        Case(12, "ReduceSum", Whole("axes", 1, 2), One("keepdims", 0)),
        Case(8, "ReduceSum"),
        Case(7, "Unsqueeze", Whole("axes", 0, 3)),
        Case(11, "Unsqueeze", Whole("axes", -1)),
        Case(7, "Dropout", Number("ratio", 0.5f)),
        Case(10, "Dropout"),
        Case(7, "Upsample", Floats("scales", 1, 1, 2, 2)),
        Case(8, "Upsample", Floats("scales", 1, 1, 2, 3), Text("mode", "linear")),
        Case(11, "MaxPool", Whole("kernel_shape", 2, 2)),
        Case(7, "AveragePool", Whole("kernel_shape", 2, 2)),
        Case(9, "Flatten", One("axis", 2)),
        Case(12, "Transpose", Whole("perm", 0, 2, 3, 1)),
    ];

    [TestCaseSource(nameof(Nodes))]
    public void Apply_ANode_MeansTheSame(int opset, NodeProto node) =>
        AssertSame(TestModels.Of(opset, [("x", ElementType.Float32, s_shape)], ["y"], node));

    [Test]
    public void Apply_SqueezeAndSplit_MeanTheSame()
    {
        NodeProto split = TestModels.Node("Split", ["x"], ["a", "b"], One("axis", 1), Whole("split", 1, 2));
        AssertSame(TestModels.Of(9, [("x", ElementType.Float32, s_shape)], ["y", "b"], split, TestModels.Node("Squeeze", ["a"], ["y"], Whole("axes", 1))));
    }

    [Test]
    public void Apply_TopK_MeansTheSame() =>
        AssertSame(TestModels.Of(9, [("x", ElementType.Float32, s_shape)], ["y", "i"], TestModels.Node("TopK", ["x"], ["y", "i"], One("k", 2))));

    [Test]
    public void Apply_ResizeOfOpset10_MeansTheSame()
    {
        ModelProto model = OnnxImporter.Parse(TestModels.Of(10, [("x", ElementType.Float32, s_shape)], ["y"], TestModels.Node("Resize", ["x", "s"], ["y"])));
        model.Graph.Initializer.Add(TensorWriter.Write(Tensor.Of<float>(ElementType.Float32, new Shape(4), 1, 1, 2, 0.5f), "s"));
        AssertSame(model.ToByteArray());
    }

    [Test]
    public void Apply_InitialisersThatAreInputs_AreInputsNoMore()
    {
        ModelProto model = OnnxImporter.Parse(TestModels.Of(
            8, [("x", ElementType.Float32, s_shape), ("c", ElementType.Float32, [1])], ["y"], TestModels.Node("Add", ["x", "c"], ["y"])));
        model.IrVersion = 3;
        model.Graph.Initializer.Add(TensorWriter.Write(Tensor.Of(ElementType.Float32, new Shape(1), 2f), "c"));
        ModelProto upgraded = AssertSame(model.ToByteArray());
        Assert.That(upgraded.Graph.Input.Select(input => input.Name), Is.EqualTo(new[] { "x" }));
    }

    [TestCase(6, "opset 7 or newer, got 6")]
    [TestCase(8, "spatial")]
    public void Apply_WhatHasNoEqual_SaysSo(int opset, string expected)
    {
        byte[] model = TestModels.Of(opset, [("x", ElementType.Float32, s_shape)], ["y"], TestModels.Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"], One("spatial", 0)));
        Assert.That(() => OpsetUpgrade.Apply(OnnxImporter.Parse(model), new Dictionary<string, TensorFact>()), Throws.InstanceOf<OnnxException>().With.Message.Contains(expected));
    }

    static ModelProto AssertSame(byte[] model)
    {
        Random random = new(5);
        float[] values = [.. Enumerable.Range(0, 96).Select(_ => random.NextSingle() * 2 - 1)];
        Tensor input = Tensor.Of<float>(ElementType.Float32, new Shape(2, 3, 4, 4), values);
        using OnnxRuntimeSession before = TestModels.Process.Load(model);
        Dictionary<string, TensorFact> facts = before.Inputs.ToDictionary(port => port.Name, port => new TensorFact(port.Type, port.Dimensions));
        ModelProto upgraded = OpsetUpgrade.Apply(OnnxImporter.Parse(model), facts);
        Assert.That(OpsetUpgrade.OpsetOf(upgraded), Is.EqualTo(OpsetUpgrade.Target));
        using OnnxRuntimeSession after = TestModels.Process.Load(upgraded.ToByteArray());
        foreach ((Tensor expected, Tensor got) in before.Run(input).Zip(after.Run(input)))
        {
            Assert.That(got.Shape, Is.EqualTo(expected.Shape));
            Assert.That(got.Data.ToArray(), Is.EqualTo(expected.Data.ToArray()));
        }
        return upgraded;
    }

    static TestCaseData Case(int opset, string type, params AttributeProto[] attributes) =>
        new TestCaseData(opset, TestModels.Node(type, ["x"], ["y"], attributes)).SetArgDisplayNames($"{type} {opset} {string.Join(' ', attributes.Select(attribute => attribute.Name))}");

    static AttributeProto Number(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    static AttributeProto One(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    static AttributeProto Whole(string name, params long[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    static AttributeProto Floats(string name, params float[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeType.Floats };
        attribute.Floats.AddRange(values);
        return attribute;
    }

    static AttributeProto Text(string name, string value) => new() { Name = name, Type = AttributeType.String, S = ByteString.CopyFromUtf8(value) };
}

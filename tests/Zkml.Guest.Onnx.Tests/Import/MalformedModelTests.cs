using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using static Zkml.Guest.Onnx.Tests.ModelBuilder;

namespace Zkml.Guest.Onnx.Tests.Import;

/// <summary>One test for each way in which a file can be broken or out of reach: one clear error each.</summary>
[TestFixture]
sealed class MalformedModelTests
{
    static ModelBuilder Valid() => new ModelBuilder().Input("x", ElementType.Float32, 2, 3).Node("Neg", ["x"], ["y"]).Output("y", ElementType.Float32, 2, 3);

    static void Refuses(ModelBuilder model, OnnxError error, params string[] parts) => Refuses(model.ToBytes(), error, parts);

    static void Refuses(byte[] model, OnnxError error, params string[] parts)
    {
        OnnxException thrown = Assert.Throws<OnnxException>(() => OnnxCompiler.Prepare(model, OnnxImportOptions.Default))!;
        Assert.That(thrown.Error, Is.EqualTo(error), thrown.Message);
        foreach (string part in parts) Assert.That(thrown.Message, Does.Contain(part));
    }

    [Test]
    public void File_Empty_IsNoModel() => Refuses([], OnnxError.Malformed, "no graph");

    [Test]
    public void File_OfAnotherKind_IsNoModel() => Refuses("\u0089PNG\r\n\u001a\n and so on"u8.ToArray(), OnnxError.Malformed, "no ONNX model");

    [Test]
    public void File_TruncatedAnywhere_IsRefused()
    {
        byte[] model = Valid().Initializer("w", Tensor.Of<float>(ElementType.Float32, new(8), new float[8])).ToBytes();
        int refused = 0;
        for (int length = 0; length < model.Length; length++)
        {
            try
            {
                OnnxImporter.Read(model.AsSpan(0, length), OnnxImportOptions.Default);
            }
            catch (OnnxException)
            {
                refused++;
            }
        }
        // The operator set is the last field: without it, nothing before it is a model.
        Assert.That(refused, Is.EqualTo(model.Length));
    }

    [Test]
    public void Nesting_WithoutEnd_IsRefused()
    {
        // A type of sequences of sequences, deeper than any reader goes.
        byte[] type = [];
        for (int i = 0; i < 5000; i++) type = [.. Field(4, Field(1, type))];
        Refuses(Field(7, Field(11, Field(2, type))), OnnxError.Malformed, "damaged");

        static byte[] Field(int number, byte[] content)
        {
            using MemoryStream stream = new();
            using (CodedOutputStream output = new(stream, leaveOpen: true))
            {
                output.WriteTag(number, WireFormat.WireType.LengthDelimited);
                output.WriteBytes(ByteString.CopyFrom(content));
            }
            return stream.ToArray();
        }
    }

    [Test]
    public void Nodes_InACycle_AreNamed() => Refuses(
        new ModelBuilder().Input("x", ElementType.Float32, 1).Node("Add", ["x", "c"], ["a"]).Node("Neg", ["a"], ["b"]).Node("Abs", ["b"], ["c"]).Output("c"),
        OnnxError.Malformed, "cycle", "a → b → c → a");

    [Test]
    public void Node_ThatReadsItself_IsACycle() =>
        Refuses(new ModelBuilder().Input("x", ElementType.Float32, 1).Node("Add", ["x", "a"], ["a"]).Output("a"), OnnxError.Malformed, "cycle", "a → a");

    [Test]
    public void Initializer_ThatIsMissing_IsNamed() => Refuses(
        Valid().Node("Add", ["y", "weight"], ["z"]).Output("z"), OnnxError.Malformed, "Node z (Add)", "weight", "no initialiser");

    [Test]
    public void Value_MadeTwice_IsRefused() => Refuses(Valid().Node("Abs", ["x"], ["y"]), OnnxError.Malformed, "y", "twice");

    [Test]
    public void Initializer_ThereTwice_IsRefused()
    {
        Tensor tensor = Tensor.Of(ElementType.Float32, new(1), 1f);
        Refuses(Valid().Initializer("w", tensor).Initializer("w", tensor), OnnxError.Malformed, "initialiser w", "twice");
    }

    [Test]
    public void Input_ThereTwice_IsRefused() => Refuses(Valid().Input("x", ElementType.Float32, 2), OnnxError.Malformed, "input x is there twice");

    [Test]
    public void Output_ThatNothingMakes_IsRefused() => Refuses(Valid().Output("q"), OnnxError.Malformed, "output q is made by no node");

    [Test]
    public void Outputs_None_IsRefused() =>
        Refuses(new ModelBuilder().Input("x", ElementType.Float32, 1).Node("Neg", ["x"], ["y"]), OnnxError.Malformed, "no output");

    [Test]
    public void Dimension_Negative_IsRefused() =>
        Refuses(new ModelBuilder().Input("x", ElementType.Float32, -5).Node("Neg", ["x"], ["y"]).Output("y"), OnnxError.Malformed, "input x", "-5");

    [Test]
    public void Dimension_Symbolic_IsRefused() =>
        Refuses(new ModelBuilder().Input("x", ElementType.Float32, "N").Node("Neg", ["x"], ["y"]).Output("y"), OnnxError.DynamicShape, "input x", "the symbol N");

    [Test]
    public void Tensor_Huge_IsRefused() => Refuses(
        new ModelBuilder().Input("x", ElementType.Float32, 1 << 20, 1 << 20).Node("Neg", ["x"], ["y"]).Output("y"), OnnxError.Limit, "input x", "2^31");

    [Test]
    public void Tensor_LargerThanMemory_IsRefused() => Refuses(
        new ModelBuilder().Input("x", ElementType.Float32, 1 << 28).Node("Relu", ["x"], ["y"]).Output("y"), OnnxError.Limit, "input x", "268435456 bytes");

    [Test]
    public void Operator_Unknown_IsNamed() => Refuses(
        new ModelBuilder().Input("x", ElementType.Float32, 1).Node("Frobnicate", ["x"], ["y"]).Output("y"), OnnxError.OperatorNotListed, "Node y (Frobnicate)", "not supported");

    [TestCase("NonZero", OnnxError.DynamicShape)]
    [TestCase("SequenceConstruct", OnnxError.Sequence)]
    [TestCase("Optional", OnnxError.Optional)]
    [TestCase("StringConcat", OnnxError.String)]
    [TestCase("RandomNormalLike", OnnxError.Random)]
    public void Operator_OutOfReach_HasItsReason(string name, OnnxError reason) =>
        Refuses(new ModelBuilder().Input("x", ElementType.Float32, 1).Node(name, ["x"], ["y"]).Output("y"), reason, $"Node y ({name})", name);

    [Test]
    public void Operator_WithoutAName_IsRefused() =>
        Refuses(new ModelBuilder().Input("x", ElementType.Float32, 1).Node("", ["x"], ["y"]).Output("y"), OnnxError.Malformed, "operator is missing");

    [Test]
    public void Domain_NotImported_IsRefused()
    {
        ModelBuilder model = Valid();
        model.Model.Graph.Node[0].Domain = "com.example";
        Refuses(model, OnnxError.Malformed, "com.example");
    }

    [TestCase(6)]
    [TestCase(999)]
    public void OperatorSet_OutOfRange_IsRefused(int version) =>
        Refuses(new ModelBuilder(version).Input("x", ElementType.Float32, 1).Node("Neg", ["x"], ["y"]).Output("y"), OnnxError.OperatorNotListed, $"ai.onnx {version}", "expected 7 to");

    [Test]
    public void OperatorSet_Absent_IsRefused()
    {
        ModelBuilder model = Valid();
        model.Model.OpsetImport.Clear();
        Refuses(model, OnnxError.Malformed, "no operator set");
    }

    [Test]
    public void Input_OfSequences_HasItsReason()
    {
        ModelBuilder model = Valid();
        model.Model.Graph.Input[0].Type = new() { SequenceType = new() };
        Refuses(model, OnnxError.Sequence, "input x is a sequence");
    }

    [Test]
    public void Input_OfText_HasItsReason() =>
        Refuses(new ModelBuilder().Input("x", ElementType.String, 1).Node("Identity", ["x"], ["y"]).Output("y"), OnnxError.String, "input x is text");

    [Test]
    public void Attribute_OfTheWrongKind_IsRefused()
    {
        AttributeProto both = Integer("axis", 1);
        both.Floats.Add(1);
        Refuses(new ModelBuilder().Input("x", ElementType.Float32, 2).Node("Softmax", ["x"], ["y"], both).Output("y"), OnnxError.Malformed, "attribute axis", "declared as Int, but filled as Floats");
    }

    [Test]
    public void Attribute_ThereTwice_IsRefused() => Refuses(
        new ModelBuilder().Input("x", ElementType.Float32, 2).Node("Softmax", ["x"], ["y"], Integer("axis", 0), Integer("axis", 0)).Output("y"), OnnxError.Malformed, "attribute axis is there twice");

    [Test]
    public void Attribute_ReferenceOutsideOfAFunction_IsRefused() => Refuses(
        new ModelBuilder().Input("x", ElementType.Float32, 2).Node("Softmax", ["x"], ["y"], new AttributeProto { Name = "axis", RefAttrName = "a" }).Output("y"), OnnxError.Malformed, "refers to a");

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    public void Scale_NotFinite_IsRefused(float scale)
    {
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, 2).Initializer("s", Tensor.Of(ElementType.Float32, Shape.Scalar, scale)).Initializer("z", Tensor.Of(ElementType.UInt8, Shape.Scalar, (byte)0))
            .Node("QuantizeLinear", ["x", "s", "z"], ["y"]).Output("y");
        Refuses(model, OnnxError.Malformed, "Node y (QuantizeLinear)", "scale");
    }

    [Test]
    public void Initializer_WithTooFewElements_IsRefused()
    {
        ModelBuilder model = Valid();
        model.Model.Graph.Initializer.Add(new TensorProto { Name = "w", DataType = 1, Dims = { 1 << 28 }, FloatData = { 1, 2 } });
        Refuses(model, OnnxError.Malformed, "initialiser w", "expected 268435456 elements", "got 2");
    }

    [Test]
    public void Declaration_ThatContradicts_IsRefused() => Refuses(
        new ModelBuilder().Input("x", ElementType.Float32, 2, 3).Node("Neg", ["x"], ["y"]).Output("y", ElementType.Float32, 3, 2), OnnxError.Malformed, "Node y (Neg)", "declares Float32[3, 2]");
}

using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;

namespace Zkml.Guest.Onnx.Tests.NodeTests;

/// <summary>Every model of the ONNX backend node tests is read, or refused for a reason that is no defect of the file.</summary>
[TestFixture]
sealed class ImportNodeTests
{
    [Test]
    public void Models_All_AreReadOrHaveAReason()
    {
        int read = 0;
        foreach (NodeTest test in NodeTestArchive.Require())
        {
            try
            {
                OnnxImporter.Read(test.Model, OnnxImportOptions.Default);
                read++;
            }
            catch (OnnxException e) when (e.Error is OnnxError.Sequence or OnnxError.Optional or OnnxError.String or OnnxError.DynamicShape)
            {
                TestContext.Out.WriteLine($"{test.Name}: {e.Error}: {e.Message}");
            }
        }
        Assert.That(NodeTestArchive.Require(), Has.Count.EqualTo(1802));
        Assert.That(read, Is.GreaterThan(1650));
    }

    [Test]
    public void Tensors_All_AreRead()
    {
        int read = 0;
        foreach (NodeTest test in NodeTestArchive.Require())
        {
            Zkml.Guest.Onnx.Import.Proto.ModelProto model = OnnxImporter.Parse(test.Model);
            for (int i = 0; i < test.Outputs.Length; i++)
            {
                if (model.Graph.Output[i].Type.TensorType is not { } type) continue;
                Tensor tensor = TensorReader.Parse(test.Outputs[i]);
                Assert.That((int)tensor.Type, Is.EqualTo(type.ElemType));
                read++;
            }
        }
        Assert.That(read, Is.GreaterThan(1750));
    }
}

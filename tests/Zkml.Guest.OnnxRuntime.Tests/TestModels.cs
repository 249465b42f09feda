using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.OnnxRuntime.Tests;

/// <summary>Small models made for a test, and the runner.</summary>
static class TestModels
{
    static OnnxRuntimeProcess? s_process;

    /// <summary>One process for all tests of the assembly; the test is skipped where ONNX Runtime is not installed.</summary>
    public static OnnxRuntimeProcess Process => s_process ??= OnnxRuntimeProcess.Start(RunnerOrIgnore());

    /// <summary>The path of the runner; the test is skipped where ONNX Runtime is not installed.</summary>
    public static string RunnerOrIgnore()
    {
        string? path = OnnxRuntimeLocator.TryFind(Environment.GetEnvironmentVariable("ZKVM_HOME"));
        if (path is null) Assert.Ignore("ONNX Runtime is not installed; guest-sdk/onnxruntime/install.sh installs it.");
        return path!;
    }

    /// <summary>Ends the process, after the last test.</summary>
    public static void End() => s_process?.Dispose();

    /// <summary>A file of ../shared/models; the test is skipped where the folder is absent.</summary>
    public static string SharedModel(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "models", name);
            if (Path.Exists(path)) return path;
        }
        Assert.Ignore($"No folder shared/models with {name} beside the repository.");
        return "";
    }

    /// <summary>The path of a file of the repository.</summary>
    public static string RepositoryFile(string name)
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Zkml.Vm.sln"))) root = root.Parent;
        return Path.Combine(root!.FullName, name);
    }

    /// <summary>A model of the nodes; every input has the type and shape given, outputs have no type.</summary>
    public static byte[] Of(int opset, (string Name, ElementType Type, long[] Shape)[] inputs, string[] outputs, params NodeProto[] nodes)
    {
        ModelProto model = new() { IrVersion = 8, Graph = new GraphProto { Name = "test" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        foreach ((string name, ElementType type, long[] shape) in inputs) model.Graph.Input.Add(Port(name, type, shape));
        foreach (string output in outputs) model.Graph.Output.Add(new ValueInfoProto { Name = output });
        model.Graph.Node.AddRange(nodes);
        return model.ToByteArray();
    }

    /// <summary>A node.</summary>
    public static NodeProto Node(string type, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        NodeProto node = new() { OpType = type, Name = $"{type}_{outputs[0]}" };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes);
        return node;
    }

    /// <summary>A typed input.</summary>
    public static ValueInfoProto Port(string name, ElementType type, params long[] shape)
    {
        TensorShapeProto extents = new();
        foreach (long extent in shape) extents.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = extent });
        return new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = extents } } };
    }
}

/// <summary>Ends the shared process.</summary>
[SetUpFixture]
sealed class RunnerLifetime
{
    [OneTimeTearDown]
    public void End() => TestModels.End();
}

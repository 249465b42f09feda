using Google.Protobuf;
using Google.Protobuf.Collections;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Import;

/// <summary>
/// Reads ONNX files: initialisers in every encoding, constants, functions of the model (inlined), symbolic extents (fixed by options), nodes
/// in any order. The graph that comes out is sorted and has no node that no output needs. Every broken or unsupported model gives one
/// <see cref="OnnxException"/>; nothing is allocated that the size of the file does not justify.
/// </summary>
public static class OnnxImporter
{
    /// <summary>The oldest operator set of ai.onnx that is read in full; of older ones only operators that are the same in this one.</summary>
    public const int OldestOperatorSet = 7;

    /// <summary>The newest operator set of ai.onnx that is read.</summary>
    public const int NewestOperatorSet = 28;

    /// <summary>The newest operator set of ai.onnx.ml that is read.</summary>
    public const int NewestMachineLearningSet = 5;

    /// <summary>The most nodes that a graph may have after its functions are inlined.</summary>
    public const int MaximumNodes = 100_000;

    static readonly HashSet<string> s_unchangedSinceTheFirst =
    [
        "ArgMax", "ArgMin", "Constant", "Conv", "ConvTranspose", "DepthToSpace", "Flatten", "Gather", "GlobalAveragePool", "GlobalMaxPool", "Identity",
        "LRN", "LogSoftmax", "MaxPool", "Not", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin",
        "ReduceProd", "ReduceSum", "ReduceSumSquare", "Shape", "Size", "Slice", "Softmax", "Softplus", "Softsign", "SpaceToDepth", "Squeeze", "Transpose", "Unsqueeze",
    ];

    /// <summary>Reads a model.</summary>
    public static OnnxGraph Read(ReadOnlySpan<byte> model, OnnxImportOptions options) => Read(Parse(model), options);

    /// <summary>Reads a model that is parsed already.</summary>
    public static OnnxGraph Read(ModelProto model, OnnxImportOptions options) => Read(model, options, openInputs: null);

    /// <summary>Reads a model to look at it: inputs without a static shape or of another kind than tensors are told and stay open.</summary>
    internal static OnnxGraph Read(ModelProto model, OnnxImportOptions options, List<UnsupportedNode>? openInputs)
    {
        if (model.Graph == null) throw OnnxException.Malformed("the file has no graph: it is no ONNX model");
        ImportSession session = new(options) { OpenInputs = openInputs };
        foreach (FunctionProto function in model.Functions) session.Add(function);
        Dictionary<string, int> operatorSets = OperatorSets(model.OpsetImport);
        if (operatorSets.Count == 0) throw OnnxException.Malformed("the model imports no operator set");
        return new GraphReader(session, model.Graph, operatorSets).ReadModel();
    }

    /// <summary>The messages of a file, not yet checked.</summary>
    public static ModelProto Parse(ReadOnlySpan<byte> model)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(model);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new OnnxException(OnnxError.Malformed, $"the file is no ONNX model or is damaged: {e.Message}", e);
        }
    }

    /// <summary>Domain to version, checked; "ai.onnx" is "".</summary>
    internal static Dictionary<string, int> OperatorSets(RepeatedField<OperatorSetIdProto> imports)
    {
        Dictionary<string, int> versions = [];
        foreach (OperatorSetIdProto import in imports)
        {
            string domain = Domain(import.Domain);
            if (import.Version is < 1 or > int.MaxValue) throw OnnxException.Malformed($"operator set {Display(domain)}: version {import.Version} is not valid");
            if (domain.Length == 0 && import.Version > NewestOperatorSet) throw OutOfRange(import.Version);
            if (domain == "ai.onnx.ml" && import.Version > NewestMachineLearningSet)
                throw OnnxException.Unsupported($"operator set ai.onnx.ml {import.Version}: expected 1 to {NewestMachineLearningSet}");
            if (!versions.TryAdd(domain, (int)import.Version)) throw OnnxException.Malformed($"operator set {Display(domain)} is imported twice");
        }
        return versions;
    }

    /// <summary>Throws if an operator of an old set may mean something else there.</summary>
    internal static void CheckVersion(string domain, string operatorType, int version)
    {
        if (domain.Length == 0 && version < OldestOperatorSet && !s_unchangedSinceTheFirst.Contains(operatorType)) throw OutOfRange(version);
    }

    static OnnxException OutOfRange(long version) =>
        OnnxException.Unsupported($"operator set ai.onnx {version}: expected {OldestOperatorSet} to {NewestOperatorSet}");

    internal static string Domain(string domain) => domain == "ai.onnx" ? "" : domain;

    internal static string Display(string domain) => domain.Length == 0 ? "ai.onnx" : domain;
}

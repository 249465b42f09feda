using System.Security.Cryptography;
using Zkml.Guest.Emission;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx;

/// <summary>How a model becomes a guest.</summary>
public sealed record InferenceOptions
{
    /// <summary>How the file is read.</summary>
    public OnnxImportOptions Import { get; init; } = OnnxImportOptions.Default;

    /// <summary>Of the input; private by default.</summary>
    public Visibility Input { get; init; } = Visibility.Private;

    /// <summary>Of the output; public by default.</summary>
    public Visibility Output { get; init; } = Visibility.Public;

    /// <summary>Of the parameters: public gives the SHA-256 of the file, hashed that of a salt and the file.</summary>
    public Visibility Parameters { get; init; } = Visibility.Public;

    /// <summary>The salt of hashed parameters, 32 bytes; null draws one.</summary>
    public byte[]? ParametersSalt { get; init; }

    /// <summary>Names of classes by output; goes before what the file's metadata says under <c>labels.OUTPUT</c>, separated by commas.</summary>
    public IReadOnlyDictionary<string, string[]> Labels { get; init; } = new Dictionary<string, string[]>();
}

/// <summary>A model as a guest program.</summary>
/// <param name="Elf">The program; its note <see cref="ModelContract.NoteName"/> is the contract.</param>
/// <param name="Contract">What host and guest agree on.</param>
/// <param name="Graph">The graph that was lowered: fused, without the quantisation that the host took over.</param>
/// <param name="Program">The lowered form.</param>
/// <param name="Buffers">Which buffer of the lowered form holds which value of the graph.</param>
/// <param name="ParametersSalt">What opens hashed parameters; null for the others.</param>
public sealed record InferenceGuest(byte[] Elf, ModelContract Contract, OnnxGraph Graph, LoopProgram Program, IReadOnlyDictionary<Value, LoopBuffer> Buffers, byte[]? ParametersSalt)
{
    const string LabelsPrefix = "labels.";

    /// <summary>Compiles the bytes of an ONNX file. Throws <see cref="OnnxException"/> or <see cref="EmissionException"/> for a model that cannot be compiled.</summary>
    public static InferenceGuest Compile(ReadOnlySpan<byte> model, InferenceOptions? options = null)
    {
        options ??= new();
        OnnxGraph graph = OnnxCompiler.Prepare(model, options.Import);
        (BoundTensor[] inputs, BoundTensor[] outputs) = BoundaryQuantization.Apply(graph, LabelsOf(model, options));
        byte[]? salt = options.Parameters == Visibility.Hashed ? options.ParametersSalt ?? RandomNumberGenerator.GetBytes(BoundValues.SaltBytes) : null;
        ModelContract contract = new()
        {
            Model = graph.Name,
            ModelHash = options.Parameters == Visibility.Private ? "" : Convert.ToHexStringLower(SHA256.HashData([.. salt ?? [], .. model])),
            Inputs = inputs,
            Outputs = outputs,
            InputVisibility = options.Input,
            OutputVisibility = options.Output,
            ParametersVisibility = options.Parameters,
        };
        LoopProgram program = GraphLowering.Lower(graph, out IReadOnlyDictionary<Value, LoopBuffer> buffers);
        EmittedGuest emitted = GuestEmitter.Emit(program, new InferenceFrame(contract), (ModelContract.NoteName, contract.ToNote()));
        return new(emitted.Elf, contract, graph, program, buffers, salt);
    }

    static Dictionary<string, string[]> LabelsOf(ReadOnlySpan<byte> model, InferenceOptions options)
    {
        Dictionary<string, string[]> labels = new(options.Labels);
        foreach (StringStringEntryProto entry in OnnxImporter.Parse(model).MetadataProps)
            if (entry.Key.StartsWith(LabelsPrefix, StringComparison.Ordinal)) labels.TryAdd(entry.Key[LabelsPrefix.Length..], entry.Value.Split(','));
        return labels;
    }
}

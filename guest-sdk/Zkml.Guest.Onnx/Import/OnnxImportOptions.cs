using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Import;

/// <summary>How a model is read: what is fixed at compile time, and where its external data lies.</summary>
public sealed record OnnxImportOptions
{
    /// <summary>Everything as the model says.</summary>
    public static OnnxImportOptions Default { get; } = new();

    /// <summary>The extent of symbolic or unknown outermost dimensions of inputs; null: such a dimension is an error.</summary>
    public int? Batch { get; init; }

    /// <summary>Extents of other symbolic dimensions, by symbol. Goes before <see cref="Batch"/>.</summary>
    public IReadOnlyDictionary<string, int> Dimensions { get; init; } = new Dictionary<string, int>();

    /// <summary>Whole shapes of inputs, by name, where the model leaves extents open. Goes before symbols and the batch.</summary>
    public IReadOnlyDictionary<string, Shape> Shapes { get; init; } = new Dictionary<string, Shape>();

    /// <summary>Inputs that become constants, by name.</summary>
    public IReadOnlyDictionary<string, Tensor> Bind { get; init; } = new Dictionary<string, Tensor>();

    /// <summary>The folder that external data is relative to: that of the model's file. Null: external data is an error.</summary>
    public string? Folder { get; init; }
}

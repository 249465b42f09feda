namespace Zkml.Guest.Onnx.Graph;

/// <summary>Why a model cannot be compiled.</summary>
public enum OnnxError
{
    /// <summary>The bytes are no valid model, or the model breaks the rules of ONNX.</summary>
    Malformed,
    /// <summary>A shape that is not known at compile time.</summary>
    DynamicShape,
    /// <summary>Text is computed.</summary>
    String,
    /// <summary>A sequence or map value.</summary>
    Sequence,
    /// <summary>An optional value.</summary>
    Optional,
    /// <summary>An operator of training.</summary>
    Training,
    /// <summary>An operator that draws random numbers.</summary>
    Random,
    /// <summary>An operator, or a form of one, that is not supported.</summary>
    OperatorNotListed,
    /// <summary>Too large for the guest.</summary>
    Limit,
}

/// <summary>A model cannot be compiled: the reason, and the node where it was found.</summary>
public sealed class OnnxException : Exception
{
    /// <summary>A reason and a message.</summary>
    public OnnxException(OnnxError error, string message, Exception? inner = null) : base(message, inner) => Error = error;

    /// <summary>The reason.</summary>
    public OnnxError Error { get; }

    /// <summary>A broken model.</summary>
    public static OnnxException Malformed(string message) => new(OnnxError.Malformed, message);

    /// <summary>A form of an operator that is not supported.</summary>
    public static OnnxException Unsupported(string message) => new(OnnxError.OperatorNotListed, message);

    /// <summary>The same error with the place in front: <c>Node conv1 (Conv): …</c>.</summary>
    public OnnxException At(Node node) => new(Error, $"Node {node.Name} ({node.OperatorType}): {Message}", this);
}

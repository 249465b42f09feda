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
    // Names in a hostile model may be as long as the file.
    const int MaximumMessageLength = 1000;

    /// <summary>A reason and a message; the end of a very long one is left out.</summary>
    public OnnxException(OnnxError error, string message, Exception? inner = null)
        : base(message.Length <= MaximumMessageLength ? message : message[..MaximumMessageLength] + "…", inner) => Error = error;

    /// <summary>The reason.</summary>
    public OnnxError Error { get; }

    /// <summary>A broken model.</summary>
    public static OnnxException Malformed(string message) => new(OnnxError.Malformed, message);

    /// <summary>A form of an operator that is not supported.</summary>
    public static OnnxException Unsupported(string message) => new(OnnxError.OperatorNotListed, message);

    /// <summary>
    /// For what an operator did not foresee: a model must not end a program that compiles it, so failures of arithmetic and of indices
    /// become errors of the model too. The original stays inside; tests take it for a defect.
    /// </summary>
    public static bool IsUnforeseen(Exception exception) => exception is ArgumentException or InvalidOperationException or IndexOutOfRangeException or ArithmeticException
        or InvalidCastException or KeyNotFoundException or NullReferenceException or NotSupportedException;

    /// <summary>The error for an exception that <see cref="IsUnforeseen"/> tells.</summary>
    public static OnnxException Unforeseen(Exception exception) =>
        new(OnnxError.Malformed, $"its inputs or attributes do not fit the operator ({exception.Message})", exception);

    /// <summary>The value that would have to be known at compile time, for <see cref="OnnxError.DynamicShape"/>; null where no single value decides.</summary>
    public Value? UnknownValue { get; init; }

    /// <summary>The node where it was found; null if that is not known or the error is not of a node.</summary>
    public string? NodeName { get; private init; }

    /// <summary>The same error with the place in front: <c>Node conv1 (Conv): …</c>. An error that has its node already stays.</summary>
    public OnnxException At(string node, string operatorType) =>
        NodeName != null ? this : new(Error, $"Node {node} ({operatorType}): {Message}", this) { NodeName = node, UnknownValue = UnknownValue };

    /// <summary>The same error with the place in front.</summary>
    public OnnxException At(Node node) => At(node.Name, node.OperatorType);
}

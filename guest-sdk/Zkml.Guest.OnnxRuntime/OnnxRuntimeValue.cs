using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.OnnxRuntime;

/// <summary>A value that goes into ONNX Runtime or comes out of it.</summary>
public abstract record OnnxRuntimeValue
{
    private OnnxRuntimeValue()
    {
    }

    /// <summary>A tensor.</summary>
    public sealed record OfTensor(Tensor Value) : OnnxRuntimeValue;

    /// <summary>Values one after another, for example the maps that ZipMap makes.</summary>
    public sealed record OfSequence(IReadOnlyList<OnnxRuntimeValue> Values) : OnnxRuntimeValue;

    /// <summary>Keys (strings or integers) and as many values.</summary>
    public sealed record OfMap(Tensor Keys, Tensor Values) : OnnxRuntimeValue;

    /// <summary>An optional value that is absent.</summary>
    public sealed record OfNothing : OnnxRuntimeValue;

    /// <summary>A tensor is a value.</summary>
    public static implicit operator OnnxRuntimeValue(Tensor tensor) => new OfTensor(tensor);

    /// <summary>The tensor. Throws <see cref="OnnxRuntimeException"/> for a sequence, a map or nothing.</summary>
    public Tensor Tensor => this is OfTensor tensor
        ? tensor.Value
        : throw new OnnxRuntimeException(OnnxRuntimeError.Value, $"Value: expected a tensor, got {GetType().Name}.");
}

/// <summary>What one case of a batch gave: values in the order of the outputs, or an error.</summary>
/// <param name="Values">One value an output; empty after an error.</param>
/// <param name="Error">What ONNX Runtime said; null where it ran.</param>
public sealed record OnnxRuntimeResult(IReadOnlyList<OnnxRuntimeValue> Values, string? Error)
{
    /// <summary>The values. Throws <see cref="OnnxRuntimeException"/> after an error.</summary>
    public IReadOnlyList<OnnxRuntimeValue> ValuesOrThrow => Error is null ? Values : throw new OnnxRuntimeException(OnnxRuntimeError.RunFailed, Error);
}

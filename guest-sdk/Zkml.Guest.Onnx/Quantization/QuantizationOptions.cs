using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Quantization;

/// <summary>How a float model is quantised.</summary>
public sealed record QuantizationOptions
{
    /// <summary>The type of activations, one scale and zero point a tensor: UInt8, Int8, UInt16 or Int16.</summary>
    public ElementType Activations { get; init; } = ElementType.UInt8;

    /// <summary>True keeps weights in [−64, 63], so that no CPU without VNNI saturates in 16 bits; costs one bit of accuracy.</summary>
    public bool SevenBitWeights { get; init; }

    /// <summary>True gives every output channel of a weight its own scale.</summary>
    public bool PerChannel { get; init; } = true;

    /// <summary>Names of nodes that stay in float.</summary>
    public IReadOnlySet<string> KeepFloat { get; init; } = new HashSet<string>();

    /// <summary>Throws <see cref="ArgumentException"/> where a choice is not possible.</summary>
    public void Check()
    {
        if (Activations is not (ElementType.UInt8 or ElementType.Int8 or ElementType.UInt16 or ElementType.Int16))
            throw new ArgumentException($"Activations: expected UInt8, Int8, UInt16 or Int16, got {Activations}.");
    }
}

/// <summary>Type and extents of a value.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Dimensions">The extents; −1 where one is not known.</param>
public sealed record TensorFact(ElementType Type, IReadOnlyList<long> Dimensions);

/// <summary>The smallest and largest value that an activation took.</summary>
public readonly record struct ValueRange(float Minimum, float Maximum)
{
    /// <summary>The range that holds both.</summary>
    public ValueRange Include(ValueRange other) => new(Math.Min(Minimum, other.Minimum), Math.Max(Maximum, other.Maximum));
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Contract;

/// <summary>How much of a part a verifier sees.</summary>
public enum Visibility
{
    /// <summary>Nothing.</summary>
    Private,

    /// <summary>Everything: the journal holds it.</summary>
    Public,

    /// <summary>A commitment: the journal holds the SHA-256 of a private 32-byte salt and the data.</summary>
    Hashed,
}

/// <summary>A tensor on the border between host and guest.</summary>
public sealed record BoundTensor
{
    /// <summary>The name in the model.</summary>
    public required string Name { get; init; }

    /// <summary>The element type in the model.</summary>
    public required ElementType Type { get; init; }

    /// <summary>The extents.</summary>
    public required int[] Shape { get; init; }

    /// <summary>The element type in the guest: the model's, or that of a QuantizeLinear or DequantizeLinear which the host takes over.</summary>
    public required ElementType GuestType { get; init; }

    /// <summary>real = (guest − <see cref="ZeroPoint"/>) · scale where the host quantises; 0 where it does not.</summary>
    public float Scale { get; init; }

    /// <summary>The guest's number for the real 0.</summary>
    public int ZeroPoint { get; init; }

    /// <summary>Names of the classes, for an output with one element for each class or with a class index.</summary>
    public string[]? Labels { get; init; }

    /// <summary>True if the host quantises.</summary>
    [JsonIgnore]
    public bool IsQuantized => Scale != 0;

    /// <summary>Number of elements.</summary>
    [JsonIgnore]
    public int Count => new Shape(Shape).Count;

    /// <summary>Bytes in the guest.</summary>
    [JsonIgnore]
    public int ByteCount => Count * GuestType.Memory.ElementBytes;
}

/// <summary>
/// What host and guest agree on: tensors in order, visibility, the model's hash. It stands in a note of the ELF for whoever prepares
/// input or prints output; the guest has what it enforces in its image.
/// </summary>
public sealed record ModelContract
{
    /// <summary>The name of the ELF note.</summary>
    public const string NoteName = ".zkml.contract";

    const int MaximumTensors = 1024;

    /// <summary>The graph's name.</summary>
    public required string Model { get; init; }

    /// <summary>SHA-256 of the ONNX file, or of salt and file where parameters are hashed; 64 hexadecimal digits; empty where they are private.</summary>
    public required string ModelHash { get; init; }

    /// <summary>In the order of the input stream.</summary>
    public required BoundTensor[] Inputs { get; init; }

    /// <summary>In the order of the output bytes.</summary>
    public required BoundTensor[] Outputs { get; init; }

    /// <summary>Of the input.</summary>
    public required Visibility InputVisibility { get; init; }

    /// <summary>Of the output.</summary>
    public required Visibility OutputVisibility { get; init; }

    /// <summary>Of the model's parameters.</summary>
    public required Visibility ParametersVisibility { get; init; }

    /// <summary>Bytes of all inputs.</summary>
    [JsonIgnore]
    public int InputBytes => Inputs.Sum(input => input.ByteCount);

    /// <summary>Bytes of all outputs.</summary>
    [JsonIgnore]
    public int OutputBytes => Outputs.Sum(output => output.ByteCount);

    /// <summary>The types of the journal's parts, as <c>abi.decode</c> takes them: <c>(bytes32 modelHash, bytes output)</c>.</summary>
    [JsonIgnore]
    public string JournalSignature => $"({string.Join(", ", JournalLayout.PartsOf(this).Select(part => $"{(part.IsDynamic ? "bytes" : "bytes32")} {part.Name}"))})";

    /// <summary>The bytes of the note.</summary>
    public byte[] ToNote() => JsonSerializer.SerializeToUtf8Bytes(this, ContractJson.Default.ModelContract);

    /// <summary>Reads a note of a file that nobody vouches for. Throws <see cref="InvalidDataException"/>.</summary>
    public static ModelContract FromNote(ReadOnlySpan<byte> note)
    {
        try
        {
            ModelContract contract = JsonSerializer.Deserialize(note, ContractJson.Default.ModelContract) ?? throw new InvalidDataException("Model contract: expected an object, got null.");
            contract.Check();
            return contract;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or OverflowException or OnnxException)
        {
            throw new InvalidDataException($"Model contract: {exception.Message}", exception);
        }
    }

    void Check()
    {
        if (Inputs.Length > MaximumTensors || Outputs.Length > MaximumTensors)
            throw new InvalidDataException($"Model contract: expected at most {MaximumTensors} tensors, got {Math.Max(Inputs.Length, Outputs.Length)}.");
        bool isHash = ModelHash.Length == (ParametersVisibility == Visibility.Private ? 0 : 64) && ModelHash.All(char.IsAsciiHexDigit);
        if (!isHash) throw new InvalidDataException("Model contract: expected a model hash of 64 hexadecimal digits, or none for private parameters.");
        long bytes = 0;
        foreach (BoundTensor tensor in Inputs.Concat(Outputs))
        {
            // A shape that overflows or a type without a numeric form throws here.
            bytes += (long)new Shape(tensor.Shape).Count * tensor.GuestType.Memory.ElementBytes;
            if (!tensor.Type.IsNumeric || bytes > int.MaxValue) throw new InvalidDataException($"Model contract: tensor {tensor.Name}: unusable type or size.");
            if (tensor.IsQuantized && !(float.IsFinite(tensor.Scale) && tensor.GuestType.IsInteger && tensor.GuestType.Bits <= 16))
                throw new InvalidDataException($"Model contract: tensor {tensor.Name}: expected a finite scale and an integer of at most 16 bits.");
        }
    }
}

[JsonSourceGenerationOptions(UseStringEnumConverter = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(ModelContract))]
sealed partial class ContractJson : JsonSerializerContext;

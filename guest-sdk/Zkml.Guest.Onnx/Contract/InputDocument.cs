using System.Globalization;
using System.Text;
using System.Text.Json;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Contract;

/// <summary>
/// A model's input as people have it: JSON in real units (<c>{"name": [[…]]}</c>, one bare array, or EZKL's <c>{"input_data": [[…]]}</c>), NPY for
/// a model with one input, a PNG or PGM image for an input of that many pixels, or the raw bytes of the model's own types. Throws
/// <see cref="InvalidDataException"/> with what was expected for anything else.
/// </summary>
public static class InputDocument
{
    /// <summary>Reads a file's bytes.</summary>
    public static Tensor[] Read(ModelContract contract, ReadOnlySpan<byte> file)
    {
        if (NpyFile.IsNpy(file)) return [NpyFile.Read(Single(contract, "an NPY file"), file)];
        if (GrayImage.IsImage(file)) return [FromImage(Single(contract, "an image"), GrayImage.Read(file))];
        int first = file.IndexOfAnyExcept(" \t\r\n"u8);
        // Raw bytes may begin like JSON by chance; their number decides.
        int rawBytes = contract.Inputs.Sum(input => new Shape(input.Shape).Count * Loops.MemoryTypeExtensions.get_ElementBytes(input.Type.Memory));
        bool looksLikeJson = first >= 0 && file[first] is (byte)'{' or (byte)'[';
        if (looksLikeJson && (file.Length != rawBytes || IsJson(file))) return FromJson(contract, file);
        if (file.Length == rawBytes) return FromRaw(contract, file);
        throw new InvalidDataException($"Input: expected JSON, NPY, PNG, PGM, or {rawBytes} raw bytes for {Describe(contract)}, got {file.Length} bytes of something else.");
    }

    static Tensor[] FromRaw(ModelContract contract, ReadOnlySpan<byte> file)
    {
        Tensor[] tensors = new Tensor[contract.Inputs.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            Shape shape = new(contract.Inputs[i].Shape);
            int bytes = shape.Count * Loops.MemoryTypeExtensions.get_ElementBytes(contract.Inputs[i].Type.Memory);
            tensors[i] = new(contract.Inputs[i].Type, shape, file[..bytes]);
            file = file[bytes..];
        }
        return tensors;
    }

    static Tensor FromImage(BoundTensor bound, GrayImage image)
    {
        int count = bound.Count;
        if (image.Pixels.Length != count)
            throw new InvalidDataException($"Input {bound.Name}: expected an image of {count} samples for {new Shape(bound.Shape)}, got {image.Width} × {image.Height} × {image.Channels}.");
        string[] numbers = new string[count];
        // Images are stored by pixels, models read them by channels.
        int area = image.Width * image.Height;
        for (int i = 0; i < count; i++) numbers[i] = image.Pixels[i % area * image.Channels + i / area].ToString(CultureInfo.InvariantCulture);
        return BoundValues.Parse(bound, numbers);
    }

    static Tensor[] FromJson(ModelContract contract, ReadOnlySpan<byte> file)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(file.ToArray());
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"Input: not valid JSON: {exception.Message}", exception);
        }
        using (document)
        {
            JsonElement root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Array) return [FromArray(Single(contract, "one bare array"), root)];
            if (root.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"Input: expected a JSON object with a member for each of {Describe(contract)}.");
            if (root.TryGetProperty("input_data", out JsonElement list) && !contract.Inputs.Any(input => input.Name == "input_data")) return FromList(contract, list);
            foreach (JsonProperty property in root.EnumerateObject())
                if (!contract.Inputs.Any(input => input.Name == property.Name))
                    throw new InvalidDataException($"Input: unknown tensor '{property.Name}'; expected {Describe(contract)}.");
            return [.. contract.Inputs.Select(input => root.TryGetProperty(input.Name, out JsonElement value)
                ? FromArray(input, value)
                : throw new InvalidDataException($"Input: tensor '{input.Name}' is missing; expected {Describe(contract)}."))];
        }
    }

    static Tensor[] FromList(ModelContract contract, JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() != contract.Inputs.Length)
            throw new InvalidDataException($"Input: input_data: expected {contract.Inputs.Length} arrays, one for each of {Describe(contract)}.");
        return [.. contract.Inputs.Select((input, i) => FromArray(input, list[i]))];
    }

    // Nested as the shape says, or flat.
    static Tensor FromArray(BoundTensor bound, JsonElement array)
    {
        List<string> numbers = [];
        Collect(array, 0);
        return BoundValues.Parse(bound, numbers);

        void Collect(JsonElement element, int depth)
        {
            if (element.ValueKind != JsonValueKind.Array)
            {
                if (depth != 1 && depth != bound.Shape.Length)
                    throw new InvalidDataException($"Input {bound.Name}: expected numbers nested {bound.Shape.Length} deep for {new Shape(bound.Shape)}, or a flat array; got one {depth} deep.");
                numbers.Add(element.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
                    ? element.GetRawText()
                    : throw new InvalidDataException($"Input {bound.Name}: expected a number, got {element.ValueKind}."));
                return;
            }
            bool isFlat = depth == 0 && (element.GetArrayLength() == 0 || element[0].ValueKind != JsonValueKind.Array);
            if (!isFlat && (depth >= bound.Shape.Length || element.GetArrayLength() != bound.Shape[depth]))
                throw new InvalidDataException($"Input {bound.Name}: expected {new Shape(bound.Shape)}, got an array of {element.GetArrayLength()} at depth {depth}.");
            foreach (JsonElement child in element.EnumerateArray()) Collect(child, depth + 1);
        }
    }

    static bool IsJson(ReadOnlySpan<byte> file)
    {
        Utf8JsonReader reader = new(file);
        try
        {
            return JsonDocument.TryParseValue(ref reader, out JsonDocument? document) && Discard(document);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    static bool Discard(JsonDocument document)
    {
        document.Dispose();
        return true;
    }

    static BoundTensor Single(ModelContract contract, string what) =>
        contract.Inputs.Length == 1 ? contract.Inputs[0] : throw new InvalidDataException($"Input: {what} fits a model with one input; this one has {Describe(contract)}.");

    /// <summary>The inputs, for messages: names, types and shapes.</summary>
    public static string Describe(ModelContract contract)
    {
        StringBuilder text = new();
        foreach (BoundTensor input in contract.Inputs) text.Append(text.Length > 0 ? ", " : "").Append(CultureInfo.InvariantCulture, $"{input.Name} {input.Type}{new Shape(input.Shape)}");
        return text.ToString();
    }
}

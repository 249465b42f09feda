using System.Text.Json;

namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>
/// Samples as JSON: an object with a nested or flat list for each input by name, {"input": …} where there is one input, {"input_data": [[…], …]} with
/// one flat list for each input in order, or a list of such objects.
/// </summary>
static class JsonSamples
{
    /// <summary>Reads the samples of a file. Throws <see cref="CalibrationException"/>.</summary>
    public static IEnumerable<Dictionary<string, NumberArray>> Read(string path, IReadOnlyList<OnnxRuntimePort> inputs)
    {
        using JsonDocument document = Parse(path);
        JsonElement root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object)
        {
            yield return Sample(root, inputs, path);
            yield break;
        }
        if (root.ValueKind != JsonValueKind.Array) throw new CalibrationException($"{path}: expected an object or a list of objects, got {root.ValueKind}.");
        foreach (JsonElement element in root.EnumerateArray()) yield return Sample(element, inputs, path);
    }

    static JsonDocument Parse(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return JsonDocument.Parse(stream);
        }
        catch (JsonException exception)
        {
            throw new CalibrationException($"{path}: expected JSON: {exception.Message}", exception);
        }
    }

    static Dictionary<string, NumberArray> Sample(JsonElement sample, IReadOnlyList<OnnxRuntimePort> inputs, string path)
    {
        if (sample.ValueKind != JsonValueKind.Object) throw new CalibrationException($"{path}: expected an object with the inputs, got {sample.ValueKind}.");
        Dictionary<string, NumberArray> arrays = [];
        if (sample.TryGetProperty("input_data", out JsonElement data) && data.ValueKind == JsonValueKind.Array)
        {
            if (data.GetArrayLength() != inputs.Count) throw new CalibrationException($"{path}: expected {inputs.Count} lists in input_data, got {data.GetArrayLength()}.");
            int i = 0;
            foreach (JsonElement list in data.EnumerateArray()) arrays[inputs[i++].Name] = Array(list, path);
            return arrays;
        }
        foreach (OnnxRuntimePort input in inputs)
        {
            bool isThere = sample.TryGetProperty(input.Name, out JsonElement list) || (inputs.Count == 1 && sample.TryGetProperty("input", out list));
            if (!isThere) throw new CalibrationException($"{path}: expected a member {input.Name}, got {string.Join(", ", sample.EnumerateObject().Take(8).Select(member => member.Name))}.");
            arrays[input.Name] = Array(list, path);
        }
        return arrays;
    }

    static NumberArray Array(JsonElement list, string path)
    {
        List<int> dimensions = [];
        for (JsonElement inner = list; inner.ValueKind == JsonValueKind.Array; inner = inner[0])
        {
            dimensions.Add(inner.GetArrayLength());
            if (inner.GetArrayLength() == 0) break;
        }
        List<double> values = [];
        Collect(list, 0);
        return new([.. dimensions], [.. values]);

        void Collect(JsonElement element, int depth)
        {
            if (depth == dimensions.Count)
            {
                if (element.ValueKind != JsonValueKind.Number) throw new CalibrationException($"{path}: expected a number, got {element.ValueKind}.");
                values.Add(element.GetDouble());
                return;
            }
            if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() != dimensions[depth])
                throw new CalibrationException($"{path}: expected lists of {dimensions[depth]} at depth {depth}, got another.");
            foreach (JsonElement inner in element.EnumerateArray()) Collect(inner, depth + 1);
        }
    }
}

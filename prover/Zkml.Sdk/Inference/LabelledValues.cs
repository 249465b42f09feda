using System.Globalization;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Sdk.Inference;

/// <summary>What ONNX Runtime gives as texts and maps, in the form that the guest has: indices of labels, and columns in the order of labels.</summary>
static class LabelledValues
{
    /// <summary>The value as a tensor of the guest. Throws <see cref="OnnxRuntimeException"/> for a value that the labels do not explain.</summary>
    public static Tensor ToTensor(OnnxRuntimeValue value, IReadOnlyList<string>? labels) => (value, labels) switch
    {
        (OnnxRuntimeValue.OfTensor { Value: { Type: ElementType.String } texts }, { } names) =>
            Tensor.Of<long>(ElementType.Int64, texts.Shape, [.. texts.Strings.Select(text => (long)IndexOf(names, text))]),
        (OnnxRuntimeValue.OfSequence { Values: var rows }, { } names) when rows.All(row => row is OnnxRuntimeValue.OfMap) => Table(rows, names),
        _ => value.Tensor,
    };

    static Tensor Table(IReadOnlyList<OnnxRuntimeValue> rows, IReadOnlyList<string> labels)
    {
        float[] scores = new float[rows.Count * labels.Count];
        for (int row = 0; row < rows.Count; row++)
        {
            OnnxRuntimeValue.OfMap map = (OnnxRuntimeValue.OfMap)rows[row];
            for (int i = 0; i < map.Values.Shape.Count; i++)
            {
                string key = map.Keys.Type == ElementType.String ? map.Keys.Strings[i] : map.Keys.IntegerAt(i).ToString(CultureInfo.InvariantCulture);
                scores[row * labels.Count + IndexOf(labels, key)] = (float)map.Values.NumberAt(i);
            }
        }
        return Tensor.Of<float>(ElementType.Float32, new(rows.Count, labels.Count), scores);
    }

    static int IndexOf(IReadOnlyList<string> labels, string text)
    {
        for (int i = 0; i < labels.Count; i++)
            if (labels[i] == text) return i;
        throw new OnnxRuntimeException(OnnxRuntimeError.Value, $"Value: \"{text}\" is none of the labels {string.Join(", ", labels)}.");
    }
}

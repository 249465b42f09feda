using Zkml.Examples.Training;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Zkml.Examples.Digits.Trainer;

/// <summary>
/// The network as the guest computes it, to the bit: gray bytes times 8-bit weights in 32-bit sums, ReLU and a shift by
/// <see cref="Shift"/>, 8-bit weights again. No sum can leave 32 bits: 784 · 255 · 127 + bias &lt; 2^25, and after the shift 64 · 2^17 · 127 &lt; 2^31.
/// </summary>
public sealed class IntegerNetwork
{
    /// <summary>Bits that the hidden sums lose.</summary>
    public const int Shift = 8;

    /// <summary>The number of hidden neurons is a multiple of it, because the guest computes so many at a time; at most 64.</summary>
    public const int GroupSize = 8;

    const int MaximumHiddenCount = 64, PixelCount = LabelledImages.PixelCount, OutputCount = FloatNetwork.OutputCount;

    readonly sbyte[] _hiddenWeights; // [784 × hidden]
    readonly int[] _hiddenBias;      // [hidden]
    readonly sbyte[] _outputWeights; // [hidden × 10]
    readonly int[] _outputBias;      // [10]

    IntegerNetwork(sbyte[] hiddenWeights, int[] hiddenBias, sbyte[] outputWeights, int[] outputBias)
    {
        if (hiddenBias.Length is 0 or > MaximumHiddenCount || hiddenBias.Length % GroupSize != 0)
            throw new InvalidDataException($"Hidden neurons: expected a multiple of {GroupSize} up to {MaximumHiddenCount}, got {hiddenBias.Length}.");
        (_hiddenWeights, _hiddenBias, _outputWeights, _outputBias) = (hiddenWeights, hiddenBias, outputWeights, outputBias);
    }

    /// <summary>The number of hidden neurons.</summary>
    public int HiddenCount => _hiddenBias.Length;

    /// <summary>The logits [10] of one image [784].</summary>
    public int[] Evaluate(ReadOnlySpan<byte> pixels)
    {
        int[] hidden = [.. _hiddenBias];
        for (int i = 0; i < PixelCount; i++)
        {
            for (int j = 0; j < hidden.Length; j++) hidden[j] += pixels[i] * _hiddenWeights[i * hidden.Length + j];
        }
        int[] logits = [.. _outputBias];
        for (int j = 0; j < hidden.Length; j++)
        {
            int activation = Math.Max(hidden[j], 0) >> Shift;
            for (int k = 0; k < OutputCount; k++) logits[k] += activation * _outputWeights[j * OutputCount + k];
        }
        return logits;
    }

    /// <summary>The digit of some logits [10]: the first of the largest.</summary>
    public static int Classify<T>(ReadOnlySpan<T> logits) where T : IComparable<T>
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i].CompareTo(logits[best]) > 0) best = i;
        }
        return best;
    }

    /// <summary>
    /// Rounds a trained network. Each hidden neuron has its own scale, so that its largest weight is 127; ReLU lets it move into the weights
    /// of the next layer, which share one scale, so that the logits compare.
    /// </summary>
    public static IntegerNetwork Quantize(FloatNetwork network)
    {
        int hiddenCount = network.HiddenCount;
        sbyte[] hiddenWeights = new sbyte[PixelCount * hiddenCount], outputWeights = new sbyte[hiddenCount * OutputCount];
        int[] hiddenBias = new int[hiddenCount], outputBias = new int[OutputCount];
        double[] absorbed = new double[hiddenCount * OutputCount];
        double largest = 0;
        for (int j = 0; j < hiddenCount; j++)
        {
            double scale = 0;
            for (int i = 0; i < PixelCount; i++) scale = Math.Max(scale, Math.Abs(network.HiddenWeights[i * hiddenCount + j]) / 127.0);
            for (int i = 0; i < PixelCount; i++) hiddenWeights[i * hiddenCount + j] = (sbyte)Math.Round(network.HiddenWeights[i * hiddenCount + j] / scale);
            // A unit of the sum is scale / 255. Half a unit of the shift is added, so that the shift rounds.
            hiddenBias[j] = (int)Math.Round(network.HiddenBias[j] / scale * 255) + (1 << Shift >> 1);
            for (int k = 0; k < OutputCount; k++)
            {
                absorbed[j * OutputCount + k] = network.OutputWeights[j * OutputCount + k] * scale / 255 * (1 << Shift);
                largest = Math.Max(largest, Math.Abs(absorbed[j * OutputCount + k]));
            }
        }
        double unit = largest / 127;
        for (int i = 0; i < absorbed.Length; i++) outputWeights[i] = (sbyte)Math.Round(absorbed[i] / unit);
        for (int k = 0; k < OutputCount; k++) outputBias[k] = (int)Math.Round(network.OutputBias[k] / unit);
        return new(hiddenWeights, hiddenBias, outputWeights, outputBias);
    }

    /// <summary>
    /// The weights as the guest's header: words of four weights, least significant byte first. hidden_weights[group][pixel] holds the 8
    /// neurons of a group; output_weights[neuron] the 10 digits and two zeros.
    /// </summary>
    public string ToHeader()
    {
        StringBuilder text = new();
        text.Append("/* Written by examples/02-digits-c/Trainer: change the trainer, not this file. */\n");
        text.Append(CultureInfo.InvariantCulture, $"#define HIDDEN_COUNT {HiddenCount}\n#define HIDDEN_SHIFT {Shift}\n\n");
        AppendBias(text, "hidden_bias", "HIDDEN_COUNT", _hiddenBias);
        AppendBias(text, "output_bias", $"{OutputCount}", _outputBias);

        List<byte> hidden = [];
        for (int group = 0; group < HiddenCount; group += GroupSize)
        {
            for (int i = 0; i < PixelCount; i++)
            {
                for (int j = group; j < group + GroupSize; j++) hidden.Add((byte)_hiddenWeights[i * HiddenCount + j]);
            }
        }
        AppendWords(text, "hidden_weights", $"HIDDEN_COUNT / {GroupSize} * {PixelCount} * {GroupSize / 4}", hidden);
        List<byte> output = [];
        for (int j = 0; j < HiddenCount; j++)
        {
            for (int k = 0; k < 12; k++) output.Add(k < OutputCount ? (byte)_outputWeights[j * OutputCount + k] : (byte)0);
        }
        AppendWords(text, "output_weights", "HIDDEN_COUNT * 3", output);
        return text.ToString();
    }

    /// <summary>Reads a header back. Throws <see cref="InvalidDataException"/> for other text.</summary>
    public static IntegerNetwork Parse(string header)
    {
        int[] hiddenBias = ParseNumbers(header, "hidden_bias", null), outputBias = ParseNumbers(header, "output_bias", OutputCount);
        int hiddenCount = hiddenBias.Length;
        int[] hiddenWords = ParseNumbers(header, "hidden_weights", PixelCount * hiddenCount / 4);
        int[] outputWords = ParseNumbers(header, "output_weights", 3 * hiddenCount);
        sbyte[] hidden = new sbyte[PixelCount * hiddenCount], output = new sbyte[hiddenCount * OutputCount];
        for (int i = 0; i < hidden.Length; i++)
        {
            int group = i / GroupSize / PixelCount, pixel = i / GroupSize % PixelCount;
            hidden[pixel * hiddenCount + group * GroupSize + i % GroupSize] = ByteOf(hiddenWords, i);
        }
        for (int i = 0; i < output.Length; i++) output[i] = ByteOf(outputWords, i / OutputCount * 12 + i % OutputCount);
        return new(hidden, hiddenBias, output, outputBias);
    }

    static sbyte ByteOf(int[] words, int index) => (sbyte)(words[index / 4] >> 8 * (index % 4));

    static int[] ParseNumbers(string header, string name, int? count)
    {
        Match array = Regex.Match(header, $@"\b{name}\[[^\]]*\] = \{{([^}}]*)\}};", RegexOptions.None, TimeSpan.FromSeconds(10));
        if (!array.Success) throw new InvalidDataException($"Weights: expected an array {name}.");
        List<int> numbers = [];
        foreach (string item in array.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            numbers.Add(item.StartsWith("0x", StringComparison.Ordinal)
                ? int.Parse(item.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                : int.Parse(item, CultureInfo.InvariantCulture));
        }
        if (count is int expected && numbers.Count != expected)
            throw new InvalidDataException($"Weights: expected {expected} numbers in {name}, got {numbers.Count}.");
        return [.. numbers];
    }

    static void AppendBias(StringBuilder text, string name, string length, int[] values)
    {
        text.Append(CultureInfo.InvariantCulture, $"ZKVM_WINDOW static const int32_t {name}[{length}] = {{");
        for (int i = 0; i < values.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i % 12 == 0 ? "\n    " : " ")}{values[i]},");
        text.Append("\n};\n\n");
    }

    static void AppendWords(StringBuilder text, string name, string length, List<byte> bytes)
    {
        text.Append(CultureInfo.InvariantCulture, $"ZKVM_WINDOW static const uint32_t {name}[{length}] = {{");
        for (int i = 0; i < bytes.Count; i += 4)
        {
            uint word = bytes[i] | (uint)bytes[i + 1] << 8 | (uint)bytes[i + 2] << 16 | (uint)bytes[i + 3] << 24;
            text.Append(CultureInfo.InvariantCulture, $"{(i % 48 == 0 ? "\n    " : " ")}0x{word:X8},");
        }
        text.Append("\n};\n\n");
    }
}

using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>How numbers of files become inputs of a model: (value · <see cref="Scale"/> − <see cref="Mean"/>) / <see cref="Deviation"/>.</summary>
public sealed record CalibrationDataOptions
{
    /// <summary>Samples to read at most, at least 1.</summary>
    public int Count { get; init; } = 256;

    /// <summary>The factor, for example 1/255 for bytes of an image.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Subtracted after scaling.</summary>
    public double Mean { get; init; }

    /// <summary>Divided by at last; not 0.</summary>
    public double Deviation { get; init; } = 1;
}

/// <summary>Inputs for calibration, from files of NumPy (.npy), JSON, IDX (also .gz, as MNIST has it) or raw float32 (.bin, .raw, .f32).</summary>
public static class CalibrationData
{
    static readonly string[] s_endings = [".npy", ".json", ".gz", ".idx", ".bin", ".raw", ".f32"];

    /// <summary>
    /// Reads samples for a model with <paramref name="inputs"/> from a file, or from all files of a folder in the order of their names. A file may hold
    /// many samples. Throws <see cref="CalibrationException"/>, <see cref="IOException"/>.
    /// </summary>
    public static IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> Read(string path, IReadOnlyList<OnnxRuntimePort> inputs, CalibrationDataOptions? options = null)
    {
        options ??= new();
        List<IReadOnlyDictionary<string, OnnxRuntimeValue>> samples = [];
        foreach (string file in Files(path))
        {
            foreach (Dictionary<string, NumberArray> sample in ReadFile(file, inputs))
            {
                samples.Add(inputs.ToDictionary(input => input.Name, input => (OnnxRuntimeValue)ToTensor(sample[input.Name], input, options, file)));
                if (samples.Count == options.Count) return samples;
            }
        }
        return samples.Count > 0 ? samples : throw new CalibrationException($"{path}: expected at least one sample, got none.");
    }

    static string[] Files(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new CalibrationException($"{path}: expected a file or folder, found none.");
        string[] files = [.. Directory.EnumerateFiles(path).Where(file => s_endings.Contains(Path.GetExtension(file))).Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new CalibrationException($"{path}: expected files ending in {string.Join(", ", s_endings)}, found none.");
    }

    static IEnumerable<Dictionary<string, NumberArray>> ReadFile(string file, IReadOnlyList<OnnxRuntimePort> inputs)
    {
        if (Path.GetExtension(file) == ".json")
        {
            foreach (Dictionary<string, NumberArray> sample in JsonSamples.Read(file, inputs)) yield return sample;
            yield break;
        }
        if (inputs.Count != 1) throw new CalibrationException($"{file}: the model has {inputs.Count} inputs; expected a JSON file with a member for each.");
        OnnxRuntimePort input = inputs[0];
        NumberArray all = Path.GetExtension(file) switch
        {
            ".npy" => NpyFile.Read(file),
            ".bin" or ".raw" or ".f32" => RawFile.Read(file),
            _ => IdxFile.Read(file),
        };
        int each = Count(input, all);
        if (each == 0 || all.Values.Length % each != 0)
            throw new CalibrationException($"{file}: expected a multiple of {each} numbers for input {Describe(input)}, got {all.Values.Length}.");
        if (all.Values.Length == each)
        {
            yield return new() { [input.Name] = all };
            yield break;
        }
        for (int first = 0; first < all.Values.Length; first += each) yield return new() { [input.Name] = new([], all.Values.AsSpan(first, each).ToArray()) };
    }

    static Tensor ToTensor(NumberArray array, OnnxRuntimePort input, CalibrationDataOptions options, string file)
    {
        Shape shape = ShapeOf(array, input, file);
        double[] values = array.Values;
        bool isFloat = input.Type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16;
        double[] scaled = isFloat ? Array.ConvertAll(values, value => (value * options.Scale - options.Mean) / options.Deviation) : values;
        foreach (double value in scaled)
        {
            if (!double.IsFinite(value)) throw new CalibrationException($"{file}: expected finite numbers for input {input.Name}, got {value}.");
        }
        return input.Type switch
        {
            ElementType.Float32 => Tensor.Of<float>(input.Type, shape, Array.ConvertAll(scaled, value => (float)value)),
            ElementType.Float64 => Tensor.Of<double>(input.Type, shape, scaled),
            ElementType.Float16 => Tensor.Of<Half>(input.Type, shape, Array.ConvertAll(scaled, value => (Half)value)),
            ElementType.UInt8 => Tensor.Of<byte>(input.Type, shape, Array.ConvertAll(scaled, value => (byte)Integer(value, 0, byte.MaxValue))),
            ElementType.Int8 => Tensor.Of<sbyte>(input.Type, shape, Array.ConvertAll(scaled, value => (sbyte)Integer(value, sbyte.MinValue, sbyte.MaxValue))),
            ElementType.Int32 => Tensor.Of<int>(input.Type, shape, Array.ConvertAll(scaled, value => (int)Integer(value, int.MinValue, int.MaxValue))),
            ElementType.Int64 => Tensor.Of<long>(input.Type, shape, Array.ConvertAll(scaled, value => Integer(value, -(1L << 53), 1L << 53))),
            ElementType.Bool => Tensor.Of<byte>(input.Type, shape, Array.ConvertAll(scaled, value => (byte)Integer(value, 0, 1))),
            _ => throw new CalibrationException($"Input {input.Name}: no calibration data of type {input.Type}."),
        };

        long Integer(double value, long low, long high) => value == Math.Floor(value) && value >= low && value <= high
            ? (long)value
            : throw new CalibrationException($"{file}: expected an integer from {low} to {high} for input {input.Name}, got {value}.");
    }

    // An array that has the model's rank keeps its shape; a flat one takes the model's, with 1 for a batch that is not known.
    static Shape ShapeOf(NumberArray array, OnnxRuntimePort input, string file)
    {
        if (Fits(array, input)) return new Shape(array.Dimensions);
        int[] dimensions = new int[input.Dimensions.Count];
        long count = 1;
        for (int axis = 0; axis < dimensions.Length; axis++) count *= dimensions[axis] = (int)Math.Max(1, input.Dimensions[axis]);
        return count == array.Values.Length
            ? new Shape(dimensions)
            : throw new CalibrationException($"{file}: expected {count} numbers for input {Describe(input)}, got {array.Values.Length}{(array.Dimensions.Length > 0 ? $" in shape [{string.Join(", ", array.Dimensions)}]" : "")}.");
    }

    // The numbers of one sample.
    static int Count(OnnxRuntimePort input, NumberArray all)
    {
        if (Fits(all, input)) return all.Values.Length;
        long count = 1;
        foreach (long extent in input.Dimensions) count *= Math.Max(1, extent);
        return (int)Math.Min(count, int.MaxValue);
    }

    static bool Fits(NumberArray array, OnnxRuntimePort input) =>
        array.Dimensions.Length == input.Dimensions.Count && array.Dimensions.Length > 0
        && !(input.Dimensions[0] < 0 && array.Dimensions[0] > 1)
        && array.Dimensions.Zip(input.Dimensions).All(pair => pair.Second < 0 || pair.First == pair.Second);

    static string Describe(OnnxRuntimePort input) => $"{input.Name} {input.Type}[{string.Join(", ", input.Dimensions.Select(extent => extent < 0 ? "?" : extent.ToString()))}]";
}

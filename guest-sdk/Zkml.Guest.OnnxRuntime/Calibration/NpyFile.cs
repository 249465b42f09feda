using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>Arrays of NumPy as numbers.</summary>
static class NpyFile
{
    /// <summary>Reads a file. Throws <see cref="CalibrationException"/>.</summary>
    public static NumberArray Read(string path) => Parse(File.ReadAllBytes(path), path);

    /// <summary>Reads the bytes of a file.</summary>
    public static NumberArray Parse(ReadOnlySpan<byte> bytes, string path)
    {
        Tensor tensor;
        try
        {
            tensor = Onnx.Contract.NpyFile.Read(bytes);
        }
        catch (Exception e) when (e is InvalidDataException or OnnxException)
        {
            throw new CalibrationException($"{path}: expected an array of NumPy, got another file. {e.Message}");
        }
        int[] dimensions = tensor.Shape.Dimensions.ToArray();
        double[] values = new double[NumberArray.CountOf(dimensions.Select(extent => (long)extent), path)];
        for (int i = 0; i < values.Length; i++) values[i] = tensor.NumberAt(i);
        return new(dimensions, values);
    }
}

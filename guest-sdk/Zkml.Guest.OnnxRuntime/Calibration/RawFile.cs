using System.Runtime.InteropServices;

namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>Numbers of float32, least significant byte first, and nothing else.</summary>
static class RawFile
{
    /// <summary>Reads a file. Throws <see cref="CalibrationException"/>.</summary>
    public static NumberArray Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length % sizeof(float) != 0) throw new CalibrationException($"{path}: expected float32 numbers, got {bytes.Length} bytes.");
        if (bytes.Length / sizeof(float) > NumberArray.MaximumCount) throw new CalibrationException($"{path}: expected at most {NumberArray.MaximumCount} numbers, got more.");
        return new([], Array.ConvertAll(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), value => (double)value));
    }
}

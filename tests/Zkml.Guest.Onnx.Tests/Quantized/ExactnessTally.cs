using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>
/// Counts elements that differ from ONNX Runtime. On CPUs without VNNI its products of UInt8 by Int8 saturate at 16 bits; what equals a session in
/// its precise mode is attributed to that. With VNNI both sessions are the same, and nothing is attributed.
/// </summary>
sealed class ExactnessTally
{
    /// <summary>Loads a model without the saturation.</summary>
    public static readonly OnnxRuntimeOptions Precise = new() { Settings = new Dictionary<string, string> { ["session.x64quantprecision"] = "1" } };

    public int Elements { get; private set; }

    /// <summary>Elements that differ from the default session and equal the precise one.</summary>
    public int Attributed { get; private set; }

    /// <summary>Elements that equal neither.</summary>
    public int Wrong { get; private set; }

    /// <summary>Adds a tensor; returns its elements that equal neither session.</summary>
    public int Add(Tensor actual, Tensor reference, Tensor precise)
    {
        Elements += reference.Shape.Count;
        int wrong = 0;
        if (actual.Type != reference.Type || !actual.Shape.Equals(reference.Shape)) wrong = Math.Max(reference.Shape.Count, 1);
        else
        {
            int size = actual.Type.Memory.ElementBytes;
            for (int i = 0; i < actual.Data.Length; i += size)
            {
                ReadOnlySpan<byte> element = actual.Data.Slice(i, size);
                if (element.SequenceEqual(reference.Data.Slice(i, size))) continue;
                if (element.SequenceEqual(precise.Data.Slice(i, size))) Attributed++;
                else wrong++;
            }
        }
        Wrong += wrong;
        return wrong;
    }

    public override string ToString() => $"{Elements} elements, {Wrong} differ, {Attributed} more are attributed to saturation at 16 bits";
}

using System.Buffers.Binary;
using Zkml.Guest.Emission;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx;
using Zkml.Guest.Onnx.Contract;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;

namespace Zkml.Sdk.Inference;

/// <summary>The cycles of one run of a model.</summary>
/// <param name="ByNode">By the node that a layer comes from.</param>
/// <param name="Total">Of the guest itself, with reading the input, hashing and the journal.</param>
public sealed record LayerMeasurement(IReadOnlyDictionary<string, long> ByNode, long Total)
{
    /// <summary>Executes the guest, and once more a variant of it that counts the cycles of its layers. Throws <see cref="GuestException"/> where they fail.</summary>
    public static LayerMeasurement Run(InferenceGuest guest, ExecutionInput input, CancellationToken cancellation = default)
    {
        long total = ZkvmClient.Execute(ElfReader.Read(guest.Elf), input, cancellation).Cycles;
        byte[] measured = GuestEmitter.EmitMeasured(guest.Program, new InferenceFrame(guest.Contract)).Elf;
        byte[] counts = ZkvmClient.Execute(ElfReader.Read(measured), input, cancellation).StandardOutput;
        Dictionary<string, long> cycles = [];
        for (int i = 0; i < guest.Program.Layers.Count; i++)
        {
            // Counts wrap at 2^32, their differences do not.
            uint before = BinaryPrimitives.ReadUInt32LittleEndian(counts.AsSpan(4 * i)), after = BinaryPrimitives.ReadUInt32LittleEndian(counts.AsSpan(4 * i + 4));
            Layer layer = guest.Program.Layers[i];
            cycles[layer.Origin] = cycles.GetValueOrDefault(layer.Origin) + unchecked(after - before) - GuestEmitter.MeasuringCycles;
        }
        return new(cycles, total);
    }
}

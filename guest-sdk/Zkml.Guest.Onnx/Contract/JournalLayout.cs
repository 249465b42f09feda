using System.Buffers.Binary;

namespace Zkml.Guest.Onnx.Contract;

/// <summary>A part of the journal.</summary>
/// <param name="Name">modelHash, inputHash, input, outputHash or output.</param>
/// <param name="IsDynamic">ABI type: bytes if true, bytes32 if false.</param>
/// <param name="Offset">Byte offset of the content in the journal.</param>
/// <param name="Length">Bytes of the content.</param>
public readonly record struct JournalPart(string Name, bool IsDynamic, int Offset, int Length);

/// <summary>
/// The journal as Solidity's <c>abi.encode</c> of the parts that the visibility flags ask for, in the order modelHash, inputHash or input,
/// outputHash or output. Every size is known at compile time, so the journal is a template with holes. [Solidity ABI specification,
/// "Formal Specification of the Encoding"]
/// </summary>
public static class JournalLayout
{
    const int Slot = 32;

    /// <summary>The parts, in order.</summary>
    public static IReadOnlyList<JournalPart> PartsOf(ModelContract contract)
    {
        List<(string Name, bool IsDynamic, int Length)> parts = [];
        if (contract.ParametersVisibility != Visibility.Private) parts.Add(("modelHash", false, Slot));
        Add(contract.InputVisibility, "input", contract.InputBytes);
        Add(contract.OutputVisibility, "output", contract.OutputBytes);
        int tail = Slot * parts.Count;
        List<JournalPart> result = [];
        foreach ((string name, bool isDynamic, int length) in parts)
        {
            result.Add(new(name, isDynamic, isDynamic ? tail + Slot : Slot * result.Count, length));
            if (isDynamic) tail += Slot + RoundUp(length);
        }
        return result;

        void Add(Visibility visibility, string name, int length)
        {
            if (visibility == Visibility.Hashed) parts.Add(($"{name}Hash", false, Slot));
            if (visibility == Visibility.Public) parts.Add((name, true, length));
        }
    }

    /// <summary>The journal with zeros where the guest fills in.</summary>
    public static byte[] Template(ModelContract contract)
    {
        IReadOnlyList<JournalPart> parts = PartsOf(contract);
        byte[] journal = new byte[parts.Count * Slot + parts.Where(part => part.IsDynamic).Sum(part => Slot + RoundUp(part.Length))];
        for (int i = 0; i < parts.Count; i++)
        {
            if (!parts[i].IsDynamic) continue;
            BinaryPrimitives.WriteInt32BigEndian(journal.AsSpan(i * Slot + Slot - 4), parts[i].Offset - Slot);
            BinaryPrimitives.WriteInt32BigEndian(journal.AsSpan(parts[i].Offset - 4), parts[i].Length);
        }
        if (contract.ParametersVisibility != Visibility.Private) Convert.FromHexString(contract.ModelHash).CopyTo(journal, 0);
        return journal;
    }

    static int RoundUp(int length) => (length + Slot - 1) / Slot * Slot;
}

/// <summary>A journal taken apart.</summary>
public sealed record InferenceJournal
{
    /// <summary>The model's hash, 32 bytes; null where parameters are private.</summary>
    public byte[]? ModelHash { get; init; }

    /// <summary>The commitment to the input; null where it is not hashed.</summary>
    public byte[]? InputHash { get; init; }

    /// <summary>The input's bytes; null where it is not public.</summary>
    public byte[]? Input { get; init; }

    /// <summary>The commitment to the output; null where it is not hashed.</summary>
    public byte[]? OutputHash { get; init; }

    /// <summary>The output's bytes; null where it is not public.</summary>
    public byte[]? Output { get; init; }

    /// <summary>Takes a journal apart. Throws <see cref="InvalidDataException"/> if it is not one of this contract.</summary>
    public static InferenceJournal Read(ModelContract contract, ReadOnlySpan<byte> journal)
    {
        byte[] template = JournalLayout.Template(contract);
        if (journal.Length != template.Length) throw new InvalidDataException($"Journal: expected {template.Length} bytes for this model, got {journal.Length}.");
        // Everything outside of the holes is fixed.
        byte[] rest = journal.ToArray();
        Dictionary<string, byte[]> found = [];
        foreach (JournalPart part in JournalLayout.PartsOf(contract))
        {
            found[part.Name] = journal.Slice(part.Offset, part.Length).ToArray();
            if (part.Name != "modelHash") rest.AsSpan(part.Offset, part.Length).Clear();
        }
        if (!rest.AsSpan().SequenceEqual(template)) throw new InvalidDataException($"Journal: not an encoding of {contract.JournalSignature} of this model.");
        return new()
        {
            ModelHash = found.GetValueOrDefault("modelHash"),
            InputHash = found.GetValueOrDefault("inputHash"),
            Input = found.GetValueOrDefault("input"),
            OutputHash = found.GetValueOrDefault("outputHash"),
            Output = found.GetValueOrDefault("output"),
        };
    }
}

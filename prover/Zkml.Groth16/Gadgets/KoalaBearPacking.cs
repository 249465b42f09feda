using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>KoalaBear elements in elements of Fr.</summary>
public static class KoalaBearPacking
{
    /// <summary>How many elements of 31 bits one of Fr holds: 248 bits.</summary>
    public const int ElementsPerWire = 8;

    const int ElementBits = 31;

    /// <summary>
    /// Packs elements, least significant first, eight to a wire. The number of elements is fixed by the circuit and each is brought below p, so that two lists
    /// are packed alike only if they are equal. Free for canonical elements.
    /// </summary>
    public static Wire[] Pack(ReadOnlySpan<KoalaBearWire> elements)
    {
        Wire[] packed = new Wire[(elements.Length + ElementsPerWire - 1) / ElementsPerWire];
        for (int i = 0; i < packed.Length; i++)
        {
            ReadOnlySpan<KoalaBearWire> part = elements[(i * ElementsPerWire)..Math.Min(elements.Length, (i + 1) * ElementsPerWire)];
            Wire[] wires = new Wire[part.Length];
            for (int k = 0; k < part.Length; k++)
                wires[k] = part[k].Reduce().Number.Value;
            packed[i] = Wire.Pack(wires, ElementBits);
        }
        return packed;
    }
}

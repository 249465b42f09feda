using Zkml.Groth16.Formats;

namespace Zkml.Groth16.Setup;

/// <summary>What took place in phase 2: the hash of the key before it, and the contributions in order.</summary>
/// <param name="CircuitHash">64 bytes.</param>
/// <param name="Contributions">In order.</param>
public sealed record Phase2Transcript(ReadOnlyMemory<byte> CircuitHash, IReadOnlyList<Contribution> Contributions)
{
    // Three points of G1, one of G2, a hash, two numbers... the least contribution.
    const int LeastContributionBytes = 3 * 64 + 128 + 64 + 8;

    internal static Phase2Transcript Read(Section section)
    {
        byte[] circuitHash = section.ReadBytes(64, "hash of the circuit").ToArray();
        uint count = section.ReadUInt32("contributions");
        if (count > section.Remaining / LeastContributionBytes)
            throw section.Failure($"contributions: expected at most {section.Remaining / LeastContributionBytes} in {section.Remaining} bytes, got {count}.");
        Contribution[] contributions = new Contribution[count];
        for (int i = 0; i < contributions.Length; i++)
            contributions[i] = Contribution.Read(section, i + 1);
        section.End();
        return new(circuitHash, contributions);
    }

    internal void Write(SectionWriter writer)
    {
        writer.Write(CircuitHash.Span);
        writer.WriteUInt32((uint)Contributions.Count);
        foreach (Contribution contribution in Contributions)
            contribution.Write(writer);
    }

    /// <summary>The hash that the next contribution starts from.</summary>
    internal Blake2b StartHash()
    {
        Blake2b hasher = new();
        hasher.Add(CircuitHash.Span);
        foreach (Contribution contribution in Contributions)
            contribution.HashInto(hasher);
        return hasher;
    }
}

using System.Text;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;

namespace Zkml.Groth16.Setup;

/// <summary>One contribution to phase 2, as a .zkey records it: δ was multiplied by a secret, and the contributor knew the secret.</summary>
public sealed record Contribution
{
    /// <summary>δ in G1 after this contribution.</summary>
    public required G1Affine Delta { get; init; }

    /// <summary>A random point s of G1.</summary>
    public required G1Affine Base { get; init; }

    /// <summary>The secret times s.</summary>
    public required G1Affine Multiple { get; init; }

    /// <summary>The secret times the point of G2 that the transcript is hashed to.</summary>
    public required G2Affine Proof { get; init; }

    /// <summary>The hash of all before and of s and its multiple, 64 bytes.</summary>
    public required ReadOnlyMemory<byte> Transcript { get; init; }

    /// <summary>Whether the secret comes from a public beacon.</summary>
    public bool IsBeacon { get; init; }

    /// <summary>The contributor's name, or null.</summary>
    public string? Name { get; init; }

    /// <summary>Where a beacon: it was hashed 2^BeaconLog times.</summary>
    public int BeaconLog { get; init; }

    /// <summary>Where a beacon: its value, 1 to 255 bytes.</summary>
    public ReadOnlyMemory<byte> Beacon { get; init; }

    /// <summary>The hash that contributors publish, 64 bytes.</summary>
    public byte[] ComputeHash()
    {
        Blake2b hasher = new();
        HashInto(hasher);
        return hasher.Finish();
    }

    /// <summary>Adds this contribution to a hash of the transcript.</summary>
    internal void HashInto(Blake2b hasher)
    {
        hasher.Add(Delta);
        hasher.Add(Base);
        hasher.Add(Multiple);
        hasher.Add(Proof);
        hasher.Add(Transcript.Span);
    }

    internal static Contribution Read(Section section, int number)
    {
        string what = $"contribution {number}";
        G1Affine delta = MontgomeryPoints.ReadG1(section, $"{what}, δ"), start = MontgomeryPoints.ReadG1(section, $"{what}, s");
        G1Affine multiple = MontgomeryPoints.ReadG1(section, $"{what}, multiple of s");
        G2Affine proof = MontgomeryPoints.ReadG2(section, $"{what}, proof");
        byte[] transcript = section.ReadBytes(64, $"{what}, transcript").ToArray();
        uint type = section.ReadUInt32($"{what}, type");
        if (type > 1) throw section.Failure($"{what}, type: expected 0 or 1, got {type}.");
        ContributionParameters parameters = ContributionParameters.Read(section, what);
        if (type == 1 && (parameters.Beacon.Length == 0 || parameters.BeaconLog is < 10 or > 63))
            throw section.Failure($"{what}: expected a beacon with 2^10 to 2^63 hashes, got {parameters.Beacon.Length} bytes and 2^{parameters.BeaconLog}.");
        return new()
        {
            Delta = delta, Base = start, Multiple = multiple, Proof = proof, Transcript = transcript, IsBeacon = type == 1,
            Name = parameters.Name, BeaconLog = parameters.BeaconLog, Beacon = parameters.Beacon,
        };
    }

    internal void Write(SectionWriter writer)
    {
        writer.WriteValues<G1Affine>([Delta, Base, Multiple]);
        writer.WriteValues<G2Affine>([Proof]);
        writer.Write(Transcript.Span);
        writer.WriteUInt32(IsBeacon ? 1u : 0u);
        new ContributionParameters(Name, BeaconLog, Beacon).Write(writer, IsBeacon);
    }
}

/// <summary>The named part of a contribution: bytes of type, length and value.</summary>
readonly record struct ContributionParameters(string? Name, int BeaconLog, ReadOnlyMemory<byte> Beacon)
{
    const byte NameType = 1, BeaconLogType = 2, BeaconType = 3;

    /// <summary>The longest name, in bytes of UTF-8.</summary>
    public const int MaximumNameBytes = 255;

    public static ContributionParameters Read(Section section, string what)
    {
        uint length = section.ReadUInt32($"{what}, length of parameters");
        long end = section.Remaining - length;
        if (end < 0) throw section.Failure($"{what}, parameters: expected {length} bytes, got {section.Remaining}.");
        ContributionParameters parameters = new(null, 0, default);
        for (int last = 0; section.Remaining > end;)
        {
            int type = section.ReadBytes(1, what)[0];
            if (type <= last || type > BeaconType) throw section.Failure($"{what}: expected parameters of ascending types up to {BeaconType}, got {type}.");
            last = type;
            int value = section.ReadBytes(1, what)[0];
            parameters = type switch
            {
                NameType => parameters with { Name = Encoding.UTF8.GetString(section.ReadBytes(value, what)) },
                BeaconLogType => parameters with { BeaconLog = value },
                _ => parameters with { Beacon = section.ReadBytes(value, what).ToArray() },
            };
        }
        return section.Remaining == end ? parameters : throw section.Failure($"{what}: the parameters are longer than the {length} bytes declared.");
    }

    public void Write(SectionWriter writer, bool isBeacon)
    {
        List<byte> bytes = [];
        if (Name is { Length: > 0 })
        {
            byte[] name = Encoding.UTF8.GetBytes(Name);
            bytes.AddRange([NameType, checked((byte)name.Length), .. name]);
        }
        if (isBeacon) bytes.AddRange([BeaconLogType, (byte)BeaconLog, BeaconType, (byte)Beacon.Length, .. Beacon.Span]);
        writer.WriteUInt32((uint)bytes.Count);
        writer.Write([.. bytes]);
    }
}

using System.Security.Cryptography;
using System.Text;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Setup;

/// <summary>
/// Phase 2 of the setup, in the files of snarkjs: a first key from a circuit and a .ptau, then contributions that multiply δ by a secret each, at best a beacon
/// last. One contributor who forgets the secret is enough. Keys are written beside their place first.
/// </summary>
public static class Phase2
{
    /// <summary>The most hashes of a beacon, as a power of two: minutes of one core.</summary>
    public const int MaximumBeaconLog = 32;

    const int MinimumBeaconLog = 10;

    /// <summary>Checks the powers and makes the first key of a circuit, which is safe only after a contribution.</summary>
    /// <returns>The circuit's hash, 64 bytes, which contributors compare.</returns>
    /// <exception cref="Groth16FileException">The powers are wrong or too few.</exception>
    public static byte[] Create(
        R1csSystem system, PowersOfTauFile powers, string path, int threads, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        InitialKey key = InitialKeyBuilder.Build(system, powers, new MsmOptions { Threads = threads, Cancellation = cancellation }, progress);
        key.Write(path);
        return key.CircuitHash;
    }

    /// <summary>Multiplies δ by a secret from the system's generator and <paramref name="entropy"/>, and forgets it.</summary>
    /// <returns>The hash that the contributor publishes, 64 bytes.</returns>
    /// <exception cref="ArgumentException">The name is longer than 255 bytes of UTF-8.</exception>
    /// <exception cref="Groth16FileException">The key takes no contribution: a development key, or one that ends in a beacon.</exception>
    public static byte[] Contribute(ProvingKeyFile key, string path, string? name, string entropy, int threads, CancellationToken cancellation = default)
    {
        byte[] seed = [.. RandomNumberGenerator.GetBytes(64), .. Encoding.UTF8.GetBytes(entropy)];
        byte[] hash = Blake2b.Hash(seed);
        // 256 bits of the hash seed the stream that snarkjs draws from too.
        TranscriptRandom random = new(hash);
        byte[] result = Apply(key, path, random, new Source(name, false, 0, default), threads, cancellation);
        CryptographicOperations.ZeroMemory(seed);
        CryptographicOperations.ZeroMemory(hash);
        return result;
    }

    /// <summary>Multiplies δ by what a public beacon gives: nobody chose it, if its value was not known when the contributions ended.</summary>
    /// <param name="key">The key.</param>
    /// <param name="path">The new key.</param>
    /// <param name="name">A name, or null.</param>
    /// <param name="beacon">1 to 255 bytes.</param>
    /// <param name="log">2^log hashes, 10 to 32.</param>
    /// <param name="threads">Most threads at work.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    /// <returns>The hash of the contribution, 64 bytes.</returns>
    /// <exception cref="ArgumentException">The beacon or its number of hashes is out of range.</exception>
    /// <exception cref="Groth16FileException">The key takes no contribution.</exception>
    public static byte[] ContributeBeacon(
        ProvingKeyFile key, string path, string? name, ReadOnlyMemory<byte> beacon, int log, int threads, CancellationToken cancellation = default)
    {
        if (beacon.Length is 0 or > 255) throw new ArgumentException($"Expected a beacon of 1 to 255 bytes, got {beacon.Length}.", nameof(beacon));
        if (log is < MinimumBeaconLog or > MaximumBeaconLog)
            throw new ArgumentException($"Expected 2^{MinimumBeaconLog} to 2^{MaximumBeaconLog} hashes, got 2^{log}.", nameof(log));
        TranscriptRandom random = TranscriptRandom.FromBeacon(beacon.Span, log, cancellation);
        return Apply(key, path, random, new Source(name, true, log, beacon), threads, cancellation);
    }

    readonly record struct Source(string? Name, bool IsBeacon, int BeaconLog, ReadOnlyMemory<byte> Beacon);

    static byte[] Apply(ProvingKeyFile key, string path, TranscriptRandom random, Source source, int threads, CancellationToken cancellation)
    {
        if (key.VerifyingKey.IsDevelopment) throw key.Failure("a development key takes no contribution: its τ, α and β are known.");
        if (key.Transcript is not { } transcript) throw key.Failure("the key has no transcript of phase 2.");
        if (transcript.Contributions is [.., { IsBeacon: true }]) throw key.Failure("the key ends in a beacon: phase 2 is over.");
        if (source.Name is { } name && Encoding.UTF8.GetByteCount(name) > ContributionParameters.MaximumNameBytes)
            throw new ArgumentException($"Expected a name of at most {ContributionParameters.MaximumNameBytes} bytes.");
        Fr secret = random.NextElement<FrModulus>();
        Contribution contribution = CreateContribution(key.Header.DeltaInG1, transcript, secret, random, source);
        ProvingKeyHeader header = key.Header with { DeltaInG1 = contribution.Delta, Delta = (key.Header.Delta.ToJacobian() * secret).ToAffine() };
        MsmOptions options = new() { Threads = threads, Cancellation = cancellation };
        Fr inverse = secret.Inverse();

        using SectionWriter writer = new(path, "zkey", 1, 10);
        ProvingKeyWriter.WriteStart(writer, header);
        ProvingKeyWriter.WritePoints(writer, ProvingKeyFile.InputSection, key.InputBases);
        ProvingKeyWriter.WriteCoefficients(writer, key.Coefficients);
        ProvingKeyWriter.WritePoints(writer, ProvingKeyFile.ASection, key.A);
        ProvingKeyWriter.WritePoints(writer, ProvingKeyFile.B1Section, key.B1);
        ProvingKeyWriter.WritePoints(writer, ProvingKeyFile.B2Section, key.B2);
        WriteScaled(writer, ProvingKeyFile.PrivateSection, key.Private, inverse, options);
        WriteScaled(writer, ProvingKeyFile.QuotientSection, key.Quotient, inverse, options);
        ProvingKeyWriter.WriteTranscript(writer, transcript with { Contributions = [.. transcript.Contributions, contribution] });
        writer.Commit();
        return contribution.ComputeHash();
    }

    static Contribution CreateContribution(in G1Affine delta, Phase2Transcript before, in Fr secret, TranscriptRandom random, Source source)
    {
        G1Affine start = random.NextG1(), multiple = (start.ToJacobian() * secret).ToAffine();
        Blake2b hasher = before.StartHash();
        hasher.Add(start);
        hasher.Add(multiple);
        byte[] hash = hasher.Finish();
        return new()
        {
            Delta = (delta.ToJacobian() * secret).ToAffine(), Base = start, Multiple = multiple,
            Proof = (TranscriptRandom.HashToG2(hash).ToJacobian() * secret).ToAffine(), Transcript = hash,
            Name = source.Name, IsBeacon = source.IsBeacon, BeaconLog = source.BeaconLog, Beacon = source.Beacon,
        };
    }

    static void WriteScaled(SectionWriter writer, uint section, ReadOnlySpan<G1Affine> points, in Fr factor, MsmOptions options)
    {
        const int Chunk = 1 << 18;
        writer.Start(section);
        G1Affine[] scaled = new G1Affine[Math.Min(Chunk, points.Length)];
        for (int start = 0; start < points.Length; start += Chunk)
        {
            ReadOnlySpan<G1Affine> part = points.Slice(start, Math.Min(Chunk, points.Length - start));
            part.CopyTo(scaled);
            Span<G1Affine> target = scaled.AsSpan(0, part.Length);
            PointVectors.Multiply(target, factor, options);
            writer.WriteValues<G1Affine>(target);
        }
        writer.End();
    }
}

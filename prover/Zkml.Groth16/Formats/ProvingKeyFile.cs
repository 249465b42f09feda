using Zkml.Fields.Bn254;
using Zkml.Groth16.Setup;
using Zkml.Groth16.Verifier;

namespace Zkml.Groth16.Formats;

/// <summary>
/// A .zkey of snarkjs or of this project: the key that proves one circuit. The file is mapped and its points are used where they lie. Opening checks the
/// frame, the counts and the points of the verifying key; the other points only <see cref="CheckPoints"/>.
/// </summary>
public sealed class ProvingKeyFile : IDisposable
{
    internal const uint ProtocolSection = 1, HeaderSection = 2, InputSection = 3, CoefficientSection = 4, ASection = 5, B1Section = 6, B2Section = 7;
    internal const uint PrivateSection = 8, QuotientSection = 9, TranscriptSection = 10, Groth16 = 1;

    readonly SectionFile _file;
    readonly int _coefficientCount;

    ProvingKeyFile(SectionFile file)
    {
        _file = file;
        Section protocol = file.Required(ProtocolSection, "protocol");
        uint number = protocol.ReadUInt32("protocol");
        if (number != Groth16) throw protocol.Failure($"protocol: expected {Groth16}, Groth16, got {number}.");
        protocol.End();
        Header = ProvingKeyHeader.Read(file.Required(HeaderSection, "header"));
        Section coefficients = file.Required(CoefficientSection, "coefficients");
        uint count = coefficients.ReadUInt32("coefficients");
        if (coefficients.Remaining != 44L * count || count > int.MaxValue)
            throw coefficients.Failure($"expected {count} coefficients of 44 bytes, got {coefficients.Remaining} bytes.");
        _coefficientCount = (int)count;
        // The lengths of all sections of points, before any work.
        _ = A.Length + B1.Length + B2.Length + Private.Length + Quotient.Length + InputBases.Length;
        Section inputs = file.Required(InputSection, "IC");
        if (MontgomeryPoints.FindNotCanonical(InputBases) is >= 0 and long index) throw inputs.Failure($"IC[{index / 2}]: expected coordinates below q.");
        Groth16Result result = Groth16VerifyingKey.TryCreate(Header.Alpha, Header.Beta, Header.Gamma, Header.Delta, InputBases, out Groth16VerifyingKey? key);
        VerifyingKey = key ?? throw file.Failure(result.Message);
        Transcript = file.Find(TranscriptSection) is { } transcript ? Phase2Transcript.Read(transcript) : null;
    }

    /// <summary>The key that verifies the proofs of this one.</summary>
    public Groth16VerifyingKey VerifyingKey { get; }

    /// <summary>Signals, the constant included.</summary>
    public int SignalCount => Header.SignalCount;

    /// <summary>Public inputs of a proof.</summary>
    public int PublicCount => Header.PublicCount;

    /// <summary>The rows are 2^DomainLog.</summary>
    public int DomainLog => Header.DomainLog;

    /// <summary>The file's name.</summary>
    public string Name => _file.Bytes.Name;

    /// <summary>The file's length in bytes.</summary>
    public long ByteCount => _file.Bytes.Length;

    /// <summary>What took place in phase 2; null in a file without that section.</summary>
    public Phase2Transcript? Transcript { get; }

    internal ProvingKeyHeader Header { get; }

    internal ReadOnlySpan<G1Affine> InputBases => Points<G1Affine>(InputSection, PublicCount + 1, "IC");

    internal ReadOnlySpan<RowCoefficient> Coefficients => _file.Required(CoefficientSection, "coefficients").Part<RowCoefficient>(4, _coefficientCount);

    internal ReadOnlySpan<G1Affine> A => Points<G1Affine>(ASection, SignalCount, "A");

    internal ReadOnlySpan<G1Affine> B1 => Points<G1Affine>(B1Section, SignalCount, "B in G1");

    internal ReadOnlySpan<G2Affine> B2 => Points<G2Affine>(B2Section, SignalCount, "B in G2");

    internal ReadOnlySpan<G1Affine> Private => Points<G1Affine>(PrivateSection, SignalCount - PublicCount - 1, "C");

    internal ReadOnlySpan<G1Affine> Quotient => Points<G1Affine>(QuotientSection, Header.DomainSize, "H");

    /// <summary>Opens a file.</summary>
    /// <exception cref="Groth16FileException">The file is not what it should be.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ProvingKeyFile Open(string path) => Open(FileBytes.Map(path));

    /// <summary>Reads from memory; <paramref name="name"/> is for messages.</summary>
    /// <exception cref="Groth16FileException">The bytes are not what they should be.</exception>
    public static ProvingKeyFile Open(byte[] bytes, string name) => Open(new FileBytes(bytes, name));

    static ProvingKeyFile Open(FileBytes bytes)
    {
        // Version 2 differs in nothing that Groth16 uses.
        SectionFile file = SectionFile.Read(bytes, "zkey", 2);
        try
        {
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Checks that every point of the key is in its group.</summary>
    /// <exception cref="Groth16FileException">One is not; the message names it.</exception>
    public void CheckPoints(int threads, CancellationToken cancellation = default)
    {
        MsmOptions options = new() { Threads = threads, Cancellation = cancellation };
        MontgomeryPoints.CheckAll(_file.Required(ASection, "A"), A, "A", options);
        MontgomeryPoints.CheckAll(_file.Required(B1Section, "B in G1"), B1, "B in G1", options);
        MontgomeryPoints.CheckAll(_file.Required(B2Section, "B in G2"), B2, "B in G2", options);
        MontgomeryPoints.CheckAll(_file.Required(PrivateSection, "C"), Private, "C", options);
        MontgomeryPoints.CheckAll(_file.Required(QuotientSection, "H"), Quotient, "H", options);
    }

    internal Groth16FileException Failure(string message) => _file.Failure(message);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    ReadOnlySpan<T> Points<T>(uint section, int count, string what)
        where T : unmanaged => _file.Required(section, what).All<T>(count, what);
}

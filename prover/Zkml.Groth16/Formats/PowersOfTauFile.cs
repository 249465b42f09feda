using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Formats;

/// <summary>
/// A .ptau: powers of a secret τ in G1 and G2, the outcome of phase 1. The file is mapped. Opening checks the frame and all lengths; the points are checked
/// by <see cref="Setup.PowersOfTau.Verify"/>.
/// </summary>
public sealed class PowersOfTauFile : IDisposable
{
    const uint HeaderSection = 1, TauG1Section = 2, TauG2Section = 3, AlphaSection = 4, BetaSection = 5, BetaG2Section = 6, ContributionSection = 7;
    const uint LagrangeG1Section = 12, LagrangeG2Section = 13, LagrangeAlphaSection = 14, LagrangeBetaSection = 15;

    readonly SectionFile _file;

    PowersOfTauFile(SectionFile file)
    {
        _file = file;
        Section header = file.Required(HeaderSection, "header");
        header.ReadModulus<FqModulus>("modulus");
        uint power = header.ReadUInt32("power"), ceremonyPower = header.ReadUInt32("power of the ceremony");
        header.End();
        if (power is < 1 or > FrNtt.MaximumLogSize || ceremonyPower < power || ceremonyPower > FrNtt.MaximumLogSize)
            throw header.Failure($"power: expected 1 to {FrNtt.MaximumLogSize} and at most that of the ceremony, got {power} of {ceremonyPower}.");
        (Power, CeremonyPower) = ((int)power, (int)ceremonyPower);
        long length = TauG1.Length + TauG2.Length + Alpha.Length + Beta.Length;
        IsPrepared = file.Find(LagrangeG1Section) is not null;
        for (int log = 0; IsPrepared && log <= Power; log++)
            length += LagrangeG1(log).Length + LagrangeG2(log).Length + LagrangeAlpha(log).Length + LagrangeBeta(log).Length;
        if (IsPrepared) length += LagrangeG1(Power + 1).Length;
        Section beta = file.Required(BetaG2Section, "β in G2");
        BetaG2 = MontgomeryPoints.ReadG2(beta, "β in G2");
        beta.End();
        file.Required(ContributionSection, "contributions");
    }

    /// <summary>The file has powers for 2^Power rows.</summary>
    public int Power { get; }

    /// <summary>The power of the file that this one was cut from; the same where it was not cut.</summary>
    public int CeremonyPower { get; }

    /// <summary>Whether the values of the Lagrange polynomials are there, which a phase 2 needs.</summary>
    public bool IsPrepared { get; }

    /// <summary>The file's name.</summary>
    public string Name => _file.Bytes.Name;

    internal G2Affine BetaG2 { get; }

    internal Section Contributions => _file.Required(ContributionSection, "contributions");

    internal ReadOnlySpan<G1Affine> TauG1 => Points<G1Affine>(TauG1Section, (2L << Power) - 1, "powers of τ in G1");

    internal ReadOnlySpan<G2Affine> TauG2 => Points<G2Affine>(TauG2Section, 1L << Power, "powers of τ in G2");

    internal ReadOnlySpan<G1Affine> Alpha => Points<G1Affine>(AlphaSection, 1L << Power, "powers of τ times α");

    internal ReadOnlySpan<G1Affine> Beta => Points<G1Affine>(BetaSection, 1L << Power, "powers of τ times β");

    /// <summary>The Lagrange polynomials of 2^log roots of unity at τ; log at most Power + 1.</summary>
    internal ReadOnlySpan<G1Affine> LagrangeG1(int log) => Lagrange<G1Affine>(LagrangeG1Section, Power + 1, log);

    internal ReadOnlySpan<G2Affine> LagrangeG2(int log) => Lagrange<G2Affine>(LagrangeG2Section, Power, log);

    internal ReadOnlySpan<G1Affine> LagrangeAlpha(int log) => Lagrange<G1Affine>(LagrangeAlphaSection, Power, log);

    internal ReadOnlySpan<G1Affine> LagrangeBeta(int log) => Lagrange<G1Affine>(LagrangeBetaSection, Power, log);

    /// <summary>Opens a file.</summary>
    /// <exception cref="Groth16FileException">The file is not what it should be.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PowersOfTauFile Open(string path) => Open(FileBytes.Map(path));

    /// <summary>Reads from memory; <paramref name="name"/> is for messages.</summary>
    /// <exception cref="Groth16FileException">The bytes are not what they should be.</exception>
    public static PowersOfTauFile Open(byte[] bytes, string name) => Open(new FileBytes(bytes, name));

    static PowersOfTauFile Open(FileBytes bytes)
    {
        SectionFile file = SectionFile.Read(bytes, "ptau", 1);
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

    /// <summary>Checks that every point of the file is in its group.</summary>
    internal void CheckPoints(MsmOptions options)
    {
        MontgomeryPoints.CheckAll(_file.Required(TauG1Section, ""), TauG1, "power of τ in G1", options);
        MontgomeryPoints.CheckAll(_file.Required(TauG2Section, ""), TauG2, "power of τ in G2", options);
        MontgomeryPoints.CheckAll(_file.Required(AlphaSection, ""), Alpha, "power of τ times α", options);
        MontgomeryPoints.CheckAll(_file.Required(BetaSection, ""), Beta, "power of τ times β", options);
    }

    /// <summary>Checks that the Lagrange points for 2^log roots are in their groups, in G2 and times α and β only up to the power.</summary>
    internal void CheckLagrangePoints(int log, MsmOptions options)
    {
        MontgomeryPoints.CheckAll(_file.Required(LagrangeG1Section, ""), LagrangeG1(log), "Lagrange polynomial in G1", options);
        if (log > Power) return;
        MontgomeryPoints.CheckAll(_file.Required(LagrangeG2Section, ""), LagrangeG2(log), "Lagrange polynomial in G2", options);
        MontgomeryPoints.CheckAll(_file.Required(LagrangeAlphaSection, ""), LagrangeAlpha(log), "Lagrange polynomial times α", options);
        MontgomeryPoints.CheckAll(_file.Required(LagrangeBetaSection, ""), LagrangeBeta(log), "Lagrange polynomial times β", options);
    }

    internal Groth16FileException Failure(string message) => _file.Failure(message);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    ReadOnlySpan<T> Points<T>(uint section, long count, string what)
        where T : unmanaged => _file.Required(section, what).All<T>(count, what);

    /// <summary>The sections have the polynomials of 1, 2, 4, … 2^maximumLog roots one after the other.</summary>
    unsafe ReadOnlySpan<T> Lagrange<T>(uint section, int maximumLog, int log)
        where T : unmanaged
    {
        Section points = _file.Required(section, "Lagrange polynomials");
        long all = (2L << maximumLog) - 1, before = (1L << log) - 1;
        if (points.Length != all * sizeof(T)) throw points.Failure($"Lagrange polynomials: expected {all} points of {sizeof(T)} bytes, got {points.Length} bytes.");
        return points.Part<T>(before * sizeof(T), 1 << log);
    }
}

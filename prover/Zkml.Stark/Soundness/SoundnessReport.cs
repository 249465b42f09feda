using System.Globalization;
using System.Text;

namespace Zkml.Stark.Soundness;

/// <summary>How far from the code the analysis lets a word be.</summary>
public enum ProximityRegime
{
    /// <summary>Unique decoding, θ = (1 - ρ)/2.</summary>
    UniqueDecoding,

    /// <summary>Johnson bound with an explicit multiplicity m, θ = 1 - √ρ·(1 + 1/(2m)).</summary>
    Johnson,
}

/// <summary>One round of the protocol: the bits that its challenge proves, grinding included.</summary>
/// <param name="Name">What the round is.</param>
/// <param name="Bits">-log2 of the round's error, grinding included.</param>
/// <param name="GrindBits">The part of it that is proof of work.</param>
public sealed record SoundnessRound(string Name, double Bits, int GrindBits);

/// <summary>Every round in one regime. The level of the regime is that of its weakest round.</summary>
public sealed record RegimeReport(ProximityRegime Regime, int Multiplicity, IReadOnlyList<SoundnessRound> Rounds)
{
    /// <summary>The weakest round.</summary>
    public SoundnessRound Weakest => Rounds.MinBy(round => round.Bits)!;

    /// <summary>The provable bits: those of the weakest round.</summary>
    public double Bits => Weakest.Bits;

    /// <summary>The regime in words.</summary>
    public string Name => Regime == ProximityRegime.UniqueDecoding ? "UDR" : $"JBR m={Multiplicity}";
}

/// <summary>The provable security of one segment shape under some parameters (round by round, the minimum counts).</summary>
/// <param name="Shape">The shape in words.</param>
/// <param name="Regimes">One report a regime; each is proven, so the best of them holds.</param>
/// <param name="LogSegments">log2 of the segments that one session may have.</param>
public sealed record SoundnessReport(string Shape, IReadOnlyList<RegimeReport> Regimes, double LogSegments)
{
    /// <summary>
    /// Collision resistance of an 8-element digest, half of 8·log2 p: 123.95 bits. It bounds every profile, P128 too.
    /// </summary>
    public const double DigestBits = 4 * 30.988;

    /// <summary>The best regime.</summary>
    public RegimeReport Best => Regimes.MaxBy(regime => regime.Bits)!;

    /// <summary>The provable bits of the interactive proof.</summary>
    public double Bits => Best.Bits;

    /// <summary>The same, when one forged segment out of the largest session is enough: the union bound over its segments.</summary>
    public double BitsOverSession => Bits - LogSegments;

    /// <summary>Whether the shape reaches a level; digest ceiling aside.</summary>
    public bool Reaches(double bits) => Bits >= bits;

    /// <summary>A table: a line a round, a column a regime.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Shape}: {Floor(Bits):F1} bits ({Best.Name}, {Best.Weakest.Name}); ");
        text.Append(CultureInfo.InvariantCulture, $"{Floor(BitsOverSession):F1} over 2^{LogSegments:F0} segments; ");
        text.AppendLine(CultureInfo.InvariantCulture, $"digest collisions {Floor(DigestBits):F1}");
        for (int round = 0; round < Regimes[0].Rounds.Count; round++)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {Regimes[0].Rounds[round].Name,-16}");
            foreach (RegimeReport regime in Regimes)
                text.Append(CultureInfo.InvariantCulture, $"  {regime.Name} {Floor(regime.Rounds[round].Bits),6:F1} (grind {regime.Rounds[round].GrindBits})");
            text.AppendLine();
        }
        return text.ToString();
    }

    // A level is never rounded up.
    static double Floor(double bits) => Math.Floor(10 * bits) / 10;
}

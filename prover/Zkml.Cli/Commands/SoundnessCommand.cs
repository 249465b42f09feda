using System.CommandLine;
using System.Globalization;
using Zkml.Cli.Output;
using Zkml.Machine.Shapes;
using Zkml.Stark;
using Zkml.Stark.Soundness;

namespace Zkml.Cli.Commands;

/// <summary>zkvm soundness: the proven security, computed from the chips, heights and parameters of this build.</summary>
static class SoundnessCommand
{
    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Option<string> security = ProvingOptions.Security("The profile: 100 or 128.");
        Option<bool> json = StandardOptions.Json();
        VerbCommand command = new(
            "soundness",
            "Compute the proven security from the chips, heights and parameters of this build.",
            "zkvm soundness",
            "zkvm soundness --security 128 --json") { security, json };
        command.SetAction(parsed =>
        {
            SecurityProfile profile = ProvingOptions.ParseSecurity(parsed.GetRequiredValue(security));
            List<SoundnessReport> shapes = Shapes(profile);
            SoundnessReport weakest = shapes.MinBy(shape => shape.Bits)!;
            Summary(profile, weakest).AddTable("rounds", $"rounds of the weakest class, {weakest.Shape} (bits, grinding included)", Rounds(weakest))
                .AddTable("classes", "shape classes", Classes(shapes))
                .Write(terminal.Output, parsed.GetValue(json));
            double required = profile switch { SecurityProfile.P100 => 100, SecurityProfile.P128 => 128, _ => 0 };
            if (!weakest.Reaches(required)) throw new CommandException(ExitCode.Internal, $"soundness: {weakest.Shape} reaches {weakest.Bits:0.00} bits, expected {required}.");
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The report of every shape class under a profile.</summary>
    public static List<SoundnessReport> Shapes(SecurityProfile profile)
    {
        List<SoundnessReport> reports = [];
        // A class exists only for programs of its size, so each size has its own rules; the roots do not matter here.
        foreach (ShapeClass shape in ShapeClasses.All)
        {
            ProgramKey key = new(default, shape.Closes?.Index ?? 0, 0);
            reports.Add(SoundnessCalculator.Report(shape.Name, RiscvSession.Rules(profile, key).Layout(shape.Index)));
        }
        return reports;
    }

    static Report Summary(SecurityProfile profile, SoundnessReport weakest)
    {
        FriParameters parameters = FriParameters.ForSegment(profile);
        return new Report()
            .Add("profile", "profile", profile.ToString())
            .Add("provableBits", "provable bits", ProofReport.FloorTenth(weakest.Bits), $"{Bits(weakest.Bits)} ({weakest.Best.Name}; weakest round: {weakest.Best.Weakest.Name})")
            .Add("provableBitsOverSession", "over a session's segments", ProofReport.FloorTenth(weakest.BitsOverSession), $"{Bits(weakest.BitsOverSession)} (union over 2^{weakest.LogSegments:0} segments)")
            .Add("digestBits", "digest ceiling", ProofReport.FloorTenth(SoundnessReport.DigestBits), $"{Bits(SoundnessReport.DigestBits)} (collisions of the Merkle trees' digests)")
            .Add("conjectures", "conjectures used", "none", "none (Poseidon2 as a random oracle is assumed)")
            .Add("blowup", "blowup", 1L << parameters.LogBlowup)
            .Add("queries", "queries", (long)parameters.QueryCount)
            .Add("queryGrindBits", "query grinding bits", (long)parameters.QueryGrindBits);
    }

    static ReportTable Rounds(SoundnessReport report)
    {
        ReportTable table = new([
            new("round", "round"),
            .. report.Regimes.Select(regime => new ReportColumn(regime.Name.Replace(" ", "", StringComparison.Ordinal).Replace("=", "", StringComparison.Ordinal).ToLowerInvariant(), regime.Name, "0.00")),
            new("grindBits", "grinding")]);
        for (int i = 0; i < report.Regimes[0].Rounds.Count; i++)
        {
            SoundnessRound round = report.Regimes[0].Rounds[i];
            table.Add([round.Name, .. report.Regimes.Select(regime => (object)Floor(regime.Rounds[i].Bits)), (long)round.GrindBits]);
        }
        return table;
    }

    static ReportTable Classes(IReadOnlyList<SoundnessReport> shapes)
    {
        ReportTable table = new(new("class", "class"), new("bits", "bits", "0.00"), new("regime", "regime"), new("weakestRound", "weakest round"), new("bitsOverSession", "over the session", "0.00"));
        foreach (SoundnessReport shape in shapes) table.Add(shape.Shape, Floor(shape.Bits), shape.Best.Name, shape.Best.Weakest.Name, Floor(shape.BitsOverSession));
        return table;
    }

    static double Floor(double bits) => Math.Floor(bits * 100) / 100;

    static string Bits(double bits) => ProofReport.FloorTenth(bits).ToString("0.0", CultureInfo.InvariantCulture);
}

using System.Globalization;
using Zkml.Air;
using Zkml.Cli.Commands;
using Zkml.Cli.Output;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Stark;
using Zkml.Stark.Soundness;

namespace Zkml.Cli.Reference;

/// <summary>Markdown pages about the machine, written from the machine itself: chips, buses and parameters.</summary>
static class ReferencePages
{
    const string Notice = "<!-- Written by `zkvm inspect --write docs/reference`; do not edit. -->";

    /// <summary>Every page with its file name.</summary>
    public static IEnumerable<(string Name, string Text)> All() =>
        [("chips.g.md", Chips()), ("buses.g.md", Buses()), ("parameters.g.md", Parameters())];

    static string Chips()
    {
        using StringWriter writer = NewPage("Chips");
        writer.WriteLine("Every table of the machine, in machine order. Cells are base field elements a row; the permutation trace holds the LogUp columns. A constraint's");
        writer.WriteLine("degree counts columns; LogUp adds its own constraints of degree 3.");
        writer.WriteLine();
        ReportTable table = new(
            new("chip", "chip"), new("main", "main"), new("preprocessed", "preprocessed"), new("permutation", "permutation"),
            new("interactions", "interactions"), new("constraints", "constraints"), new("degree", "degree"), new("next", "uses next row"));
        foreach (MachineChip chip in RiscvMachine.Chips)
        {
            table.Add(
                chip.Name, (long)chip.Width, (long)chip.PreprocessedWidth, (long)chip.LogUp.Width,
                (long)chip.Graph.Interactions.Count, (long)chip.Graph.Constraints.Count, (long)chip.Graph.Degree, chip.Graph.UsesNext);
        }
        table.WriteMarkdown(writer);
        foreach (MachineChip chip in RiscvMachine.Chips) WriteChip(writer, chip);
        return writer.ToString();
    }

    static void WriteChip(StringWriter writer, MachineChip chip)
    {
        writer.WriteLine();
        writer.WriteLine($"## {chip.Name}");
        writer.WriteLine();
        IReadOnlyList<string> columns = ColumnNames.Of(chip);
        if (columns.Count > 0)
        {
            writer.WriteLine($"Columns: {string.Join(", ", columns.Select(column => $"`{column}`"))}.");
            writer.WriteLine();
        }
        IEnumerable<string> buses = chip.Graph.Interactions.GroupBy(interaction => interaction.Bus.Name)
            .Select(group => group.Count() == 1 ? group.Key : $"{group.Key} × {group.Count()}");
        if (chip.Graph.Interactions.Count > 0) writer.WriteLine($"Interactions: {string.Join(", ", buses)}.");
        if (chip.Graph.Constraints.Count == 0) return;
        writer.WriteLine();
        ReportTable table = new(new("constraint", "constraint"), new("rows", "rows"), new("degree", "degree"));
        foreach (RecordedConstraint constraint in chip.Graph.Constraints)
            table.Add(Escape(constraint.Label.Length == 0 ? "(unnamed)" : constraint.Label), Rows(constraint.Scope), (long)chip.Graph.Nodes[constraint.Node].Degree);
        table.WriteMarkdown(writer);
    }

    static string Buses()
    {
        using StringWriter writer = NewPage("Buses");
        writer.WriteLine("What is sent on a bus equals, as a multiset, what is received on it: over the session for a global bus, inside each segment for a local one.");
        writer.WriteLine();
        ReportTable table = new(new("tag", "tag"), new("bus", "bus"), new("arity", "arity"), new("scope", "scope"), new("chips", "chips (interactions)"));
        var uses = RiscvMachine.Chips
            .SelectMany(chip => chip.Graph.Interactions.Select(interaction => (interaction.Bus, chip.Name)))
            .GroupBy(use => use.Bus).OrderBy(group => group.Key.Tag);
        foreach (var bus in uses)
        {
            IEnumerable<string> chips = bus.GroupBy(use => use.Name).Select(group => $"{group.Key} ({group.Count()})");
            table.Add((long)bus.Key.Tag, bus.Key.Name, (long)bus.Key.Arity, bus.Key.IsLocal ? "local" : "global", string.Join(", ", chips));
        }
        table.WriteMarkdown(writer);
        return writer.ToString();
    }

    static string Parameters()
    {
        using StringWriter writer = NewPage("Parameters");
        writer.WriteLine($"Machine version {RiscvMachine.Version}. Root of the fixed tables: `{PreprocessedRoot.FixedTables}`.");
        writer.WriteLine();
        WriteProfiles(writer);
        writer.WriteLine();
        writer.WriteLine("## Shape classes");
        writer.WriteLine();
        writer.WriteLine("A segment has one of these forms. Cells include padding. Bits are proven, rounded down, for one segment; digest collisions bound all of them at");
        writer.WriteLine($"{Floor(SoundnessReport.DigestBits)} bits.");
        writer.WriteLine();
        List<SoundnessReport> p100 = SoundnessCommand.Shapes(SecurityProfile.P100), p128 = SoundnessCommand.Shapes(SecurityProfile.P128);
        ReportTable classes = new(
            new("index", "index"), new("class", "class"), new("closes", "closes programs of size"), new("mainCells", "main cells"), new("permutationCells", "permutation cells"),
            new("p100", "P100 bits"), new("p128", "P128 bits"));
        foreach (ShapeClass shape in ShapeClasses.All)
        {
            classes.Add(
                (long)shape.Index, shape.Name, shape.Closes?.Name ?? "–", shape.MainCells, shape.PermutationCells,
                Floor(p100[shape.Index].Bits), Floor(p128[shape.Index].Bits));
        }
        classes.WriteMarkdown(writer);
        writer.WriteLine();
        writer.WriteLine("log2 of the heights, by class index:");
        writer.WriteLine();
        WriteHeights(writer);
        return writer.ToString();
    }

    static void WriteProfiles(StringWriter writer)
    {
        ReportTable profiles = new(
            new("profile", "profile"), new("blowup", "blowup"), new("arity", "arity"), new("queries", "queries"), new("logUp", "LogUp grind"), new("batch", "batch grind"),
            new("fold", "fold grind"), new("query", "query grind"), new("digest", "parameter digest"));
        foreach (SecurityProfile profile in (SecurityProfile[])[SecurityProfile.P100, SecurityProfile.P128])
        {
            FriParameters p = FriParameters.ForSegment(profile);
            profiles.Add(
                profile.ToString(), 1L << p.LogBlowup, (long)FriParameters.Arity, (long)p.QueryCount, (long)p.LogUpGrindBits, (long)p.BatchGrindBits, (long)p.FoldGrindBits,
                (long)p.QueryGrindBits, $"`{RiscvSession.ParameterDigest(profile)}`");
        }
        profiles.WriteMarkdown(writer);
    }

    static void WriteHeights(StringWriter writer)
    {
        ReportTable heights = new([new("chip", "chip"), .. ShapeClasses.All.Select(shape => new ReportColumn($"class{shape.Index}", shape.Index.ToString(CultureInfo.InvariantCulture)))]);
        foreach (MachineChip chip in RiscvMachine.Chips)
        {
            heights.Add([
                chip.Name,
                .. ShapeClasses.All.Select(shape => shape.Tables.FirstOrDefault(table => table.Chip == chip) is { } table ? (object)(long)table.LogHeight : null)]);
        }
        heights.WriteMarkdown(writer);
    }

    static StringWriter NewPage(string title)
    {
        StringWriter writer = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        writer.WriteLine($"# {title}");
        writer.WriteLine();
        writer.WriteLine(Notice);
        writer.WriteLine();
        return writer;
    }

    static string Rows(RowScope scope) => scope switch
    {
        RowScope.First => "first",
        RowScope.Transition => "all but the last",
        RowScope.Last => "last",
        _ => "every",
    };

    static string Escape(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).Replace("*", "\\*", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    static string Floor(double bits) => ProofReport.FloorTenth(bits).ToString("0.0", CultureInfo.InvariantCulture);
}

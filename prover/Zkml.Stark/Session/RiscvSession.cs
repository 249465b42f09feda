using Zkml.Air;
using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Machine.Tables;


namespace Zkml.Stark;

/// <summary>
/// What a session of the RISC-V machine adds to the generic proof system (ADR 0004): its classes, its trees, and the verifier's own messages.
/// </summary>
public static class RiscvSession
{
    const uint FirstClock = 4;

    // Where the clock stands in the messages that pass the token on.
    static readonly TokenBus[] s_tokens = [new(Buses.State, 1), new(Buses.Host, 1), new(Buses.ShaStart, 1), new(Buses.Sha, 1)];

    /// <summary>
    /// The lookups whose messages hold multiplicities of other chips. ShaConstant: round, constant, two load flags, uses; ShaRound sends as often as the
    /// flags and uses say.
    /// </summary>
    public static IReadOnlyList<LookupMaxima> Lookups { get; } = [new(Buses.ShaConstant, [63, 0xFFFF, 0xFFFF, 1, 1, 2, 1, 1])];

    /// <summary>The rules of a profile for one program. The key must be well-formed.</summary>
    public static SessionRules Rules(SecurityProfile profile, ProgramKey program)
    {
        ProgramSize size = ProgramSize.All[program.SizeIndex];
        SegmentClass?[] classes = [.. ShapeClasses.All.Select(shape => shape.Closes is null || shape.Closes == size ? new SegmentClass(ShapeOf(shape, program.Root), shape.IsClosing) : null)];
        return new SessionRules(FriParameters.ForSegment(profile), ParameterDigest(profile), program.ImageId(), classes, s_tokens, [.. Lookups], statement => Terms(program, statement));
    }

    /// <summary>
    /// The digest over everything that a verifier of a profile assumes: machine version, parameters, every chip's recorded constraints, every class, the fixed tables' root.
    /// Receipts carry it, and G binds it, so that a receipt of another version fails at once.
    /// </summary>
    public static Digest ParameterDigest(SecurityProfile profile)
    {
        FriParameters p = FriParameters.ForSegment(profile);
        List<uint> words = [RiscvMachine.Version, (uint)profile, (uint)p.LogBlowup, (uint)p.QueryCount, (uint)p.LogCap, FriParameters.LogArity, FriParameters.MaxLogFinalDegree];
        foreach (GrindSite site in Enum.GetValues<GrindSite>()) words.Add((uint)p.GrindBits(site));
        words.AddRange([FirstClock, BoundaryAir.InitialOrderKey, BoundaryAir.FinalOrderKey, SessionRules.LogMaxInteractionRows, SessionRules.MaxSegmentCount]);
        foreach (TokenBus token in s_tokens) words.AddRange([(uint)token.Bus.Tag, (uint)token.ClockElement]);
        foreach (LookupMaxima lookup in Lookups) words.AddRange([(uint)lookup.Bus.Tag, .. lookup.Maxima.Select(maximum => (uint)maximum)]);
        words.Add((uint)RiscvMachine.Chips.Count);
        foreach (MachineChip chip in RiscvMachine.Chips) AddConstraints(words, chip);
        words.Add((uint)ShapeClasses.All.Count);
        foreach (ShapeClass shape in ShapeClasses.All)
        {
            words.AddRange([(uint)(shape.Closes?.Index + 1 ?? 0), (uint)shape.Tables.Count]);
            foreach (TableHeight table in shape.Tables) words.AddRange([(uint)IndexOf(table.Chip), (uint)table.LogHeight]);
        }
        KoalaBear[] elements = [.. words.Select(KoalaBear.FromCanonical), .. Digest.Elements(PreprocessedRoot.FixedTables)];
        return Digest.OfStatement(StatementTags.Parameters, elements);
    }

    // The recorded text itself: a changed constraint is another machine even if every count stays.
    static void AddConstraints(List<uint> words, MachineChip chip)
    {
        ExprGraph graph = chip.Graph;
        words.AddRange([(uint)chip.Width, (uint)chip.PreprocessedWidth, (uint)graph.Nodes.Count, (uint)graph.Constraints.Count, (uint)graph.Interactions.Count]);
        foreach (ExprNode node in graph.Nodes) words.AddRange([(uint)node.Kind, (uint)node.A, (uint)node.B]);
        foreach (RecordedConstraint constraint in graph.Constraints) words.AddRange([(uint)constraint.Scope, (uint)constraint.Node]);
        foreach (RecordedInteraction interaction in graph.Interactions)
        {
            words.AddRange([(uint)interaction.Bus.Tag, interaction.Bus.IsLocal ? 1u : 0u, (uint)interaction.Message.Length, (uint)interaction.Multiplicity]);
            foreach (int element in interaction.Message) words.Add((uint)element);
        }
    }

    /// <summary>The verifier's own messages (OB-2, OB-7): the token that starts, the halt that ends, the two ends of the order.</summary>
    static SessionTerm[] Terms(ProgramKey program, SessionStatement statement) =>
    [
        Term(Buses.State, isSent: true, program.EntryPc4, FirstClock),
        Term(Buses.Halt, isSent: false, [statement.ExitCode, .. statement.OutputLimbs.Select(limb => (uint)limb)]),
        Term(Buses.Order, isSent: true, BoundaryAir.InitialOrderKey),
        Term(Buses.Order, isSent: false, BoundaryAir.FinalOrderKey),
    ];

    static SessionTerm Term(Bus bus, bool isSent, params uint[] message) =>
        new(bus, isSent ? KoalaBear.One : -KoalaBear.One, [.. message.Select(KoalaBear.FromCanonical)]);

    /// <summary>The public form of a class's segments; a closing class holds the program's tree.</summary>
    public static SegmentShape ShapeOf(ShapeClass shape, Digest programRoot)
    {
        List<PreprocessedTree> trees = [new(PreprocessedRoot.FixedTables, Indices(shape, RiscvMachine.FixedTables))];
        if (shape.IsClosing) trees.Add(new PreprocessedTree(programRoot, Indices(shape, RiscvMachine.ProgramTables)));
        return new SegmentShape { Tables = [.. shape.Tables.Select(table => new TableShape(table.Chip, table.LogHeight))], Preprocessed = [.. trees] };
    }

    static int[] Indices(ShapeClass shape, IReadOnlyList<MachineChip> chips) =>
        [.. Enumerable.Range(0, shape.Tables.Count).Where(index => chips.Contains(shape.Tables[index].Chip))];

    static int IndexOf(MachineChip chip)
    {
        for (int i = 0; i < RiscvMachine.Chips.Count; i++)
            if (RiscvMachine.Chips[i] == chip)
                return i;
        throw new ArgumentException($"Chip {chip} is not in the machine.", nameof(chip));
    }
}

using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine;
using Zkml.Records;

namespace Zkml.Soundness.Tests.Invariants;

/// <summary>
/// SEC-7 for the selectors that name an instruction: whatever bits a row's selectors take, it fetches nothing, or one instruction of its chip's
/// family. A row that fetched opcode 0 would run the padding rows of the ROM, at word 0, with any register as operand.
/// </summary>
public sealed class Sec07FetchTests
{
    static IEnumerable<MachineChip> FetchingChips => RiscvMachine.Chips.Where(chip => chip != RiscvMachine.Rom && chip.Graph.Interactions.Any(interaction => interaction.Bus == Buses.Fetch));

    [Test]
    public void FetchingChips_AreTheInstructionChipsAndTheCalls() =>
        Assert.That(FetchingChips, Is.EqualTo(RiscvMachine.StreamChips.Where(pair => pair.Stream < EventStream.Halt).Select(pair => pair.Chip)
            .Concat([RiscvMachine.Halt, RiscvMachine.Input, RiscvMachine.Software, RiscvMachine.ShaHead])));

    [TestCaseSource(nameof(FetchingChips))]
    public void EverySelectorAssignment_FetchesAnInstructionOfTheFamilyOrNothing(MachineChip chip)
    {
        ExprGraph graph = chip.Graph;
        RecordedInteraction fetch = graph.Interactions.Single(interaction => interaction.Bus == Buses.Fetch);
        int opcode = fetch.Message[1];
        int[] selectors = [.. Cells(graph, opcode).Concat(Cells(graph, fetch.Multiplicity)).Distinct()];
        Assert.That(selectors, Has.Length.InRange(1, 12));
        HashSet<Opcode> fetched = [];
        for (int bits = 0; bits < 1 << selectors.Length; bits++)
        {
            KoalaBear?[] known = Evaluate(graph, selectors, bits);
            if (graph.Constraints.Any(constraint => constraint.Scope == RowScope.Every && known[constraint.Node] is { } value && value != KoalaBear.Zero)) continue;
            KoalaBear count = known[fetch.Multiplicity]!.Value;
            Assert.That(count, Is.EqualTo(KoalaBear.Zero).Or.EqualTo(KoalaBear.One), $"selectors {bits:b}: fetches");
            if (count == KoalaBear.One) fetched.Add((Opcode)known[opcode]!.Value.ToCanonical());
        }
        Assert.That(fetched, Is.EquivalentTo(Family(chip)));
    }

    // That the selectors are bits at all: a constraint x·(x - 1) or x·(y - x) of each.
    [TestCaseSource(nameof(FetchingChips))]
    public void EverySelector_IsForcedToBeABit(MachineChip chip)
    {
        ExprGraph graph = chip.Graph;
        RecordedInteraction fetch = graph.Interactions.Single(interaction => interaction.Bus == Buses.Fetch);
        int[] selectors = [.. Cells(graph, fetch.Message[1]).Concat(Cells(graph, fetch.Multiplicity)).Distinct()];
        foreach (int selector in selectors)
        {
            bool isBit = graph.Constraints.Any(constraint => constraint.Scope == RowScope.Every && graph.Nodes[constraint.Node] is { Kind: ExprKind.Multiply } product
                && Cells(graph, product.A).Contains(selector) && Cells(graph, product.B).Contains(selector)
                && Cells(graph, product.A).Concat(Cells(graph, product.B)).All(cell => selectors.Contains(cell)));
            Assert.That(isBit, $"{chip}, column {graph.Nodes[selector].A}");
        }
    }

    static IEnumerable<Opcode> Family(MachineChip chip)
    {
        if (RiscvMachine.StreamChips.First(pair => pair.Chip == chip).Stream is >= EventStream.Halt) return [Opcode.Ecall];
        var family = (InstructionFamily)RiscvMachine.StreamChips.First(pair => pair.Chip == chip).Stream;
        return Enum.GetValues<Opcode>().Where(opcode => opcode is not (Opcode.None or Opcode.Fence) && InstructionTable.Family(opcode) == family);
    }

    static IEnumerable<int> Cells(ExprGraph graph, int node)
    {
        ExprNode expression = graph.Nodes[node];
        return expression.Kind switch
        {
            ExprKind.Constant => [],
            ExprKind.Add or ExprKind.Subtract or ExprKind.Multiply => [.. Cells(graph, expression.A), .. Cells(graph, expression.B)],
            _ => [node],
        };
    }

    // What the selectors alone decide; a product with a known 0 is 0.
    static KoalaBear?[] Evaluate(ExprGraph graph, int[] selectors, int bits)
    {
        var values = new KoalaBear?[graph.Nodes.Count];
        for (int node = 0; node < values.Length; node++)
        {
            (ExprKind kind, int a, int b, _) = graph.Nodes[node];
            int selector = Array.IndexOf(selectors, node);
            values[node] = kind switch
            {
                _ when selector >= 0 => KoalaBear.FromBool((bits >> selector & 1) != 0),
                ExprKind.Constant => KoalaBear.FromMontgomery((uint)a),
                ExprKind.Add => values[a] is { } x && values[b] is { } y ? x + y : null,
                ExprKind.Subtract => values[a] is { } x && values[b] is { } y ? x - y : null,
                ExprKind.Multiply when values[a] == KoalaBear.Zero || values[b] == KoalaBear.Zero => KoalaBear.Zero,
                ExprKind.Multiply => values[a] is { } x && values[b] is { } y ? x * y : null,
                _ => null,
            };
        }
        return values;
    }
}

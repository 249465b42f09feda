using Zkml.Air;
using Zkml.Machine;
using Zkml.Stark;
using Zkml.Stark.Soundness;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>
/// OB-16: the form of every constraint text, from its recorded graph. OB-15 stands here too: the proof of work before (α, β). The soundness of
/// every class under every profile: RiscvSessionTests of Zkml.Stark.Tests.
/// </summary>
public sealed class Ob16TextTests
{
    static IReadOnlyList<MachineChip> Chips => RiscvMachine.Chips;

    [TestCaseSource(nameof(Chips))]
    public void Interactions_AreAffineInTheLocalRow_WithTheArityOfTheirBus(MachineChip chip)
    {
        foreach (RecordedInteraction interaction in chip.Graph.Interactions)
        {
            Assert.That(interaction.Message, Has.Length.EqualTo(interaction.Bus.Arity), interaction.Bus.Name);
            foreach (int node in (int[])[interaction.Multiplicity, .. interaction.Message])
            {
                Assert.That(chip.Graph.Nodes[node].Degree, Is.LessThanOrEqualTo(1), interaction.Bus.Name);
                Assert.That(ReadsNext(chip.Graph, node), Is.False, interaction.Bus.Name);
            }
        }
    }

    [TestCaseSource(nameof(Chips))]
    public void Constraints_HaveDegreeThree_AndDoNotWrapFromLastToFirst(MachineChip chip)
    {
        Assert.That(chip.Graph.Degree, Is.LessThanOrEqualTo(3));
        foreach (RecordedConstraint constraint in chip.Graph.Constraints)
        {
            int degree = chip.Graph.Nodes[constraint.Node].Degree;
            Assert.That(degree, Is.LessThanOrEqualTo(constraint.Scope is RowScope.First or RowScope.Last ? 2 : 3), constraint.Label);
            if (constraint.Scope != RowScope.Transition) Assert.That(ReadsNext(chip.Graph, constraint.Node), Is.False, constraint.Label);
        }
    }

    [Test]
    public void Buses_OfTheMachine_HaveDistinctTags()
    {
        Bus[] buses = [.. Chips.SelectMany(chip => chip.Graph.Interactions.Select(interaction => interaction.Bus)).Distinct()];
        Assert.That(buses.Select(bus => bus.Tag), Is.Unique);
        Assert.That(buses.Max(bus => bus.Arity), Is.LessThanOrEqualTo(Buses.MaxArity));
    }

    // A table with preprocessed columns has no row that is all padding.
    static IEnumerable<MachineChip> EventChips => Chips.Where(chip => chip.PreprocessedWidth == 0);

    [TestCaseSource(nameof(EventChips))]
    public void PaddingRow_OfZeros_SatisfiesTheTextAndTouchesNoBus(MachineChip chip)
    {
        var local = new Fields.KoalaBear[chip.Width];
        Fields.KoalaBear[] values = chip.Graph.Evaluate(new RowWindow<Fields.KoalaBear>(local, local, default));
        foreach (RecordedConstraint constraint in chip.Graph.Constraints) Assert.That(values[constraint.Node], Is.EqualTo(Fields.KoalaBear.Zero), constraint.Label);
        foreach (RecordedInteraction interaction in chip.Graph.Interactions) Assert.That(values[interaction.Multiplicity], Is.EqualTo(Fields.KoalaBear.Zero), interaction.Bus.Name);
    }

    // OB-15: the LogUp error of the largest session leaves less than 128 bits without it.
    [Test]
    public void P128_GrindsSixteenBitsBeforeTheBusChallenges() =>
        Assert.That(FriParameters.ForSegment(SecurityProfile.P128).GrindBits(GrindSite.LogUp), Is.EqualTo(16));

    static bool ReadsNext(ExprGraph graph, int node)
    {
        ExprNode expression = graph.Nodes[node];
        return expression.Kind switch
        {
            ExprKind.Next => true,
            ExprKind.Add or ExprKind.Subtract or ExprKind.Multiply => ReadsNext(graph, expression.A) || ReadsNext(graph, expression.B),
            _ => false,
        };
    }
}

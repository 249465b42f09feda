using Zkml.Stark.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Verifier;

sealed class VerifierCostTests
{
    [Test]
    public void Measure_SampleShape_CountsWhatItsPartsNeed()
    {
        SegmentLayout layout = SampleSegments.Layout;
        VerifierCost cost = VerifierCost.Measure(layout);
        int queries = layout.Parameters.QueryCount;

        // Nodes: one compression a level of a path, and one more for each group of lower tables; leaves: one sponge a group.
        long paths = layout.Trees.Sum(tree => tree.Merkle.PathLength + tree.Merkle.Groups.Length - 1) + layout.Layers.Sum(layer => layer.PathLength);
        Assert.That(cost.Permutations16, Is.EqualTo(queries * paths));
        long leaves = layout.Trees.Sum(tree => tree.Merkle.Groups.Sum(group => (group.Width + 15) / 16)) + (layout.Layers.Length * 3L);
        Assert.That(cost.Permutations24, Is.GreaterThan(queries * leaves).And.LessThan((queries * leaves) + 100), "what is more is the transcript");

        long perQuery = layout.Trees.Sum(tree => tree.Merkle.RowLength + (8L * tree.Merkle.PathLength)) + layout.Layers.Sum(layer => 35L + (8 * layer.PathLength));
        long once = BlankProof.Of(layout).PermutationCap.Length * 8L + BlankProof.Of(layout).QuotientCap.Length * 8L + 5L * (layout.SumCount + layout.OpeningCount + layout.FinalLength)
            + layout.Layers.Sum(layer => 8L * layer.CapLength) + 2 + layout.Layers.Length;
        Assert.That(cost.ReadElements, Is.EqualTo(once + queries * perQuery), "each element of the proof is read once");
        Assert.That(cost.OpenedElements, Is.EqualTo(layout.OpeningCount));
        Assert.That(cost.Inverses, Is.EqualTo(2 * queries + 2 * layout.Shape.Tables.Select(table => table.LogHeight).Distinct().Count()));
        Assert.That(cost.BitDecompositions, Is.EqualTo(queries + 2 + layout.Layers.Length));
    }

    [Test]
    public void ExcessOver_OneLess_NamesTheCount()
    {
        VerifierCost cost = VerifierCost.Measure(SampleSegments.Layout);
        Assert.That(cost.ExcessOver(cost), Is.Empty);
        Assert.That(cost.ExcessOver(cost with { Permutations16 = cost.Permutations16 - 1 }), Has.One.Contains("Permutations16"));
    }
}

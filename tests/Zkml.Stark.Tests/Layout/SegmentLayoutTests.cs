using Zkml.Stark.Tests.Samples;

namespace Zkml.Stark.Tests.Layout;

sealed class SegmentLayoutTests
{
    static SegmentLayout Layout => SampleSegments.Layout;

    [Test]
    public void Openings_EveryKindOfTable_FollowTheOpeningOrder()
    {
        (int, TracePhase, OpeningPoint, int, int)[] expected =
        [
            (0, TracePhase.Main, OpeningPoint.Zeta, 0, 3),
            (0, TracePhase.Main, OpeningPoint.NextZeta, 0, 3),
            (0, TracePhase.Permutation, OpeningPoint.Zeta, 0, 10),
            (0, TracePhase.Permutation, OpeningPoint.NextZeta, 5, 5),
            (1, TracePhase.Preprocessed, OpeningPoint.Zeta, 0, 1),
            (1, TracePhase.Main, OpeningPoint.Zeta, 0, 1),
            (1, TracePhase.Permutation, OpeningPoint.Zeta, 0, 5),
            (1, TracePhase.Permutation, OpeningPoint.NextZeta, 0, 5),
            (2, TracePhase.Preprocessed, OpeningPoint.Zeta, 0, 2),
            (2, TracePhase.Permutation, OpeningPoint.Zeta, 0, 5),
            (2, TracePhase.Permutation, OpeningPoint.NextZeta, 0, 5),
            (3, TracePhase.Main, OpeningPoint.Zeta, 0, 2),
            (-1, TracePhase.Quotient, OpeningPoint.Zeta, 0, 10),
        ];
        Assert.That(Layout.Openings.Select(group => (group.Table, group.Phase, group.Point, group.FirstColumn, group.Count)), Is.EqualTo(expected));
        int next = 0;
        foreach (OpeningGroup group in Layout.Openings)
        {
            Assert.That(group.FirstOpening, Is.EqualTo(next));
            next += group.Count;
        }
        Assert.That(Layout.OpeningCount, Is.EqualTo(next));
    }

    [Test]
    public void Trees_EveryKindOfTable_StandInQueryOrderWithTheirCaps()
    {
        Assert.That(Layout.Trees.Select(tree => tree.Phase), Is.EqualTo(new[]
        {
            TracePhase.Preprocessed, TracePhase.Preprocessed, TracePhase.Main, TracePhase.Permutation, TracePhase.Quotient,
        }));
        Assert.That(Layout.Trees.Select(tree => string.Join(",", tree.Tables)), Is.EqualTo(new[] { "1", "2", "0,1,3", "0,1,2", "-1" }));
        Assert.That(Layout.Trees.Select(tree => tree.Merkle.LogHeight), Is.EqualTo(new[] { 9, 4, 12, 12, 12 }));
        Assert.That(Layout.Trees.Select(tree => tree.Merkle.LogCap), Is.EqualTo(new[] { 0, 0, 2, 2, 2 }));
    }

    [Test]
    public void RowOffset_TablesOfDifferentHeights_PointsAtTheColumnsOfTheGroup()
    {
        // Main: Counter (3), Table (1), Silent (2); permutation: Counter (10), Table (5), Fixed (5): heights fall in this order.
        Assert.That(Layout.Openings.Select(group => group.RowOffset), Is.EqualTo(new[] { 0, 0, 0, 5, 0, 3, 10, 10, 0, 15, 15, 4, 0 }));
    }

    [Test]
    public void RowOffset_HigherTableLater_ComesFirstInTheLeaf()
    {
        var layout = new SegmentLayout(new SegmentShape { Tables = [new(SampleChips.Silent, 3), new(SampleChips.Counter, 6)], Preprocessed = [] }, SampleSegments.Parameters);
        Assert.That(layout.Trees[layout.MainTree].OffsetOf(0), Is.EqualTo(3));
        Assert.That(layout.Trees[layout.MainTree].OffsetOf(1), Is.EqualTo(0));
        Assert.That(layout.LogLift(0), Is.EqualTo(3));
    }

    [TestCase(0, 0, 0)]
    [TestCase(7, 0, 7)]
    [TestCase(8, 1, 5)]
    [TestCase(10, 1, 7)]
    [TestCase(11, 2, 5)]
    [TestCase(20, 5, 5)]
    [TestCase(22, 5, 7)]
    public void Layers_LogHeight_FoldsDownToTheFinalPolynomial(int logHeight, int layers, int logFinal)
    {
        var layout = new SegmentLayout(new SegmentShape { Tables = [new(SampleChips.Silent, logHeight)], Preprocessed = [] }, FriParameters.ForSegment(SecurityProfile.P100));
        Assert.That(layout.Layers, Has.Length.EqualTo(layers));
        Assert.That(layout.FinalLength, Is.EqualTo(1 << logFinal));
        for (int layer = 0; layer < layers; layer++)
        {
            Assert.That(layout.Layers[layer].LogHeight, Is.EqualTo(logHeight + 1 - 3 * (layer + 1)));
            Assert.That(layout.Layers[layer].RowLength, Is.EqualTo(40));
        }
    }

    [Test]
    public void Layout_NoInteractions_HasNoPermutationTree()
    {
        var layout = new SegmentLayout(new SegmentShape { Tables = [new(SampleChips.Silent, 3)], Preprocessed = [] }, SampleSegments.Parameters);
        Assert.That(layout.PermutationTree, Is.EqualTo(-1));
        Assert.That(layout.SumCount, Is.Zero);
        Assert.That(layout.Trees.Select(tree => tree.Phase), Is.EqualTo(new[] { TracePhase.Main, TracePhase.Quotient }));
    }

    [Test]
    public void Layout_PreprocessedTableInNoTreeOrTwo_Throws()
    {
        TableShape[] tables = [new(SampleChips.Counter, 5), new(SampleChips.Table, 4)];
        Assert.That(() => new SegmentLayout(new SegmentShape { Tables = tables, Preprocessed = [] }, SampleSegments.Parameters), Throws.ArgumentException);
        Assert.That(() => new SegmentLayout(new SegmentShape { Tables = tables, Preprocessed = [new(default, [1]), new(default, [1])] }, SampleSegments.Parameters), Throws.ArgumentException);
        Assert.That(() => new SegmentLayout(new SegmentShape { Tables = tables, Preprocessed = [new(default, [0, 1])] }, SampleSegments.Parameters), Throws.ArgumentException);
    }

    [TestCase(-1)]
    [TestCase(24)]
    public void Layout_HeightWithoutDomain_Throws(int logHeight) =>
        Assert.That(() => new SegmentLayout(new SegmentShape { Tables = [new(SampleChips.Silent, logHeight)], Preprocessed = [] }, SampleSegments.Parameters), Throws.ArgumentException);

    [Test]
    public void Layout_NoTablesOrNoMainColumns_Throws()
    {
        Assert.That(() => new SegmentLayout(new SegmentShape { Tables = [], Preprocessed = [] }, SampleSegments.Parameters), Throws.ArgumentException);
        Assert.That(() => new SegmentLayout(new SegmentShape { Tables = [new(SampleChips.Fixed, 3)], Preprocessed = [new(default, [0])] }, SampleSegments.Parameters), Throws.ArgumentException);
    }
}

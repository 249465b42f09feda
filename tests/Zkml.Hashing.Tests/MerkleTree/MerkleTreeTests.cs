using Zkml.Fields;

namespace Zkml.Hashing.Tests;

public class MerkleTreeTests
{
    static RandomTables RandomShapes(int seed, out int logCap)
    {
        Random random = new(seed);
        int logCosets = random.Next(4), count = 1 + random.Next(5);
        TableShape[] shapes = [.. Enumerable.Range(0, count).Select(_ => new TableShape(logCosets + random.Next(8 - logCosets), 1 + random.Next(40)))];
        logCap = random.Next(1 + shapes.Min(shape => shape.LogHeight));
        return new RandomTables(seed, logCosets, shapes);
    }

    [Test]
    public void Build_RandomShapes_CapEqualsNaiveRecursion([Range(1, 40)] int seed)
    {
        using RandomTables tables = RandomShapes(seed, out int logCap);
        using MerkleTree tree = tables.Build(logCap, threads: 1 + seed % 3);
        Digest[] expected = [.. Enumerable.Range(0, 1 << logCap).Select(node => tables.Node(logCap, node))];
        Assert.That(tree.Cap.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void Build_TallTables_CapEqualsNaiveRecursion()
    {
        using RandomTables tables = new(1, logCosets: 1, new(11, 3), new(12, 17), new(4, 33), new(12, 1), new(11, 16));
        using MerkleTree tree = tables.Build(logCap: 2, threads: 2);
        Assert.That(tree.Cap.ToArray(), Is.EqualTo(Enumerable.Range(0, 4).Select(node => tables.Node(2, node))));
    }

    [Test]
    public void Open_EveryLeafOfRandomShapes_VerifiesAndHoldsTheRows([Range(1, 12)] int seed)
    {
        using RandomTables tables = RandomShapes(seed, out int logCap);
        using MerkleTree tree = tables.Build(logCap);
        for (uint leaf = 0; leaf < 1u << tree.Shape.LogHeight; leaf++)
        {
            MerkleOpening opening = tree.Open(leaf);
            KoalaBear[] rows = [.. tree.Shape.Groups.SelectMany(group => tables.RowAt(group.LogHeight, (int)(leaf >> (tree.Shape.LogHeight - group.LogHeight))))];
            Assert.That(opening.Rows, Is.EqualTo(rows), $"leaf {leaf}");
            Assert.That(opening.Verifies(tree.Shape, tree.Cap, leaf), Is.True, $"leaf {leaf}");
        }
    }

    [Test]
    public void Open_OffsetOfTable_FindsItsRow()
    {
        using RandomTables tables = new(2, logCosets: 1, new(3, 4), new(5, 2), new(3, 7));
        using MerkleTree tree = tables.Build(logCap: 1);
        MerkleOpening opening = tree.Open(21);
        for (int table = 0; table < 3; table++)
        {
            FieldMatrix matrix = tables.Tables[table];
            int logHeight = int.Log2(matrix.Rows), row = RowOrder.CosetMajor(1).Swap(21 >> (5 - logHeight), logHeight);
            Assert.That(opening.Rows.AsSpan(tree.Shape.OffsetOf(table), matrix.Width).ToArray(), Is.EqualTo(matrix.Row(row).ToArray()), $"table {table}");
        }
    }

    [TestCase(0, 1)]
    [TestCase(3, 3)]
    [TestCase(5, 5)]
    public void Build_CapAtTheLowestTable_IsAllowed(int logLowest, int logCap)
    {
        using RandomTables tables = new(3, logCosets: 0, new(6, 2), new(logLowest, 2));
        Assert.That(() => tables.Build(logLowest + 1), Throws.InstanceOf<ArgumentException>());
        using MerkleTree tree = tables.Build(Math.Min(logCap, logLowest));
        Assert.That(tree.Open(37).Verifies(tree.Shape, tree.Cap, 37), Is.True);
    }

    [Test]
    public void Build_ThreadCounts_GiveOneCap()
    {
        using RandomTables tables = new(4, logCosets: 2, new(13, 5), new(9, 20));
        using MerkleTree one = tables.Build(1, threads: 1), many = tables.Build(1, threads: 7);
        Assert.That(many.Cap.ToArray(), Is.EqualTo(one.Cap.ToArray()));
    }

    [Test]
    public void Build_PaddingColumns_DoNotMatter()
    {
        using RandomTables tables = new(5, logCosets: 0, new(5, 3), new(5, 18));
        using MerkleTree before = tables.Build(0);
        foreach (FieldMatrix table in tables.Tables)
            for (int row = 0; row < table.Rows; row++)
                table.PaddedRow(row)[table.Width..].Fill(KoalaBear.One);
        using MerkleTree after = tables.Build(0);
        Assert.That(after.Cap[0], Is.EqualTo(before.Cap[0]));
    }

    [Test]
    public void Build_BitReversedRows_EqualTheTreeOfTheRowsInNaturalOrder()
    {
        using RandomTables tables = new(9, logCosets: 0, new(7, 5), new(4, 19));
        FieldMatrix[] reversed = [.. tables.Tables.Select(table => tables.Pool.Rent(table.Rows, table.Width))];
        for (int table = 0; table < reversed.Length; table++)
            for (int row = 0; row < reversed[table].Rows; row++)
                tables.Tables[table].Row(row).CopyTo(reversed[table].Row(RowOrder.Natural.Swap(row, int.Log2(reversed[table].Rows))));
        using MerkleTree natural = tables.Build(2), tree = MerkleTree.Build(tables.Pool, reversed, RowOrder.BitReversed, 2, 1);
        Assert.That(tree.Cap.ToArray(), Is.EqualTo(natural.Cap.ToArray()));
        Assert.That(tree.Open(99).Rows, Is.EqualTo(natural.Open(99).Rows));
        foreach (FieldMatrix table in reversed)
            table.Dispose();
    }

    [Test]
    public void Build_RowsNotAPowerOfTwo_Throws()
    {
        using FieldMatrixPool pool = new(0);
        using FieldMatrix table = pool.Rent(12, 2);
        Assert.That(() => MerkleTree.Build(pool, [table], RowOrder.Natural, 0, 1), Throws.ArgumentException.With.Message.Contains("got 12"));
    }

    [Test]
    public void Build_FewerRowsThanCosets_Throws()
    {
        using FieldMatrixPool pool = new(0);
        using FieldMatrix table = pool.Rent(2, 2);
        Assert.That(() => MerkleTree.Build(pool, [table], RowOrder.CosetMajor(2), 0, 1), Throws.ArgumentException);
        Assert.That(() => MerkleTree.Build(pool, [], RowOrder.Natural, 0, 1), Throws.ArgumentException);
    }

    [Test]
    public void Dispose_Tree_GivesAllNodeMemoryBack()
    {
        using RandomTables tables = new(6, logCosets: 0, new TableShape(10, 2));
        long before = tables.Pool.LiveBytes;
        using (MerkleTree tree = tables.Build(0))
            Assert.That(tree.Bytes, Is.InRange(2047 * 32, 2048 * 32));
        Assert.That(tables.Pool.LiveBytes, Is.EqualTo(before));
    }

    [Test]
    public void Open_LeafOutOfRange_Throws()
    {
        using RandomTables tables = new(7, logCosets: 0, new TableShape(3, 2));
        using MerkleTree tree = tables.Build(0);
        Assert.That(() => tree.Open(8), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }
}

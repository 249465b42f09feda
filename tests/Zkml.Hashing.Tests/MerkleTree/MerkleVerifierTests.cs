using System.Runtime.InteropServices;
using Zkml.Fields;
using NativeMerkle = Zkml.Hashing.MerkleVerifier<Zkml.Fields.KoalaBear, Zkml.Hashing.Poseidon2>;

namespace Zkml.Hashing.Tests;

public class MerkleVerifierTests
{
    const uint Leaf = 21;

    RandomTables _tables = null!;
    MerkleTree _tree = null!;
    MerkleOpening _opening = null!;
    Digest[] _cap = null!;

    [SetUp]
    public void BuildTree()
    {
        _tables = new RandomTables(8, logCosets: 1, new(5, 4), new(3, 17), new(5, 1), new(2, 3));
        _tree = _tables.Build(logCap: 2);
        _opening = _tree.Open(Leaf);
        _cap = _tree.Cap.ToArray();
    }

    [TearDown]
    public void DisposeTree()
    {
        _tree.Dispose();
        _tables.Dispose();
    }

    bool Verify(uint leaf, ReadOnlySpan<KoalaBear> rows, ReadOnlySpan<Digest> path) => MerkleOpening.Verify(_tree.Shape, _cap, leaf, rows, path);

    [Test]
    public void Verify_Opening_IsAccepted() => Assert.That(Verify(Leaf, _opening.Rows, _opening.Path), Is.True);

    [Test]
    public void Verify_AnyRowElementChanged_IsRefused()
    {
        for (int place = 0; place < _opening.Rows.Length; place++)
        {
            KoalaBear[] rows = [.. _opening.Rows];
            rows[place] += KoalaBear.One;
            Assert.That(Verify(Leaf, rows, _opening.Path), Is.False, $"element {place}");
        }
    }

    [Test]
    public void Verify_AnySiblingElementChanged_IsRefused()
    {
        for (int place = 0; place < _opening.Path.Length * Digest.Length; place++)
        {
            Digest[] path = [.. _opening.Path];
            path[place / Digest.Length][place % Digest.Length] += KoalaBear.One;
            Assert.That(Verify(Leaf, _opening.Rows, path), Is.False, $"element {place}");
        }
    }

    [Test]
    public void Verify_AnyOtherLeaf_IsRefused()
    {
        for (uint leaf = 0; leaf < 64; leaf++)
            Assert.That(Verify(leaf, _opening.Rows, _opening.Path), Is.EqualTo(leaf == Leaf), $"leaf {leaf}");
        Assert.That(Verify(uint.MaxValue, _opening.Rows, _opening.Path), Is.False);
    }

    [Test]
    public void Verify_ItsCapEntryChanged_IsRefused_AndOthersDoNotMatter()
    {
        for (int place = 0; place < _cap.Length * Digest.Length; place++)
        {
            _cap = _tree.Cap.ToArray();
            _cap[place / Digest.Length][place % Digest.Length] += KoalaBear.One;
            Assert.That(Verify(Leaf, _opening.Rows, _opening.Path), Is.EqualTo(place / Digest.Length != Leaf >> _tree.Shape.PathLength), $"element {place}");
        }
    }

    [Test]
    public void Verify_WrongLengths_AreRefusedWithoutThrowing()
    {
        Assert.That(Verify(Leaf, _opening.Rows.AsSpan(1), _opening.Path), Is.False);
        Assert.That(Verify(Leaf, [.. _opening.Rows, KoalaBear.Zero], _opening.Path), Is.False);
        Assert.That(Verify(Leaf, [], _opening.Path), Is.False);
        Assert.That(Verify(Leaf, _opening.Rows, _opening.Path.AsSpan(1)), Is.False);
        Assert.That(Verify(Leaf, _opening.Rows, [.. _opening.Path, default]), Is.False);
        _cap = _cap[..2];
        Assert.That(Verify(Leaf, _opening.Rows, _opening.Path), Is.False);
    }

    [Test]
    public void TryComputeCapEntry_WrongBitOrEntryLength_IsFalse()
    {
        ReadOnlySpan<KoalaBear> path = MemoryMarshal.Cast<Digest, KoalaBear>(_opening.Path);
        int length = _tree.Shape.PathLength;
        Assert.That(NativeMerkle.TryComputeCapEntry(_tree.Shape, _opening.Rows, path, new KoalaBear[length - 1], new KoalaBear[8]), Is.False);
        Assert.That(NativeMerkle.TryComputeCapEntry(_tree.Shape, _opening.Rows, path, new KoalaBear[length + 1], new KoalaBear[8]), Is.False);
        Assert.That(NativeMerkle.TryComputeCapEntry(_tree.Shape, _opening.Rows, path, new KoalaBear[length], new KoalaBear[7]), Is.False);
        Assert.That(NativeMerkle.TryComputeCapEntry(_tree.Shape, _opening.Rows, path, new KoalaBear[length], new KoalaBear[8]), Is.True);
    }

    // The same text over sixteen lanes, each opening its own leaf: what a circuit does with wires.
    [Test]
    public void TryComputeCapEntry_PackedLanesOfDifferentLeaves_EqualTheCap()
    {
        MerkleOpening[] openings = [.. Enumerable.Range(0, 16).Select(leaf => _tree.Open((uint)(2 * leaf + 1)))];
        PackedKoalaBear[] Pack(int length, Func<int, int, KoalaBear> value) =>
            [.. Enumerable.Range(0, length).Select(i => PackedKoalaBear.FromElements([.. Enumerable.Range(0, 16).Select(lane => value(lane, i))]))];
        MerkleShape shape = _tree.Shape;
        PackedKoalaBear[] rows = Pack(shape.RowLength, (lane, i) => openings[lane].Rows[i]);
        PackedKoalaBear[] path = Pack(shape.PathLength * 8, (lane, i) => openings[lane].Path[i / 8][i % 8]);
        PackedKoalaBear[] bits = Pack(shape.LogHeight, (lane, i) => KoalaBear.FromBool((((2 * lane + 1) >> i) & 1) != 0));
        PackedKoalaBear[] cap = Pack(_cap.Length * 8, (_, i) => _cap[i / 8][i % 8]);
        PackedKoalaBear[] computed = new PackedKoalaBear[8], selected = new PackedKoalaBear[8];
        Assert.That(MerkleVerifier<PackedKoalaBear, PackedPoseidon2>.TryComputeCapEntry(shape, rows, path, bits.AsSpan(0, shape.PathLength), computed), Is.True);
        Assert.That(MerkleVerifier<PackedKoalaBear, PackedPoseidon2>.TrySelectCapEntry(cap, bits.AsSpan(shape.PathLength), selected), Is.True);
        Assert.That(computed, Is.EqualTo(selected));
    }

    [Test]
    public void TrySelectCapEntry_EachIndex_SelectsItsNode()
    {
        ReadOnlySpan<KoalaBear> cap = MemoryMarshal.Cast<Digest, KoalaBear>(_cap);
        for (int index = 0; index < _cap.Length; index++)
        {
            KoalaBear[] entry = new KoalaBear[8];
            KoalaBear[] bits = [KoalaBear.FromBool((index & 1) != 0), KoalaBear.FromBool((index & 2) != 0)];
            Assert.That(NativeMerkle.TrySelectCapEntry(cap, bits, entry), Is.True);
            Assert.That(new Digest(entry), Is.EqualTo(_cap[index]));
            Assert.That(NativeMerkle.TrySelectCapEntry(cap[8..], bits, entry), Is.False);
            Assert.That(NativeMerkle.TrySelectCapEntry(cap, bits.AsSpan(1), entry), Is.False);
        }
    }

    [Test]
    public void TrySelectCapEntry_HugeBitCount_IsFalse() =>
        Assert.That(NativeMerkle.TrySelectCapEntry(MemoryMarshal.Cast<Digest, KoalaBear>(_cap), new KoalaBear[64], new KoalaBear[8]), Is.False);
}

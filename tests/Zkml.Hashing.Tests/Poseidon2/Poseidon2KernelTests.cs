using Zkml.Fields;

namespace Zkml.Hashing.Tests;

public class Poseidon2KernelTests
{
    [TestCase(16)]
    [TestCase(24)]
    public void Permute_RandomAndEdgeStates_EqualTheReferenceOnEveryKernel(int width)
    {
        Random random = new(width);
        for (int repetition = 0; repetition < 40; repetition++)
        {
            KoalaBear[][] lanes = [.. Enumerable.Range(0, PackedKoalaBear.Lanes).Select(_ => RandomElements.Next(random, width))];
            AssertEqualsReference(lanes, width);
        }
    }

    // Low bits zero or all ones, high bits zero or all ones: the corners of the shifts that multiply by inverse powers of two.
    [TestCase(16)]
    [TestCase(24)]
    public void Permute_MontgomeryCornerWords_EqualTheReferenceOnEveryKernel(int width)
    {
        uint[] corners = [0, 1, 0xFF, 0x100, 0x1FF, 0x00FFFFFF, 0x01000000, 0x7E000000, 0x7EFFFFFF, 0x7F000000, 0x3F800000, 0x3F800001];
        for (int shift = 0; shift < corners.Length; shift++)
        {
            KoalaBear[][] lanes = new KoalaBear[PackedKoalaBear.Lanes][];
            for (int lane = 0; lane < lanes.Length; lane++)
                lanes[lane] = [.. Enumerable.Range(0, width).Select(cell => KoalaBear.FromMontgomery(corners[(cell + lane * shift) % corners.Length]))];
            AssertEqualsReference(lanes, width);
        }
    }

    [Test]
    public void Permute_WrongLength_Throws() => Assert.That(() => PackedPoseidon2.Permute24(new PackedKoalaBear[16]), Throws.InstanceOf<ArgumentOutOfRangeException>());

    static void AssertEqualsReference(KoalaBear[][] lanes, int width)
    {
        PackedKoalaBear[] packed = [.. Enumerable.Range(0, width).Select(cell => PackedKoalaBear.FromElements([.. lanes.Select(lane => lane[cell])]))];
        if (width == 16)
            PackedPoseidon2.Permute16(packed);
        else
            PackedPoseidon2.Permute24(packed);
        for (int lane = 0; lane < lanes.Length; lane++)
        {
            KoalaBear[] expected = [.. lanes[lane]];
            Poseidon2Rounds.Permute<KoalaBear>(expected, width == 16 ? Poseidon2Constants.Width16 : Poseidon2Constants.Width24);
            Assert.That(packed.Select(cell => cell[lane]), Is.EqualTo(expected), $"lane {lane}");

            KoalaBear[] single = [.. lanes[lane]];
            if (width == 16)
                Poseidon2.Permute16(single);
            else
                Poseidon2.Permute24(single);
            Assert.That(single, Is.EqualTo(expected), $"single state {lane}");
        }
    }
}

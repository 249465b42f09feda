using Zkml.Fields;

namespace Zkml.Hashing.Tests;

public class Poseidon2Tests
{
    // Source: Plonky3 p3-koala-bear; the image of the zero state.
    static readonly uint[] s_zeroImage16 = [1467453764, 68262570, 2085334433, 1711169726, 869537427, 698494029, 1998923102, 727938840];
    static readonly uint[] s_zeroImage24 = [1918697942, 2025897067, 904050874, 1093610768, 214053233];

    [Test]
    public void Permute16_ZeroState_EqualsPublishedImage()
    {
        KoalaBear[] state = new KoalaBear[16];
        Poseidon2.Permute16(state);
        Assert.That(state.Take(s_zeroImage16.Length).Select(cell => cell.ToCanonical()), Is.EqualTo(s_zeroImage16));
    }

    [Test]
    public void Permute24_ZeroState_EqualsPublishedImage()
    {
        KoalaBear[] state = new KoalaBear[24];
        Poseidon2.Permute24(state);
        Assert.That(state.Take(s_zeroImage24.Length).Select(cell => cell.ToCanonical()), Is.EqualTo(s_zeroImage24));
    }

    [TestCase(16)]
    [TestCase(24)]
    public void Permute_AllVectors_EqualPublishedImages(int width)
    {
        foreach ((KoalaBear[] input, KoalaBear[] output) in KoalaBearVectors.Read(width).Permutations)
        {
            KoalaBear[] state = [.. input];
            if (width == 16)
                Poseidon2.Permute16(state);
            else
                Poseidon2.Permute24(state);
            Assert.That(state, Is.EqualTo(output));
        }
    }

    [Test]
    public void Permute_WrongLength_Throws() => Assert.That(() => Poseidon2.Permute16(new KoalaBear[15]), Throws.InstanceOf<ArgumentOutOfRangeException>());
}

using System.Runtime.Intrinsics.X86;

namespace Zkml.Fields.Tests;

sealed class PackedTests
{
    const int Lanes = PackedKoalaBear.Lanes;

    [Test]
    public void Packed_EveryOperator_EqualsScalarLaneByLane()
    {
        var random = new Random(21);
        for (int round = 0; round < 2000; round++)
        {
            KoalaBear[] a = RandomElements.Array(random, Lanes), b = RandomElements.Array(random, Lanes);
            KoalaBear constant = RandomElements.Next(random);
            PackedKoalaBear x = PackedKoalaBear.FromElements(a), y = PackedKoalaBear.FromElements(b);
            PackedKoalaBear sum = x + y, difference = x - y, negative = -x, product = x * y, scaled = x * constant;
            PackedKoalaBear prepared = x * new BroadcastKoalaBear(constant), square = x.Square(), cube = x.Cube();
            for (int lane = 0; lane < Lanes; lane++)
            {
                Assert.That(sum[lane], Is.EqualTo(a[lane] + b[lane]));
                Assert.That(difference[lane], Is.EqualTo(a[lane] - b[lane]));
                Assert.That(negative[lane], Is.EqualTo(-a[lane]));
                Assert.That(product[lane], Is.EqualTo(a[lane] * b[lane]));
                Assert.That(scaled[lane], Is.EqualTo(a[lane] * constant));
                Assert.That(prepared[lane], Is.EqualTo(a[lane] * constant));
                Assert.That(square[lane], Is.EqualTo(a[lane] * a[lane]));
                Assert.That(cube[lane], Is.EqualTo(a[lane] * a[lane] * a[lane]));
            }
        }
    }

    [Test]
    public void Packed5_EveryOperator_EqualsScalarLaneByLane()
    {
        var random = new Random(22);
        for (int round = 0; round < 1000; round++)
        {
            KoalaBear5[] a = RandomElements.ExtensionArray(random, Lanes), b = RandomElements.ExtensionArray(random, Lanes);
            KoalaBear[] c = RandomElements.Array(random, Lanes);
            KoalaBear5 constant = RandomElements.NextExtension(random);
            var broadcast = new BroadcastKoalaBear5(constant);
            PackedKoalaBear5 x = PackedKoalaBear5.FromElements(a), y = PackedKoalaBear5.FromElements(b);
            PackedKoalaBear z = PackedKoalaBear.FromElements(c);
            PackedKoalaBear5 sum = x + y, difference = x - y, negative = -x, product = x * y, shifted = x + z, byPacked = x * z, byBase = x * c[0];
            PackedKoalaBear5 byConstant = x * broadcast, baseByConstant = z * broadcast;
            Assert.That(broadcast.Value, Is.EqualTo(constant));
            for (int lane = 0; lane < Lanes; lane++)
            {
                Assert.That(x[lane], Is.EqualTo(a[lane]));
                Assert.That(PackedKoalaBear5.Combine([x.C0, x.C1, x.C2, x.C3, x.C4])[lane], Is.EqualTo(a[lane]));
                Assert.That(PackedKoalaBear5.Lift(z)[lane], Is.EqualTo(KoalaBear5.Lift(c[lane])));
                Assert.That(PackedKoalaBear5.Scale(x, z)[lane], Is.EqualTo(KoalaBear5.Scale(a[lane], c[lane])));
                Assert.That(sum[lane], Is.EqualTo(a[lane] + b[lane]));
                Assert.That(difference[lane], Is.EqualTo(a[lane] - b[lane]));
                Assert.That(negative[lane], Is.EqualTo(-a[lane]));
                Assert.That(product[lane], Is.EqualTo(a[lane] * b[lane]));
                Assert.That(shifted[lane], Is.EqualTo(a[lane] + KoalaBear5.FromBase(c[lane])));
                Assert.That(byPacked[lane], Is.EqualTo(a[lane] * c[lane]));
                Assert.That(byBase[lane], Is.EqualTo(a[lane] * c[0]));
                Assert.That(byConstant[lane], Is.EqualTo(a[lane] * constant));
                Assert.That(baseByConstant[lane], Is.EqualTo(constant * c[lane]));
            }
        }
    }

    [Test]
    public void Packed5_LargestWords_DoesNotOverflow()
    {
        KoalaBear largest = KoalaBear.FromMontgomery(KoalaBear.Modulus - 1);
        var scalars = new KoalaBear5[32];
        for (int mask = 0; mask < 32; mask++)
        {
            var c = new KoalaBear[5];
            for (int i = 0; i < 5; i++)
                c[i] = (mask >> i & 1) != 0 ? largest : default;
            scalars[mask] = KoalaBear5.FromCoefficients(c);
        }

        foreach (KoalaBear5 b in scalars)
            for (int half = 0; half < 32; half += Lanes)
            {
                PackedKoalaBear5 a = PackedKoalaBear5.FromElements(scalars.AsSpan(half)), byPacked = a * PackedKoalaBear5.FromExtension(b), byConstant = a * new BroadcastKoalaBear5(b);
                for (int lane = 0; lane < Lanes; lane++)
                {
                    Assert.That(byPacked[lane], Is.EqualTo(scalars[half + lane] * b));
                    Assert.That(byConstant[lane], Is.EqualTo(scalars[half + lane] * b));
                }
            }
    }

    [Test]
    public unsafe void LoadAndStore_UnalignedAddress_KeepTheOrder()
    {
        KoalaBear[] values = RandomElements.Array(new Random(23), Lanes + 3);
        var copy = new KoalaBear[Lanes + 3];
        // Safe: both arrays hold sixteen elements after the offset.
        fixed (KoalaBear* source = values, destination = copy)
            PackedKoalaBear.Load(source + 3).Store(destination + 3);
        Assert.That(copy[3..], Is.EqualTo(values[3..]));
        Assert.That(copy[..3], Is.All.EqualTo(KoalaBear.Zero));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(23)]
    public void AddProducts_RandomAndLargestWords_EqualScalarLaneByLane(int count)
    {
        var random = new Random(24);
        PackedKoalaBear5 largest = PackedKoalaBear5.FromElements([.. Enumerable.Repeat(Largest(), Lanes)]);
        for (int round = 0; round < 20; round++)
        {
            PackedKoalaBear5 sum = PackedKoalaBear5.FromElements(RandomElements.ExtensionArray(random, Lanes));
            PackedKoalaBear5[] weights = [.. Enumerable.Range(0, count + 1).Select(_ =>
                round == 0 ? largest : PackedKoalaBear5.FromElements(RandomElements.ExtensionArray(random, Lanes)))];
            PackedKoalaBear[] cells = [.. Enumerable.Range(0, count).Select(_ => round == 0 ? largest.C0 : PackedKoalaBear.FromElements(RandomElements.Array(random, Lanes)))];
            PackedKoalaBear5 result = PackedKoalaBear5.AddProducts(sum, weights, cells);
            for (int lane = 0; lane < Lanes; lane++)
            {
                KoalaBear5 expected = sum[lane];
                for (int j = 0; j < count; j++)
                    expected += weights[j][lane] * cells[j][lane];
                Assert.That(result[lane], Is.EqualTo(expected));
            }
        }

        static KoalaBear5 Largest()
        {
            KoalaBear word = KoalaBear.FromMontgomery(KoalaBear.Modulus - 1);
            return new(word, word, word, word, word);
        }
    }

    [Test]
    public void AddProducts_FewerWeightsThanCells_Throws() =>
        Assert.That(() => PackedKoalaBear5.AddProducts(default, new PackedKoalaBear5[1], new PackedKoalaBear[2]), Throws.InstanceOf<ArgumentException>());

    [Test]
    public void FromElements_TooFew_Throws()
    {
        Assert.That(() => PackedKoalaBear.FromElements(new KoalaBear[15]), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => PackedKoalaBear5.FromElements(new KoalaBear5[15]), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    // The fallback kernels are tested by running this assembly again with the switch of the runtime; this guards against a switch without effect.
    [TestCase("DOTNET_EnableAVX512")]
    [TestCase("DOTNET_EnableAVX2")]
    public void Kernels_InstructionSetSwitchedOff_AreNotUsed(string name)
    {
        if (Environment.GetEnvironmentVariable(name) != "0")
            Assert.Ignore($"{name} is not 0: the kernels of this processor are tested.");
        Assert.That(Avx512F.IsSupported, Is.False);
        if (name == "DOTNET_EnableAVX2")
            Assert.That(Avx2.IsSupported, Is.False);
    }
}

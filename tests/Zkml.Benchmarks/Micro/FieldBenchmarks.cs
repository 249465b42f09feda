using BenchmarkDotNet.Attributes;
using Zkml.Fields;

namespace Zkml.Benchmarks.Micro;

/// <summary>Products in the base field and the extension, scalar beside packed; nanoseconds an element.</summary>
public class FieldBenchmarks
{
    const int Count = 1 << 12;

    readonly KoalaBear[] _base = new KoalaBear[Count];
    readonly KoalaBear5[] _extension = new KoalaBear5[Count];
    readonly PackedKoalaBear[] _packed = new PackedKoalaBear[Count / PackedKoalaBear.Lanes];
    readonly PackedKoalaBear5[] _packedExtension = new PackedKoalaBear5[Count / PackedKoalaBear.Lanes];

    /// <summary>Random elements, from a fixed seed.</summary>
    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        for (int i = 0; i < Count; i++)
        {
            _base[i] = KoalaBear.FromCanonical((uint)random.Next());
            _extension[i] = new(_base[i], _base[i / 2], _base[i / 3], _base[i / 4], _base[i / 5]);
        }
        for (int i = 0; i < _packed.Length; i++)
        {
            _packed[i] = PackedKoalaBear.FromElements(_base.AsSpan(PackedKoalaBear.Lanes * i, PackedKoalaBear.Lanes));
            _packedExtension[i] = PackedKoalaBear5.FromElements(_extension.AsSpan(PackedKoalaBear.Lanes * i, PackedKoalaBear.Lanes));
        }
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public KoalaBear ScalarProduct()
    {
        KoalaBear product = KoalaBear.One;
        foreach (KoalaBear x in _base) product *= x;
        return product;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public PackedKoalaBear PackedProduct()
    {
        PackedKoalaBear product = _packed[0];
        foreach (PackedKoalaBear x in _packed) product *= x;
        return product;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public KoalaBear5 ScalarExtensionProduct()
    {
        KoalaBear5 product = KoalaBear5.One;
        foreach (KoalaBear5 x in _extension) product *= x;
        return product;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public PackedKoalaBear5 PackedExtensionProduct()
    {
        PackedKoalaBear5 product = _packedExtension[0];
        foreach (PackedKoalaBear5 x in _packedExtension) product *= x;
        return product;
    }
}

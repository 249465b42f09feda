using BenchmarkDotNet.Attributes;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Benchmarks.Micro;

/// <summary>Poseidon2, one state beside sixteen; nanoseconds a permutation.</summary>
public class HashBenchmarks
{
    readonly KoalaBear[] _state = new KoalaBear[24];
    readonly PackedKoalaBear[] _packed = new PackedKoalaBear[24];

    [Benchmark]
    public void Permute16() => Poseidon2.Permute16(_state.AsSpan(0, 16));

    [Benchmark]
    public void Permute24() => Poseidon2.Permute24(_state);

    [Benchmark(OperationsPerInvoke = PackedKoalaBear.Lanes)]
    public void PackedPermute16() => PackedPoseidon2.Permute16(_packed.AsSpan(0, 16));

    [Benchmark(OperationsPerInvoke = PackedKoalaBear.Lanes)]
    public void PackedPermute24() => PackedPoseidon2.Permute24(_packed);
}

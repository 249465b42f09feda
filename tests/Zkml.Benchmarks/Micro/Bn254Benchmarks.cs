using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;
using Zkml.Fields.Bn254;

namespace Zkml.Benchmarks.Micro;

/// <summary>Products, squares and inverses in Fq, scalar beside packed; nanoseconds an element. The packed ones need AVX-512.</summary>
public unsafe class Bn254Benchmarks
{
    const int Count = 128, Groups = Count / PackedMontgomery<FqModulus>.Lanes, LimbCount = PackedMontgomery<FqModulus>.LimbCount;

    readonly Fq[] _left = new Fq[Count], _right = new Fq[Count];
    Vector512<ulong>* _packedLeft, _packedRight;

    /// <summary>Elements without a pattern in their limbs.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _packedLeft = (Vector512<ulong>*)NativeMemory.AlignedAlloc((nuint)(2 * Groups * LimbCount * sizeof(Vector512<ulong>)), 64);
        _packedRight = _packedLeft + Groups * LimbCount;
        for (int i = 0; i < Count; i++)
        {
            _left[i] = Fq.FromUInt64((ulong)i + 5).Inverse();
            _right[i] = _left[i].Square() + Fq.One;
            Fq left = _left[i], right = _right[i];
            PackedMontgomery<FqModulus>.SetLane(_packedLeft + i / 8 * LimbCount, i % 8, (ulong*)&left);
            PackedMontgomery<FqModulus>.SetLane(_packedRight + i / 8 * LimbCount, i % 8, (ulong*)&right);
        }
    }

    /// <summary>Frees the packed elements.</summary>
    [GlobalCleanup]
    public void Cleanup() => NativeMemory.AlignedFree(_packedLeft);

    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public void ScalarProduct()
    {
        for (int i = 0; i < Count; i++) _left[i] *= _right[i];
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public void PackedProduct()
    {
        for (int i = 0; i < Groups; i++) PackedMontgomery<FqModulus>.Multiply(_packedLeft + i * LimbCount, _packedRight + i * LimbCount, _packedLeft + i * LimbCount);
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public void PackedSquare()
    {
        for (int i = 0; i < Groups; i++) PackedMontgomery<FqModulus>.Square(_packedLeft + i * LimbCount, _packedLeft + i * LimbCount);
    }

    [Benchmark]
    public Fq Inverse() => _left[0] = _left[0].Inverse() + _right[0];
}

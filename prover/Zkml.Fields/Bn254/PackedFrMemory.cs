using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Fr8 = Zkml.Fields.Bn254.PackedMontgomery<Zkml.Fields.Bn254.FrModulus>;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>Elements of Fr between memory, four words each, and vectors. The words are taken as they are: the Montgomery radix does not change.</summary>
/// <remarks>The unsafe code is safe where the addresses have the stated elements, and vectors their 9 limbs.</remarks>
static unsafe class PackedFrMemory
{
    const int WordsInLine = 8;

    /// <summary>The element of a run of eight that stands in each lane: the order in which two transposes of half the size come cheapest.</summary>
    public static ReadOnlySpan<byte> LaneOrder => [0, 2, 4, 6, 1, 3, 5, 7];

    /// <summary>Two runs of eight consecutive elements, in <see cref="LaneOrder"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void LoadRuns(Fr* first, Fr* second, Limb* firstResult, Limb* secondResult)
    {
        ulong* a = (ulong*)first, b = (ulong*)second;
        Limb v0 = Vector512.Load(a), v1 = Vector512.Load(a + WordsInLine), v2 = Vector512.Load(a + 2 * WordsInLine), v3 = Vector512.Load(a + 3 * WordsInLine);
        Limb v4 = Vector512.Load(b), v5 = Vector512.Load(b + WordsInLine), v6 = Vector512.Load(b + 2 * WordsInLine), v7 = Vector512.Load(b + 3 * WordsInLine);
        PackedLines.Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        // Now v0 has the lowest words of the even elements of both runs, v4 those of the odd elements.
        Fr8.Unpack(LowHalves(v0, v4), LowHalves(v1, v5), LowHalves(v2, v6), LowHalves(v3, v7), firstResult);
        Fr8.Unpack(HighHalves(v0, v4), HighHalves(v1, v5), HighHalves(v2, v6), HighHalves(v3, v7), secondResult);
    }

    /// <summary>Writes two runs of eight tight elements, in <see cref="LaneOrder"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void StoreRuns(Limb* firstValues, Limb* secondValues, Fr* first, Fr* second)
    {
        Fr8.Pack(firstValues, out Limb a0, out Limb a1, out Limb a2, out Limb a3);
        Fr8.Pack(secondValues, out Limb b0, out Limb b1, out Limb b2, out Limb b3);
        Limb v0 = LowHalves(a0, b0), v1 = LowHalves(a1, b1), v2 = LowHalves(a2, b2), v3 = LowHalves(a3, b3);
        Limb v4 = HighHalves(a0, b0), v5 = HighHalves(a1, b1), v6 = HighHalves(a2, b2), v7 = HighHalves(a3, b3);
        PackedLines.Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        ulong* a = (ulong*)first, b = (ulong*)second;
        v0.Store(a);
        v1.Store(a + WordsInLine);
        v2.Store(a + 2 * WordsInLine);
        v3.Store(a + 3 * WordsInLine);
        v4.Store(b);
        v5.Store(b + WordsInLine);
        v6.Store(b + 2 * WordsInLine);
        v7.Store(b + 3 * WordsInLine);
    }

    /// <summary>Two consecutive elements from each of eight addresses; lane i has those of address i.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void LoadPairs(nuint* addresses, nuint offset, Limb* firstResult, Limb* secondResult)
    {
        PackedLines.Gather(
            addresses, nuint.MaxValue, offset, out Limb w0, out Limb w1, out Limb w2, out Limb w3, out Limb w4, out Limb w5, out Limb w6, out Limb w7);
        Fr8.Unpack(w0, w1, w2, w3, firstResult);
        Fr8.Unpack(w4, w5, w6, w7, secondResult);
    }

    /// <summary>Writes two consecutive elements to each of eight addresses, tight.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void StorePairs(Limb* firstValues, Limb* secondValues, nuint* addresses, nuint offset)
    {
        Fr8.Pack(firstValues, out Limb w0, out Limb w1, out Limb w2, out Limb w3);
        Fr8.Pack(secondValues, out Limb w4, out Limb w5, out Limb w6, out Limb w7);
        PackedLines.Scatter(addresses, offset, w0, w1, w2, w3, w4, w5, w6, w7);
    }

    /// <summary>Makes a tight number canonical, as it is kept outside of the transforms.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Finish(Limb* value)
    {
        Fr8.ReduceLoose(value, value);
        Fr8.Canonicalize(value, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Limb LowHalves(Limb left, Limb right) => Avx512F.Shuffle4x128(left, right, 0x44);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Limb HighHalves(Limb left, Limb right) => Avx512F.Shuffle4x128(left, right, 0xEE);
}

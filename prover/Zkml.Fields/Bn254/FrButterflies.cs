using System.Runtime.CompilerServices;
using Fr8 = Zkml.Fields.Bn254.PackedMontgomery<Zkml.Fields.Bn254.FrModulus>;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>
/// Eight transforms of 2^log elements side by side, tight on input and output, by halves: a half that fits in a cache stays there until it is done.
/// Root k of a transform is entry k·stride of the table, 9 limbs each.
/// </summary>
/// <remarks>The unsafe code is safe where the tile has 2^log elements of 9 vectors and the table 2^(log - 1)·stride entries.</remarks>
static unsafe class FrButterflies
{
    /// <summary>Natural order to bit-reversed order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BreakDown(Limb* tile, int log, ulong* roots, int stride)
    {
        if (log == 0)
            return;
        int half = 1 << (log - 1);
        Limb* upper = tile + Fr8.LimbCount * half;
        SumAndDifference(tile, upper);
        for (int i = 1; i < half; i++)
            BreakDownPair(tile + Fr8.LimbCount * i, upper + Fr8.LimbCount * i, roots + (long)Fr8.LimbCount * stride * i);
        BreakDown(tile, log - 1, roots, 2 * stride);
        BreakDown(upper, log - 1, roots, 2 * stride);
    }

    /// <summary>Bit-reversed order to natural order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void BuildUp(Limb* tile, int log, ulong* roots, int stride)
    {
        if (log == 0)
            return;
        int half = 1 << (log - 1);
        Limb* upper = tile + Fr8.LimbCount * half;
        BuildUp(tile, log - 1, roots, 2 * stride);
        BuildUp(upper, log - 1, roots, 2 * stride);
        SumAndDifference(tile, upper);
        for (int i = 1; i < half; i++)
        {
            Fr8.Multiply(upper + Fr8.LimbCount * i, roots + (long)Fr8.LimbCount * stride * i, upper + Fr8.LimbCount * i);
            SumAndDifference(tile + Fr8.LimbCount * i, upper + Fr8.LimbCount * i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void BreakDownPair(Limb* low, Limb* high, ulong* root)
    {
        Fr8.AddSubtract(low, high);
        Fr8.ReduceLoose(low, low);
        Fr8.Multiply(high, root, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void SumAndDifference(Limb* low, Limb* high)
    {
        Fr8.AddSubtract(low, high);
        Fr8.ReduceLoose(low, low);
        Fr8.ReduceLoose(high, high);
    }
}

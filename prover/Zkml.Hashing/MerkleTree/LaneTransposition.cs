using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector512<uint>;

namespace Zkml.Hashing;

/// <summary>Transposition of 16 × 16 words: sixteen rows become sixteen vectors of lanes, and back.</summary>
static unsafe class LaneTransposition
{
    /// <summary>
    /// destination[16·j + i] = source[i·<paramref name="sourceStride"/> + j] for i, j in [0, 16). The caller owns both blocks, which do not overlap;
    /// strides in words, any alignment.
    /// </summary>
    public static void Transpose(uint* source, nint sourceStride, uint* destination)
    {
        if (Avx512F.IsSupported)
            TransposeAvx512(source, sourceStride, destination);
        else
            TransposeScalar(source, sourceStride, destination);
    }

    /// <summary>The readable reference.</summary>
    internal static void TransposeScalar(uint* source, nint sourceStride, uint* destination)
    {
        for (int i = 0; i < 16; i++)
            for (int j = 0; j < 16; j++)
                destination[16 * j + i] = source[i * sourceStride + j];
    }

    /// <summary>
    /// Four rows at a time: unpacking words and pairs leaves in quarter q of vector j the column 4q + j of the four rows; then quarters are
    /// gathered over the four groups of rows.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void TransposeAvx512(uint* source, nint sourceStride, uint* destination)
    {
        V* output = (V*)destination;
        V* columns = stackalloc V[16];
        for (int group = 0; group < 4; group++)
        {
            uint* rows = source + 4 * group * sourceStride;
            V a = Vector512.Load(rows), b = Vector512.Load(rows + sourceStride);
            V c = Vector512.Load(rows + 2 * sourceStride), d = Vector512.Load(rows + 3 * sourceStride);
            Vector512<ulong> abLow = Avx512F.UnpackLow(a, b).AsUInt64(), abHigh = Avx512F.UnpackHigh(a, b).AsUInt64();
            Vector512<ulong> cdLow = Avx512F.UnpackLow(c, d).AsUInt64(), cdHigh = Avx512F.UnpackHigh(c, d).AsUInt64();
            columns[group] = Avx512F.UnpackLow(abLow, cdLow).AsUInt32();
            columns[4 + group] = Avx512F.UnpackHigh(abLow, cdLow).AsUInt32();
            columns[8 + group] = Avx512F.UnpackLow(abHigh, cdHigh).AsUInt32();
            columns[12 + group] = Avx512F.UnpackHigh(abHigh, cdHigh).AsUInt32();
        }

        for (int j = 0; j < 4; j++)
        {
            V a = columns[4 * j], b = columns[4 * j + 1], c = columns[4 * j + 2], d = columns[4 * j + 3];
            V abLow = Avx512F.Shuffle4x128(a, b, 0b01_00_01_00), abHigh = Avx512F.Shuffle4x128(a, b, 0b11_10_11_10);
            V cdLow = Avx512F.Shuffle4x128(c, d, 0b01_00_01_00), cdHigh = Avx512F.Shuffle4x128(c, d, 0b11_10_11_10);
            output[j] = Avx512F.Shuffle4x128(abLow, cdLow, 0b10_00_10_00);
            output[4 + j] = Avx512F.Shuffle4x128(abLow, cdLow, 0b11_01_11_01);
            output[8 + j] = Avx512F.Shuffle4x128(abHigh, cdHigh, 0b10_00_10_00);
            output[12 + j] = Avx512F.Shuffle4x128(abHigh, cdHigh, 0b11_01_11_01);
        }
    }
}

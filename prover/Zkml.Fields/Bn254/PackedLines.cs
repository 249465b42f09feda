using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>The transpose between eight lines in memory, of eight 64-bit words each, and eight vectors that hold one word of every line.</summary>
static unsafe class PackedLines
{
    /// <summary>Bytes, on the stack for example, that hold <paramref name="vectors"/> aligned vectors.</summary>
    public static int AlignedBytes(int vectors) => 64 * vectors + 63;

    /// <summary>The first multiple of 64 at or after an address: a vector that lies on two cache lines is slow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Limb* Align(byte* address) => (Limb*)(((nuint)address + 63) & ~(nuint)63);

    /// <summary>Reads word i of the lines, each at its address, into vector i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gather(
        nuint* addresses, nuint mask, nuint offset, out Limb v0, out Limb v1, out Limb v2, out Limb v3, out Limb v4, out Limb v5, out Limb v6, out Limb v7)
    {
        v0 = *(Limb*)((addresses[0] & mask) + offset);
        v1 = *(Limb*)((addresses[1] & mask) + offset);
        v2 = *(Limb*)((addresses[2] & mask) + offset);
        v3 = *(Limb*)((addresses[3] & mask) + offset);
        v4 = *(Limb*)((addresses[4] & mask) + offset);
        v5 = *(Limb*)((addresses[5] & mask) + offset);
        v6 = *(Limb*)((addresses[6] & mask) + offset);
        v7 = *(Limb*)((addresses[7] & mask) + offset);
        Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
    }

    /// <summary>Writes word i of the lines, each at its address, from vector i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Scatter(nuint* addresses, nuint offset, Limb v0, Limb v1, Limb v2, Limb v3, Limb v4, Limb v5, Limb v6, Limb v7)
    {
        Transpose(ref v0, ref v1, ref v2, ref v3, ref v4, ref v5, ref v6, ref v7);
        *(Limb*)(addresses[0] + offset) = v0;
        *(Limb*)(addresses[1] + offset) = v1;
        *(Limb*)(addresses[2] + offset) = v2;
        *(Limb*)(addresses[3] + offset) = v3;
        *(Limb*)(addresses[4] + offset) = v4;
        *(Limb*)(addresses[5] + offset) = v5;
        *(Limb*)(addresses[6] + offset) = v6;
        *(Limb*)(addresses[7] + offset) = v7;
    }

    /// <summary>Lane j of vector i becomes lane i of vector j.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Transpose(ref Limb v0, ref Limb v1, ref Limb v2, ref Limb v3, ref Limb v4, ref Limb v5, ref Limb v6, ref Limb v7)
    {
        Limb a0 = Avx512F.UnpackLow(v0, v1), a1 = Avx512F.UnpackHigh(v0, v1), a2 = Avx512F.UnpackLow(v2, v3), a3 = Avx512F.UnpackHigh(v2, v3);
        Limb a4 = Avx512F.UnpackLow(v4, v5), a5 = Avx512F.UnpackHigh(v4, v5), a6 = Avx512F.UnpackLow(v6, v7), a7 = Avx512F.UnpackHigh(v6, v7);
        // 128-bit parts: part k of a0 holds words 2k of lines 0 and 1. Even parts, then odd parts, of two vectors together.
        Limb b0 = Avx512F.Shuffle4x128(a0, a2, 0x88), b1 = Avx512F.Shuffle4x128(a1, a3, 0x88);
        Limb b2 = Avx512F.Shuffle4x128(a0, a2, 0xDD), b3 = Avx512F.Shuffle4x128(a1, a3, 0xDD);
        Limb b4 = Avx512F.Shuffle4x128(a4, a6, 0x88), b5 = Avx512F.Shuffle4x128(a5, a7, 0x88);
        Limb b6 = Avx512F.Shuffle4x128(a4, a6, 0xDD), b7 = Avx512F.Shuffle4x128(a5, a7, 0xDD);
        v0 = Avx512F.Shuffle4x128(b0, b4, 0x88);
        v1 = Avx512F.Shuffle4x128(b1, b5, 0x88);
        v2 = Avx512F.Shuffle4x128(b2, b6, 0x88);
        v3 = Avx512F.Shuffle4x128(b3, b7, 0x88);
        v4 = Avx512F.Shuffle4x128(b0, b4, 0xDD);
        v5 = Avx512F.Shuffle4x128(b1, b5, 0xDD);
        v6 = Avx512F.Shuffle4x128(b2, b6, 0xDD);
        v7 = Avx512F.Shuffle4x128(b3, b7, 0xDD);
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Zkml.Fields;
using static Zkml.Hashing.SignedWords;
using V = System.Runtime.Intrinsics.Vector512<uint>;

namespace Zkml.Hashing;

/// <summary>
/// Sixteen Poseidon2 states in the lanes of AVX-512 vectors: cell i of all states is vector i, Montgomery words in [0, p) in and out.
/// Equals <see cref="Poseidon2Rounds"/> lane by lane; only called where AVX-512BW is supported.
/// </summary>
/// <remarks>
/// Pointers are safe here: the callers hand in exactly 16 or 24 vectors, and the constant tables have the lengths the rounds read.
/// Compiled in full at the first call: unoptimised vector code would run until the tiers catch up, most of the first 0.2 s of hashing.
/// </remarks>
static unsafe class Poseidon2Avx512
{
    // Round constants c - p as signed words in [-p, 0): external (first half), internal, external (second half).
    static readonly int* s_constants16 = SignedConstants(Poseidon2Constants.Width16);
    static readonly int* s_constants24 = SignedConstants(Poseidon2Constants.Width24);

    static int* SignedConstants(Poseidon2Constants constants)
    {
        int half = Poseidon2Constants.HalfExternalRounds * constants.Width;
        KoalaBear[] all = [.. constants.External[..half], .. constants.Internal, .. constants.External[half..]];
        int* table = (int*)RuntimeHelpers.AllocateTypeAssociatedMemory(typeof(Poseidon2Avx512), all.Length * sizeof(int));
        for (int i = 0; i < all.Length; i++)
            table[i] = (int)all[i].Montgomery - (int)KoalaBear.Modulus;
        return table;
    }

    /// <summary>Permutes 16 vectors in place; any alignment.</summary>
    public static void Permute16(V* state)
    {
        int* constants = s_constants16;
        ExternalLayer16(state);
        ExternalRounds16(state, constants);
        InternalRounds16(state, constants + 64);
        ExternalRounds16(state, constants + 84);
    }

    /// <summary>Permutes 24 vectors in place; any alignment.</summary>
    [SkipLocalsInit]
    public static void Permute24(V* state)
    {
        // The state of width 24 lives in memory between the rounds, where a vector across two cache lines costs twice.
        byte* buffer = stackalloc byte[(24 + 1) * sizeof(V)];
        V* aligned = (V*)(((nuint)buffer + 63) & ~(nuint)63);
        for (int i = 0; i < 24; i++)
            aligned[i] = state[i];
        int* constants = s_constants24;
        ExternalLayer24(aligned);
        ExternalRounds24(aligned, constants);
        InternalRounds24(aligned, constants + 96);
        ExternalRounds24(aligned, constants + 119);
        for (int i = 0; i < 24; i++)
            state[i] = aligned[i];
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static void ExternalRounds16(V* state, int* constants) => ExternalRounds(state, 16, constants);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static void ExternalRounds24(V* state, int* constants) => ExternalRounds(state, 24, constants);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static void ExternalLayer16(V* state) => ExternalLayer(state, 16);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static void ExternalLayer24(V* state) => ExternalLayer(state, 24);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ExternalRounds(V* state, int width, int* constants)
    {
        for (int round = 0; round < Poseidon2Constants.HalfExternalRounds; round++)
        {
            for (int i = 0; i < width; i++)
                state[i] = SBox(state[i], constants[round * width + i]);
            ExternalLayer(state, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ExternalLayer(V* state, int width)
    {
        V sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        for (int i = 0; i < width; i += 4)
        {
            V x0 = state[i], x1 = state[i + 1], x2 = state[i + 2], x3 = state[i + 3];
            V left = Add(x0, x1), right = Add(x2, x3), total = Add(left, right);
            V total1 = Add(total, x1), total3 = Add(total, x3);
            x0 = Add(total3, Double(x0));
            x2 = Add(total1, Double(x2));
            V y0 = Add(total1, left), y2 = Add(total3, right);
            state[i] = y0;
            state[i + 1] = x2;
            state[i + 2] = y2;
            state[i + 3] = x0;
            sum0 = Add(sum0, y0);
            sum1 = Add(sum1, x2);
            sum2 = Add(sum2, y2);
            sum3 = Add(sum3, x0);
        }
        for (int i = 0; i < width; i += 4)
        {
            state[i] = Add(state[i], sum0);
            state[i + 1] = Add(state[i + 1], sum1);
            state[i + 2] = Add(state[i + 2], sum2);
            state[i + 3] = Add(state[i + 3], sum3);
        }
    }

    /// <summary>The 20 internal rounds of width 16, with the state in registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static void InternalRounds16(V* state, int* constants)
    {
        V s0 = state[0], s1 = state[1], s2 = state[2], s3 = state[3], s4 = state[4], s5 = state[5], s6 = state[6], s7 = state[7];
        V s8 = state[8], s9 = state[9], s10 = state[10], s11 = state[11], s12 = state[12], s13 = state[13], s14 = state[14], s15 = state[15];
        for (int round = 0; round < 20; round++)
        {
            V rest = Add(
                Add(Add(Add(s1, s2), Add(s3, s4)), Add(Add(s5, s6), Add(s7, s8))),
                Add(Add(Add(s9, s10), Add(s11, s12)), Add(Add(s13, s14), s15)));
            s0 = SBox(s0, constants[round]);
            V sum = Add(rest, s0);
            s0 = Subtract(rest, s0);
            s1 = Add(sum, s1);
            s2 = Add(sum, Double(s2));
            s3 = Add(sum, Halve(s3));
            s4 = Add(sum, Add(s4, Double(s4)));
            s5 = Add(sum, Double(Double(s5)));
            s6 = Subtract(sum, Halve(s6));
            s7 = Subtract(sum, Add(s7, Double(s7)));
            s8 = Subtract(sum, Double(Double(s8)));
            s9 = Subtract(sum, NegativeShift(s9, 8));
            s10 = Subtract(sum, NegativeShift(s10, 3));
            s11 = Subtract(sum, NegativeShift24(s11));
            s12 = Add(sum, NegativeShift(s12, 8));
            s13 = Add(sum, NegativeShift(s13, 3));
            s14 = Add(sum, NegativeShift(s14, 4));
            s15 = Add(sum, NegativeShift24(s15));
        }
        (state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]) = (s0, s1, s2, s3, s4, s5, s6, s7);
        (state[8], state[9], state[10], state[11], state[12], state[13], state[14], state[15]) = (s8, s9, s10, s11, s12, s13, s14, s15);
    }

    /// <summary>The 23 internal rounds of width 24; 24 cells and the temporaries exceed the 32 registers, so the state stays in memory.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static void InternalRounds24(V* state, int* constants)
    {
        for (int round = 0; round < 23; round++)
        {
            V a = Add(state[1], state[2]), b = Add(state[3], state[4]), c = Add(state[5], state[6]), d = Add(state[7], state[8]);
            for (int i = 9; i < 21; i += 4)
            {
                a = Add(a, state[i]);
                b = Add(b, state[i + 1]);
                c = Add(c, state[i + 2]);
                d = Add(d, state[i + 3]);
            }
            V rest = Add(Add(Add(a, state[21]), Add(b, state[22])), Add(Add(c, state[23]), d));
            V first = SBox(state[0], constants[round]), sum = Add(rest, first);
            state[0] = Subtract(rest, first);
            state[1] = Add(sum, state[1]);
            state[2] = Add(sum, Double(state[2]));
            state[3] = Add(sum, Halve(state[3]));
            state[4] = Add(sum, Add(state[4], Double(state[4])));
            state[5] = Add(sum, Double(Double(state[5])));
            state[6] = Subtract(sum, Halve(state[6]));
            state[7] = Subtract(sum, Add(state[7], Double(state[7])));
            state[8] = Subtract(sum, Double(Double(state[8])));
            state[9] = Subtract(sum, NegativeShift(state[9], 8));
            state[10] = Subtract(sum, NegativeShift(state[10], 2));
            state[11] = Subtract(sum, NegativeShift(state[11], 3));
            state[12] = Subtract(sum, NegativeShift(state[12], 4));
            state[13] = Subtract(sum, NegativeShift(state[13], 5));
            state[14] = Subtract(sum, NegativeShift(state[14], 6));
            state[15] = Subtract(sum, NegativeShift24(state[15]));
            state[16] = Add(sum, NegativeShift(state[16], 8));
            state[17] = Add(sum, NegativeShift(state[17], 3));
            state[18] = Add(sum, NegativeShift(state[18], 4));
            state[19] = Add(sum, NegativeShift(state[19], 5));
            state[20] = Add(sum, NegativeShift(state[20], 6));
            state[21] = Add(sum, NegativeShift(state[21], 7));
            state[22] = Add(sum, NegativeShift(state[22], 9));
            state[23] = Add(sum, NegativeShift24(state[23]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Double(V x) => Add(x, x);

    /// <summary>x/2 mod p: shifts, and an odd x gets (p + 1)/2 more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Halve(V x) => Avx512F.ShiftRightLogical(x, 1) + (Vector512.Create((KoalaBear.Modulus + 1) / 2) & (V.Zero - (x & V.One)));

    /// <summary>
    /// -x·2^-n mod p in [0, p], n at most 9. With x = high·2^n + low and 2^-n ≡ -127·2^(24-n), it is 127·2^(24-n)·low - high,
    /// which is not negative unless low = 0; then p - high.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V NegativeShift(V x, [ConstantExpected] byte n)
    {
        V low = x & Vector512.Create((1u << n) - 1), high = Avx512F.ShiftRightLogical(x, n);
        // low is below 2^15, so the signed 16-bit products are exact, and the odd ones are 0.
        V product = Avx512BW.MultiplyAddAdjacent(low.AsInt16(), Vector512.Create((short)127)).AsUInt32() << (24 - n);
        return Vector512.ConditionalSelect(Vector512.Equals(low, V.Zero), Vector512.Create(KoalaBear.Modulus), product) - high;
    }

    /// <summary>-x·2^-24 mod p in [0, p]: 127·low - high by the same argument, 127·low as 128·low - low.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V NegativeShift24(V x)
    {
        V low = x & Vector512.Create((1u << 24) - 1), high = Avx512F.ShiftRightLogical(x, 24);
        V shifted = Vector512.ConditionalSelect(Vector512.Equals(low, V.Zero), Vector512.Create(KoalaBear.Modulus), Avx512F.ShiftLeftLogical(low, 7));
        return shifted - (low + high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V SBox(V x, int constant) => Cube(x.AsInt32() + Vector512.Create(constant));
}

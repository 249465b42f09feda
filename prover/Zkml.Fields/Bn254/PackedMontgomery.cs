using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>
/// Eight elements at a time of the prime field of <typeparamref name="TModulus"/>: 9 vectors of 29-bit limbs, least significant first, one element
/// in each 64-bit lane, in Montgomery form with R = 2^261. AVX-512 only; <see cref="MontgomeryElement{TModulus}"/> is the scalar reference.
/// </summary>
/// <remarks>
/// Three grades of a value: <em>reduced</em>, limbs below 2^29 and the number below p + 2^237; <em>tight</em>, limbs below 2^29 and the number
/// below 2p; <em>loose</em>, limbs below 2^31 and the number below 8p. A buffer is 9 vectors; an output may be an input. The unsafe code is safe
/// where every pointer names such a buffer: the kernels touch exactly these vectors.
/// </remarks>
static unsafe partial class PackedMontgomery<TModulus>
    where TModulus : struct, IModulus
{
    /// <summary>Elements side by side.</summary>
    public const int Lanes = 8;

    /// <summary>Vectors of an element.</summary>
    public const int LimbCount = 9;

    const int LimbBits = 29;

    const ulong LimbMask = (1UL << LimbBits) - 1;

    public static bool IsSupported => Avx512F.IsSupported && Avx512DQ.IsSupported;

    static Limb Mask
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(LimbMask);
    }

    /// <summary>Limb <paramref name="index"/> of p in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Limb Modulus(int index) => Vector512.Create(ModulusLimb(index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong ModulusLimb(int index) => index switch
    {
        0 => TModulus.P0 & LimbMask,
        1 => (TModulus.P0 >> 29) & LimbMask,
        2 => ((TModulus.P0 >> 58) | (TModulus.P1 << 6)) & LimbMask,
        3 => (TModulus.P1 >> 23) & LimbMask,
        4 => ((TModulus.P1 >> 52) | (TModulus.P2 << 12)) & LimbMask,
        5 => (TModulus.P2 >> 17) & LimbMask,
        6 => ((TModulus.P2 >> 46) | (TModulus.P3 << 18)) & LimbMask,
        7 => (TModulus.P3 >> 11) & LimbMask,
        _ => TModulus.P3 >> 40,
    };

    /// <summary>The products of the low 32 bits of each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Limb Times(Limb left, Limb right) => Avx512F.Multiply(left.AsUInt32(), right.AsUInt32());

    /// <summary>
    /// left·right·2^-261, tight. Left may be loose where right is tight, or both may be below 5p with limbs below 2^30: a column then sums to less
    /// than 9·2^60 + 9·2^58 &lt; 2^64, and the result is below p + q + left·right/2^261 &lt; 2p, as q &lt; p/2 + 1 in both fields and 2^261 &gt; 169p.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(Limb* left, Limb* right, Limb* result) =>
        Multiply(left, right[0], right[1], right[2], right[3], right[4], right[5], right[6], right[7], right[8], result);

    /// <summary>The same product with one tight factor for all lanes: its 9 limbs, one word each.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(Limb* left, ulong* right, Limb* result) =>
        Multiply(
            left, Vector512.Create(right[0]), Vector512.Create(right[1]), Vector512.Create(right[2]), Vector512.Create(right[3]), Vector512.Create(right[4]),
            Vector512.Create(right[5]), Vector512.Create(right[6]), Vector512.Create(right[7]), Vector512.Create(right[8]), result);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Multiply(Limb* left, Limb b0, Limb b1, Limb b2, Limb b3, Limb b4, Limb b5, Limb b6, Limb b7, Limb b8, Limb* result)
    {
        Limb t0 = Limb.Zero, t1 = t0, t2 = t0, t3 = t0, t4 = t0, t5 = t0, t6 = t0, t7 = t0, t8 = t0;
        MultiplyRow(left[0], b0, b1, b2, b3, b4, b5, b6, b7, b8, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        MultiplyRow(left[1], b0, b1, b2, b3, b4, b5, b6, b7, b8, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        MultiplyRow(left[2], b0, b1, b2, b3, b4, b5, b6, b7, b8, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        MultiplyRow(left[3], b0, b1, b2, b3, b4, b5, b6, b7, b8, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        MultiplyRow(left[4], b0, b1, b2, b3, b4, b5, b6, b7, b8, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        MultiplyRow(left[5], b0, b1, b2, b3, b4, b5, b6, b7, b8, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        MultiplyRow(left[6], b0, b1, b2, b3, b4, b5, b6, b7, b8, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        MultiplyRow(left[7], b0, b1, b2, b3, b4, b5, b6, b7, b8, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        MultiplyRow(left[8], b0, b1, b2, b3, b4, b5, b6, b7, b8, ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        Reduce(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        StoreCarried(t0, t1, t2, t3, t4, t5, t6, t7, t8, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void MultiplyRow(
        Limb x, Limb b0, Limb b1, Limb b2, Limb b3, Limb b4, Limb b5, Limb b6, Limb b7, Limb b8,
        ref Limb t0, ref Limb t1, ref Limb t2, ref Limb t3, ref Limb t4, ref Limb t5, ref Limb t6, ref Limb t7, ref Limb t8)
    {
        t0 += Times(x, b0);
        t1 += Times(x, b1);
        t2 += Times(x, b2);
        t3 += Times(x, b3);
        t4 += Times(x, b4);
        t5 += Times(x, b5);
        t6 += Times(x, b6);
        t7 += Times(x, b7);
        t8 += Times(x, b8);
    }

    /// <summary>
    /// t = (t + m·n·p)/2^29 with n = -p^-1 mod 2^29 and m = t mod 2^29: since n·p = q·2^29 - 1 for the number q of the limbs F, that is ⌊t/2^29⌋ + m·q. No product stands
    /// before m, which halves the latency of <see cref="Reduce"/>; the result is below 2^29·q + t/2^29, for one Reduce at the end to bring down.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Fold(ref Limb t0, ref Limb t1, ref Limb t2, ref Limb t3, ref Limb t4, ref Limb t5, ref Limb t6, ref Limb t7, ref Limb t8)
    {
        Limb m = t0 & Mask, carry = t0 >> LimbBits;
        t0 = t1 + carry + Times(m, Vector512.Create(TModulus.F0));
        t1 = t2 + Times(m, Vector512.Create(TModulus.F1));
        t2 = t3 + Times(m, Vector512.Create(TModulus.F2));
        t3 = t4 + Times(m, Vector512.Create(TModulus.F3));
        t4 = t5 + Times(m, Vector512.Create(TModulus.F4));
        t5 = t6 + Times(m, Vector512.Create(TModulus.F5));
        t6 = t7 + Times(m, Vector512.Create(TModulus.F6));
        t7 = t8 + Times(m, Vector512.Create(TModulus.F7));
        t8 = Times(m, Vector512.Create(TModulus.F8));
    }

    /// <summary>Adds the multiple of p that clears the lowest limb, and drops that limb: the columns move down by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Reduce(ref Limb t0, ref Limb t1, ref Limb t2, ref Limb t3, ref Limb t4, ref Limb t5, ref Limb t6, ref Limb t7, ref Limb t8)
    {
        Limb m = Times(t0, Vector512.Create(TModulus.NegativeInverse & LimbMask)) & Mask;
        Limb carry = (t0 + Times(m, Modulus(0))) >> LimbBits;
        t0 = t1 + Times(m, Modulus(1)) + carry;
        t1 = t2 + Times(m, Modulus(2));
        t2 = t3 + Times(m, Modulus(3));
        t3 = t4 + Times(m, Modulus(4));
        t4 = t5 + Times(m, Modulus(5));
        t5 = t6 + Times(m, Modulus(6));
        t6 = t7 + Times(m, Modulus(7));
        t7 = t8 + Times(m, Modulus(8));
        t8 = Limb.Zero;
    }

    /// <summary>value²·2^-261, tight; the value is tight. Each product of two different limbs is taken once, with one of them doubled.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Square(Limb* value, Limb* result)
    {
        Limb a0 = value[0], a1 = value[1], a2 = value[2], a3 = value[3], a4 = value[4], a5 = value[5], a6 = value[6], a7 = value[7], a8 = value[8];
        Limb d1 = a1 + a1, d2 = a2 + a2, d3 = a3 + a3, d4 = a4 + a4, d5 = a5 + a5, d6 = a6 + a6, d7 = a7 + a7, d8 = a8 + a8;
        Limb t0 = Times(a0, a0), t1 = Times(a0, d1), t2 = Times(a0, d2), t3 = Times(a0, d3), t4 = Times(a0, d4), t5 = Times(a0, d5),
            t6 = Times(a0, d6), t7 = Times(a0, d7), t8 = Times(a0, d8);
        // Before step i the lowest column is column i: the products a_j·a_k with j + k = i, j ≤ k, were all added by row j ≤ i.
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        (t1, t2, t3, t4) = (t1 + Times(a1, a1), t2 + Times(a1, d2), t3 + Times(a1, d3), t4 + Times(a1, d4));
        (t5, t6, t7, t8) = (t5 + Times(a1, d5), t6 + Times(a1, d6), t7 + Times(a1, d7), t8 + Times(a1, d8));
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        (t2, t3, t4) = (t2 + Times(a2, a2), t3 + Times(a2, d3), t4 + Times(a2, d4));
        (t5, t6, t7, t8) = (t5 + Times(a2, d5), t6 + Times(a2, d6), t7 + Times(a2, d7), t8 + Times(a2, d8));
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        (t3, t4) = (t3 + Times(a3, a3), t4 + Times(a3, d4));
        (t5, t6, t7, t8) = (t5 + Times(a3, d5), t6 + Times(a3, d6), t7 + Times(a3, d7), t8 + Times(a3, d8));
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        (t4, t5, t6, t7, t8) = (t4 + Times(a4, a4), t5 + Times(a4, d5), t6 + Times(a4, d6), t7 + Times(a4, d7), t8 + Times(a4, d8));
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        (t5, t6, t7, t8) = (t5 + Times(a5, a5), t6 + Times(a5, d6), t7 + Times(a5, d7), t8 + Times(a5, d8));
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        (t6, t7, t8) = (t6 + Times(a6, a6), t7 + Times(a6, d7), t8 + Times(a6, d8));
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        (t7, t8) = (t7 + Times(a7, a7), t8 + Times(a7, d8));
        Fold(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        t8 += Times(a8, a8);
        Reduce(ref t0, ref t1, ref t2, ref t3, ref t4, ref t5, ref t6, ref t7, ref t8);
        StoreCarried(t0, t1, t2, t3, t4, t5, t6, t7, t8, result);
    }

    /// <summary>Carries from limb to limb, so that all but the top one are below 2^29.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void StoreCarried(Limb t0, Limb t1, Limb t2, Limb t3, Limb t4, Limb t5, Limb t6, Limb t7, Limb t8, Limb* result)
    {
        result[0] = t0 & Mask;
        t1 += t0 >> LimbBits;
        result[1] = t1 & Mask;
        t2 += t1 >> LimbBits;
        result[2] = t2 & Mask;
        t3 += t2 >> LimbBits;
        result[3] = t3 & Mask;
        t4 += t3 >> LimbBits;
        result[4] = t4 & Mask;
        t5 += t4 >> LimbBits;
        result[5] = t5 & Mask;
        t6 += t5 >> LimbBits;
        result[6] = t6 & Mask;
        t7 += t6 >> LimbBits;
        result[7] = t7 & Mask;
        result[8] = t8 + (t7 >> LimbBits);
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>Sums, differences, the quick reduction, and the way to and from four 64-bit words.</summary>
static unsafe partial class PackedMontgomery<TModulus>
{
    const int QuotientShift = 50;

    // Limbs of 4p and 6p, spread so that no limb of a difference is negative. Once: one tight number may be taken off. Twice: two.
    static readonly ulong[] s_spreadOnce = SpreadMultiple(4, 1), s_spreadTwice = SpreadMultiple(6, 2);

    static readonly ulong s_quotientFactor = (1UL << QuotientShift) / (ModulusLimb(8) + 1);

    // Raw limbs of 2^266 mod p and 2^256 mod p: products with them change R from 2^256 to 2^261, and back.
    static readonly ulong[] s_enterFactor = WideLimbs(Enumerable.Range(0, 10).Aggregate(MontgomeryElement<TModulus>.One, (power, _) => power + power));

    static readonly ulong[] s_leaveFactor = WideLimbs(MontgomeryElement<TModulus>.One);

    /// <summary>left - right + 4p, loose; both are tight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Subtract(Limb* left, Limb* right, Limb* result)
    {
        for (int i = 0; i < LimbCount; i++)
            result[i] = left[i] + Vector512.Create(s_spreadOnce[i]) - right[i];
    }

    /// <summary>left - right, reduced; both are tight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SubtractReduced(Limb* left, Limb* right, Limb* result)
    {
        Subtract(left, right, result);
        ReduceLoose(result, result);
    }

    /// <summary>left - first - second, reduced; all are tight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SubtractReduced(Limb* left, Limb* first, Limb* second, Limb* result)
    {
        for (int i = 0; i < LimbCount; i++)
            result[i] = left[i] + Vector512.Create(s_spreadTwice[i]) - first[i] - second[i];
        ReduceLoose(result, result);
    }

    /// <summary>left + right, without a carry: limbs below 2^30 and the number below 4p, for tight operands.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(Limb* left, Limb* right, Limb* result)
    {
        for (int i = 0; i < LimbCount; i++)
            result[i] = left[i] + right[i];
    }

    /// <summary>low + high in the place of low, low - high + 4p in that of high, both loose; both are tight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddSubtract(Limb* low, Limb* high)
    {
        for (int i = 0; i < LimbCount; i++)
        {
            Limb left = low[i], right = high[i];
            low[i] = left + right;
            high[i] = left + Vector512.Create(s_spreadOnce[i]) - right;
        }
    }

    /// <summary>left + right, reduced; both are tight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddReduced(Limb* left, Limb* right, Limb* result)
    {
        Add(left, right, result);
        ReduceLoose(result, result);
    }

    /// <summary>
    /// The reduced form of a loose number v: v - ⌊estimate of v/p⌋·p. The estimate, from the top two limbs, is at most v/p and short of it by less
    /// than 2^-17, so the result is at least 0 and below p + 2^-17·p.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void ReduceLoose(Limb* value, Limb* result)
    {
        Limb top = value[8] + (value[7] >> LimbBits);
        Limb quotient = Times(top, Vector512.Create(s_quotientFactor)) >> QuotientShift;
        Vector512<long> carry = Vector512<long>.Zero;
        for (int i = 0; i < LimbCount - 1; i++)
        {
            Vector512<long> column = (value[i] - Times(quotient, Modulus(i))).AsInt64() + carry;
            result[i] = column.AsUInt64() & Mask;
            carry = column >> LimbBits;
        }

        result[8] = value[8] - Times(quotient, Modulus(8)) + carry.AsUInt64();
    }

    /// <summary>Makes a reduced number canonical, in [0, p).</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Canonicalize(Limb* value, Limb* result)
    {
        Limb* difference = stackalloc Limb[LimbCount];
        Vector512<long> carry = Vector512<long>.Zero;
        for (int i = 0; i < LimbCount; i++)
        {
            Vector512<long> column = (value[i] - Modulus(i)).AsInt64() + carry;
            difference[i] = column.AsUInt64() & Mask;
            carry = column >> LimbBits;
        }

        // The last carry is -1 where the number is below p, otherwise 0.
        for (int i = 0; i < LimbCount; i++)
            result[i] = Vector512.ConditionalSelect(carry.AsUInt64(), value[i], difference[i]);
    }

    /// <summary>Limbs of the numbers below 2^256 whose 64-bit words are given, least significant first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(Limb word0, Limb word1, Limb word2, Limb word3, Limb* result)
    {
        result[0] = word0 & Mask;
        result[1] = (word0 >> 29) & Mask;
        result[2] = ((word0 >> 58) | (word1 << 6)) & Mask;
        result[3] = (word1 >> 23) & Mask;
        result[4] = ((word1 >> 52) | (word2 << 12)) & Mask;
        result[5] = (word2 >> 17) & Mask;
        result[6] = ((word2 >> 46) | (word3 << 18)) & Mask;
        result[7] = (word3 >> 11) & Mask;
        result[8] = word3 >> 40;
    }

    /// <summary>The 64-bit words, least significant first, of a tight number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pack(Limb* value, out Limb word0, out Limb word1, out Limb word2, out Limb word3)
    {
        word0 = value[0] | (value[1] << 29) | (value[2] << 58);
        word1 = (value[2] >> 6) | (value[3] << 23) | (value[4] << 52);
        word2 = (value[4] >> 12) | (value[5] << 17) | (value[6] << 46);
        word3 = (value[6] >> 18) | (value[7] << 11) | (value[8] << 40);
    }

    /// <summary>Writes the four words of one lane of a tight number.</summary>
    public static void GetLane(Limb* value, int lane, ulong* words)
    {
        ulong* limbs = (ulong*)value + lane;
        words[0] = limbs[0] | (limbs[8] << 29) | (limbs[16] << 58);
        words[1] = (limbs[16] >> 6) | (limbs[24] << 23) | (limbs[32] << 52);
        words[2] = (limbs[32] >> 12) | (limbs[40] << 17) | (limbs[48] << 46);
        words[3] = (limbs[48] >> 18) | (limbs[56] << 11) | (limbs[64] << 40);
    }

    /// <summary>Sets one lane from four words.</summary>
    public static void SetLane(Limb* value, int lane, ulong* words)
    {
        ulong* limbs = (ulong*)value + lane;
        limbs[0] = words[0] & LimbMask;
        limbs[8] = (words[0] >> 29) & LimbMask;
        limbs[16] = ((words[0] >> 58) | (words[1] << 6)) & LimbMask;
        limbs[24] = (words[1] >> 23) & LimbMask;
        limbs[32] = ((words[1] >> 52) | (words[2] << 12)) & LimbMask;
        limbs[40] = (words[2] >> 17) & LimbMask;
        limbs[48] = ((words[2] >> 46) | (words[3] << 18)) & LimbMask;
        limbs[56] = (words[3] >> 11) & LimbMask;
        limbs[64] = words[3] >> 40;
    }

    /// <summary>From R = 2^256 to R = 2^261, tight; the value is tight.</summary>
    public static void Enter(Limb* value, Limb* result) => MultiplyConstant(value, s_enterFactor, result);

    /// <summary>From R = 2^261 to R = 2^256, tight; the value is tight.</summary>
    public static void Leave(Limb* value, Limb* result) => MultiplyConstant(value, s_leaveFactor, result);

    /// <summary>The 9 limbs of one element for R = 2^261, reduced: a factor for all lanes.</summary>
    public static void Spread(in MontgomeryElement<TModulus> value, ulong* limbs)
    {
        Limb* element = stackalloc Limb[LimbCount];
        ulong[] words = WideLimbs(value);
        for (int i = 0; i < LimbCount; i++)
            element[i] = Vector512.CreateScalar(words[i]);
        Enter(element, element);
        ReduceLoose(element, element);
        for (int i = 0; i < LimbCount; i++)
            limbs[i] = element[i].ToScalar();
    }

    static void MultiplyConstant(Limb* value, ulong[] limbs, Limb* result)
    {
        Limb* factor = stackalloc Limb[LimbCount];
        for (int i = 0; i < LimbCount; i++)
            factor[i] = Vector512.Create(limbs[i]);
        Multiply(value, factor, result);
    }

    /// <summary>The raw words of an element, its Montgomery form for R = 2^256, in limbs.</summary>
    static ulong[] WideLimbs(MontgomeryElement<TModulus> value)
    {
        // Safe: an element is its four words.
        Limb* lanes = stackalloc Limb[LimbCount];
        SetLane(lanes, 0, (ulong*)&value);
        var limbs = new ulong[LimbCount];
        for (int i = 0; i < LimbCount; i++)
            limbs[i] = lanes[i].ToScalar();
        return limbs;
    }

    static ulong[] SpreadMultiple(ulong multiple, int times)
    {
        var limbs = new ulong[LimbCount];
        ulong carry = 0;
        for (int i = 0; i < LimbCount; i++)
        {
            ulong column = multiple * ModulusLimb(i) + carry;
            limbs[i] = i < LimbCount - 1 ? column & LimbMask : column;
            carry = column >> LimbBits;
        }

        // What a limb lends to the one below it is 2^29 of that one.
        for (int i = 0; i < LimbCount - 1; i++)
        {
            limbs[i] += (ulong)times << LimbBits;
            limbs[i + 1] -= (ulong)times;
        }

        return limbs;
    }
}

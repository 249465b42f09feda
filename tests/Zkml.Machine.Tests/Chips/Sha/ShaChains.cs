using System.Buffers.Binary;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips.Sha;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips.Sha;

/// <summary>Changes the columns of a round.</summary>
public delegate void RoundChange(ref ShaRoundColumns<KoalaBear> row);

/// <summary>
/// Chains of round rows as a forger builds them: honest up to some round, then a change, then rounds that go on correctly from what the change leads to.
/// The chip itself fills the rest: rounds can be undone, so that for any state at any round there is a block event which passes through it.
/// </summary>
/// <param name="block">The honest event.</param>
/// <param name="fill">The chip's 65 rows of an event.</param>
sealed class ShaChains(ShaBlockEvent block, Func<ShaBlockEvent, KoalaBear[]> fill)
{
    const int Rows = ShaRoundChip.RowsPerBlock;

    readonly uint[] _schedule = Sha256Reference.Schedule([.. Words(block)]);

    /// <summary>The honest rows.</summary>
    public KoalaBear[] Honest { get; } = fill(block);

    /// <summary>Cells of one row.</summary>
    int Width => Honest.Length / Rows;

    /// <summary>a…h before a round in [0, 64].</summary>
    public uint[] StateAt(int round)
    {
        var state = new uint[8];
        for (int i = 0; i < 8; i++) state[i] = BinaryPrimitives.ReverseEndianness(block.StateBefore[i]);
        for (int t = 0; t < round; t++) Sha256Reference.Step(state, t, _schedule[t]);
        return state;
    }

    /// <summary>Rows round…64 of a chain with this state before the round, and other block columns if told.</summary>
    public KoalaBear[] From(int round, ReadOnlySpan<uint> state, Func<ShaBlockEvent, ShaBlockEvent>? change = null)
    {
        uint[] before = state.ToArray();
        for (int t = round - 1; t >= 0; t--) Sha256Reference.StepBack(before, t, _schedule[t]);
        ShaBlockEvent forged = block;
        for (int i = 0; i < 8; i++) forged.StateBefore[i] = BinaryPrimitives.ReverseEndianness(before[i]);
        return fill(change is null ? forged : change(forged))[(round * Width)..];
    }

    /// <summary>
    /// Rows round…64 where the round's row is changed, its carries and the state after it follow from the changed columns, and the rest follows from that.
    /// Null where a carry would be no byte, so that more than the change is wrong.
    /// </summary>
    public KoalaBear[]? Continue(int round, RoundChange change)
    {
        KoalaBear[] row = Honest[(round * Width)..((round + 1) * Width)];
        ref var c = ref Columns.View<ShaRoundColumns<KoalaBear>, KoalaBear>(row.AsSpan());
        change(ref c);
        uint[] next = StateAt(round + 1);
        Word<KoalaBear> word = Limbs(in c.W), ef = Limbs(in c.EAndF), g = Limbs(in c.G), eg = Limbs(in c.EAndG), ab = Limbs(in c.AAndB), cx = Limbs(in c.CAndAXorB);
        long lo = Signed(c.H.Lo + c.BigSigma1.Lo + ef.Lo + g.Lo - eg.Lo + c.Fixed.Constant.Lo + word.Lo);
        long hi = Signed(c.H.Hi + c.BigSigma1.Hi + ef.Hi + g.Hi - eg.Hi + c.Fixed.Constant.Hi + word.Hi);
        if (!TryAdd(lo + Signed(c.D.Lo), hi + Signed(c.D.Hi), ref c.CarryE, out next[4])) return null;
        if (!TryAdd(lo + Signed(c.BigSigma0.Lo + ab.Lo + cx.Lo), hi + Signed(c.BigSigma0.Hi + ab.Hi + cx.Hi), ref c.CarryA, out next[0])) return null;
        return [.. row, .. From(round + 1, next)];
    }

    /// <summary>The two words σ0 and σ1 of whatever W's bits are, by the formula of the constraint.</summary>
    public static void SetSmallSigmas(ref ShaRoundColumns<KoalaBear> c)
    {
        c.SmallSigma0 = Rotations(in c.W, 7, 18, 3, isShift: true);
        c.SmallSigma1 = Rotations(in c.W, 17, 19, 10, isShift: true);
    }

    /// <summary>Σ0 and Σ1 of whatever the bits of A and E are.</summary>
    public static void SetBigSigmas(ref ShaRoundColumns<KoalaBear> c)
    {
        c.BigSigma0 = Rotations(in c.A, 2, 13, 22, isShift: false);
        c.BigSigma1 = Rotations(in c.E, 6, 11, 25, isShift: false);
    }

    /// <summary>The limbs of 32 cells taken as bits.</summary>
    public static Word<KoalaBear> Limbs(in Bits32<KoalaBear> bits)
    {
        Word<KoalaBear> limbs = default;
        for (int i = 0; i < 16; i++)
        {
            limbs.Lo += bits[i] * KoalaBear.FromCanonical(1u << i);
            limbs.Hi += bits[16 + i] * KoalaBear.FromCanonical(1u << i);
        }
        return limbs;
    }

    /// <summary>Writes 16 bits from bit <paramref name="first"/> on.</summary>
    public static void SetHalf(ref Bits32<KoalaBear> bits, int first, uint limb)
    {
        for (int i = 0; i < 16; i++) bits[first + i] = KoalaBear.FromBool((limb >> i & 1) != 0);
    }

    static Word<KoalaBear> Limbs(in Bytes4<KoalaBear> bytes)
    {
        KoalaBear radix = KoalaBear.FromCanonical(256);
        return new() { Lo = bytes[0] + radix * bytes[1], Hi = bytes[2] + radix * bytes[3] };
    }

    static Word<KoalaBear> Rotations(in Bits32<KoalaBear> x, int first, int second, int third, bool isShift)
    {
        Bits32<KoalaBear> result = default;
        for (int i = 0; i < 32; i++)
        {
            result[i] = Xor(x[(i + first) % 32], x[(i + second) % 32]);
            if (!isShift || i + third < 32) result[i] = Xor(result[i], x[(i + third) % 32]);
        }
        return Limbs(in result);
    }

    static KoalaBear Xor(KoalaBear x, KoalaBear y) => x + y - KoalaBear.FromCanonical(2) * x * y;

    static bool TryAdd(long lo, long hi, ref Word<KoalaBear> carry, out uint word)
    {
        long carryLo = lo >> 16, carryHi = (hi + carryLo) >> 16;
        word = (uint)(lo & 0xFFFF) | (uint)((hi + carryLo) & 0xFFFF) << 16;
        if (carryLo is < 0 or > 255 || carryHi is < 0 or > 255) return false;
        carry.Lo = KoalaBear.FromCanonical((uint)carryLo);
        carry.Hi = KoalaBear.FromCanonical((uint)carryHi);
        return true;
    }

    static long Signed(KoalaBear value)
    {
        long canonical = value.ToCanonical();
        return canonical > KoalaBear.Modulus / 2 ? canonical - KoalaBear.Modulus : canonical;
    }

    static IEnumerable<uint> Words(ShaBlockEvent e)
    {
        for (int i = 0; i < 8; i++) yield return BinaryPrimitives.ReverseEndianness(e.First[i].Value);
        for (int i = 0; i < 8; i++) yield return BinaryPrimitives.ReverseEndianness(e.Second[i].Value);
    }
}

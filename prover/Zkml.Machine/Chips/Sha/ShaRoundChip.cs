using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Machine.Tables;
using Zkml.Records;

namespace Zkml.Machine.Chips.Sha;

/// <summary>Thirty-two bits, least significant first.</summary>
[InlineArray(32)]
public struct Bits32<T> where T : unmanaged { T _first; }

/// <summary>One row: one of the 64 rounds of a block, or the row after the last, which hands the result back. Shape [rows × 169].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShaRoundColumns<T> where T : unmanaged
{
    public T IsStart;                               // bool; round 0
    public T IsRound;                               // bool; rounds 0…63
    public T IsEnd;                                 // bool; the row after round 63
    public T Clock, Block1Word, Block2Word;         // field; of the block
    public T Address;                               // word address of W in rounds 0…15
    public ShaConstantMessage<T> Fixed;             // from the ShaConstant table; Round = 64 on the end row
    public Bits32<T> A, E, W;                       // bits
    public Bytes4<T> B, C, F, G;                    // bytes, least significant first
    public Word<T> D, H;                            // u16 limbs, inherited
    public Bytes4<T> EAndF, EAndG, AAndB, CAndAXorB; // bytes
    public Word<T> BigSigma0, BigSigma1;            // Σ0(A), Σ1(E)
    public Word<T> SmallSigma0, SmallSigma1;        // σ0(W), σ1(W)
    public Word<T> Word16, Word7, Sigma15, Sigma2;  // W_(t-16), W_(t-7), σ0(W_(t-15)), σ1(W_(t-2)); rounds 16…63
    public Word<T> CarryA, CarryE, CarryW;          // bytes; carries out of the low and the high limb
}

/// <summary>
/// Proves the 64 rounds of a SHA-256 compression (FIPS 180-4 §6.2.2): from a…h and the block's words to the working variables after round 63.
/// </summary>
/// <remarks>
/// A chain is a run of 65 rows: it can begin only at round 0 (which takes ShaRoundStart), each round row is followed by the next round or the end
/// row of the same block, and only round 64 ends it (ShaRoundEnd). The clock names the block: no two blocks of a session have the same (OB-7).
/// A chain that the end of the table cuts off hands nothing back: its block would lack its ShaRoundEnd, since each chain has taken one ShaRoundStart
/// and there are as many of both as blocks.
/// </remarks>
public readonly struct ShaRoundAir : IAir
{
    /// <summary>Kinds on the schedule bus.</summary>
    const uint KindWord = 0, KindSigma0 = 1, KindSigma1 = 2;

    public string Name => "ShaRound";

    public int Width => Columns.Width<ShaRoundColumns<byte>>();

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<ShaRoundColumns<T>, T>(rows.Local);
        ref readonly var next = ref Columns.View<ShaRoundColumns<T>, T>(rows.Next);
        Chain(ref b, in c, in next);
        Schedule(ref b, in c);
        Functions(ref b, in c);
        Shift(ref b, in c, in next);
        Add(ref b, in c, in next);

        Words8<T> state = default;
        state[0] = Limbs(in c.A);
        state[1] = Limbs(in c.B);
        state[2] = Limbs(in c.C);
        state[3] = c.D;
        state[4] = Limbs(in c.E);
        state[5] = Limbs(in c.F);
        state[6] = Limbs(in c.G);
        state[7] = c.H;
        b.Receive(Buses.ShaRoundStart, c.IsStart, new ShaRoundStartMessage<T>
        {
            Clock = c.Clock, Block1Word = c.Block1Word, Block2Word = c.Block2Word, State = state,
        });
        b.Send(Buses.ShaRoundEnd, c.IsEnd, new ShaRoundEndMessage<T> { Clock = c.Clock, Working = state });
    }

    // The chain of rows (see the remarks). No row is round and end at once, because round 64 is in no table; no start is an end, because their
    // rounds differ; so a start, which is real by the rule on what follows no round, is a round.
    static void Chain<TBuilder, T>(ref TBuilder b, in ShaRoundColumns<T> c, in ShaRoundColumns<T> next)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        T one = Row.Constant<T>(1), isReal = c.IsRound + c.IsEnd, nextIsReal = next.IsRound + next.IsEnd;
        b.AssertBool(c.IsStart);
        b.AssertBool(c.IsRound);
        b.AssertBool(c.IsEnd);
        b.AssertZeroWhen(c.IsStart, c.Fixed.Round);
        b.AssertZeroWhen(c.IsEnd, c.Fixed.Round - Row.Constant<T>(64));
        // A row that follows no round must start a chain; so must the first row.
        b.AssertZeroFirst(isReal - c.IsStart);
        b.AssertZeroTransition((one - c.IsRound) * (nextIsReal - next.IsStart));
        // A round is followed by a row of its block, one round on.
        b.AssertZeroTransition(c.IsRound * (one - nextIsReal));
        b.AssertZeroTransition(c.IsRound * (next.Fixed.Round - c.Fixed.Round - one));
        b.AssertZeroTransition(c.IsRound * (next.Clock - c.Clock));
        b.AssertZeroTransition(c.IsRound * (next.Block1Word - c.Block1Word));
        b.AssertZeroTransition(c.IsRound * (next.Block2Word - c.Block2Word));
    }

    // W_t: rounds 0…15 read it from memory, rounds 16…63 compute it; later rounds take it, σ0 and σ1 of it from the schedule bus.
    static void Schedule<TBuilder, T>(ref TBuilder b, in ShaRoundColumns<T> c)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly ShaConstantMessage<T> f = ref c.Fixed;
        T one = Row.Constant<T>(1), isLoad = f.IsFirstLoad + f.IsSecondLoad, isExtended = c.IsRound - isLoad, notRound = one - c.IsRound;
        b.Send(Buses.ShaConstant, c.IsRound, in f);
        // The table fixes the flags of round rows; elsewhere these multiplicities are 0.
        b.AssertZeroWhen(notRound, f.IsFirstLoad);
        b.AssertZeroWhen(notRound, f.IsSecondLoad);
        b.AssertZeroWhen(notRound, f.WordUses);
        b.AssertZeroWhen(notRound, f.SmallSigma0Uses);
        b.AssertZeroWhen(notRound, f.SmallSigma1Uses);

        Word<T> word = Limbs(in c.W);
        b.AssertZeroWhen(f.IsFirstLoad, c.Address - c.Block1Word - f.Round);
        b.AssertZeroWhen(f.IsSecondLoad, c.Address - c.Block2Word - f.Round + Row.Constant<T>(8));
        b.Send(Buses.ShaAccess, isLoad, new ShaAccessMessage<T> { Time = c.Clock + f.Round, Word = c.Address, Value = word });

        Send(ref b, f.WordUses, KindWord, in c, word);
        Send(ref b, f.SmallSigma0Uses, KindSigma0, in c, c.SmallSigma0);
        Send(ref b, f.SmallSigma1Uses, KindSigma1, in c, c.SmallSigma1);
        Receive(ref b, isExtended, KindWord, in c, 16, c.Word16);
        Receive(ref b, isExtended, KindWord, in c, 7, c.Word7);
        Receive(ref b, isExtended, KindSigma0, in c, 15, c.Sigma15);
        Receive(ref b, isExtended, KindSigma1, in c, 2, c.Sigma2);

        // W_t = W_(t-16) + σ0(W_(t-15)) + W_(t-7) + σ1(W_(t-2)) mod 2^32. Received limbs are sums of bits of their own rows, hence below 2^16; W's
        // limbs are sums of bits; the carries are bytes. |sum - limb - 2^16·carry| < 2^25 < p, so each line is an integer identity.
        KoalaBear radix = KoalaBear.FromCanonical(1 << 16);
        b.AssertZeroWhen(isExtended, c.Word16.Lo + c.Sigma15.Lo + c.Word7.Lo + c.Sigma2.Lo - word.Lo - c.CarryW.Lo * radix);
        b.AssertZeroWhen(isExtended, c.Word16.Hi + c.Sigma15.Hi + c.Word7.Hi + c.Sigma2.Hi + c.CarryW.Lo - word.Hi - c.CarryW.Hi * radix);
        b.Send(Buses.Byte, isExtended, new ByteMessage<T> { A = c.CarryW.Lo, B = c.CarryW.Hi });

        static void Send(ref TBuilder b, T count, uint kind, in ShaRoundColumns<T> c, Word<T> value) =>
            b.Send(Buses.ShaSchedule, count, new ShaScheduleMessage<T> { Kind = Row.Constant<T>(kind), Clock = c.Clock, Round = c.Fixed.Round, Value = value });

        static void Receive(ref TBuilder b, T count, uint kind, in ShaRoundColumns<T> c, uint back, Word<T> value) =>
            b.Receive(Buses.ShaSchedule, count, new ShaScheduleMessage<T>
            {
                Kind = Row.Constant<T>(kind), Clock = c.Clock, Round = c.Fixed.Round - Row.Constant<T>(back), Value = value,
            });
    }

    // Σ and σ as sums of xor3 of bits; the conjunctions behind Ch = (e & f) + g - (e & g) and Maj = (a & b) + (c & (a ^ b)), both without overlap.
    static void Functions<TBuilder, T>(ref TBuilder b, in ShaRoundColumns<T> c)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        for (int i = 0; i < 32; i++)
        {
            b.AssertBool(c.A[i]);
            b.AssertBool(c.E[i]);
            b.AssertBool(c.W[i]);
        }
        Rotations(ref b, in c.A, c.BigSigma0, 2, 13, 22, isShift: false);
        Rotations(ref b, in c.E, c.BigSigma1, 6, 11, 25, isShift: false);
        Rotations(ref b, in c.W, c.SmallSigma0, 7, 18, 3, isShift: true);
        Rotations(ref b, in c.W, c.SmallSigma1, 17, 19, 10, isShift: true);
        for (int k = 0; k < 4; k++)
        {
            // The lookups also check that b, c, f and g are bytes, which bounds the state that ShaRoundStart brings.
            T a = Byte(in c.A, k), e = Byte(in c.E, k);
            b.Send(Buses.Bitwise, c.IsRound, new BitwiseMessage<T> { A = e, B = c.F[k], And = c.EAndF[k] });
            b.Send(Buses.Bitwise, c.IsRound, new BitwiseMessage<T> { A = e, B = c.G[k], And = c.EAndG[k] });
            b.Send(Buses.Bitwise, c.IsRound, new BitwiseMessage<T> { A = a, B = c.B[k], And = c.AAndB[k] });
            b.Send(Buses.Bitwise, c.IsRound, new BitwiseMessage<T> { A = c.C[k], B = a + c.B[k] - c.AAndB[k] - c.AAndB[k], And = c.CAndAXorB[k] });
        }
    }

    // b' = a, c' = b, d' = c, f' = e, g' = f, h' = g.
    static void Shift<TBuilder, T>(ref TBuilder b, in ShaRoundColumns<T> c, in ShaRoundColumns<T> next)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        for (int k = 0; k < 4; k++)
        {
            b.AssertZeroTransition(c.IsRound * (next.B[k] - Byte(in c.A, k)));
            b.AssertZeroTransition(c.IsRound * (next.C[k] - c.B[k]));
            b.AssertZeroTransition(c.IsRound * (next.F[k] - Byte(in c.E, k)));
            b.AssertZeroTransition(c.IsRound * (next.G[k] - c.F[k]));
        }
        Word<T> d = Limbs(in c.C), h = Limbs(in c.G);
        b.AssertZeroTransition(c.IsRound * (next.D.Lo - d.Lo));
        b.AssertZeroTransition(c.IsRound * (next.D.Hi - d.Hi));
        b.AssertZeroTransition(c.IsRound * (next.H.Lo - h.Lo));
        b.AssertZeroTransition(c.IsRound * (next.H.Hi - h.Hi));
    }

    // T1 = h + Σ1 + Ch + K + W; e' = d + T1; a' = T1 + Σ0 + Maj, mod 2^32. At most seven limbs below 2^16 and a carry on the left, a limb below 2^16
    // (sums of bits) and 2^16 times a byte on the right: below 2^25 in size, so each line is an integer identity.
    static void Add<TBuilder, T>(ref TBuilder b, in ShaRoundColumns<T> c, in ShaRoundColumns<T> next)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        KoalaBear radix = KoalaBear.FromCanonical(1 << 16);
        Word<T> word = Limbs(in c.W), ef = Limbs(in c.EAndF), g = Limbs(in c.G), eg = Limbs(in c.EAndG), ab = Limbs(in c.AAndB), cx = Limbs(in c.CAndAXorB);
        T lo = c.H.Lo + c.BigSigma1.Lo + ef.Lo + g.Lo - eg.Lo + c.Fixed.Constant.Lo + word.Lo;
        T hi = c.H.Hi + c.BigSigma1.Hi + ef.Hi + g.Hi - eg.Hi + c.Fixed.Constant.Hi + word.Hi;
        Word<T> a = Limbs(in next.A), e = Limbs(in next.E);
        b.AssertZeroTransition(c.IsRound * (c.D.Lo + lo - e.Lo - c.CarryE.Lo * radix));
        b.AssertZeroTransition(c.IsRound * (c.D.Hi + hi + c.CarryE.Lo - e.Hi - c.CarryE.Hi * radix));
        b.AssertZeroTransition(c.IsRound * (lo + c.BigSigma0.Lo + ab.Lo + cx.Lo - a.Lo - c.CarryA.Lo * radix));
        b.AssertZeroTransition(c.IsRound * (hi + c.BigSigma0.Hi + ab.Hi + cx.Hi + c.CarryA.Lo - a.Hi - c.CarryA.Hi * radix));
        b.Send(Buses.Byte, c.IsRound, new ByteMessage<T> { A = c.CarryE.Lo, B = c.CarryE.Hi });
        b.Send(Buses.Byte, c.IsRound, new ByteMessage<T> { A = c.CarryA.Lo, B = c.CarryA.Hi });
    }

    static void Rotations<TBuilder, T>(ref TBuilder b, in Bits32<T> x, Word<T> result, int first, int second, int third, bool isShift)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        T lo = default, hi = default;
        for (int i = 15; i >= 0; i--)
        {
            lo = lo + lo + Bit(in x, i, first, second, third, isShift);
            hi = hi + hi + Bit(in x, i + 16, first, second, third, isShift);
        }
        b.AssertEqual(result.Lo, lo);
        b.AssertEqual(result.Hi, hi);

        static T Bit(in Bits32<T> x, int i, int first, int second, int third, bool isShift)
        {
            T y = Xor(x[(i + first) % 32], x[(i + second) % 32]);
            return isShift && i + third >= 32 ? y : Xor(y, x[(i + third) % 32]);
        }

        static T Xor(T x, T y)
        {
            T product = x * y;
            return x + y - product - product;
        }
    }

    static T Byte<T>(in Bits32<T> bits, int index) where T : unmanaged, IAlgebra<T>
    {
        T value = bits[8 * index + 7];
        for (int i = 6; i >= 0; i--) value = value + value + bits[8 * index + i];
        return value;
    }

    static Word<T> Limbs<T>(in Bits32<T> bits) where T : unmanaged, IAlgebra<T>
    {
        KoalaBear radix = KoalaBear.FromCanonical(256);
        return new Word<T> { Lo = Byte(in bits, 0) + Byte(in bits, 1) * radix, Hi = Byte(in bits, 2) + Byte(in bits, 3) * radix };
    }

    static Word<T> Limbs<T>(in Bytes4<T> bytes) where T : unmanaged, IAlgebra<T>
    {
        KoalaBear radix = KoalaBear.FromCanonical(256);
        return new Word<T> { Lo = bytes[0] + bytes[1] * radix, Hi = bytes[2] + bytes[3] * radix };
    }
}

/// <summary>The ShaRound table: 65 rows a block, blocks in order.</summary>
public sealed class ShaRoundChip() : MachineChip<ShaRoundAir>(default)
{
    /// <summary>Rows of a block.</summary>
    public const int RowsPerBlock = 65;

    public override int RowCount(TraceInput input) => RowsPerBlock * input.Record.ShaBlock.Count;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        ReadOnlySpan<ShaBlockEvent> blocks = input.Record.ShaBlock.Items;
        Span<uint> schedule = stackalloc uint[64];
        Span<uint> state = stackalloc uint[8];
        int row = 0;
        while (row < rows.Count)
        {
            (int index, int round) = Math.DivRem(firstRow + row, RowsPerBlock);
            if (index >= blocks.Length)
            {
                rows[row++].Clear();
                continue;
            }
            Load(in blocks[index], schedule, state);
            for (int t = 0; t < RowsPerBlock && row < rows.Count; t++)
            {
                if (t >= round) FillRow(rows[row++], in blocks[index], schedule, state, t);
                if (t < 64) Step(schedule, state, t);
            }
        }
    }

    static void Load(in ShaBlockEvent e, Span<uint> schedule, Span<uint> state)
    {
        for (int i = 0; i < 8; i++)
        {
            state[i] = ShaWords.Native(e.StateBefore[i]);
            schedule[i] = ShaWords.Native(e.First[i].Value);
            schedule[i + 8] = ShaWords.Native(e.Second[i].Value);
        }
        for (int t = 16; t < 64; t++)
            schedule[t] = unchecked(schedule[t - 16] + SmallSigma0(schedule[t - 15]) + schedule[t - 7] + SmallSigma1(schedule[t - 2]));
    }

    static void Step(ReadOnlySpan<uint> schedule, Span<uint> s, int t)
    {
        uint t1 = unchecked(s[7] + BigSigma1(s[4]) + (s[4] & s[5] ^ ~s[4] & s[6]) + ShaConstantTable.Constants[t] + schedule[t]);
        uint t2 = unchecked(BigSigma0(s[0]) + (s[0] & s[1] ^ s[2] & (s[0] ^ s[1])));
        for (int i = 7; i > 0; i--) s[i] = s[i - 1];
        s[4] = unchecked(s[4] + t1);
        s[0] = unchecked(t1 + t2);
    }

    static void FillRow(Span<KoalaBear> row, in ShaBlockEvent e, ReadOnlySpan<uint> schedule, ReadOnlySpan<uint> s, int t)
    {
        row.Clear();
        ref var c = ref Columns.View<ShaRoundColumns<KoalaBear>, KoalaBear>(row);
        c.IsStart = KoalaBear.FromBool(t == 0);
        c.IsRound = KoalaBear.FromBool(t < 64);
        c.IsEnd = KoalaBear.FromBool(t == 64);
        c.Clock = KoalaBear.FromCanonical(e.Clock);
        c.Block1Word = KoalaBear.FromCanonical(e.Block1Word);
        c.Block2Word = KoalaBear.FromCanonical(e.Block2Word);
        c.Fixed.Round = KoalaBear.FromCanonical((uint)t);
        FillBits(ref c.A, s[0]);
        FillBits(ref c.E, s[4]);
        FillBytes(ref c.B, s[1]);
        FillBytes(ref c.C, s[2]);
        c.D.Set(s[3]);
        FillBytes(ref c.F, s[5]);
        FillBytes(ref c.G, s[6]);
        c.H.Set(s[7]);
        c.BigSigma0.Set(BigSigma0(s[0]));
        c.BigSigma1.Set(BigSigma1(s[4]));
        if (t == 64) return;
        if (t < 16) c.Address = KoalaBear.FromCanonical(t < 8 ? e.Block1Word + (uint)t : e.Block2Word + (uint)t - 8);
        ShaConstantTable.FillRound(ref c.Fixed, t);
        FillBits(ref c.W, schedule[t]);
        FillBytes(ref c.EAndF, s[4] & s[5]);
        FillBytes(ref c.EAndG, s[4] & s[6]);
        FillBytes(ref c.AAndB, s[0] & s[1]);
        FillBytes(ref c.CAndAXorB, s[2] & (s[0] ^ s[1]));
        c.SmallSigma0.Set(SmallSigma0(schedule[t]));
        c.SmallSigma1.Set(SmallSigma1(schedule[t]));
        FillCarries(ref c, schedule, s, t);
    }

    static void FillCarries(ref ShaRoundColumns<KoalaBear> c, ReadOnlySpan<uint> schedule, ReadOnlySpan<uint> s, int t)
    {
        uint choose = s[4] & s[5] | ~s[4] & s[6], majority = s[0] & s[1] | s[2] & (s[0] ^ s[1]);
        ReadOnlySpan<uint> t1 = [s[7], BigSigma1(s[4]), choose, ShaConstantTable.Constants[t], schedule[t]];
        FillCarry(ref c.CarryE, [.. t1, s[3]]);
        FillCarry(ref c.CarryA, [.. t1, BigSigma0(s[0]), majority]);
        if (t < 16) return;
        c.Word16.Set(schedule[t - 16]);
        c.Word7.Set(schedule[t - 7]);
        c.Sigma15.Set(SmallSigma0(schedule[t - 15]));
        c.Sigma2.Set(SmallSigma1(schedule[t - 2]));
        FillCarry(ref c.CarryW, [schedule[t - 16], schedule[t - 7], SmallSigma0(schedule[t - 15]), SmallSigma1(schedule[t - 2])]);
    }

    static void FillCarry(ref Word<KoalaBear> carry, ReadOnlySpan<uint> terms)
    {
        uint lo = 0, hi = 0;
        foreach (uint term in terms)
        {
            lo += term & 0xFFFF;
            hi += term >> 16;
        }
        carry.Lo = KoalaBear.FromCanonical(lo >> 16);
        carry.Hi = KoalaBear.FromCanonical((hi + (lo >> 16)) >> 16);
    }

    static void FillBits(ref Bits32<KoalaBear> bits, uint value)
    {
        for (int i = 0; i < 32; i++) bits[i] = KoalaBear.FromBool((value >> i & 1) != 0);
    }

    static void FillBytes(ref Bytes4<KoalaBear> bytes, uint value)
    {
        for (int k = 0; k < 4; k++) bytes[k] = KoalaBear.FromCanonical(value >> (8 * k) & 0xFF);
    }

    static uint BigSigma0(uint x) => BitOperations.RotateRight(x, 2) ^ BitOperations.RotateRight(x, 13) ^ BitOperations.RotateRight(x, 22);

    static uint BigSigma1(uint x) => BitOperations.RotateRight(x, 6) ^ BitOperations.RotateRight(x, 11) ^ BitOperations.RotateRight(x, 25);

    static uint SmallSigma0(uint x) => BitOperations.RotateRight(x, 7) ^ BitOperations.RotateRight(x, 18) ^ x >> 3;

    static uint SmallSigma1(uint x) => BitOperations.RotateRight(x, 17) ^ BitOperations.RotateRight(x, 19) ^ x >> 10;
}

using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips.Sha;

/// <summary>One row: one compression. Shape [rows × 55].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShaBlockColumns<T> where T : unmanaged
{
    public T IsReal;                    // bool
    public T Pc4, Clock;                // field; from the token
    public T OutWord;                   // word address
    public T Block1Word, Block2Word;    // word addresses of the two halves of the block
    public T Remaining;                 // blocks still to hash, this one included
    public Words8<T> Before;            // state, native words
    public Words8<T> Working;           // a…h after 64 rounds, from ShaRound
    public Words8<T> After;             // Before + Working mod 2^32 a word
}

/// <summary>Proves that the token's state becomes its SHA-256 compression with the 64 bytes at the two block pointers.</summary>
/// <remarks>
/// Remaining starts below 2^16 (the head), goes down by one a block, and only a store at exactly 0 ends the job. A block taken at 0 would send
/// p - 1 and need p - 1 more blocks to reach 0 again, more than any session has rows (OB-6a: each advances the clock by 16).
/// </remarks>
public readonly struct ShaBlockAir : IEventAir<ShaBlockEvent>
{
    static readonly KoalaBear s_inverse65536 = KoalaBear.FromCanonical(1 << 16).Inverse();

    public string Name => "ShaBlock";

    public int Width => Columns.Width<ShaBlockColumns<byte>>();

    public EventList<ShaBlockEvent> Events(SegmentRecord record) => record.ShaBlock;

    public void FillRow(in ShaBlockEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<ShaBlockColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Pc4 = KoalaBear.FromCanonical(e.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Clock);
        c.OutWord = KoalaBear.FromCanonical(e.OutWord);
        c.Block1Word = KoalaBear.FromCanonical(e.Block1Word);
        c.Block2Word = KoalaBear.FromCanonical(e.Block2Word);
        c.Remaining = KoalaBear.FromCanonical(e.Remaining);
        ShaWords.Fill(ref c.Before, in e.StateBefore);
        ShaWords.Fill(ref c.After, in e.StateAfter);
        for (int k = 0; k < 8; k++) c.Working[k].Set(unchecked(ShaWords.Native(e.StateAfter[k]) - ShaWords.Native(e.StateBefore[k])));
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<ShaBlockColumns<T>, T>(rows.Local);
        T sixteen = Row.Constant<T>(16);

        // IsReal is a multiplicity: a bit.
        b.AssertBool(c.IsReal);

        // After = Before + Working mod 2^32. Before and Working are well-formed (below), so with After in [0, 2^16) a limb the numerators lie in
        // (-2^16, 2^17) and a bit carry is the integer carry. After's limbs are checked by whoever takes the token: the next block's first round
        // (bits or bytes) or the store (bytes); words 3 and 7 are not decomposed there, so they are checked here.
        // Before comes from a load (bytes) or from the block before; Working from ShaRound's bits and bytes.
        for (int i = 0; i < 8; i++)
        {
            T carry = (c.Before[i].Lo + c.Working[i].Lo - c.After[i].Lo) * s_inverse65536;
            b.AssertBool(carry);
            b.AssertBool((c.Before[i].Hi + c.Working[i].Hi + carry - c.After[i].Hi) * s_inverse65536);
        }
        Row.CheckWord(ref b, c.IsReal, c.After[3]);
        Row.CheckWord(ref b, c.IsReal, c.After[7]);

        b.Receive(Buses.Sha, c.IsReal, new ShaMessage<T>
        {
            Pc4 = c.Pc4, Clock = c.Clock, OutWord = c.OutWord, Block1Word = c.Block1Word, Block2Word = c.Block2Word,
            Remaining = c.Remaining, State = c.Before,
        });
        b.Send(Buses.ShaRoundStart, c.IsReal, new ShaRoundStartMessage<T>
        {
            Clock = c.Clock, Block1Word = c.Block1Word, Block2Word = c.Block2Word, State = c.Before,
        });
        b.Receive(Buses.ShaRoundEnd, c.IsReal, new ShaRoundEndMessage<T> { Clock = c.Clock, Working = c.Working });
        b.Send(Buses.Sha, c.IsReal, new ShaMessage<T>
        {
            Pc4 = c.Pc4, Clock = c.Clock + sixteen, OutWord = c.OutWord, Block1Word = c.Block1Word + sixteen, Block2Word = c.Block2Word + sixteen,
            Remaining = c.Remaining - Row.Constant<T>(1), State = c.After,
        });
    }
}

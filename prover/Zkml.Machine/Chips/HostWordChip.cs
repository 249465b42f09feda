using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one word that the host writes. Shape [rows × 11].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct HostWordColumns<T> where T : unmanaged
{
    public T IsReal;               // bool; 0 on padding rows
    public T IsLast;               // bool
    public T Pc4, Clock;           // field; from the host token
    public T Word;                 // field; word address, from the host token
    public T Remaining;            // field; words still to write with this one, from the host token
    public WriteColumns<T> Memory; // the word replaced
    public Word<T> Value;          // u16 limbs; the host's word
}

/// <summary>
/// Proves that the host replaces one memory word during a SOFTWARE call, and the token moves on to the next word, or, after the last
/// one, to the next instruction (D5, OB-10).
/// </summary>
/// <remarks>
/// Exactly n words: the token leaves the Host bus only where Remaining is 1, and each row takes 1 off the n ≥ 1 of the head. A chain that
/// passes 1 by would need p more rows, far more than a session has. Whether a word is one that may be written is decided by the
/// boundary table (OB-4): words run upwards from below 2^30 and n is below 2^16, so none of them wraps into legal memory.
/// </remarks>
public readonly struct HostWordAir : IEventAir<HostWordEvent>
{
    public string Name => "HostWord";

    public int Width => Columns.Width<HostWordColumns<byte>>();

    public EventList<HostWordEvent> Events(SegmentRecord record) => record.HostWord;

    public void FillRow(in HostWordEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<HostWordColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.IsLast = KoalaBear.FromBool(e.Remaining == 1);
        c.Pc4 = KoalaBear.FromCanonical(e.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Clock);
        c.Word = KoalaBear.FromCanonical(e.Word);
        c.Remaining = KoalaBear.FromCanonical(e.Remaining);
        WriteColumns<KoalaBear>.Fill(ref c.Memory, in e.Memory);
        c.Value.Set(e.Memory.Value);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<HostWordColumns<T>, T>(rows.Local);
        T one = Row.Constant<T>(1), nextClock = c.Clock + Row.Constant<T>(4);

        // IsLast is 0 or IsReal, and 1 only where one word remains.
        b.AssertBool(c.IsReal);
        b.AssertZero(c.IsLast * (c.IsReal - c.IsLast));
        b.AssertZeroWhen(c.IsLast, c.Remaining - one);
        b.Receive(Buses.Host, c.IsReal, new HostMessage<T> { Pc4 = c.Pc4, Clock = c.Clock, Word = c.Word, Remaining = c.Remaining });
        b.Send(Buses.Host, c.IsReal - c.IsLast, new HostMessage<T> { Pc4 = c.Pc4, Clock = nextClock, Word = c.Word + one, Remaining = c.Remaining - one });
        b.Send(Buses.State, c.IsLast, new StateMessage<T> { Pc4 = c.Pc4 + one, Clock = nextClock });

        // The word is free except for its range (OB-9).
        Row.Write(ref b, c.IsReal, MemorySpace.Memory, c.Word, in c.Memory, c.Value, c.Clock + Row.Constant<T>(SubTime.Memory));
        Row.CheckWord(ref b, c.IsReal, c.Value);
    }
}

using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: the head of one SOFTWARE call. Shape [rows × 12].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct SoftwareColumns<T> where T : unmanaged
{
    public T IsReal;             // bool; 0 on padding rows
    public T HasWords;           // bool; the host writes words: the count is not 0
    public T CountInverse;       // field; 1 / count, where it is not 0
    public T Pc4, Clock;         // field; from the state token
    public Word<T> Pointer;      // a0 before: where the host's words go
    public Word<T> FirstAnswer;  // u16 limbs; a0 after, the host's advice
    public T Count;              // u16; a1 before, whose high limb is 0: the number of words
    public Word<T> SecondAnswer; // u16 limbs; a1 after, the host's advice
}

/// <summary>
/// Proves that the environment call SOFTWARE (D5) sets a0 and a1 to some words and hands the token to the host-word rows for exactly
/// a1 words from a0 on, a multiple of 4, or goes on at the next instruction where a1 is 0. What the call means is not proved.
/// </summary>
public readonly struct SoftwareAir : IEventAir<SoftwareEvent>
{
    public string Name => "Software";

    public int Width => Columns.Width<SoftwareColumns<byte>>();

    public EventList<SoftwareEvent> Events(SegmentRecord record) => record.Software;

    public void FillRow(in SoftwareEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<SoftwareColumns<KoalaBear>, KoalaBear>(row);
        KoalaBear count = KoalaBear.FromCanonical(e.A1.Previous);
        c.IsReal = KoalaBear.One;
        c.HasWords = KoalaBear.FromBool(e.A1.Previous != 0);
        c.CountInverse = count.Inverse();
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Pointer.Set(e.A0.Previous);
        c.FirstAnswer.Set(e.A0.Value);
        c.Count = count;
        c.SecondAnswer.Set(e.A1.Value);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<SoftwareColumns<T>, T>(rows.Local);
        b.AssertBool(c.IsReal);

        // HasWords = (Count ≠ 0) on a real row: a Count of 0 makes it 0, another one makes it IsReal. So it is a bit, and the token goes to
        // exactly one of the two buses.
        b.AssertEqual(c.HasWords, c.Count * c.CountInverse);
        b.AssertZeroWhen(c.Count, c.IsReal - c.HasWords);
        T isDone = c.IsReal - c.HasWords;
        T word = Ecall.PointerWord(ref b, c.HasWords, c.Pointer), nextClock = c.Clock + Row.Constant<T>(4);
        b.Receive(Buses.State, c.IsReal, new StateMessage<T> { Pc4 = c.Pc4, Clock = c.Clock });
        b.Send(Buses.State, isDone, new StateMessage<T> { Pc4 = c.Pc4 + Row.Constant<T>(1), Clock = nextClock });
        b.Send(Buses.Host, c.HasWords, new HostMessage<T> { Pc4 = c.Pc4, Clock = nextClock, Word = word, Remaining = c.Count });

        // The advice is free except for its range (OB-9).
        Ecall.Enter(ref b, c.IsReal, c.Pc4, c.Clock, EcallNumber.Software);
        Ecall.WriteRegister(ref b, c.IsReal, EcallRegister.A0, c.Pointer, c.FirstAnswer, c.Clock + Row.Constant<T>(1));
        Row.CheckWord(ref b, c.IsReal, c.FirstAnswer);
        Ecall.WriteRegister(ref b, c.IsReal, EcallRegister.A1, new Word<T> { Lo = c.Count }, c.SecondAnswer, c.Clock + Row.Constant<T>(2));
        Row.CheckWord(ref b, c.IsReal, c.SecondAnswer);
    }
}

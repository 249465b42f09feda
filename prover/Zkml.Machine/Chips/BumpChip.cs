using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one refresh of a word's time. Shape [rows × 9].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BumpColumns<T> where T : unmanaged
{
    public T IsReal;                // bool; 0 on padding rows
    public T Space, Word;           // field; any word that someone holds
    public Word<T> Value;           // u16 limbs; inherited and passed on
    public BoundedColumns<T> Time;  // the new time
    public BoundedColumns<T> Gap;   // new time - 1 - previous time
}

/// <summary>
/// Proves that a word's last access moves to a later time with its value unchanged, so that the next access finds it within a 16-bit
/// gap.
/// </summary>
public readonly struct BumpAir : IEventAir<BumpEvent>
{
    public string Name => "Bump";

    public int Width => Columns.Width<BumpColumns<byte>>();

    public EventList<BumpEvent> Events(SegmentRecord record) => record.Bump;

    public void FillRow(in BumpEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<BumpColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Space = KoalaBear.FromCanonical(e.Space);
        c.Word = KoalaBear.FromCanonical(e.Word);
        c.Value.Set(e.Value);
        Bounded.Fill(ref c.Time, e.Time, Bounded.Time);
        Bounded.Fill(ref c.Gap, (long)e.Time - 1 - e.PreviousTime, Bounded.Distance);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<BumpColumns<T>, T>(rows.Local);
        b.AssertBool(c.IsReal);

        // Bump rows never travel back (OB-1). time is an integer in [0, 2^30 + 2^16) and gap one in [0, 2^29 + 2^16), so time - 1 - gap is the
        // true previous time or a negative number above -2^29 - 2^17. Mod p that is above 2^30 + 2^27 + 16, where no row's time lies:
        // one bump cannot wrap, and neither can a chain, because each link's own time is bounded again.
        T time = Bounded.Constrain(ref b, c.IsReal, in c.Time, Bounded.Time);
        T gap = Bounded.Constrain(ref b, c.IsReal, in c.Gap, Bounded.Distance);
        b.Receive(Buses.Memory, c.IsReal, new MemoryMessage<T> { Space = c.Space, Word = c.Word, Value = c.Value, Time = time - Row.Constant<T>(1) - gap });
        b.Send(Buses.Memory, c.IsReal, new MemoryMessage<T> { Space = c.Space, Word = c.Word, Value = c.Value, Time = time });
    }
}

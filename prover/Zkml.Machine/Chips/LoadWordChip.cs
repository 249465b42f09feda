using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one LW. Shape [rows × 18].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LoadWordColumns<T> where T : unmanaged
{
    public T IsReal;                       // bool; 0 on padding rows
    public T IsReadOnly;                   // bool; the word comes from the read-only window
    public T Pc4, Clock;                   // field; from the state token
    public T Rd, Rs1;                      // register numbers; from the ROM
    public DataAddressColumns<T> Address;  // rs1 + immediate
    public ReadColumns<T> Memory;          // the word loaded
    public WriteColumns<T> Destination;    // rd
}

/// <summary>
/// Proves that rd becomes the memory word at rs1 + immediate, a multiple of 4, and the program goes on at the next instruction. The
/// word is read from read-write memory or from the read-only window: the row claims one, and only the one that holds the address
/// has such a word (OB-4).
/// </summary>
public readonly struct LoadWordAir : IEventAir<LoadEvent>
{
    public string Name => "LoadWord";

    public int Width => Columns.Width<LoadWordColumns<byte>>();

    public EventList<LoadEvent> Events(SegmentRecord record) => record.LoadWord;

    public void FillRow(in LoadEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<LoadWordColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.IsReadOnly = KoalaBear.FromBool(e.IsReadOnly);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        DataAddressColumns<KoalaBear>.Fill(ref c.Address, in e.Base, e.Step.Immediate);
        ReadColumns<KoalaBear>.Fill(ref c.Memory, in e.Memory);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<LoadWordColumns<T>, T>(rows.Local);
        b.AssertBool(c.IsReal);

        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Lw),
            Rd = c.Rd, Rs1 = c.Rs1,
            Immediate = DataAddress.Immediate(in c.Address),
        });

        // An offset of 0: a misaligned address has no row.
        T word = DataAddress.Constrain(ref b, c.IsReal, c.Rs1, c.Clock, in c.Address, default);
        DataAddress.Load(ref b, c.IsReal, c.IsReadOnly, word, in c.Memory, c.Clock);

        // rd takes the limbs of the word read, which inherit their range (OB-9).
        Row.Write(ref b, c.IsReal, MemorySpace.Register, c.Rd, in c.Destination, c.Memory.Value, c.Clock + Row.Constant<T>(SubTime.Rd));
    }
}

using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one SW. Shape [rows × 17].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StoreWordColumns<T> where T : unmanaged
{
    public T IsReal;                       // bool; 0 on padding rows
    public T Pc4, Clock;                   // field; from the state token
    public T Rs1, Rs2;                     // register numbers; from the ROM
    public DataAddressColumns<T> Address;  // rs1 + immediate
    public ReadColumns<T> Source;          // rs2
    public WriteColumns<T> Memory;         // the word replaced
}

/// <summary>
/// Proves that the memory word at rs1 + immediate, a multiple of 4, becomes rs2, and the program goes on at the next instruction.
/// </summary>
public readonly struct StoreWordAir : IEventAir<StoreEvent>
{
    public string Name => "StoreWord";

    public int Width => Columns.Width<StoreWordColumns<byte>>();

    public EventList<StoreEvent> Events(SegmentRecord record) => record.StoreWord;

    public void FillRow(in StoreEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<StoreWordColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Rs2 = KoalaBear.FromCanonical(e.Step.Rs2);
        DataAddressColumns<KoalaBear>.Fill(ref c.Address, in e.Base, e.Step.Immediate);
        ReadColumns<KoalaBear>.Fill(ref c.Source, in e.Source);
        WriteColumns<KoalaBear>.Fill(ref c.Memory, in e.Memory);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<StoreWordColumns<T>, T>(rows.Local);
        b.AssertBool(c.IsReal);

        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Sw),
            Rs1 = c.Rs1, Rs2 = c.Rs2,
            Immediate = DataAddress.Immediate(in c.Address),
        });

        // An offset of 0: a misaligned address has no row. A word outside of read-write memory has no boundary row (OB-4).
        T word = DataAddress.Constrain(ref b, c.IsReal, c.Rs1, c.Clock, in c.Address, default);
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs2, in c.Source, c.Clock + Row.Constant<T>(SubTime.Rs2));

        // Memory takes the limbs of rs2, which inherit their range (OB-9).
        Row.Write(ref b, c.IsReal, MemorySpace.Memory, word, in c.Memory, c.Source.Value, c.Clock + Row.Constant<T>(SubTime.Memory));
    }
}

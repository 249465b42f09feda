using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one JALR. Shape [rows × 16].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct JumpRegisterColumns<T> where T : unmanaged
{
    public T IsReal;                      // bool; 0 on padding rows
    public T Pc4, Clock;                  // field; from the state token
    public T Rd, Rs1;                     // register numbers; from the ROM
    public T LinkLow;                     // u16; low limb of 4(pc4 + 1), from the ROM
    public DataAddressColumns<T> Address; // rs1 + immediate
    public T LowBit;                      // bool; bit 0 of the sum, which the target drops
    public WriteColumns<T> Destination;   // rd
}

/// <summary>
/// Proves that rd becomes 4(pc4 + 1) and the program goes on at rs1 + immediate with bit 0 cleared. Bit 1 of the sum is 0: a row
/// cannot offer another one.
/// </summary>
public readonly struct JumpRegisterAir : IEventAir<JumpRegisterEvent>
{
    static readonly KoalaBear s_four = KoalaBear.FromCanonical(4), s_inverse65536 = KoalaBear.FromCanonical(1 << 16).Inverse();

    public string Name => "JumpRegister";

    public int Width => Columns.Width<JumpRegisterColumns<byte>>();

    public EventList<JumpRegisterEvent> Events(SegmentRecord record) => record.JumpRegister;

    public void FillRow(in JumpRegisterEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<JumpRegisterColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.LinkLow = KoalaBear.FromCanonical(e.Step.Auxiliary);
        DataAddressColumns<KoalaBear>.Fill(ref c.Address, in e.Base, e.Step.Immediate);
        c.LowBit = KoalaBear.FromCanonical(e.Base.Value + e.Step.Immediate & 1);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<JumpRegisterColumns<T>, T>(rows.Local);
        b.AssertBool(c.IsReal);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Jalr),
            Rd = c.Rd, Rs1 = c.Rs1,
            Immediate = DataAddress.Immediate(in c.Address),
            Auxiliary = c.LinkLow,
        });

        // The sum is 4·nextPc4 + LowBit over the integers. A sum that wraps mod 2^32 gives a word where no program has instructions: the ROM
        // lies in [0x0001_0000, 0xC000_0000), and so does every target that the next fetch can meet.
        b.AssertBool(c.LowBit);
        T nextPc4 = DataAddress.Constrain(ref b, c.IsReal, c.Rs1, c.Clock, in c.Address, c.LowBit);
        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, nextPc4, 4);

        // LinkLow is 4(pc4 + 1) mod 2^16 by the ROM and pc4 + 1 < 2^30, so the division is exact and its result is in [0, 2^16) (OB-9).
        var link = new Word<T> { Lo = c.LinkLow, Hi = ((c.Pc4 + Row.Constant<T>(1)) * s_four - c.LinkLow) * s_inverse65536 };
        Row.Write(ref b, c.IsReal, MemorySpace.Register, c.Rd, in c.Destination, link, c.Clock + Row.Constant<T>(SubTime.Rd));
    }
}

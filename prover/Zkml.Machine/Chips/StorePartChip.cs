using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one SB or SH. Shape [rows × 25].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct StorePartColumns<T> where T : unmanaged
{
    public T IsReal;                       // bool; 0 on padding rows
    public T IsHalf;                       // bool; SH
    public T Pc4, Clock;                   // field; from the state token
    public T Rs1, Rs2;                     // register numbers; from the ROM
    public DataAddressColumns<T> Address;  // rs1 + immediate
    public ReadColumns<T> Source;          // rs2
    public WriteColumns<T> Memory;         // the word that holds the part
    public Word<T> Merged;                 // u16 limbs; the word after
    public T HighHalf;                     // bool; bit 1 of the address
    public T HighByte;                     // bool; bit 0 of the address, 0 for halves
    public T SourceUpper;                  // byte; the byte of rs2's low limb that SB drops; 0 for halves
    public T Replaced;                     // byte; the byte that SB replaces; the old half for SH
    public T Kept;                         // byte; the other byte of the half that SB writes to; 0 for halves
}

/// <summary>
/// Proves that the byte or half at rs1 + immediate becomes the lowest of rs2, the rest of its word stays, and the program goes on at
/// the next instruction. A half's address is even. One access: the old word is received, the merged word is sent.
/// </summary>
public readonly struct StorePartAir : IEventAir<StoreEvent>
{
    static readonly KoalaBear s_two = KoalaBear.FromCanonical(2), s_255 = KoalaBear.FromCanonical(255), s_256 = KoalaBear.FromCanonical(256);

    public string Name => "StorePart";

    public int Width => Columns.Width<StorePartColumns<byte>>();

    public EventList<StoreEvent> Events(SegmentRecord record) => record.StorePart;

    public void FillRow(in StoreEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
        bool isHalf = e.Step.Opcode == (byte)Opcode.Sh;
        uint address = e.Base.Value + e.Step.Immediate;
        uint oldHalf = (address & 2) == 0 ? e.Memory.Previous & 0xFFFF : e.Memory.Previous >> 16;
        bool isHighByte = !isHalf && (address & 1) != 0;
        c.IsReal = KoalaBear.One;
        c.IsHalf = KoalaBear.FromBool(isHalf);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Rs2 = KoalaBear.FromCanonical(e.Step.Rs2);
        DataAddressColumns<KoalaBear>.Fill(ref c.Address, in e.Base, e.Step.Immediate);
        ReadColumns<KoalaBear>.Fill(ref c.Source, in e.Source);
        WriteColumns<KoalaBear>.Fill(ref c.Memory, in e.Memory);
        c.Merged.Set(e.Memory.Value);
        c.HighHalf = KoalaBear.FromCanonical(address >> 1 & 1);
        c.HighByte = KoalaBear.FromBool(isHighByte);
        c.SourceUpper = KoalaBear.FromCanonical(isHalf ? 0 : e.Source.Value >> 8 & 0xFF);
        c.Replaced = KoalaBear.FromCanonical(isHalf ? oldHalf : isHighByte ? oldHalf >> 8 : oldHalf & 0xFF);
        c.Kept = KoalaBear.FromCanonical(isHalf ? 0 : isHighByte ? oldHalf & 0xFF : oldHalf >> 8);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<StorePartColumns<T>, T>(rows.Local);
        T isByte = c.IsReal - c.IsHalf;

        // IsHalf is 0 or IsReal, so the opcode below is SB or SH.
        b.AssertBool(c.IsReal);
        b.AssertZero(c.IsHalf * isByte);
        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Sb) + c.IsHalf,
            Rs1 = c.Rs1, Rs2 = c.Rs2,
            Immediate = DataAddress.Immediate(in c.Address),
        });

        // The offset 2·HighHalf + HighByte is in [0, 4), and even for halves: an odd address of a half has no row.
        b.AssertBool(c.HighHalf);
        b.AssertZero(c.HighByte * (isByte - c.HighByte));
        T word = DataAddress.Constrain(ref b, c.IsReal, c.Rs1, c.Clock, in c.Address, c.HighHalf * s_two + c.HighByte);
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs2, in c.Source, c.Clock + Row.Constant<T>(SubTime.Rs2));
        Merge(ref b, in c, isByte);
        Row.Write(ref b, c.IsReal, MemorySpace.Memory, word, in c.Memory, c.Merged, c.Clock + Row.Constant<T>(SubTime.Memory));
    }

    // Merged is the old word with the selected part replaced.
    static void Merge<TBuilder, T>(ref TBuilder b, in StorePartColumns<T> c, T isByte)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        // The half that is not selected stays. It is in [0, 2^16) by inheritance.
        Word<T> old = c.Memory.Previous;
        T changeLow = c.Merged.Lo - old.Lo, changeHigh = c.Merged.Hi - old.Hi;
        b.AssertZeroWhen(c.HighHalf, changeLow);
        b.AssertZeroWhen(Row.Constant<T>(1) - c.HighHalf, changeHigh);

        // The selected half was Replaced + 2^8·Kept, and stored takes the place of Replaced; both times 2^8 and Kept alone for the high byte.
        // stored = rs2.Lo - 2^8·SourceUpper. All four are bytes by the lookups, and the limbs they make up are in [0, 2^16) (inherited), so
        // they are the limbs' bytes over the integers, and the new half is in [0, 2^16) again (OB-9).
        // For halves SourceUpper, Kept and HighByte are 0: stored is rs2's low limb, Replaced the old half.
        T stored = c.Source.Value.Lo - c.SourceUpper * s_256;
        b.Send(Buses.Byte, isByte, new ByteMessage<T> { A = stored, B = c.SourceUpper });
        b.Send(Buses.Byte, isByte, new ByteMessage<T> { A = c.Replaced, B = c.Kept });
        b.AssertZeroWhen(c.IsHalf, c.SourceUpper);
        b.AssertZeroWhen(c.IsHalf, c.Kept);
        T oldHalf = old.Lo + c.HighHalf * (old.Hi - old.Lo);
        b.AssertEqual(oldHalf, c.Replaced + c.Kept * s_256 + c.HighByte * (c.Replaced - c.Kept) * s_255);
        b.AssertEqual(changeLow + changeHigh, (stored - c.Replaced) + c.HighByte * (stored - c.Replaced) * s_255);
    }
}

using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one LB, LBU, LH or LHU. Shape [rows × 26].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LoadPartColumns<T> where T : unmanaged
{
    public T IsReal;                       // bool; 0 on padding rows
    public T IsHalf;                       // bool; LH or LHU
    public T IsUnsigned;                   // bool; LBU or LHU
    public T IsReadOnly;                   // bool; the word comes from the read-only window
    public T Pc4, Clock;                   // field; from the state token
    public T Rd, Rs1;                      // register numbers; from the ROM
    public DataAddressColumns<T> Address;  // rs1 + immediate
    public ReadColumns<T> Memory;          // the word that holds the part
    public WriteColumns<T> Destination;    // rd
    public T HighHalf;                     // bool; bit 1 of the address
    public T HighByte;                     // bool; bit 0 of the address, 0 for halves
    public T Part;                         // u16; the half, or the byte times 2^8
    public T OtherByte;                    // byte; the half's byte that is not loaded; unused for halves
    public T Sign;                         // bool; the part's highest bit in signed loads, otherwise 0
    public T ResultLow;                    // u16; low limb of rd
}

/// <summary>
/// Proves that rd becomes the byte or half at rs1 + immediate, sign-extended by LB and LH, zero-extended by LBU and LHU, and the
/// program goes on at the next instruction. A half's address is even.
/// </summary>
public readonly struct LoadPartAir : IEventAir<LoadEvent>
{
    static readonly KoalaBear s_inverse256 = KoalaBear.FromCanonical(256).Inverse(), s_256 = KoalaBear.FromCanonical(256);
    static readonly KoalaBear s_two = KoalaBear.FromCanonical(2), s_65536 = KoalaBear.FromCanonical(1 << 16);
    static readonly KoalaBear s_ff = KoalaBear.FromCanonical(0xFF), s_ff00 = KoalaBear.FromCanonical(0xFF00), s_ffff = KoalaBear.FromCanonical(0xFFFF);

    public string Name => "LoadPart";

    public int Width => Columns.Width<LoadPartColumns<byte>>();

    public EventList<LoadEvent> Events(SegmentRecord record) => record.LoadPart;

    public void FillRow(in LoadEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row);
        var opcode = (Opcode)e.Step.Opcode;
        bool isHalf = opcode is Opcode.Lh or Opcode.Lhu, isUnsigned = opcode is Opcode.Lbu or Opcode.Lhu;
        uint address = e.Base.Value + e.Step.Immediate;
        uint half = (address & 2) == 0 ? e.Memory.Value & 0xFFFF : e.Memory.Value >> 16;
        bool isHighByte = !isHalf && (address & 1) != 0;
        uint part = isHalf ? half : isHighByte ? half & 0xFF00 : half << 8 & 0xFF00;
        c.IsReal = KoalaBear.One;
        c.IsHalf = KoalaBear.FromBool(isHalf);
        c.IsUnsigned = KoalaBear.FromBool(isUnsigned);
        c.IsReadOnly = KoalaBear.FromBool(e.IsReadOnly);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        DataAddressColumns<KoalaBear>.Fill(ref c.Address, in e.Base, e.Step.Immediate);
        ReadColumns<KoalaBear>.Fill(ref c.Memory, in e.Memory);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
        c.HighHalf = KoalaBear.FromCanonical(address >> 1 & 1);
        c.HighByte = KoalaBear.FromBool(isHighByte);
        c.Part = KoalaBear.FromCanonical(part);
        c.OtherByte = KoalaBear.FromCanonical(isHalf ? 0 : isHighByte ? half & 0xFF : half >> 8);
        c.Sign = KoalaBear.FromBool(!isUnsigned && part >> 15 != 0);
        c.ResultLow = KoalaBear.FromCanonical(e.Result.Value & 0xFFFF);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<LoadPartColumns<T>, T>(rows.Local);
        T isByte = c.IsReal - c.IsHalf;

        // IsHalf and IsUnsigned are 0 or IsReal, so the opcode below is one of the four.
        b.AssertBool(c.IsReal);
        b.AssertZero(c.IsHalf * isByte);
        b.AssertZero(c.IsUnsigned * (c.IsReal - c.IsUnsigned));
        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Lb) + c.IsUnsigned + c.IsHalf * s_two,
            Rd = c.Rd, Rs1 = c.Rs1,
            Immediate = DataAddress.Immediate(in c.Address),
        });

        // The offset 2·HighHalf + HighByte is in [0, 4), and even for halves: an odd address of a half has no row.
        b.AssertBool(c.HighHalf);
        b.AssertZero(c.HighByte * (isByte - c.HighByte));
        T word = DataAddress.Constrain(ref b, c.IsReal, c.Rs1, c.Clock, in c.Address, c.HighHalf * s_two + c.HighByte);
        DataAddress.Load(ref b, c.IsReal, c.IsReadOnly, word, in c.Memory, c.Clock);

        Select(ref b, in c, isByte);
        Extend(ref b, in c, isByte);
        var result = new Word<T> { Lo = c.ResultLow, Hi = c.Sign * s_ffff };
        Row.Write(ref b, c.IsReal, MemorySpace.Register, c.Rd, in c.Destination, result, c.Clock + Row.Constant<T>(SubTime.Rd));
    }

    // Part is the selected half, or 2^8 times the selected byte.
    static void Select<TBuilder, T>(ref TBuilder b, in LoadPartColumns<T> c, T isByte)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        // For bytes: half = loaded + 2^8·OtherByte, or 2^8·loaded + OtherByte for the high byte. Both are bytes by the lookup and the half is
        // below 2^16 (inherited), so they are its two bytes over the integers. For halves HighByte is 0 and Part is the half itself.
        T loaded = c.Part * s_inverse256;
        T half = c.Memory.Value.Lo + c.HighHalf * (c.Memory.Value.Hi - c.Memory.Value.Lo);
        b.Send(Buses.Byte, isByte, new ByteMessage<T> { A = loaded, B = c.OtherByte });
        T swap = c.HighByte * (loaded - c.OtherByte) * s_ff;
        b.AssertEqual(half, c.IsHalf * c.Part + isByte * (loaded + c.OtherByte * s_256) + swap);
    }

    // Sign is bit 15 of Part in signed loads, and 0 in others; rd is the part with the sign in all higher bits.
    static void Extend<TBuilder, T>(ref TBuilder b, in LoadPartColumns<T> c, T isByte)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        // Sign is a bit and Part is in [0, 2^16), so 2·(Part - 2^15·Sign) in [0, 2^16) makes it bit 15: the sign of byte and half alike. Then
        // ResultLow is a half, a byte, or a byte from 2^7 on plus 0xFF00: in [0, 2^16) (OB-9). No bit of rd is free.
        T isSigned = c.IsReal - c.IsUnsigned;
        b.AssertZero(c.Sign * (isSigned - c.Sign));
        Row.CheckU16(ref b, isSigned, c.Part * s_two - c.Sign * s_65536);
        b.AssertEqual(c.ResultLow, c.IsHalf * c.Part + isByte * (c.Part * s_inverse256 + c.Sign * s_ff00));
    }
}

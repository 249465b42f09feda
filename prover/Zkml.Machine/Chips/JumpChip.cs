using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one JAL, LUI or AUIPC. Shape [rows × 13].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct JumpColumns<T> where T : unmanaged
{
    public T IsJal;                     // bool
    public T IsLui;                     // bool
    public T IsAuipc;                   // bool; all three are 0 on padding rows
    public T Pc4, Clock;                // field; from the state token
    public T Rd;                        // register number; from the ROM
    public Word<T> Result;              // u16 limbs; the ROM's immediate
    public T Target;                    // field; target / 4 of JAL, otherwise 0, from the ROM
    public T NextPc4;                   // field; where the program goes on
    public WriteColumns<T> Destination; // rd
}

/// <summary>
/// Proves that rd becomes the value that the ROM holds for the instruction (JAL's link value, the result of LUI or AUIPC), and the
/// program goes on at JAL's target, or at the next instruction for the other two.
/// </summary>
public readonly struct JumpAir : IEventAir<JumpEvent>
{
    public string Name => "Jump";

    public int Width => Columns.Width<JumpColumns<byte>>();

    public EventList<JumpEvent> Events(SegmentRecord record) => record.Jump;

    public void FillRow(in JumpEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<JumpColumns<KoalaBear>, KoalaBear>(row);
        bool isJal = e.Step.Opcode == (byte)Opcode.Jal;
        c.IsJal = KoalaBear.FromBool(isJal);
        c.IsLui = KoalaBear.FromBool(e.Step.Opcode == (byte)Opcode.Lui);
        c.IsAuipc = KoalaBear.FromBool(e.Step.Opcode == (byte)Opcode.Auipc);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Result.Set(e.Result.Value);
        c.Target = KoalaBear.FromCanonical(e.Step.Auxiliary);
        c.NextPc4 = KoalaBear.FromCanonical(isJal ? e.Step.Auxiliary : e.Step.Pc4 + 1);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<JumpColumns<T>, T>(rows.Local);
        T isReal = c.IsJal + c.IsLui + c.IsAuipc;

        // At most one kind: three bits whose sum, the multiplicity of everything below, is a bit.
        b.AssertBool(c.IsJal);
        b.AssertBool(c.IsLui);
        b.AssertBool(c.IsAuipc);
        b.AssertBool(isReal);
        Row.Fetch(ref b, isReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = c.IsJal * KoalaBear.FromCanonical((uint)Opcode.Jal) + c.IsLui * KoalaBear.FromCanonical((uint)Opcode.Lui)
                + c.IsAuipc * KoalaBear.FromCanonical((uint)Opcode.Auipc),
            Rd = c.Rd,
            Immediate = c.Result,
            Auxiliary = c.Target,
        });

        Row.Step(ref b, isReal, c.Pc4, c.Clock, c.NextPc4, 4);
        b.AssertEqual(c.NextPc4, c.Pc4 + isReal + c.IsJal * (c.Target - c.Pc4 - Row.Constant<T>(1)));

        // rd takes the ROM's limbs, which are in [0, 2^16) because the ROM is a function of the program (OB-9, OB-12).
        Row.Write(ref b, isReal, MemorySpace.Register, c.Rd, in c.Destination, c.Result, c.Clock + Row.Constant<T>(SubTime.Rd));
    }
}

using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one ADDI, or a FENCE as ADDI sink, x0, 0. Shape [rows × 15].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct AddImmediateColumns<T> where T : unmanaged
{
    public T IsReal;                    // bool; 0 on padding rows
    public T Pc4, Clock;                // field; from the state token
    public T Rd, Rs1;                   // register numbers; from the ROM
    public Word<T> Immediate;           // u16 limbs; from the ROM
    public ReadColumns<T> Left;         // rs1
    public WriteColumns<T> Destination; // rd
    public Word<T> Result;              // u16 limbs
}

/// <summary>Proves that rd becomes rs1 + immediate mod 2^32 and the program goes on at the next instruction.</summary>
public readonly struct AddImmediateAir : IEventAir<AluEvent>
{
    static readonly KoalaBear s_inverse65536 = KoalaBear.FromCanonical(1 << 16).Inverse();

    public string Name => "AddImmediate";

    public int Width => Columns.Width<AddImmediateColumns<byte>>();

    public EventList<AluEvent> Events(SegmentRecord record) => record.AddImmediate;

    public void FillRow(in AluEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<AddImmediateColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Immediate.Set(e.Step.Immediate);
        ReadColumns<KoalaBear>.Fill(ref c.Left, in e.Left);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
        c.Result.Set(e.Result.Value);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<AddImmediateColumns<T>, T>(rows.Local);
        // IsReal is a bit, so a row counts once or not at all.
        b.AssertBool(c.IsReal);

        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Addi),
            Rd = c.Rd, Rs1 = c.Rs1, Immediate = c.Immediate,
        });
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs1, in c.Left, c.Clock + Row.Constant<T>(SubTime.Rs1));
        Row.Write(ref b, c.IsReal, MemorySpace.Register, c.Rd, in c.Destination, c.Result, c.Clock + Row.Constant<T>(SubTime.Rd));
        Row.CheckWord(ref b, c.IsReal, c.Result);

        // Result = Left + Immediate mod 2^32: both carries are bits. Left is a word by inheritance, Immediate by the ROM, Result is
        // checked here; so each numerator lies in (-2^16, 2^17), where the multiples of 2^16 mod p are the integer ones alone.
        T carry = (c.Left.Value.Lo + c.Immediate.Lo - c.Result.Lo) * s_inverse65536;
        b.AssertBool(carry);
        b.AssertBool((c.Left.Value.Hi + c.Immediate.Hi + carry - c.Result.Hi) * s_inverse65536);
    }
}

using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one SLT, SLTU, SLTI or SLTIU. Shape [rows × 23].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct LessThanColumns<T> where T : unmanaged
{
    public T IsReal;                    // bool; 0 on padding rows
    public T IsUnsigned;                // bool: SLTU, SLTIU
    public T IsImmediate;               // bool: SLTI, SLTIU
    public T Pc4, Clock;                // field; from the state token
    public T Rd, Rs1, Rs2;              // register numbers; from the ROM
    public Word<T> Immediate;           // u16 limbs; from the ROM, 0 in register forms
    public ReadColumns<T> Left;         // rs1
    public ReadColumns<T> Right;        // rs2; in immediate forms the immediate, and nothing is read
    public WriteColumns<T> Destination; // rd
    public T LeftSign, RightSign;       // bool: bit 31; 0 in unsigned forms
    public T Borrow;                    // bool: Left.Lo < Right.Lo
    public T IsLess;                    // bool: the result
}

/// <summary>
/// Proves that rd becomes 1 if rs1 is less than rs2 or the immediate, compared as signed or unsigned words, else 0, and the program goes on at
/// the next instruction.
/// </summary>
public readonly struct LessThanAir : IEventAir<AluEvent>
{
    static readonly KoalaBear s_two = KoalaBear.FromCanonical(2), s_limb = KoalaBear.FromCanonical(1 << 16);

    public string Name => "LessThan";

    public int Width => Columns.Width<LessThanColumns<byte>>();

    public EventList<AluEvent> Events(SegmentRecord record) => record.LessThan;

    public void FillRow(in AluEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<LessThanColumns<KoalaBear>, KoalaBear>(row);
        var opcode = (Opcode)e.Step.Opcode;
        bool isUnsigned = opcode is Opcode.Sltu or Opcode.Sltiu;
        c.IsReal = KoalaBear.One;
        c.IsUnsigned = KoalaBear.FromBool(isUnsigned);
        c.IsImmediate = KoalaBear.FromBool(opcode is Opcode.Slti or Opcode.Sltiu);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Rs2 = KoalaBear.FromCanonical(e.Step.Rs2);
        c.Immediate.Set(e.Step.Immediate);
        ReadColumns<KoalaBear>.Fill(ref c.Left, in e.Left);
        ReadColumns<KoalaBear>.Fill(ref c.Right, in e.Right);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
        c.LeftSign = KoalaBear.FromBool(!isUnsigned && (int)e.Left.Value < 0);
        c.RightSign = KoalaBear.FromBool(!isUnsigned && (int)e.Right.Value < 0);
        c.Borrow = KoalaBear.FromBool((e.Left.Value & 0xFFFF) < (e.Right.Value & 0xFFFF));
        c.IsLess = KoalaBear.FromCanonical(e.Result.Value);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<LessThanColumns<T>, T>(rows.Local);
        // IsReal is a bit; the two flags are 0 or equal to it, so that no multiplicity is ever negative.
        b.AssertBool(c.IsReal);
        b.AssertZero(c.IsUnsigned * (c.IsReal - c.IsUnsigned), "IsUnsigned in {0, IsReal}");
        b.AssertZero(c.IsImmediate * (c.IsReal - c.IsImmediate), "IsImmediate in {0, IsReal}");
        T isSigned = c.IsReal - c.IsUnsigned;

        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Slt) + c.IsUnsigned + c.IsImmediate * s_two,
            Rd = c.Rd, Rs1 = c.Rs1, Rs2 = c.Rs2, Immediate = c.Immediate,
        });
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs1, in c.Left, c.Clock + Row.Constant<T>(SubTime.Rs1));
        Row.Read(ref b, c.IsReal - c.IsImmediate, MemorySpace.Register, c.Rs2, in c.Right, c.Clock + Row.Constant<T>(SubTime.Rs2));
        // The result is a bit, hence a word in range.
        Row.Write(ref b, c.IsReal, MemorySpace.Register, c.Rd, in c.Destination, new Word<T> { Lo = c.IsLess }, c.Clock + Row.Constant<T>(SubTime.Rd));

        // In immediate forms the right operand is the ROM's immediate; in register forms it is what was read.
        b.AssertZeroWhen(c.IsImmediate, c.Right.Value.Lo - c.Immediate.Lo);
        b.AssertZeroWhen(c.IsImmediate, c.Right.Value.Hi - c.Immediate.Hi);

        // Each sign is 0 in unsigned forms and bit 15 of the high limb h in signed ones: 2h - 2^16·sign is in [0, 2^16) for the true bit only,
        // because h is in [0, 2^16) by inheritance or from the ROM.
        b.AssertZero(c.LeftSign * (isSigned - c.LeftSign), "LeftSign in {0, isSigned}");
        b.AssertZero(c.RightSign * (isSigned - c.RightSign), "RightSign in {0, isSigned}");
        Row.CheckU16(ref b, isSigned, c.Left.Value.Hi * s_two - c.LeftSign * s_limb);
        Row.CheckU16(ref b, isSigned, c.Right.Value.Hi * s_two - c.RightSign * s_limb);

        // Schoolbook subtraction: the borrow bit and v = IsLess - LeftSign + RightSign in {-1, 0, 1, 2} are the only ones that bring the
        // differences into [0, 2^16); all terms stay below 2^18 in absolute value, so nothing wraps mod p. Hence v = 1 exactly if
        // Left < Right as unsigned words, and IsLess = v + LeftSign - RightSign corrects it where the signs differ.
        b.AssertBool(c.Borrow);
        b.AssertBool(c.IsLess);
        Row.CheckU16(ref b, c.IsReal, c.Left.Value.Lo - c.Right.Value.Lo + c.Borrow * s_limb);
        Row.CheckU16(ref b, c.IsReal, c.Left.Value.Hi - c.Right.Value.Hi - c.Borrow + (c.IsLess - c.LeftSign + c.RightSign) * s_limb);
    }
}

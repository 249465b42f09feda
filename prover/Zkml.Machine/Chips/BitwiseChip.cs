using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one AND, OR or XOR, or an immediate form. Shape [rows × 30].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BitwiseColumns<T> where T : unmanaged
{
    public T IsReal;                    // bool; 0 on padding rows
    public T IsOr, IsXor;               // bool; both 0 for AND
    public T IsImmediate;               // bool: ANDI, ORI, XORI
    public T Pc4, Clock;                // field; from the state token
    public T Rd, Rs1, Rs2;              // register numbers; from the ROM
    public Word<T> Immediate;           // u16 limbs; from the ROM, 0 in register forms
    public ReadColumns<T> Left;         // rs1
    public ReadColumns<T> Right;        // rs2; in immediate forms the immediate, and nothing is read
    public WriteColumns<T> Destination; // rd
    public T Left1, Left3;              // bytes 1 and 3 of Left
    public T Right1, Right3;            // bytes 1 and 3 of Right
    public T And0, And1, And2, And3;    // bytes of Left & Right
    public Word<T> Result;              // u16 limbs
}

/// <summary>
/// Proves that rd becomes the conjunction, disjunction or exclusive disjunction of rs1 with rs2 or the immediate, and the program goes on at the
/// next instruction.
/// </summary>
public readonly struct BitwiseAir : IEventAir<AluEvent>
{
    static readonly KoalaBear s_two = KoalaBear.FromCanonical(2), s_three = KoalaBear.FromCanonical(3), s_byte = KoalaBear.FromCanonical(1 << 8);

    public string Name => "Bitwise";

    public int Width => Columns.Width<BitwiseColumns<byte>>();

    public EventList<AluEvent> Events(SegmentRecord record) => record.Bitwise;

    public void FillRow(in AluEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<BitwiseColumns<KoalaBear>, KoalaBear>(row);
        var opcode = (Opcode)e.Step.Opcode;
        c.IsReal = KoalaBear.One;
        c.IsOr = KoalaBear.FromBool(opcode is Opcode.Or or Opcode.Ori);
        c.IsXor = KoalaBear.FromBool(opcode is Opcode.Xor or Opcode.Xori);
        c.IsImmediate = KoalaBear.FromBool(opcode is Opcode.Andi or Opcode.Ori or Opcode.Xori);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Rs2 = KoalaBear.FromCanonical(e.Step.Rs2);
        c.Immediate.Set(e.Step.Immediate);
        ReadColumns<KoalaBear>.Fill(ref c.Left, in e.Left);
        ReadColumns<KoalaBear>.Fill(ref c.Right, in e.Right);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
        (c.Left1, c.Left3) = (Byte(e.Left.Value, 1), Byte(e.Left.Value, 3));
        (c.Right1, c.Right3) = (Byte(e.Right.Value, 1), Byte(e.Right.Value, 3));
        uint and = e.Left.Value & e.Right.Value;
        (c.And0, c.And1, c.And2, c.And3) = (Byte(and, 0), Byte(and, 1), Byte(and, 2), Byte(and, 3));
        c.Result.Set(e.Result.Value);
    }

    static KoalaBear Byte(uint word, int index) => KoalaBear.FromCanonical(word >> 8 * index & 0xFF);

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<BitwiseColumns<T>, T>(rows.Local);
        // IsReal is a bit, at most one of IsOr and IsXor is 1, and IsImmediate is 0 or IsReal, so that no multiplicity is negative.
        T isOrXor = c.IsOr + c.IsXor;
        b.AssertBool(c.IsReal);
        b.AssertBool(c.IsOr);
        b.AssertBool(c.IsXor);
        b.AssertBool(isOrXor);
        b.AssertZero(c.IsImmediate * (c.IsReal - c.IsImmediate), "IsImmediate in {0, IsReal}");

        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.And) + c.IsOr + c.IsXor * s_two + c.IsImmediate * s_three,
            Rd = c.Rd, Rs1 = c.Rs1, Rs2 = c.Rs2, Immediate = c.Immediate,
        });
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs1, in c.Left, c.Clock + Row.Constant<T>(SubTime.Rs1));
        Row.Read(ref b, c.IsReal - c.IsImmediate, MemorySpace.Register, c.Rs2, in c.Right, c.Clock + Row.Constant<T>(SubTime.Rs2));
        Row.Write(ref b, c.IsReal, MemorySpace.Register, c.Rd, in c.Destination, c.Result, c.Clock + Row.Constant<T>(SubTime.Rd));

        // In immediate forms the right operand is the ROM's immediate; in register forms it is what was read.
        b.AssertZeroWhen(c.IsImmediate, c.Right.Value.Lo - c.Immediate.Lo);
        b.AssertZeroWhen(c.IsImmediate, c.Right.Value.Hi - c.Immediate.Hi);

        // Bytes 0 and 2 are the limbs less 256 times bytes 1 and 3. The lookups check that all are bytes, so 256·high + low < 2^16 is the
        // limb itself, and that the And columns are the conjunctions.
        And(ref b, c.IsReal, c.Left.Value.Lo - c.Left1 * s_byte, c.Right.Value.Lo - c.Right1 * s_byte, c.And0);
        And(ref b, c.IsReal, c.Left1, c.Right1, c.And1);
        And(ref b, c.IsReal, c.Left.Value.Hi - c.Left3 * s_byte, c.Right.Value.Hi - c.Right3 * s_byte, c.And2);
        And(ref b, c.IsReal, c.Left3, c.Right3, c.And3);

        // a | b = a + b - (a & b) and a ^ b = a + b - 2(a & b), byte by byte and so limb by limb without carries. The result needs no range
        // check: it is made of bytes.
        T andFactor = c.IsReal - c.IsOr * s_two - c.IsXor * s_three;
        b.AssertEqual(c.Result.Lo, (c.And0 + c.And1 * s_byte) * andFactor + isOrXor * (c.Left.Value.Lo + c.Right.Value.Lo), "Result.Lo");
        b.AssertEqual(c.Result.Hi, (c.And2 + c.And3 * s_byte) * andFactor + isOrXor * (c.Left.Value.Hi + c.Right.Value.Hi), "Result.Hi");
    }

    static void And<TBuilder, T>(ref TBuilder b, T isReal, T left, T right, T and)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Send(Buses.Bitwise, isReal, new BitwiseMessage<T> { A = left, B = right, And = and });
}

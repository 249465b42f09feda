using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one SLL, SRL or SRA, or an immediate form. Shape [rows × 34].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShiftColumns<T> where T : unmanaged
{
    public T IsReal;                     // bool; 0 on padding rows
    public T IsLogicalRight;             // bool: SRL, SRLI
    public T IsArithmeticRight;          // bool: SRA, SRAI
    public T IsImmediate;                // bool: SLLI, SRLI, SRAI
    public T Pc4, Clock;                 // field; from the state token
    public T Rd, Rs1, Rs2;               // register numbers; from the ROM
    public T Immediate;                  // u16: low limb; from the ROM, whose shift amounts have no high limb
    public ReadColumns<T> Left;          // rs1
    public ReadColumns<T> Right;         // rs2; in immediate forms the immediate, and nothing is read
    public WriteColumns<T> Destination;  // rd
    public T IsByte1, IsByte2, IsByte3;  // bool: the amount's bits 3 and 4 are 1, 2 or 3; all 0 for 0
    public T BitAmount;                  // [0, 8): the amount's bits 0 to 2
    public T Exponent;                   // BitAmount to the left, 8 - BitAmount to the right
    public T Factor;                     // 2^Exponent
    public T Product0, Product1, Product2, Product3, Product4; // bytes of Left · Factor mod 2^40, Left taken as signed for SRA
    public T Carry;                      // byte: Left.Lo · Factor / 2^16
    public T Sign;                       // bool: bit 31 of Left for SRA, else 0
    public Word<T> Result;               // u16 limbs
}

/// <summary>
/// Proves that rd becomes rs1 shifted by the low five bits of rs2 or of the immediate, to the left, or to the right with zeros or copies of the
/// sign, and the program goes on at the next instruction.
/// </summary>
/// <remarks>
/// The amount is 8·k + m. To the left, rs1·2^m has five bytes, which move up by k. To the right, rs1·2^(8-m) has five bytes, which move down by
/// k + 1. The factor never exceeds 2^8, so products stay below 2^25.
/// </remarks>
public readonly struct ShiftAir : IEventAir<AluEvent>
{
    static readonly KoalaBear s_two = KoalaBear.FromCanonical(2), s_three = KoalaBear.FromCanonical(3), s_byte = KoalaBear.FromCanonical(1 << 8);
    static readonly KoalaBear s_limb = KoalaBear.FromCanonical(1 << 16), s_eight = KoalaBear.FromCanonical(8);
    static readonly KoalaBear s_fill = KoalaBear.FromCanonical(255), s_fillLimb = KoalaBear.FromCanonical(0xFFFF);
    static readonly KoalaBear s_amountWeight = KoalaBear.FromCanonical(1 << 13), s_inverse32 = KoalaBear.FromCanonical(32).Inverse();

    public string Name => "Shift";

    public int Width => Columns.Width<ShiftColumns<byte>>();

    public EventList<AluEvent> Events(SegmentRecord record) => record.Shift;

    public void FillRow(in AluEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<ShiftColumns<KoalaBear>, KoalaBear>(row);
        var opcode = (Opcode)e.Step.Opcode;
        bool isArithmetic = opcode is Opcode.Sra or Opcode.Srai, isLogical = opcode is Opcode.Srl or Opcode.Srli;
        c.IsReal = KoalaBear.One;
        c.IsLogicalRight = KoalaBear.FromBool(isLogical);
        c.IsArithmeticRight = KoalaBear.FromBool(isArithmetic);
        c.IsImmediate = KoalaBear.FromBool(opcode is Opcode.Slli or Opcode.Srli or Opcode.Srai);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Rs2 = KoalaBear.FromCanonical(e.Step.Rs2);
        c.Immediate = KoalaBear.FromCanonical(e.Step.Immediate & 0xFFFF);
        ReadColumns<KoalaBear>.Fill(ref c.Left, in e.Left);
        ReadColumns<KoalaBear>.Fill(ref c.Right, in e.Right);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
        c.Result.Set(e.Result.Value);
        FillProduct(ref c, in e, isLeft: !isArithmetic && !isLogical, isArithmetic);
    }

    static void FillProduct(ref ShiftColumns<KoalaBear> c, in AluEvent e, bool isLeft, bool isArithmetic)
    {
        int bytes = (int)(e.Right.Value >> 3 & 3), bits = (int)(e.Right.Value & 7), exponent = isLeft ? bits : 8 - bits;
        c.IsByte1 = KoalaBear.FromBool(bytes == 1);
        c.IsByte2 = KoalaBear.FromBool(bytes == 2);
        c.IsByte3 = KoalaBear.FromBool(bytes == 3);
        c.BitAmount = KoalaBear.FromCanonical((uint)bits);
        c.Exponent = KoalaBear.FromCanonical((uint)exponent);
        c.Factor = KoalaBear.FromCanonical(1u << exponent);
        ulong product = (isArithmetic ? (ulong)(int)e.Left.Value : e.Left.Value) << exponent;
        c.Product0 = Byte(product, 0);
        c.Product1 = Byte(product, 1);
        c.Product2 = Byte(product, 2);
        c.Product3 = Byte(product, 3);
        c.Product4 = Byte(product, 4);
        c.Carry = KoalaBear.FromCanonical((e.Left.Value & 0xFFFF) << exponent >> 16);
        c.Sign = KoalaBear.FromBool(isArithmetic && (int)e.Left.Value < 0);
    }

    static KoalaBear Byte(ulong value, int index) => KoalaBear.FromCanonical((uint)(value >> 8 * index) & 0xFF);

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<ShiftColumns<T>, T>(rows.Local);
        // IsReal is a bit; at most one direction to the right is 1; the flags in multiplicities are 0 or IsReal, so that none is negative.
        T isRight = c.IsLogicalRight + c.IsArithmeticRight;
        b.AssertBool(c.IsReal);
        b.AssertBool(c.IsLogicalRight);
        b.AssertZero(c.IsArithmeticRight * (c.IsReal - c.IsArithmeticRight), "IsArithmeticRight in {0, IsReal}");
        b.AssertBool(isRight);
        b.AssertZero(c.IsImmediate * (c.IsReal - c.IsImmediate), "IsImmediate in {0, IsReal}");

        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Sll) + c.IsLogicalRight + c.IsArithmeticRight * s_two + c.IsImmediate * s_three,
            Rd = c.Rd, Rs1 = c.Rs1, Rs2 = c.Rs2, Immediate = new Word<T> { Lo = c.Immediate },
        });
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs1, in c.Left, c.Clock + Row.Constant<T>(SubTime.Rs1));
        Row.Read(ref b, c.IsReal - c.IsImmediate, MemorySpace.Register, c.Rs2, in c.Right, c.Clock + Row.Constant<T>(SubTime.Rs2));
        Row.Write(ref b, c.IsReal, MemorySpace.Register, c.Rd, in c.Destination, c.Result, c.Clock + Row.Constant<T>(SubTime.Rd));

        // In immediate forms the amount is the ROM's immediate; in register forms the low limb that was read.
        b.AssertZeroWhen(c.IsImmediate, c.Right.Value.Lo - c.Immediate);
        ConstrainAmount(ref b, in c, isRight);
        ConstrainProduct(ref b, in c);
        ConstrainResult(ref b, in c, isRight);
    }

    // The amount 8·k + m is Right.Lo mod 32, with one-hot k, and Factor = 2^m to the left, 2^(8-m) to the right.
    static void ConstrainAmount<TBuilder, T>(ref TBuilder b, in ShiftColumns<T> c, T isRight)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        b.AssertBool(c.IsByte1);
        b.AssertBool(c.IsByte2);
        b.AssertBool(c.IsByte3);
        b.AssertBool(c.IsByte1 + c.IsByte2 + c.IsByte3);
        b.AssertEqual(c.Exponent, c.BitAmount + isRight * (Row.Constant<T>(8) - c.BitAmount * s_two), "Exponent");
        b.Send(Buses.Power, c.IsReal, new PowerMessage<T> { N = c.Exponent, Power = c.Factor });

        // The Power table makes m an integer in [-23, 32). With q = (Right.Lo - 8k - m)/32, one range check of w = 2^13·m + 2^13 - 1 - q does the
        // rest: w makes q an integer below 2^20, so Right.Lo = 32q + 8k + m over the integers and -1 ≤ q ≤ 2^11; then m ≥ 8 gives w ≥ 2^16 and
        // m ≤ -2 gives w < 0; m = -1 would need q = -1 and Right.Lo < 0. So m is in [0, 8).
        T amount = (c.IsByte1 + c.IsByte2 * s_two + c.IsByte3 * s_three) * s_eight + c.BitAmount;
        T quotient = (c.Right.Value.Lo - amount) * s_inverse32;
        Row.CheckU16(ref b, c.IsReal, c.BitAmount * s_amountWeight + Row.Constant<T>((1 << 13) - 1) - quotient);
    }

    // The five product bytes are Left · Factor mod 2^40. Left's limbs are in [0, 2^16), Factor ≤ 2^8, all bytes are checked: both sides of each
    // equation are below 2^25, so they hold over the integers and the bytes are unique. With the sign, 2^24 - 2^16·Factor makes the top byte
    // that of the two's complement: Left - 2^32 times Factor, plus 2^40.
    static void ConstrainProduct<TBuilder, T>(ref TBuilder b, in ShiftColumns<T> c)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        // Sign is 0 except for SRA, where 2h - 2^16·Sign in [0, 2^16) holds for bit 15 of the high limb h only.
        b.AssertZero(c.Sign * (c.IsArithmeticRight - c.Sign), "Sign in {0, IsArithmeticRight}");
        Row.CheckU16(ref b, c.IsArithmeticRight, c.Left.Value.Hi * s_two - c.Sign * s_limb);
        CheckBytes(ref b, c.IsReal, c.Product0, c.Product1);
        CheckBytes(ref b, c.IsReal, c.Product2, c.Product3);
        CheckBytes(ref b, c.IsReal, c.Product4, c.Carry);
        b.AssertEqual(c.Left.Value.Lo * c.Factor, c.Product0 + c.Product1 * s_byte + c.Carry * s_limb, "low limb times Factor");
        T extension = c.Sign * (Row.Constant<T>(1 << 24) - c.Factor * s_limb);
        b.AssertEqual(c.Left.Value.Hi * c.Factor + c.Carry + extension, c.Product2 + c.Product3 * s_byte + c.Product4 * s_limb, "high limb times Factor");
    }

    // The result takes four product bytes, zeros below and sign bytes above: it is made of bytes and needs no range check.
    static void ConstrainResult<TBuilder, T>(ref TBuilder b, in ShiftColumns<T> c, T isRight)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        T isByte0 = c.IsReal - c.IsByte1 - c.IsByte2 - c.IsByte3, isLeft = c.IsReal - isRight;
        T limb01 = c.Product0 + c.Product1 * s_byte, limb12 = c.Product1 + c.Product2 * s_byte;
        T limb23 = c.Product2 + c.Product3 * s_byte, limb34 = c.Product3 + c.Product4 * s_byte;
        T raised = c.Product0 * s_byte, top = c.Product4 + c.Sign * s_fill * s_byte, fill = c.Sign * s_fillLimb;
        T leftLo = isByte0 * limb01 + c.IsByte1 * raised;
        T leftHi = isByte0 * limb23 + c.IsByte1 * limb12 + c.IsByte2 * limb01 + c.IsByte3 * raised;
        T rightLo = isByte0 * limb12 + c.IsByte1 * limb23 + c.IsByte2 * limb34 + c.IsByte3 * top;
        T rightHi = isByte0 * limb34 + c.IsByte1 * top + (c.IsByte2 + c.IsByte3) * fill;
        b.AssertEqual(c.Result.Lo, isLeft * leftLo + isRight * rightLo, "Result.Lo");
        b.AssertEqual(c.Result.Hi, isLeft * leftHi + isRight * rightHi, "Result.Hi");
    }

    static void CheckBytes<TBuilder, T>(ref TBuilder b, T isReal, T first, T second)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Send(Buses.Byte, isReal, new ByteMessage<T> { A = first, B = second });
}

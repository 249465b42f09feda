using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one MUL, MULH, MULHSU or MULHU. Shape [rows × 35].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MultiplyColumns<T> where T : unmanaged
{
    public T IsReal;                        // bool; 0 on padding rows
    public T IsMulh, IsMulhsu, IsMulhu;     // bool; all 0 for MUL
    public T Pc4, Clock;                    // field; from the state token
    public T Rd, Rs1, Rs2;                  // register numbers; from the ROM
    public ReadColumns<T> Left, Right;      // rs1, rs2
    public WriteColumns<T> Destination;     // rd
    public T Left1, Left3, Right1, Right3;  // bytes 1 and 3 of the operands
    public T LeftSign, RightSign;           // bool: bit 31 of the operands
    public Word<T> Result;                  // u16 limbs: the half of the product that is asked for
    public Word<T> Other;                   // u16 limbs: the other half
    public T Carry0, Carry0High;            // byte and bool: carry 0 = Carry0 + 256·Carry0High
    public T Carry1, Carry1Third;           // bytes: carry 1 = Carry1 + 3·Carry1Third
    public T Carry2, Carry2High;            // byte and bool: carry 2 = Carry2 + 256·Carry2High - (number of signed operands)
    public T Overflow;                      // bool: 2^64 to add to a negative product
}

/// <summary>
/// Proves that rd becomes the low (MUL) or high half of the 64-bit product of rs1 and rs2, taken as signed (MULH), signed by unsigned (MULHSU) or
/// unsigned words (MULHU), and the program goes on at the next instruction.
/// </summary>
/// <remarks>
/// Bytes times bytes, added up in four 16-bit limbs with carries in between. A signed operand with bit 31 set is its word less 2^32, which
/// takes the other operand off the high half. No carry can wrap mod p: each is range-checked, and every equation's two sides are below
/// 2^26 in absolute value, so that it holds over the integers.
/// </remarks>
public readonly struct MultiplyAir : IEventAir<AluEvent>
{
    static readonly KoalaBear s_two = KoalaBear.FromCanonical(2), s_three = KoalaBear.FromCanonical(3);
    static readonly KoalaBear s_byte = KoalaBear.FromCanonical(1 << 8), s_limb = KoalaBear.FromCanonical(1 << 16);

    public string Name => "Multiply";

    public int Width => Columns.Width<MultiplyColumns<byte>>();

    public EventList<AluEvent> Events(SegmentRecord record) => record.Multiply;

    public void FillRow(in AluEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<MultiplyColumns<KoalaBear>, KoalaBear>(row);
        var opcode = (Opcode)e.Step.Opcode;
        c.IsReal = KoalaBear.One;
        c.IsMulh = KoalaBear.FromBool(opcode == Opcode.Mulh);
        c.IsMulhsu = KoalaBear.FromBool(opcode == Opcode.Mulhsu);
        c.IsMulhu = KoalaBear.FromBool(opcode == Opcode.Mulhu);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Rs2 = KoalaBear.FromCanonical(e.Step.Rs2);
        ReadColumns<KoalaBear>.Fill(ref c.Left, in e.Left);
        ReadColumns<KoalaBear>.Fill(ref c.Right, in e.Right);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
        (c.Left1, c.Left3) = (Byte(e.Left.Value, 1), Byte(e.Left.Value, 3));
        (c.Right1, c.Right3) = (Byte(e.Right.Value, 1), Byte(e.Right.Value, 3));
        c.LeftSign = KoalaBear.FromBool((int)e.Left.Value < 0);
        c.RightSign = KoalaBear.FromBool((int)e.Right.Value < 0);
        bool isLeftSigned = opcode is Opcode.Mulh or Opcode.Mulhsu, isRightSigned = opcode == Opcode.Mulh;
        long left = isLeftSigned ? (int)e.Left.Value : e.Left.Value, right = isRightSigned ? (int)e.Right.Value : e.Right.Value;
        ulong product = (ulong)left * (ulong)right;
        c.Result.Set(e.Result.Value);
        c.Other.Set((uint)(opcode == Opcode.Mul ? product >> 32 : product));
        FillCarries(ref c, in e, product, isLeftSigned, isRightSigned);
    }

    static void FillCarries(ref MultiplyColumns<KoalaBear> c, in AluEvent e, ulong product, bool isLeftSigned, bool isRightSigned)
    {
        int left = (int)(e.Left.Value & 0xFFFF), right = (int)(e.Right.Value & 0xFFFF);
        int leftHigh = (int)(e.Left.Value >> 16), rightHigh = (int)(e.Right.Value >> 16);
        int a0 = left & 0xFF, a1 = left >> 8, a2 = leftHigh & 0xFF, a3 = leftHigh >> 8;
        int b0 = right & 0xFF, b1 = right >> 8, b2 = rightHigh & 0xFF, b3 = rightHigh >> 8;
        int negativeLeft = isLeftSigned && (int)e.Left.Value < 0 ? 1 : 0, negativeRight = isRightSigned && (int)e.Right.Value < 0 ? 1 : 0;

        int carry0 = (a0 * b0 + (a0 * b1 + a1 * b0 << 8)) >> 16;
        int carry1 = (a0 * b2 + a1 * b1 + a2 * b0 + (a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0 << 8) + carry0) >> 16;
        int carry2 = (a1 * b3 + a2 * b2 + a3 * b1 + (a2 * b3 + a3 * b2 << 8) + carry1 - negativeLeft * right - negativeRight * left) >> 16;
        int top = a3 * b3 + carry2 - negativeLeft * rightHigh - negativeRight * leftHigh;

        (c.Carry0, c.Carry0High) = (KoalaBear.FromCanonical((uint)carry0 & 0xFF), KoalaBear.FromCanonical((uint)carry0 >> 8));
        uint third = Math.Min((uint)carry1 / 3, 255);
        (c.Carry1, c.Carry1Third) = (KoalaBear.FromCanonical((uint)carry1 - 3 * third), KoalaBear.FromCanonical(third));
        uint raised = (uint)(carry2 + (isLeftSigned ? 1 : 0) + (isRightSigned ? 1 : 0));
        (c.Carry2, c.Carry2High) = (KoalaBear.FromCanonical(raised & 0xFF), KoalaBear.FromCanonical(raised >> 8));
        c.Overflow = KoalaBear.FromBool(top != (int)(product >> 48));
    }

    static KoalaBear Byte(uint word, int index) => KoalaBear.FromCanonical(word >> 8 * index & 0xFF);

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<MultiplyColumns<T>, T>(rows.Local);
        // IsReal is a bit and at most one of the three selectors is 1.
        T isHigh = c.IsMulh + c.IsMulhsu + c.IsMulhu;
        b.AssertBool(c.IsReal);
        b.AssertBool(c.IsMulh);
        b.AssertBool(c.IsMulhsu);
        b.AssertBool(c.IsMulhu);
        b.AssertBool(isHigh);

        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Mul) + c.IsMulh + c.IsMulhsu * s_two + c.IsMulhu * s_three,
            Rd = c.Rd, Rs1 = c.Rs1, Rs2 = c.Rs2,
        });
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs1, in c.Left, c.Clock + Row.Constant<T>(SubTime.Rs1));
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs2, in c.Right, c.Clock + Row.Constant<T>(SubTime.Rs2));
        Row.Write(ref b, c.IsReal, MemorySpace.Register, c.Rd, in c.Destination, c.Result, c.Clock + Row.Constant<T>(SubTime.Rd));
        Row.CheckWord(ref b, c.IsReal, c.Result);
        Row.CheckWord(ref b, c.IsReal, c.Other);
        ConstrainProduct(ref b, in c, isHigh);
    }

    // Result and Other are the halves of Left · Right mod 2^64.
    static void ConstrainProduct<TBuilder, T>(ref TBuilder b, in MultiplyColumns<T> c, T isHigh)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        // Bytes 0 and 2 are the limbs less 256 times bytes 1 and 3; all are checked, so 256·high + low < 2^16 is the limb itself.
        T a0 = c.Left.Value.Lo - c.Left1 * s_byte, a1 = c.Left1, a2 = c.Left.Value.Hi - c.Left3 * s_byte, a3 = c.Left3;
        T b0 = c.Right.Value.Lo - c.Right1 * s_byte, b1 = c.Right1, b2 = c.Right.Value.Hi - c.Right3 * s_byte, b3 = c.Right3;
        CheckBytes(ref b, c.IsReal, a0, a1);
        CheckBytes(ref b, c.IsReal, a2, a3);
        CheckBytes(ref b, c.IsReal, b0, b1);
        CheckBytes(ref b, c.IsReal, b2, b3);

        // Given the bytes, 2·a3 - 256·LeftSign is a byte for bit 7 of a3 only; likewise on the right. A sign counts where its operand is signed.
        b.AssertBool(c.LeftSign);
        b.AssertBool(c.RightSign);
        CheckBytes(ref b, c.IsReal, a3 * s_two - c.LeftSign * s_byte, b3 * s_two - c.RightSign * s_byte);
        T isLeftNegative = (c.IsMulh + c.IsMulhsu) * c.LeftSign, isRightNegative = c.IsMulh * c.RightSign;

        // Bounds: carry 0 ≤ 509, carry 1 ≤ 1019 and -2 ≤ carry 2 ≤ 510 in every true product; the columns allow [0, 511], [0, 1020] and
        // [-2, 511]. So 2^16 · carry < 2^26, and so is each left-hand side: at most 3·255² + 2^8·4·255² + 1020 + 2^17.
        b.AssertBool(c.Carry0High);
        b.AssertBool(c.Carry2High);
        CheckBytes(ref b, c.IsReal, c.Carry0, c.Carry1);
        CheckBytes(ref b, c.IsReal, c.Carry1Third, c.Carry2);
        T carry0 = c.Carry0 + c.Carry0High * s_byte, carry1 = c.Carry1 + c.Carry1Third * s_three;
        T carry2 = c.Carry2 + c.Carry2High * s_byte - c.IsMulh * s_two - c.IsMulhsu;

        T isLow = c.IsReal - isHigh;
        T limb0 = isLow * c.Result.Lo + isHigh * c.Other.Lo, limb1 = isLow * c.Result.Hi + isHigh * c.Other.Hi;
        T limb2 = isHigh * c.Result.Lo + isLow * c.Other.Lo, limb3 = isHigh * c.Result.Hi + isLow * c.Other.Hi;
        b.AssertEqual(a0 * b0 + (a0 * b1 + a1 * b0) * s_byte, limb0 + carry0 * s_limb, "limb 0");
        b.AssertEqual(a0 * b2 + a1 * b1 + a2 * b0 + (a0 * b3 + a1 * b2 + a2 * b1 + a3 * b0) * s_byte + carry0, limb1 + carry1 * s_limb, "limb 1");
        b.AssertEqual(a1 * b3 + a2 * b2 + a3 * b1 + (a2 * b3 + a3 * b2) * s_byte + carry1
            - isLeftNegative * c.Right.Value.Lo - isRightNegative * c.Left.Value.Lo, limb2 + carry2 * s_limb, "limb 2");

        // The top limb mod 2^16: what the signs take off is at most the product itself plus 2^64, added back by Overflow.
        b.AssertBool(c.Overflow);
        b.AssertEqual(a3 * b3 + carry2 - isLeftNegative * c.Right.Value.Hi - isRightNegative * c.Left.Value.Hi + c.Overflow * s_limb, limb3, "limb 3");
    }

    static void CheckBytes<TBuilder, T>(ref TBuilder b, T isReal, T first, T second)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Send(Buses.Byte, isReal, new ByteMessage<T> { A = first, B = second });
}

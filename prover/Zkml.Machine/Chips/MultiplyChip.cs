using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one MUL, MULH, MULHSU or MULHU. Shape [rows × 34].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct MultiplyColumns<T> where T : unmanaged
{
    public T IsReal;                          // bool; 0 on padding rows
    public T OpcodeBit0, OpcodeBit1;          // bools: the bits of opcode - MUL; both 0 on padding rows
    public T Pc4, Clock;                      // field; from the state token
    public T Rd, Rs1, Rs2;                    // register numbers; from the ROM
    public ReadColumns<T> Left, Right;        // rs1, rs2
    public WriteColumns<T> Destination;       // rd
    public Word<T> Result;                    // u16 limbs; the word of the product that is asked for
    public Word<T> Other;                     // u16 limbs; the product's other word
    public T LeftByte0, LeftByte2;            // bytes: the low bytes of the limbs of rs1
    public T RightByte0, RightByte2;          // bytes: the low bytes of the limbs of rs2
    public T LeftIsNegative, RightIsNegative; // bools: 2^32 is subtracted from the operand
    public T Carry0Low;                       // byte
    public T Carry0High;                      // bool; the carry into bit 16 is Carry0Low + 256·Carry0High
    public T Carry1Low, Carry1High;           // bytes; the carry into bit 32 is Carry1Low + 4·Carry1High - bias
    public T Carry2Low;                       // byte
    public T Carry2High;                      // bool; the carry into bit 48 is Carry2Low + 256·Carry2High - bias
    public T ProductIsNegative;               // bool
}

/// <summary>
/// Proves that rd becomes the low word (MUL) or the high word (MULH, MULHSU, MULHU) of rs1 · rs2, with rs1 and rs2 read as the
/// operation says, and the program goes on at the next instruction.
/// </summary>
/// <remarks>
/// Both operands are taken apart into bytes, the top byte with a sign, and their product is summed in four steps of 16 bits. The low
/// word is the same whatever the signs, so MUL takes those that make the bounds of the top bytes affine in the two bits of the opcode:
/// <code>
///            bit 1, bit 0   excess of rs1   excess of rs2     (the top byte lies in [-128·excess, 256 - 128·excess))
///   MUL          0, 0             2               1
///   MULH         0, 1             1               1
///   MULHSU       1, 0             1               0
///   MULHU        1, 1             0               0
/// </code>
/// </remarks>
public readonly struct MultiplyAir : IEventAir<AluEvent>
{
    static readonly KoalaBear s_4 = KoalaBear.FromCanonical(4), s_128 = KoalaBear.FromCanonical(1 << 7);
    static readonly KoalaBear s_256 = KoalaBear.FromCanonical(1 << 8), s_65536 = KoalaBear.FromCanonical(1 << 16), s_inverse256 = s_256.Inverse();

    public string Name => "Multiply";

    public int Width => Columns.Width<MultiplyColumns<byte>>();

    public EventList<AluEvent> Events(SegmentRecord record) => record.Multiply;

    public void FillRow(in AluEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<MultiplyColumns<KoalaBear>, KoalaBear>(row);
        uint bits = (uint)e.Step.Opcode - (uint)Opcode.Mul;
        c.IsReal = KoalaBear.One;
        c.OpcodeBit0 = KoalaBear.FromCanonical(bits & 1);
        c.OpcodeBit1 = KoalaBear.FromCanonical(bits >> 1);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Rs2 = KoalaBear.FromCanonical(e.Step.Rs2);
        ReadColumns<KoalaBear>.Fill(ref c.Left, in e.Left);
        ReadColumns<KoalaBear>.Fill(ref c.Right, in e.Right);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
        c.Result.Set(e.Result.Value);
        c.LeftByte0 = KoalaBear.FromCanonical(e.Left.Value & 0xFF);
        c.LeftByte2 = KoalaBear.FromCanonical(e.Left.Value >> 16 & 0xFF);
        c.RightByte0 = KoalaBear.FromCanonical(e.Right.Value & 0xFF);
        c.RightByte2 = KoalaBear.FromCanonical(e.Right.Value >> 16 & 0xFF);
        FillProduct(ref c, (Opcode)e.Step.Opcode, e.Left.Value, e.Right.Value);
    }

    static void FillProduct(ref MultiplyColumns<KoalaBear> c, Opcode opcode, uint left, uint right)
    {
        int leftExcess = opcode switch { Opcode.Mul => 2, Opcode.Mulhu => 0, _ => 1 };
        int rightExcess = opcode is Opcode.Mul or Opcode.Mulh ? 1 : 0;
        // The top byte is at least 256 - 128·excess.
        bool leftIsNegative = (int)(left >> 24) >= 256 - 128 * leftExcess, rightIsNegative = (int)(right >> 24) >= 256 - 128 * rightExcess;
        c.LeftIsNegative = KoalaBear.FromBool(leftIsNegative);
        c.RightIsNegative = KoalaBear.FromBool(rightIsNegative);

        Span<long> x = stackalloc long[] { left & 0xFF, left >> 8 & 0xFF, left >> 16 & 0xFF, (left >> 24) - (leftIsNegative ? 256 : 0) };
        Span<long> y = stackalloc long[] { right & 0xFF, right >> 8 & 0xFF, right >> 16 & 0xFF, (right >> 24) - (rightIsNegative ? 256 : 0) };
        long step0 = x[0] * y[0] + ((x[0] * y[1] + x[1] * y[0]) << 8);
        long step1 = (step0 >> 16) + x[0] * y[2] + x[1] * y[1] + x[2] * y[0] + ((x[0] * y[3] + x[1] * y[2] + x[2] * y[1] + x[3] * y[0]) << 8);
        long step2 = (step1 >> 16) + x[1] * y[3] + x[2] * y[2] + x[3] * y[1] + ((x[2] * y[3] + x[3] * y[2]) << 8);
        long step3 = (step2 >> 16) + x[3] * y[3];

        c.Other.Set(opcode == Opcode.Mul ? (uint)(step3 << 16) | (uint)(step2 & 0xFFFF) : (uint)(step1 << 16) | (uint)(step0 & 0xFFFF));
        int bias = 128 * (leftExcess + rightExcess);
        uint carry0 = (uint)(step0 >> 16), carry1 = (uint)((step1 >> 16) + bias), carry2 = (uint)((step2 >> 16) + bias);
        c.Carry0Low = KoalaBear.FromCanonical(carry0 & 0xFF);
        c.Carry0High = KoalaBear.FromCanonical(carry0 >> 8);
        c.Carry1Low = KoalaBear.FromCanonical(carry1 & 3);
        c.Carry1High = KoalaBear.FromCanonical(carry1 >> 2);
        c.Carry2Low = KoalaBear.FromCanonical(carry2 & 0xFF);
        c.Carry2High = KoalaBear.FromCanonical(carry2 >> 8);
        c.ProductIsNegative = KoalaBear.FromBool(step3 < 0);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<MultiplyColumns<T>, T>(rows.Local);
        // A row counts once or not at all, and its opcode is MUL + bit 0 + 2·bit 1: one of the four.
        b.AssertBool(c.IsReal);
        b.AssertBool(c.OpcodeBit0);
        b.AssertBool(c.OpcodeBit1);

        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Mul)
                + c.OpcodeBit0 * KoalaBear.FromCanonical(Opcode.Mulh - Opcode.Mul) + c.OpcodeBit1 * KoalaBear.FromCanonical(Opcode.Mulhsu - Opcode.Mul),
            Rd = c.Rd, Rs1 = c.Rs1, Rs2 = c.Rs2,
        });
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs1, in c.Left, c.Clock + Row.Constant<T>(SubTime.Rs1));
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs2, in c.Right, c.Clock + Row.Constant<T>(SubTime.Rs2));
        Row.Write(ref b, c.IsReal, MemorySpace.Register, c.Rd, in c.Destination, c.Result, c.Clock + Row.Constant<T>(SubTime.Rd));
        Row.CheckWord(ref b, c.IsReal, c.Result);
        Row.CheckWord(ref b, c.IsReal, c.Other);
        ConstrainProduct(ref b, in c);
    }

    static void ConstrainProduct<TBuilder, T>(ref TBuilder b, in MultiplyColumns<T> c)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        T rightExcess = c.IsReal - c.OpcodeBit1;
        T leftExcess = rightExcess + c.IsReal - c.OpcodeBit0;
        // rs1 = x0 + 2^8·x1 + 2^16·x2 + 2^24·x3 + 2^32·LeftIsNegative, the bytes being checked, x3 with its excess. The limbs of rs1
        // are words by inheritance, so LeftIsNegative, a bit, is 1 exactly if x3 is negative: x2 + 256·x3 lies in [-2^16, 2^16) and
        // one choice alone brings it back to the limb. Hence x is rs1 as the operation reads it (for MUL: mod 2^32). So is y with rs2.
        b.AssertBool(c.LeftIsNegative);
        b.AssertBool(c.RightIsNegative);
        (T x0, T x2, T y0, T y2) = (c.LeftByte0, c.LeftByte2, c.RightByte0, c.RightByte2);
        T x1 = (c.Left.Value.Lo - x0) * s_inverse256, x3 = (c.Left.Value.Hi - x2) * s_inverse256 - c.LeftIsNegative * s_256;
        T y1 = (c.Right.Value.Lo - y0) * s_inverse256, y3 = (c.Right.Value.Hi - y2) * s_inverse256 - c.RightIsNegative * s_256;
        CheckBytes(ref b, c.IsReal, x0, x1);
        CheckBytes(ref b, c.IsReal, x2, x3 + leftExcess * s_128);
        CheckBytes(ref b, c.IsReal, y0, y1);
        CheckBytes(ref b, c.IsReal, y2, y3 + rightExcess * s_128);

        // The carries are integers, because their parts are checked bytes and bits: carry 0 in [0, 512), carry 1 in [-384, 1276), carry 2
        // in [-384, 512). Integers in [0, 2^16) would not do: 2^16·32512 = -1 mod p.
        b.AssertBool(c.Carry0High);
        b.AssertBool(c.Carry2High);
        CheckBytes(ref b, c.IsReal, c.Carry0Low, c.Carry1Low);
        CheckBytes(ref b, c.IsReal, c.Carry1High, c.Carry2Low);
        T bias = (leftExcess + rightExcess) * s_128;
        T carry0 = c.Carry0Low + c.Carry0High * s_256;
        T carry1 = c.Carry1Low + c.Carry1High * s_4 - bias;
        T carry2 = c.Carry2Low + c.Carry2High * s_256 - bias;

        // MUL has neither bit of the opcode; its Result is the product's low word, and the high word otherwise. Both words are checked.
        T isHigh = c.OpcodeBit0 + c.OpcodeBit1 - c.OpcodeBit0 * c.OpcodeBit1;
        T limb0 = c.Result.Lo + isHigh * (c.Other.Lo - c.Result.Lo), limb2 = c.Result.Lo + c.Other.Lo - limb0;
        T limb1 = c.Result.Hi + isHigh * (c.Other.Hi - c.Result.Hi), limb3 = c.Result.Hi + c.Other.Hi - limb1;

        // x · y = limb0 + 2^16·limb1 + 2^32·limb2 + 2^48·limb3 - 2^64·ProductIsNegative, step by step. With x3 in [-256, 256), y3 in
        // [-128, 256) and all other bytes in [0, 256), a sum of at most four byte products is below 2^18 in magnitude, so both sides of
        // each step are below 2^27 and agree as integers. The limbs are u16, hence each carry is the true one. The top step leaves the
        // sign alone: limb3 - 2^16·ProductIsNegative lies in [-2^16, 2^16) and has one such form.
        T step0 = x0 * y0 + (x0 * y1 + x1 * y0) * s_256;
        T step1 = carry0 + x0 * y2 + x1 * y1 + x2 * y0 + (x0 * y3 + x1 * y2 + x2 * y1 + x3 * y0) * s_256;
        T step2 = carry1 + x1 * y3 + x2 * y2 + x3 * y1 + (x2 * y3 + x3 * y2) * s_256;
        b.AssertBool(c.ProductIsNegative);
        b.AssertEqual(step0, limb0 + carry0 * s_65536);
        b.AssertEqual(step1, limb1 + carry1 * s_65536);
        b.AssertEqual(step2, limb2 + carry2 * s_65536);
        b.AssertEqual(carry2 + x3 * y3, limb3 - c.ProductIsNegative * s_65536);
    }

    static void CheckBytes<TBuilder, T>(ref TBuilder b, T isReal, T first, T second)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Send(Buses.Byte, isReal, new ByteMessage<T> { A = first, B = second });
}

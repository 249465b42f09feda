using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one BEQ, BNE, BLT, BGE, BLTU or BGEU. Shape [rows × 23].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BranchColumns<T> where T : unmanaged
{
    public T IsReal;                    // bool; 0 on padding rows
    public T IsSigned;                  // bool; BLT or BGE
    public T IsUnsigned;                // bool; BLTU or BGEU
    public T IsNegated;                 // bool; BNE, BGE or BGEU: branches where the comparison fails
    public T Pc4, Clock;                // field; from the state token
    public T Rs1, Rs2;                  // register numbers; from the ROM
    public T Target;                    // field; target / 4 from the ROM
    public T NextPc4;                   // field; where the program goes on
    public T IsTaken;                   // bool
    public ReadColumns<T> Left, Right;  // rs1, rs2
    public T Differs;                   // bool; some limb differs
    public T HighDiffers;               // bool; the high limbs differ
    public T IsLess;                    // bool; left < right
    public T Distance;                  // in [1, 2^16]: |left - right| in the highest limb that differs; 0 as filled where none does
    public T LeftSign, RightSign;       // bool; bit 31 in signed comparisons, otherwise 0
}

/// <summary>
/// Proves that the program goes on at the branch's target if rs1 and rs2 compare as the instruction says, otherwise at the next
/// instruction.
/// </summary>
public readonly struct BranchAir : IEventAir<BranchEvent>
{
    static readonly KoalaBear s_two = KoalaBear.FromCanonical(2), s_four = KoalaBear.FromCanonical(4);
    static readonly KoalaBear s_65536 = KoalaBear.FromCanonical(1 << 16);

    public string Name => "Branch";

    public int Width => Columns.Width<BranchColumns<byte>>();

    public EventList<BranchEvent> Events(SegmentRecord record) => record.Branch;

    public void FillRow(in BranchEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<BranchColumns<KoalaBear>, KoalaBear>(row);
        var opcode = (Opcode)e.Step.Opcode;
        bool isSigned = opcode is Opcode.Blt or Opcode.Bge;
        uint left = e.Left.Value, right = e.Right.Value;
        bool isTaken = Alu.BranchTaken(opcode, left, right);
        c.IsReal = KoalaBear.One;
        c.IsSigned = KoalaBear.FromBool(isSigned);
        c.IsUnsigned = KoalaBear.FromBool(opcode is Opcode.Bltu or Opcode.Bgeu);
        c.IsNegated = KoalaBear.FromBool(opcode is Opcode.Bne or Opcode.Bge or Opcode.Bgeu);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Rs2 = KoalaBear.FromCanonical(e.Step.Rs2);
        c.Target = KoalaBear.FromCanonical(e.Step.Auxiliary);
        c.NextPc4 = KoalaBear.FromCanonical(isTaken ? e.Step.Auxiliary : e.Step.Pc4 + 1);
        c.IsTaken = KoalaBear.FromBool(isTaken);
        ReadColumns<KoalaBear>.Fill(ref c.Left, in e.Left);
        ReadColumns<KoalaBear>.Fill(ref c.Right, in e.Right);

        bool isHigh = left >> 16 != right >> 16;
        long leftNumber = isSigned ? (int)left : left, rightNumber = isSigned ? (int)right : right;
        long distance = isHigh ? (rightNumber >> 16) - (leftNumber >> 16) : (right & 0xFFFF) - (long)(left & 0xFFFF);
        c.Differs = KoalaBear.FromBool(left != right);
        c.HighDiffers = KoalaBear.FromBool(isHigh);
        c.IsLess = KoalaBear.FromBool(leftNumber < rightNumber);
        c.Distance = KoalaBear.FromCanonical((uint)Math.Abs(distance));
        c.LeftSign = KoalaBear.FromBool(isSigned && (int)left < 0);
        c.RightSign = KoalaBear.FromBool(isSigned && (int)right < 0);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<BranchColumns<T>, T>(rows.Local);
        T one = Row.Constant<T>(1);
        T isOrdered = c.IsSigned + c.IsUnsigned, isEquality = c.IsReal - isOrdered;

        // IsSigned, IsUnsigned and isEquality are bits that add up to the bit IsReal: on a real row exactly one is 1. With the bit
        // IsNegated they number the six opcodes, so the ROM's opcode determines all four.
        b.AssertBool(c.IsReal);
        b.AssertBool(c.IsSigned);
        b.AssertBool(c.IsUnsigned);
        b.AssertBool(isEquality);
        b.AssertBool(c.IsNegated);
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = Row.Constant<T>((uint)Opcode.Beq) + c.IsNegated + c.IsSigned * s_two + c.IsUnsigned * s_four,
            Rs1 = c.Rs1, Rs2 = c.Rs2,
            Auxiliary = c.Target,
        });
        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.NextPc4, 4);
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs1, in c.Left, c.Clock + Row.Constant<T>(SubTime.Rs1));
        Row.Read(ref b, c.IsReal, MemorySpace.Register, c.Rs2, in c.Right, c.Clock + Row.Constant<T>(SubTime.Rs2));

        Compare(ref b, in c);

        // IsTaken = comparison xor IsNegated: the comparison is left = right, or left < right. It is a bit, because its parts are.
        b.AssertZeroWhen(isEquality, c.IsTaken - (one - c.Differs) - c.IsNegated * (c.Differs * s_two - one));
        b.AssertZeroWhen(isOrdered, c.IsTaken - c.IsLess - c.IsNegated * (one - c.IsLess * s_two));
        b.AssertEqual(c.NextPc4, c.Pc4 + c.IsReal + c.IsTaken * (c.Target - c.Pc4 - one));
    }

    // Differs says whether left ≠ right; IsLess says whether left < right, as signed numbers where IsSigned.
    static void Compare<TBuilder, T>(ref TBuilder b, in BranchColumns<T> c)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        T one = Row.Constant<T>(1);
        T high = c.Right.Value.Hi - c.Left.Value.Hi, low = c.Right.Value.Lo - c.Left.Value.Lo;

        // The signs are bits, 0 unless IsSigned. 2·(Hi - 2^15·sign) in [0, 2^16) with Hi in [0, 2^16) (inherited) makes a sign bit 31.
        b.AssertZero(c.LeftSign * (c.IsSigned - c.LeftSign));
        b.AssertZero(c.RightSign * (c.IsSigned - c.RightSign));
        Row.CheckU16(ref b, c.IsSigned, c.Left.Value.Hi * s_two - c.LeftSign * s_65536);
        Row.CheckU16(ref b, c.IsSigned, c.Right.Value.Hi * s_two - c.RightSign * s_65536);

        // The claimed highest limb that differs: none above it does. Differs is a multiplicity, hence a bit. HighDiffers needs no constraint
        // of its own: beside 0 and Differs, each value makes the two distances below equal to each other, which means 0, and no u16.
        b.AssertBool(c.Differs);
        b.AssertZeroWhen(one - c.HighDiffers, high);
        b.AssertZeroWhen(one - c.Differs, low);

        // It does differ, and in the claimed direction: Distance = ±(right - left) in that limb, with Distance - 1 in [0, 2^16). The
        // limbs lie in (-2^16, 2^16) with their sign, so nothing wraps mod p and only the true direction gives a positive distance.
        T direction = c.IsLess * s_two - one;
        T signedHigh = high + (c.LeftSign - c.RightSign) * s_65536;
        b.AssertBool(c.IsLess);
        b.AssertZeroWhen(one - c.Differs, c.IsLess);
        b.AssertZeroWhen(c.HighDiffers, c.Distance - direction * signedHigh);
        b.AssertZeroWhen(c.Differs - c.HighDiffers, c.Distance - direction * low);
        Row.CheckU16(ref b, c.Differs, c.Distance - one);
    }
}

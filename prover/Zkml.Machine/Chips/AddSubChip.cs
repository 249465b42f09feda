using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one ADD or SUB. Shape [rows × 18].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct AddSubColumns<T> where T : unmanaged
{
    public T IsAdd;                     // bool
    public T IsSub;                     // bool; both 0 on padding rows
    public T Pc4, Clock;                // field; from the state token
    public T Rd, Rs1, Rs2;              // register numbers; from the ROM
    public ReadColumns<T> Left, Right;  // rs1, rs2
    public WriteColumns<T> Destination; // rd
    public Word<T> Result;              // u16 limbs
}

/// <summary>
/// Proves that rd becomes rs1 ± rs2 mod 2^32 and the program goes on at the next instruction.
/// SUB is proved as the addition rs1 = Result + rs2.
/// </summary>
public readonly struct AddSubAir : IEventAir<AluEvent>
{
    static readonly KoalaBear s_inverse65536 = KoalaBear.FromCanonical(1 << 16).Inverse();

    public string Name => "AddSub";

    public int Width => Columns.Width<AddSubColumns<byte>>();

    public EventList<AluEvent> Events(SegmentRecord record) => record.AddSub;

    public void FillRow(in AluEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<AddSubColumns<KoalaBear>, KoalaBear>(row);
        bool isSub = e.Step.Opcode == (byte)Opcode.Sub;
        c.IsAdd = KoalaBear.FromBool(!isSub);
        c.IsSub = KoalaBear.FromBool(isSub);
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Rd = KoalaBear.FromCanonical(e.Step.Rd);
        c.Rs1 = KoalaBear.FromCanonical(e.Step.Rs1);
        c.Rs2 = KoalaBear.FromCanonical(e.Step.Rs2);
        ReadColumns<KoalaBear>.Fill(ref c.Left, in e.Left);
        ReadColumns<KoalaBear>.Fill(ref c.Right, in e.Right);
        WriteColumns<KoalaBear>.Fill(ref c.Destination, in e.Result);
        c.Result.Set(e.Result.Value);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<AddSubColumns<T>, T>(rows.Local);
        T isReal = c.IsAdd + c.IsSub;
        // One-hot: isReal and IsSub are bits, so on a real row IsAdd = 1 - IsSub is one too. Where isReal = 0 nothing is on a bus.
        b.AssertBool(isReal);
        b.AssertBool(c.IsSub);

        Row.Step(ref b, isReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Row.Fetch(ref b, isReal, new FetchMessage<T>
        {
            Pc4 = c.Pc4,
            Opcode = c.IsAdd * KoalaBear.FromCanonical((uint)Opcode.Add) + c.IsSub * KoalaBear.FromCanonical((uint)Opcode.Sub),
            Rd = c.Rd, Rs1 = c.Rs1, Rs2 = c.Rs2,
        });
        Row.Read(ref b, isReal, MemorySpace.Register, c.Rs1, in c.Left, c.Clock + Row.Constant<T>(SubTime.Rs1));
        Row.Read(ref b, isReal, MemorySpace.Register, c.Rs2, in c.Right, c.Clock + Row.Constant<T>(SubTime.Rs2));
        Row.Write(ref b, isReal, MemorySpace.Register, c.Rd, in c.Destination, c.Result, c.Clock + Row.Constant<T>(SubTime.Rd));
        Row.CheckWord(ref b, isReal, c.Result);

        // Result = Left ± Right mod 2^32: both carries x + y + carryIn - total over 2^16 must be bits. All limbs are in [0, 2^16)
        // (Result checked here, the others inherited), so each numerator lies in (-2^16, 2^17) and no other multiple of 2^16
        // mod p is in reach: a bit carry forces the integer identity limb by limb.
        T carryAdd = (c.Left.Value.Lo + c.Right.Value.Lo - c.Result.Lo) * s_inverse65536;
        T carrySub = (c.Result.Lo + c.Right.Value.Lo - c.Left.Value.Lo) * s_inverse65536;
        b.AssertBoolWhen(c.IsAdd, carryAdd);
        b.AssertBoolWhen(c.IsSub, carrySub);
        b.AssertBoolWhen(c.IsAdd, (c.Left.Value.Hi + c.Right.Value.Hi + carryAdd - c.Result.Hi) * s_inverse65536);
        b.AssertBoolWhen(c.IsSub, (c.Result.Hi + c.Right.Value.Hi + carrySub - c.Left.Value.Hi) * s_inverse65536);
    }
}

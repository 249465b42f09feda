using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips.Sha;

/// <summary>A 4-aligned pointer: byte address 4·Quarter + 2^16·Hi.</summary>
public struct AlignedPointer<T> where T : unmanaged
{
    public T Quarter;   // u16, checked: low limb / 4
    public T Hi;        // u16, inherited from the register
}

/// <summary>One row: the start of one SHA ecall. Shape [rows × 12].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShaHeadColumns<T> where T : unmanaged
{
    public T IsReal;                                // bool
    public T Pc4, Clock;                            // field; from the state token
    public AlignedPointer<T> Out, In, Block1, Block2; // a0, a1, a2, a3
    public T Count;                                 // u16, inherited: low limb of a4, whose high limb is 0
}

/// <summary>
/// Proves that an ECALL with t0 = 3 starts a SHA-256 job with the pointers in a0…a3, all 4-aligned, and the block count a4 &lt; 2^16.
/// </summary>
public readonly struct ShaHeadAir : IEventAir<ShaHeadEvent>
{
    const uint EcallNumber = 3, FirstArgument = 10, TemporaryZero = 5;

    public string Name => "ShaHead";

    public int Width => Columns.Width<ShaHeadColumns<byte>>();

    public EventList<ShaHeadEvent> Events(SegmentRecord record) => record.ShaHead;

    public void FillRow(in ShaHeadEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<ShaHeadColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        Fill(ref c.Out, e.A0.Value);
        Fill(ref c.In, e.A1.Value);
        Fill(ref c.Block1, e.A2.Value);
        Fill(ref c.Block2, e.A3.Value);
        c.Count = KoalaBear.FromCanonical(e.A4.Value);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<ShaHeadColumns<T>, T>(rows.Local);

        // IsReal is a multiplicity: a bit.
        b.AssertBool(c.IsReal);
        b.Receive(Buses.State, c.IsReal, new StateMessage<T> { Pc4 = c.Pc4, Clock = c.Clock });
        Row.Fetch(ref b, c.IsReal, new FetchMessage<T> { Pc4 = c.Pc4, Opcode = Row.Constant<T>((uint)Opcode.Ecall) });

        // Six register reads at +0…+5. A constant in the message is an assertion on the register: t0 = 3, the high limb of a4 is 0.
        Read(ref b, in c, TemporaryZero, 0, new Word<T> { Lo = Row.Constant<T>(EcallNumber) });
        T out0 = ReadPointer(ref b, in c, in c.Out, 0), in0 = ReadPointer(ref b, in c, in c.In, 1);
        T block1 = ReadPointer(ref b, in c, in c.Block1, 2), block2 = ReadPointer(ref b, in c, in c.Block2, 3);
        Read(ref b, in c, FirstArgument + 4, 5, new Word<T> { Lo = c.Count });

        b.Send(Buses.ShaStart, c.IsReal, new ShaStartMessage<T>
        {
            Pc4 = c.Pc4, Clock = c.Clock + Row.Constant<T>(8), OutWord = out0, InWord = in0, Block1Word = block1, Block2Word = block2, Count = c.Count,
        });
    }

    // The register's low limb is 4·Quarter as a field element. Both lie in [0, 2^16): the limb by inheritance, Quarter by the check here,
    // which 4·Quarter < 2^16 alone would not give (Quarter could be a multiple of 1/4 mod p). So the limb is a multiple of 4 and
    // the word address Quarter + 2^14·Hi is the byte address / 4 exactly.
    static T ReadPointer<TBuilder, T>(ref TBuilder b, in ShaHeadColumns<T> c, in AlignedPointer<T> pointer, uint argument)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        Read(ref b, in c, FirstArgument + argument, 1 + argument, new Word<T> { Lo = pointer.Quarter * KoalaBear.FromCanonical(4), Hi = pointer.Hi });
        Row.CheckU16(ref b, c.IsReal, pointer.Quarter);
        return pointer.Quarter + pointer.Hi * KoalaBear.FromCanonical(1 << 14);
    }

    static void Read<TBuilder, T>(ref TBuilder b, in ShaHeadColumns<T> c, uint register, uint subTime, Word<T> value)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T> =>
        b.Send(Buses.Access, c.IsReal, new AccessMessage<T>
        {
            Space = Row.Constant<T>(MemorySpace.Register), Word = Row.Constant<T>(register), Before = value, After = value,
            Time = c.Clock + Row.Constant<T>(subTime),
        });

    static void Fill(ref AlignedPointer<KoalaBear> pointer, uint address)
    {
        pointer.Quarter = KoalaBear.FromCanonical((address & 0xFFFF) / 4);
        pointer.Hi = KoalaBear.FromCanonical(address >> 16);
    }
}

using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips.Sha;

/// <summary>One row: the start of one SHA ecall. Shape [rows × 12].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShaHeadColumns<T> where T : unmanaged
{
    public T IsReal;                        // bool; 0 on padding rows
    public T Pc4, Clock;                    // field; from the state token
    public Word<T> Out, In, Block1, Block2; // a0, a1, a2, a3
    public T Count;                         // u16, inherited: low limb of a4, whose high limb is 0
}

/// <summary>
/// Proves that an ECALL with t0 = 3 starts a SHA-256 job with the pointers in a0…a3, all 4-aligned, and the block count a4 &lt; 2^16.
/// </summary>
public readonly struct ShaHeadAir : IEventAir<ShaHeadEvent>
{
    public string Name => "ShaHead";

    public int Width => Columns.Width<ShaHeadColumns<byte>>();

    public EventList<ShaHeadEvent> Events(SegmentRecord record) => record.ShaHead;

    public void FillRow(in ShaHeadEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<ShaHeadColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Out.Set(e.A0.Value);
        c.In.Set(e.A1.Value);
        c.Block1.Set(e.A2.Value);
        c.Block2.Set(e.A3.Value);
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
        Ecall.Enter(ref b, c.IsReal, c.Pc4, c.Clock, EcallNumber.Sha);

        // Five register reads at +1…+5. The high limb of a4 is the constant 0.
        T outWord = ReadPointer(ref b, in c, in c.Out, EcallRegister.A0, 1), inWord = ReadPointer(ref b, in c, in c.In, EcallRegister.A1, 2);
        T block1 = ReadPointer(ref b, in c, in c.Block1, EcallRegister.A2, 3), block2 = ReadPointer(ref b, in c, in c.Block2, EcallRegister.A3, 4);
        Ecall.ReadRegister(ref b, c.IsReal, EcallRegister.A4, new Word<T> { Lo = c.Count }, c.Clock + Row.Constant<T>(5));

        b.Send(Buses.ShaStart, c.IsReal, new ShaStartMessage<T>
        {
            Pc4 = c.Pc4, Clock = c.Clock + Row.Constant<T>(8), OutWord = outWord, InWord = inWord, Block1Word = block1, Block2Word = block2, Count = c.Count,
        });
    }

    static T ReadPointer<TBuilder, T>(ref TBuilder b, in ShaHeadColumns<T> c, in Word<T> pointer, uint register, uint subTime)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        Ecall.ReadRegister(ref b, c.IsReal, register, pointer, c.Clock + Row.Constant<T>(subTime));
        return Ecall.PointerWord(ref b, c.IsReal, pointer);
    }
}

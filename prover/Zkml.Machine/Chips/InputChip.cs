using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: one INPUT. Shape [rows × 5].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct InputColumns<T> where T : unmanaged
{
    public T IsReal;      // bool; 0 on padding rows
    public T Pc4, Clock;  // field; from the state token
    public Word<T> Index; // a0, which becomes 0
}

/// <summary>Proves that the environment call INPUT sets a0 to 0 (OB-14), and the program goes on at the next instruction.</summary>
public readonly struct InputAir : IEventAir<InputEvent>
{
    public string Name => "Input";

    public int Width => Columns.Width<InputColumns<byte>>();

    public EventList<InputEvent> Events(SegmentRecord record) => record.Input;

    public void FillRow(in InputEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<InputColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Step.Clock);
        c.Index.Set(e.A0.Previous);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<InputColumns<T>, T>(rows.Local);
        b.AssertBool(c.IsReal);
        Row.Step(ref b, c.IsReal, c.Pc4, c.Clock, c.Pc4 + Row.Constant<T>(1), 4);
        Ecall.Enter(ref b, c.IsReal, c.Pc4, c.Clock, EcallNumber.Input);
        Ecall.WriteRegister(ref b, c.IsReal, EcallRegister.A0, c.Index, default, c.Clock + Row.Constant<T>(1));
    }
}

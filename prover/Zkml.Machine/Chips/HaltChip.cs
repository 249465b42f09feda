using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>One row: the HALT of a session. Shape [rows × 23].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct HaltColumns<T> where T : unmanaged
{
    public T IsReal;                // bool; 0 on padding rows
    public T Pc4;                   // field; from the state token
    public BoundedColumns<T> Clock; // from the state token
    public T ExitCode;              // byte; a0 holds 2^8·ExitCode
    public Word<T> Pointer;         // a1
    public Words8<T> Output;        // the 8 words at a1
}

/// <summary>
/// Proves that the session ends here by the environment call HALT with type 0 (TERMINATE), and with which exit code and output digest.
/// The row takes the state token and gives none, so nothing runs after it (OB-7).
/// </summary>
public readonly struct HaltAir : IEventAir<HaltEvent>
{
    static readonly KoalaBear s_256 = KoalaBear.FromCanonical(256);

    public string Name => "Halt";

    public int Width => Columns.Width<HaltColumns<byte>>();

    public EventList<HaltEvent> Events(SegmentRecord record) => record.Halt;

    public void FillRow(in HaltEvent e, Span<KoalaBear> row)
    {
        ref var c = ref Columns.View<HaltColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Pc4 = KoalaBear.FromCanonical(e.Step.Pc4);
        Bounded.Fill(ref c.Clock, e.Step.Clock, Bounded.Time);
        c.ExitCode = KoalaBear.FromCanonical(e.A0.Value >> 8);
        c.Pointer.Set(e.A1.Value);
        for (int j = 0; j < 8; j++) c.Output[j].Set(e.Digest[j].Value);
    }

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<HaltColumns<T>, T>(rows.Local);
        b.AssertBool(c.IsReal);

        // The last clock of the session, and so every clock, is below 2^30 + 2^16 (D7, OB-6d).
        T clock = Bounded.Constrain(ref b, c.IsReal, in c.Clock, Bounded.Time);
        b.Receive(Buses.State, c.IsReal, new StateMessage<T> { Pc4 = c.Pc4, Clock = clock });
        Ecall.Enter(ref b, c.IsReal, c.Pc4, clock, EcallNumber.Halt);

        // a0 = 2^8·ExitCode with ExitCode in [0, 2^16), an integer below 2^24. a0's low limb is in [0, 2^16) (inherited), so ExitCode is a
        // byte. Its low byte is the type, 0 only; the high limb is 0.
        Ecall.ReadRegister(ref b, c.IsReal, EcallRegister.A0, new Word<T> { Lo = c.ExitCode * s_256 }, clock + Row.Constant<T>(1));
        Row.CheckU16(ref b, c.IsReal, c.ExitCode);

        Ecall.ReadRegister(ref b, c.IsReal, EcallRegister.A1, c.Pointer, clock + Row.Constant<T>(2));
        T word = Ecall.PointerWord(ref b, c.IsReal, c.Pointer);
        for (int j = 0; j < 8; j++)
            Ecall.ReadMemory(ref b, c.IsReal, word + Row.Constant<T>((uint)j), c.Output[j], clock + Row.Constant<T>((uint)j + 3));
        b.Send(Buses.Halt, c.IsReal, new HaltMessage<T> { ExitCode = c.ExitCode, Output = c.Output });
    }
}

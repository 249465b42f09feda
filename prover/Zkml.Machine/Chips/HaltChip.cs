using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>Eight word reads.</summary>
[InlineArray(8)]
public struct DigestColumns<T> where T : unmanaged { ReadColumns<T> _first; }

/// <summary>One row: the HALT of a session. Shape [rows × 34].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct HaltColumns<T> where T : unmanaged
{
    public T IsReal;                // bool; 0 on padding rows
    public T Pc4;                   // field; from the state token
    public BoundedColumns<T> Clock; // from the state token
    public T NumberGap;             // u16; t0, which holds 0
    public T ExitCode;              // byte
    public T ExitGap;               // u16; a0, which holds 2^8·ExitCode
    public ReadColumns<T> Pointer;  // a1
    public DigestColumns<T> Output; // the 8 words at a1
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
        c.NumberGap = KoalaBear.FromCanonical(e.T0.Gap);
        c.ExitCode = KoalaBear.FromCanonical(e.A0.Value >> 8);
        c.ExitGap = KoalaBear.FromCanonical(e.A0.Gap);
        ReadColumns<KoalaBear>.Fill(ref c.Pointer, in e.A1);
        for (int j = 0; j < 8; j++) ReadColumns<KoalaBear>.Fill(ref c.Output[j], in e.Digest[j]);
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
        Ecall.Enter(ref b, c.IsReal, c.Pc4, clock, EcallNumber.Halt, c.NumberGap);

        // a0 = 2^8·ExitCode with ExitCode in [0, 2^16), an integer below 2^24. a0's low limb is in [0, 2^16) (inherited), so ExitCode is a
        // byte. Its low byte is the type, 0 only; the high limb is 0.
        var exit = new ReadColumns<T> { Value = { Lo = c.ExitCode * s_256 }, Gap = c.ExitGap };
        Row.Read(ref b, c.IsReal, MemorySpace.Register, Row.Constant<T>(EcallRegister.A0), in exit, clock + Row.Constant<T>(1));
        Row.CheckU16(ref b, c.IsReal, c.ExitCode);

        Row.Read(ref b, c.IsReal, MemorySpace.Register, Row.Constant<T>(EcallRegister.A1), in c.Pointer, clock + Row.Constant<T>(2));
        T word = Ecall.PointerWord(ref b, c.IsReal, c.Pointer.Value);
        var message = new HaltMessage<T> { ExitCode = c.ExitCode };
        for (int j = 0; j < 8; j++)
        {
            Row.Read(ref b, c.IsReal, MemorySpace.Memory, word + Row.Constant<T>((uint)j), in c.Output[j], clock + Row.Constant<T>((uint)j + 3));
            message.Output[j] = c.Output[j].Value;
        }
        b.Send(Buses.Halt, c.IsReal, in message);
    }
}

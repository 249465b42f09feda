using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips;

/// <summary>A request to the Transfer table.</summary>
public struct AccessMessage<T> where T : unmanaged
{
    public T Space, Word;
    public Word<T> Before, After;
    public T Time;
}

/// <summary>One row: one access on behalf of a row that makes many. Shape [rows × 9].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TransferColumns<T> where T : unmanaged
{
    public T IsReal;                    // bool
    public T Space, Word;               // field; from the request
    public WriteColumns<T> Access;      // value before, gap
    public Word<T> After;               // from the request, which answers for its range
    public T Time;                      // field; from the request
}

/// <summary>
/// Proves that each requested access (space, word, before, after, time) is linked into the word's history, as <see cref="Row"/> would do it inside
/// the requesting row. A request costs its row one interaction instead of three and a column, which keeps the rarely used wide tables narrow.
/// </summary>
/// <remarks>
/// Sound because the local Access bus balances: every request is met by exactly one row here and no row acts without one. Values sent to memory
/// inherit their range from the request's sender (OB-9), which either repeats what it read or checks what it writes.
/// </remarks>
public readonly struct TransferAir : IAir
{
    public string Name => "Transfer";

    public int Width => Columns.Width<TransferColumns<byte>>();

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<TransferColumns<T>, T>(rows.Local);

        // IsReal is a multiplicity: a bit, so that one row serves one request.
        b.AssertBool(c.IsReal);
        T previousTime = c.Time - Row.Constant<T>(1) - c.Access.Gap;
        b.Receive(Buses.Access, c.IsReal, new AccessMessage<T> { Space = c.Space, Word = c.Word, Before = c.Access.Previous, After = c.After, Time = c.Time });
        b.Receive(Buses.Memory, c.IsReal, new MemoryMessage<T> { Space = c.Space, Word = c.Word, Value = c.Access.Previous, Time = previousTime });
        b.Send(Buses.Memory, c.IsReal, new MemoryMessage<T> { Space = c.Space, Word = c.Word, Value = c.After, Time = c.Time });
        Row.CheckU16(ref b, c.IsReal, c.Access.Gap);
    }
}

/// <summary>The Transfer table: the accesses of all SHA heads, then of all halts, software calls and inputs.</summary>
public sealed class TransferChip() : MachineChip<TransferAir>(default)
{
    /// <summary>Rows that one event needs.</summary>
    public const int RowsPerShaHead = 6, RowsPerHalt = 11, RowsPerSoftware = 3, RowsPerInput = 2;

    // t0 and the arguments in the order in which every call reads them.
    static ReadOnlySpan<uint> Registers =>
        [EcallRegister.T0, EcallRegister.A0, EcallRegister.A1, EcallRegister.A2, EcallRegister.A3, EcallRegister.A4];

    /// <summary>The event streams that ask for accesses, and the rows that an event of each needs.</summary>
    public static IReadOnlyList<(EventStream Stream, int Rows)> Requesters { get; } =
    [
        (EventStream.Halt, RowsPerHalt), (EventStream.ShaHead, RowsPerShaHead), (EventStream.Input, RowsPerInput), (EventStream.Software, RowsPerSoftware),
    ];

    public override int RowCount(TraceInput input) =>
        RowsPerShaHead * input.Record.ShaHead.Count + RowsPerHalt * input.Record.Halt.Count
        + RowsPerSoftware * input.Record.Software.Count + RowsPerInput * input.Record.Input.Count;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        SegmentRecord record = input.Record;
        int heads = RowsPerShaHead * record.ShaHead.Count, halts = heads + RowsPerHalt * record.Halt.Count;
        int calls = halts + RowsPerSoftware * record.Software.Count, inputs = calls + RowsPerInput * record.Input.Count;
        for (int i = 0; i < rows.Count; i++)
        {
            Span<KoalaBear> row = rows[i];
            row.Clear();
            int index = firstRow + i;
            if (index < heads) FillHead(row, in record.ShaHead.Items[index / RowsPerShaHead], index % RowsPerShaHead);
            else if (index < halts) FillHalt(row, in record.Halt.Items[(index - heads) / RowsPerHalt], (index - heads) % RowsPerHalt);
            else if (index < calls) FillSoftware(row, in record.Software.Items[(index - halts) / RowsPerSoftware], (index - halts) % RowsPerSoftware);
            else if (index < inputs) FillInput(row, in record.Input.Items[(index - calls) / RowsPerInput], (index - calls) % RowsPerInput);
        }
    }

    static void FillHead(Span<KoalaBear> row, in ShaHeadEvent e, int access)
    {
        ReadAccess read = access switch { 0 => e.T0, 1 => e.A0, 2 => e.A1, 3 => e.A2, 4 => e.A3, _ => e.A4 };
        FillRead(row, MemorySpace.Register, Registers[access], read, e.Step.Clock + (uint)access);
    }

    static void FillHalt(Span<KoalaBear> row, in HaltEvent e, int access)
    {
        uint time = e.Step.Clock + (uint)access;
        if (access < 3) FillRead(row, MemorySpace.Register, Registers[access], access switch { 0 => e.T0, 1 => e.A0, _ => e.A1 }, time);
        else FillRead(row, MemorySpace.Memory, e.A1.Value / 4 + (uint)(access - 3), e.Digest[access - 3], time);
    }

    static void FillSoftware(Span<KoalaBear> row, in SoftwareEvent e, int access)
    {
        if (access == 0) FillRead(row, MemorySpace.Register, EcallRegister.T0, e.T0, e.Step.Clock);
        else FillAccess(row, MemorySpace.Register, Registers[access], access == 1 ? e.A0 : e.A1, e.Step.Clock + (uint)access);
    }

    static void FillInput(Span<KoalaBear> row, in InputEvent e, int access)
    {
        if (access == 0) FillRead(row, MemorySpace.Register, EcallRegister.T0, e.T0, e.Step.Clock);
        else FillAccess(row, MemorySpace.Register, EcallRegister.A0, e.A0, e.Step.Clock + 1);
    }

    static void FillRead(Span<KoalaBear> row, uint space, uint word, ReadAccess read, uint time) =>
        FillAccess(row, space, word, new WriteAccess { Previous = read.Value, Value = read.Value, Gap = read.Gap }, time);

    static void FillAccess(Span<KoalaBear> row, uint space, uint word, WriteAccess access, uint time)
    {
        ref var c = ref Columns.View<TransferColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Space = KoalaBear.FromCanonical(space);
        c.Word = KoalaBear.FromCanonical(word);
        WriteColumns<KoalaBear>.Fill(ref c.Access, in access);
        c.After.Set(access.Value);
        c.Time = KoalaBear.FromCanonical(time);
    }
}

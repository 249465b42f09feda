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
        b.Receive(Buses.Access, c.IsReal, new AccessMessage<T> { Space = c.Space, Word = c.Word, Before = c.Access.Previous, After = c.After, Time = c.Time });
        b.Receive(Buses.Memory, c.IsReal, new MemoryMessage<T> { Space = c.Space, Word = c.Word, Value = c.Access.Previous, Time = c.Time - Row.Constant<T>(1) - c.Access.Gap });
        b.Send(Buses.Memory, c.IsReal, new MemoryMessage<T> { Space = c.Space, Word = c.Word, Value = c.After, Time = c.Time });
        Row.CheckU16(ref b, c.IsReal, c.Access.Gap);
    }
}

/// <summary>The Transfer table, whose rows are the register accesses of SHA heads.</summary>
public sealed class TransferChip() : MachineChip<TransferAir>(default)
{
    /// <summary>Rows that one SHA head needs.</summary>
    public const int RowsPerShaHead = 6;

    static ReadOnlySpan<byte> ShaRegisters => [5, 10, 11, 12, 13, 14]; // t0, a0…a4

    public override int RowCount(TraceInput input) => RowsPerShaHead * input.Record.ShaHead.Count;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        ReadOnlySpan<ShaHeadEvent> heads = input.Record.ShaHead.Items;
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i].Clear();
            (int index, int access) = Math.DivRem(firstRow + i, RowsPerShaHead);
            if (index >= heads.Length) continue;
            ref readonly ShaHeadEvent head = ref heads[index];
            ReadAccess read = access switch { 0 => head.T0, 1 => head.A0, 2 => head.A1, 3 => head.A2, 4 => head.A3, _ => head.A4 };
            FillRead(rows[i], MemorySpace.Register, ShaRegisters[access], in read, head.Step.Clock + (uint)access);
        }
    }

    static void FillRead(Span<KoalaBear> row, uint space, uint word, in ReadAccess read, uint time)
    {
        ref var c = ref Columns.View<TransferColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.Space = KoalaBear.FromCanonical(space);
        c.Word = KoalaBear.FromCanonical(word);
        c.Access.Previous.Set(read.Value);
        c.Access.Gap = KoalaBear.FromCanonical(read.Gap);
        c.After.Set(read.Value);
        c.Time = KoalaBear.FromCanonical(time);
    }
}

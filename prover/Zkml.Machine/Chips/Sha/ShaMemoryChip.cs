using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips.Sha;

/// <summary>Four bytes, lowest address first.</summary>
[InlineArray(4)]
public struct Bytes4<T> where T : unmanaged { T _first; }

/// <summary>One row: one SHA word read or written. Shape [rows × 11].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShaMemoryColumns<T> where T : unmanaged
{
    public T IsReal;                // bool; 0 on padding rows
    public T IsWrite;               // bool; from the request, else a read
    public T Time, Word;            // field; from the request
    public WriteColumns<T> Access;  // value before, gap
    public Bytes4<T> After;         // bytes of the word after, lowest address first
}

/// <summary>
/// Proves that each requested access to a big-endian word is linked into memory's history: a read leaves the word as it was and returns
/// its byte-swapped value, a write stores the byte-swapped value.
/// </summary>
public readonly struct ShaMemoryAir : IAir
{
    public string Name => "ShaMemory";

    public int Width => Columns.Width<ShaMemoryColumns<byte>>();

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<ShaMemoryColumns<T>, T>(rows.Local);
        KoalaBear byteBase = KoalaBear.FromCanonical(256);

        // IsReal is a multiplicity: a bit. IsWrite is the bit of the request that a real row serves.
        b.AssertBool(c.IsReal);
        T isRead = c.IsReal - c.IsWrite;

        // Bytes are checked, so the limbs below are in [0, 2^16) and the swap is unique: what is stored, or returned, is well-formed.
        b.Send(Buses.Byte, c.IsReal, new ByteMessage<T> { A = c.After[0], B = c.After[1] });
        b.Send(Buses.Byte, c.IsReal, new ByteMessage<T> { A = c.After[2], B = c.After[3] });
        var after = new Word<T> { Lo = c.After[0] + c.After[1] * byteBase, Hi = c.After[2] + c.After[3] * byteBase };
        var native = new Word<T> { Lo = c.After[3] + c.After[2] * byteBase, Hi = c.After[1] + c.After[0] * byteBase };

        // A read changes nothing.
        b.AssertZeroWhen(isRead, after.Lo - c.Access.Previous.Lo);
        b.AssertZeroWhen(isRead, after.Hi - c.Access.Previous.Hi);
        Row.Write(ref b, c.IsReal, MemorySpace.Memory, c.Word, in c.Access, after, c.Time);
        b.Receive(Buses.ShaAccess, c.IsReal, new ShaAccessMessage<T> { IsWrite = c.IsWrite, Time = c.Time, Word = c.Word, Value = native });
    }
}

/// <summary>The ShaMemory table: the words of all loads, then of all blocks, then of all stores.</summary>
public sealed class ShaMemoryChip() : MachineChip<ShaMemoryAir>(default)
{
    /// <summary>Rows of a load or a store, and of a block.</summary>
    public const int RowsPerState = 8, RowsPerBlock = 16;

    public override int RowCount(TraceInput input) =>
        RowsPerState * (input.Record.ShaLoad.Count + input.Record.ShaStore.Count) + RowsPerBlock * input.Record.ShaBlock.Count;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        int loads = RowsPerState * input.Record.ShaLoad.Count, blocks = loads + RowsPerBlock * input.Record.ShaBlock.Count;
        int stores = blocks + RowsPerState * input.Record.ShaStore.Count;
        for (int i = 0; i < rows.Count; i++)
        {
            Span<KoalaBear> row = rows[i];
            row.Clear();
            int index = firstRow + i;
            if (index < loads) FillLoad(row, in input.Record.ShaLoad.Items[index / RowsPerState], index % RowsPerState);
            else if (index < blocks) FillBlock(row, in input.Record.ShaBlock.Items[(index - loads) / RowsPerBlock], (index - loads) % RowsPerBlock);
            else if (index < stores) FillStore(row, in input.Record.ShaStore.Items[(index - blocks) / RowsPerState], (index - blocks) % RowsPerState);
        }
    }

    static void FillLoad(Span<KoalaBear> row, in ShaLoadEvent e, int word) => FillRead(row, e.State[word], e.InWord + (uint)word, e.Clock + (uint)word);

    static void FillBlock(Span<KoalaBear> row, in ShaBlockEvent e, int word)
    {
        ReadAccess read = word < 8 ? e.First[word] : e.Second[word - 8];
        FillRead(row, read, word < 8 ? e.Block1Word + (uint)word : e.Block2Word + (uint)word - 8, e.Clock + (uint)word);
    }

    static void FillRead(Span<KoalaBear> row, ReadAccess read, uint word, uint time) =>
        FillAccess(row, false, new WriteAccess { Previous = read.Value, Value = read.Value, Gap = read.Gap }, word, time);

    static void FillStore(Span<KoalaBear> row, in ShaStoreEvent e, int word) =>
        FillAccess(row, true, e.State[word], e.OutWord + (uint)word, e.Clock + (uint)word);

    static void FillAccess(Span<KoalaBear> row, bool isWrite, WriteAccess access, uint word, uint time)
    {
        ref var c = ref Columns.View<ShaMemoryColumns<KoalaBear>, KoalaBear>(row);
        c.IsReal = KoalaBear.One;
        c.IsWrite = KoalaBear.FromBool(isWrite);
        c.Time = KoalaBear.FromCanonical(time);
        c.Word = KoalaBear.FromCanonical(word);
        WriteColumns<KoalaBear>.Fill(ref c.Access, in access);
        for (int k = 0; k < 4; k++) c.After[k] = KoalaBear.FromCanonical(access.Value >> (8 * k) & 0xFF);
    }
}

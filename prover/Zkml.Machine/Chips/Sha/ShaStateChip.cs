using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Chips.Sha;

/// <summary>One row: the state of one SHA job loaded or stored. Shape [rows × 25].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ShaStateColumns<T> where T : unmanaged
{
    public T IsLoad;                    // bool
    public T IsStore;                   // bool; both 0 on padding rows
    public T Pc4, Clock;                // field; from the token
    public T OutWord, Address;          // word addresses; Address is where this row's eight words are
    public T Block1Word, Block2Word;    // word addresses
    public T Remaining;                 // blocks; 0 in a store
    public Words8<T> State;             // native words; range from ShaMemory's bytes
}

/// <summary>
/// Proves the two ends of a SHA job: a load turns ShaStart into the token Sha with the eight words at the in pointer; a store takes the token
/// when no block remains, writes its eight words to the out pointer and goes on at the next instruction.
/// </summary>
/// <remarks>Range: ShaMemory matches each word with checked bytes, in both directions, so every state word in a load or store row is well-formed.</remarks>
public readonly struct ShaStateAir : IAir
{
    public string Name => "ShaState";

    public int Width => Columns.Width<ShaStateColumns<byte>>();

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<ShaStateColumns<T>, T>(rows.Local);
        T isReal = c.IsLoad + c.IsStore, eight = Row.Constant<T>(8);
        b.AssertBool(c.IsLoad);
        b.AssertBool(c.IsStore);
        b.AssertBool(isReal);

        // A store happens at the out pointer, and only when every block is done.
        b.AssertZeroWhen(c.IsStore, c.Address - c.OutWord);
        b.AssertZeroWhen(c.IsStore, c.Remaining);

        b.Receive(Buses.ShaStart, c.IsLoad, new ShaStartMessage<T>
        {
            Pc4 = c.Pc4, Clock = c.Clock, OutWord = c.OutWord, InWord = c.Address, Block1Word = c.Block1Word, Block2Word = c.Block2Word, Count = c.Remaining,
        });
        for (int i = 0; i < 8; i++)
        {
            T offset = Row.Constant<T>((uint)i);
            b.Send(Buses.ShaAccess, isReal, new ShaAccessMessage<T>
            {
                IsWrite = c.IsStore, Time = c.Clock + offset, Word = c.Address + offset, Value = c.State[i],
            });
        }

        // A load sends the token eight ticks later, a store receives it now.
        b.Send(Buses.Sha, c.IsLoad - c.IsStore, new ShaMessage<T>
        {
            Pc4 = c.Pc4, Clock = c.Clock + c.IsLoad * KoalaBear.FromCanonical(8), OutWord = c.OutWord, Block1Word = c.Block1Word, Block2Word = c.Block2Word,
            Remaining = c.Remaining, State = c.State,
        });
        b.Send(Buses.State, c.IsStore, new StateMessage<T> { Pc4 = c.Pc4 + Row.Constant<T>(1), Clock = c.Clock + eight });
    }
}

/// <summary>The ShaState table: all loads, then all stores.</summary>
public sealed class ShaStateChip() : MachineChip<ShaStateAir>(default)
{
    public override int RowCount(TraceInput input) => input.Record.ShaLoad.Count + input.Record.ShaStore.Count;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        ReadOnlySpan<ShaLoadEvent> loads = input.Record.ShaLoad.Items;
        ReadOnlySpan<ShaStoreEvent> stores = input.Record.ShaStore.Items;
        for (int i = 0; i < rows.Count; i++)
        {
            Span<KoalaBear> row = rows[i];
            row.Clear();
            int index = firstRow + i;
            if (index < loads.Length) FillLoad(row, in loads[index]);
            else if (index < loads.Length + stores.Length) FillStore(row, in stores[index - loads.Length]);
        }
    }

    static void FillLoad(Span<KoalaBear> row, in ShaLoadEvent e)
    {
        ref var c = ref Columns.View<ShaStateColumns<KoalaBear>, KoalaBear>(row);
        c.IsLoad = KoalaBear.One;
        c.Pc4 = KoalaBear.FromCanonical(e.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Clock);
        c.OutWord = KoalaBear.FromCanonical(e.OutWord);
        c.Address = KoalaBear.FromCanonical(e.InWord);
        c.Block1Word = KoalaBear.FromCanonical(e.Block1Word);
        c.Block2Word = KoalaBear.FromCanonical(e.Block2Word);
        c.Remaining = KoalaBear.FromCanonical(e.Count);
        for (int k = 0; k < 8; k++) c.State[k].Set(ShaWords.Native(e.State[k].Value));
    }

    static void FillStore(Span<KoalaBear> row, in ShaStoreEvent e)
    {
        ref var c = ref Columns.View<ShaStateColumns<KoalaBear>, KoalaBear>(row);
        c.IsStore = KoalaBear.One;
        c.Pc4 = KoalaBear.FromCanonical(e.Pc4);
        c.Clock = KoalaBear.FromCanonical(e.Clock);
        c.OutWord = c.Address = KoalaBear.FromCanonical(e.OutWord);
        c.Block1Word = KoalaBear.FromCanonical(e.Block1Word);
        c.Block2Word = KoalaBear.FromCanonical(e.Block2Word);
        for (int k = 0; k < 8; k++) c.State[k].Set(ShaWords.Native(e.State[k].Value));
    }
}

using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Tables;

/// <summary>One row: the first and the last state of one word, or the end of the list. Shape [rows × 15].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct BoundaryColumns<T> where T : unmanaged
{
    public T IsRegister;                  // bool
    public T IsMemory;                    // bool
    public T IsEnd;                       // bool; the closing row; all three are 0 on padding rows
    public T IsImage;                     // bool; the initial value comes from the image table
    public BoundedColumns<T> Offset;      // key - the start of its range
    public BoundedColumns<T> KeyGap;      // key - 1 - the previous key in the list
    public Word<T> InitialValue;          // u16 limbs
    public BoundedColumns<T> InitialTime; // free (E6)
    public Word<T> FinalValue;            // u16 limbs; inherited from the last write
    public T FinalTime;                   // field; the time of the last access
}

/// <summary>
/// Proves that every word that the session touches has one beginning, its image word or 0, and one end, and is a register or lies in
/// read-write memory. The rows form one list by ascending key: 1 + index of a register, or the word address.
/// </summary>
/// <remarks>
/// <para>One list per session (OB-2). A row takes Order(previous key) and gives Order(key), with key &gt; previous key over the integers; the
/// verifier gives Order(0) and takes Order(2^30 - 1). Keys increase along every chain, so there is no cycle, and all that flows is
/// the verifier's one unit: one chain, in which no key stands twice. Words of the two spaces have different keys, because those of
/// registers that a ROM row can name are below 2^14.</para>
/// <para>Legal addresses are decided here alone (OB-4). A memory key is 2^14 or more by its offset, and below 2^14 + 2^29 because the list
/// ends at that key: the closing row is the only one that the verifier's Order(2^30 - 1) can meet.</para>
/// <para>The final time needs no range: the row receives the message that the last access sent, whatever its time.</para>
/// </remarks>
public readonly struct BoundaryAir : IAir
{
    /// <summary>The first word address of read-write memory.</summary>
    public const uint FirstWord = MemoryMap.ReadWriteStart / 4;

    /// <summary>One past the last word address of read-write memory: the key of the closing row.</summary>
    public const uint EndWord = MemoryMap.ReadOnlyStart / 4;

    /// <summary>What the closing row gives on the Order bus, and the verifier takes.</summary>
    public const uint FinalOrderKey = (1u << 30) - 1;

    /// <summary>What the verifier gives on the Order bus.</summary>
    public const uint InitialOrderKey = 0;

    static readonly KoalaBear s_firstWord = KoalaBear.FromCanonical(FirstWord), s_endWord = KoalaBear.FromCanonical(EndWord);
    static readonly KoalaBear s_closing = KoalaBear.FromCanonical(FinalOrderKey - EndWord);
    static readonly KoalaBear s_registerSpace = KoalaBear.FromCanonical(MemorySpace.Register), s_memorySpace = KoalaBear.FromCanonical(MemorySpace.Memory);

    public string Name => "Boundary";

    public int Width => Columns.Width<BoundaryColumns<byte>>();

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<BoundaryColumns<T>, T>(rows.Local);
        T isEntry = c.IsRegister + c.IsMemory, isReal = isEntry + c.IsEnd;

        // At most one kind: three bits whose sum is a bit. IsImage is 0 or IsMemory.
        b.AssertBool(c.IsRegister);
        b.AssertBool(c.IsMemory);
        b.AssertBool(c.IsEnd);
        b.AssertBool(isReal);
        b.AssertZero(c.IsImage * (c.IsMemory - c.IsImage));

        Order(ref b, in c, isReal, out T key);

        // The initial value: the image's word, trusted because preprocessed (OB-12), else 0. Both limbs are in [0, 2^16) either way (OB-9).
        b.AssertZeroWhen(isReal - c.IsImage, c.InitialValue.Lo);
        b.AssertZeroWhen(isReal - c.IsImage, c.InitialValue.Hi);
        b.Receive(Buses.Image, c.IsImage, new TableWordMessage<T> { Word = key, Value = c.InitialValue });

        // The first access subtracts a 16-bit gap from its own time and must find this one. Below 2^30 + 2^16 it is not the negative
        // number that a forged early access would look for, and the true first access can always choose it so that no bump is needed.
        T space = c.IsRegister * s_registerSpace + c.IsMemory * s_memorySpace, word = key - c.IsRegister;
        T initialTime = Bounded.Constrain(ref b, isEntry, in c.InitialTime, Bounded.Time);
        b.Send(Buses.Memory, isEntry, new MemoryMessage<T> { Space = space, Word = word, Value = c.InitialValue, Time = initialTime });
        b.Receive(Buses.Memory, isEntry, new MemoryMessage<T> { Space = space, Word = word, Value = c.FinalValue, Time = c.FinalTime });
    }

    static void Order<TBuilder, T>(ref TBuilder b, in BoundaryColumns<T> c, T isReal, out T key)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        // offset is an integer in [0, 2^29 + 2^16), so every key is one in [0, 2^30), and a memory key is at least 2^14. The closing row's
        // key is exactly EndWord. Padding rows are not ranged and touch no bus.
        T offset = Bounded.Constrain(ref b, isReal, in c.Offset, Bounded.Distance);
        key = offset + c.IsMemory * s_firstWord + c.IsEnd * s_endWord;
        b.AssertZeroWhen(c.IsEnd, offset);

        // key = previous + 1 + gap. Who gives previous gives an integer in [0, 2^30), the closing row's 2^30 - 1 included, and gap is one
        // in [0, 2^29 + 2^16), so the sum is below 2^30 + 2^29 + 2^16 < p and key > previous over the integers. After the closing row it
        // would exceed every key there is: nothing follows it.
        T gap = Bounded.Constrain(ref b, isReal, in c.KeyGap, Bounded.Distance);
        b.Receive(Buses.Order, isReal, new OrderMessage<T> { Key = key - Row.Constant<T>(1) - gap });
        b.Send(Buses.Order, isReal, new OrderMessage<T> { Key = key + c.IsEnd * s_closing });
    }
}

/// <summary>The first and last states of all words: the entries of the closing segment and the closing row.</summary>
public sealed class BoundaryTable() : MachineChip<BoundaryAir>(default)
{
    public override int RowCount(TraceInput input) => input.Record.IsClosing ? input.Record.Boundary.Count + 1 : 0;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        ReadOnlySpan<BoundaryEntry> entries = input.Record.Boundary.Items;
        int rowCount = RowCount(input);
        for (int i = 0; i < rows.Count; i++)
        {
            Span<KoalaBear> row = rows[i];
            row.Clear();
            int index = firstRow + i;
            if (index >= rowCount) continue;
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            uint previous = index == 0 ? BoundaryAir.InitialOrderKey : Key(in entries[index - 1]), key = BoundaryAir.EndWord;
            if (index < entries.Length)
            {
                key = Key(in entries[index]);
                FillEntry(in entries[index], key, ref c);
            }
            else
                c.IsEnd = KoalaBear.One;
            Bounded.Fill(ref c.KeyGap, (long)key - 1 - previous, Bounded.Distance);
        }
    }

    static uint Key(in BoundaryEntry entry) => entry.Space == MemorySpace.Register ? entry.Word + 1 : entry.Word;

    static void FillEntry(in BoundaryEntry entry, uint key, ref BoundaryColumns<KoalaBear> c)
    {
        bool isRegister = entry.Space == MemorySpace.Register;
        c.IsRegister = KoalaBear.FromBool(isRegister);
        c.IsMemory = KoalaBear.FromBool(!isRegister);
        c.IsImage = KoalaBear.FromBool(entry.IsImage);
        Bounded.Fill(ref c.Offset, isRegister ? key : (long)key - BoundaryAir.FirstWord, Bounded.Distance);
        c.InitialValue.Set(entry.InitialValue);
        Bounded.Fill(ref c.InitialTime, entry.InitialTime, Bounded.Time);
        c.FinalValue.Set(entry.FinalValue);
        c.FinalTime = KoalaBear.FromCanonical(entry.FinalTime);
    }
}

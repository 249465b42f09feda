using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Tables;

/// <summary>One row: how often each of 8 consecutive words was loaded. Shape [rows × 8].</summary>
[InlineArray(ProgramTables.WordsPerReadOnlyBlock)]
public struct ReadOnlyColumns<T> where T : unmanaged
{
    T _first; // field; loads over the session
}

/// <summary>One preprocessed row: 8 consecutive words of the read-only window. Shape [rows × 17].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ReadOnlyBlockColumns<T> where T : unmanaged
{
    public T FirstWord;      // word address, a multiple of 8; unreachable on padding rows
    public Words8<T> Values; // u16 limbs
}

/// <summary>
/// Proves that every load from the read-only window yields the program's word: the table receives as many loads as it likes of the
/// words that the program commits to, and of nothing else (E7). Words of a block that the program leaves out are 0.
/// </summary>
/// <remarks>
/// A padding row must not answer loads. Its words begin at 2^30 + 2^29, which no load asks for: load addresses are integers in
/// [-2^14, 2^30 + 2^15), as <see cref="DataAddress"/> proves.
/// </remarks>
public readonly struct ReadOnlyAir : IAir
{
    public string Name => "ReadOnly";

    public int Width => Columns.Width<ReadOnlyColumns<byte>>();

    public int PreprocessedWidth => Columns.Width<ReadOnlyBlockColumns<byte>>();

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var multiplicities = ref Columns.View<ReadOnlyColumns<T>, T>(rows.Local);
        ref readonly var block = ref Columns.View<ReadOnlyBlockColumns<T>, T>(rows.Preprocessed);
        for (int j = 0; j < ProgramTables.WordsPerReadOnlyBlock; j++)
            b.Receive(Buses.ReadOnly, multiplicities[j], new TableWordMessage<T> { Word = block.FirstWord + Row.Constant<T>((uint)j), Value = block.Values[j] });
    }
}

/// <summary>The program's read-only words, model weights above all, 8 a row.</summary>
public sealed class ReadOnlyTable() : MachineChip<ReadOnlyAir>(default)
{
    /// <summary>First word of a padding row: no address that a load can reach.</summary>
    public const uint UnreachableWord = (1u << 30) + (1u << 29);

    public override bool IsLookupTable => true;

    public override int RowCount(TraceInput input) => input.Program.ReadOnlyBlocks.Length;

    public override int PreprocessedRowCount(ProgramTables program) => program.ReadOnlyBlocks.Length;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        uint[] counts = input.Lookups.ReadOnly;
        for (int i = 0; i < rows.Count; i++)
        {
            Span<KoalaBear> row = rows[i];
            long first = (long)(firstRow + i) * ProgramTables.WordsPerReadOnlyBlock;
            for (int j = 0; j < row.Length; j++)
                row[j] = first + j < counts.Length ? KoalaBear.FromCanonical(counts[first + j]) : default;
        }
    }

    public override void FillPreprocessed(ProgramTables program, int firstRow, RowBlock rows)
    {
        uint[] blocks = program.ReadOnlyBlocks;
        int next = firstRow < blocks.Length ? FirstIndexFrom(program.ReadOnly, blocks[firstRow]) : program.ReadOnly.Length;
        for (int i = 0; i < rows.Count; i++)
        {
            Span<KoalaBear> row = rows[i];
            row.Clear();
            ref var c = ref Columns.View<ReadOnlyBlockColumns<KoalaBear>, KoalaBear>(row);
            bool isReal = firstRow + i < blocks.Length;
            uint firstWord = isReal ? blocks[firstRow + i] : UnreachableWord;
            c.FirstWord = KoalaBear.FromCanonical(firstWord);
            for (; isReal && next < program.ReadOnly.Length; next++)
            {
                InitialWord word = program.ReadOnly[next];
                if (word.Word - firstWord >= ProgramTables.WordsPerReadOnlyBlock) break;
                c.Values[(int)(word.Word - firstWord)].Set(word.Value);
            }
        }
    }

    // The index of the first word at or after an address, in the ascending list.
    static int FirstIndexFrom(InitialWord[] words, uint address)
    {
        int low = 0, high = words.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (words[middle].Word < address) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

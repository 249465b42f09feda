using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Records;

namespace Zkml.Machine.Tables;

/// <summary>Preprocessed columns of the fixed lookup table. Shape [2^16 × 3].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FixedEntries<T> where T : unmanaged
{
    public T A, B;  // bytes: the row's index is 256·A + B
    public T And;   // byte: A & B
}

/// <summary>Multiplicities of the fixed lookup table. Shape [2^16 × 3].</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FixedColumns<T> where T : unmanaged
{
    public T U16, Byte, Bitwise; // field: how often the row is looked up on each bus
}

/// <summary>
/// Answers range checks of 16 bits and of byte pairs, and conjunctions of bytes: whatever is received on these buses stands in a row of the table.
/// </summary>
/// <remarks>
/// Multiplicities are free witnesses: a bus balances only if each equals the number of lookups mod p, and the number of lookups is below p (OB-6b).
/// </remarks>
public readonly struct FixedAir : IAir
{
    /// <summary>log2 of the table's only height.</summary>
    public const int LogHeight = 16;

    public string Name => "Fixed";

    public int Width => Columns.Width<FixedColumns<byte>>();

    public int PreprocessedWidth => Columns.Width<FixedEntries<byte>>();

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var entry = ref Columns.View<FixedEntries<T>, T>(rows.Preprocessed);
        ref readonly var c = ref Columns.View<FixedColumns<T>, T>(rows.Local);
        b.Receive(Buses.U16, c.U16, new U16Message<T> { X = entry.A * KoalaBear.FromCanonical(256) + entry.B });
        b.Receive(Buses.Byte, c.Byte, new ByteMessage<T> { A = entry.A, B = entry.B });
        b.Receive(Buses.Bitwise, c.Bitwise, new BitwiseMessage<T> { A = entry.A, B = entry.B, And = entry.And });
    }
}

/// <summary>The fixed lookup table.</summary>
public sealed class FixedTable() : MachineChip<FixedAir>(default)
{
    public override bool IsLookupTable => true;

    public override int RowCount(TraceInput input) => 1 << FixedAir.LogHeight;

    public override int PreprocessedRowCount(ProgramTables program) => 1 << FixedAir.LogHeight;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            ref var c = ref Columns.View<FixedColumns<KoalaBear>, KoalaBear>(rows[i]);
            c.U16 = KoalaBear.FromCanonical(input.Lookups.U16[firstRow + i]);
            c.Byte = KoalaBear.FromCanonical(input.Lookups.Byte[firstRow + i]);
            c.Bitwise = KoalaBear.FromCanonical(input.Lookups.Bitwise[firstRow + i]);
        }
    }

    public override void FillPreprocessed(ProgramTables program, int firstRow, RowBlock rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            uint x = (uint)(firstRow + i);
            ref var entry = ref Columns.View<FixedEntries<KoalaBear>, KoalaBear>(rows[i]);
            entry.A = KoalaBear.FromCanonical(x >> 8);
            entry.B = KoalaBear.FromCanonical(x & 0xFF);
            entry.And = KoalaBear.FromCanonical(x >> 8 & x & 0xFF);
        }
    }
}

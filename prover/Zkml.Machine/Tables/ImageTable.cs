using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Gadgets;
using Zkml.Records;

namespace Zkml.Machine.Tables;

/// <summary>One preprocessed row: one initial word of read-write memory. Shape [rows × 4]; there are no main columns.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ImageColumns<T> where T : unmanaged
{
    public T IsReal;                 // bool; 0 on padding rows
    public TableWordMessage<T> Word; // word address and value
}

/// <summary>
/// Proves that every initial data word of the program is handed to the boundary table, exactly once. The multiplicity is
/// preprocessed and never a witness, so an image word cannot be left out and claimed to start at 0 (OB-3).
/// </summary>
public readonly struct ImageAir : IAir
{
    public string Name => "Image";

    public int Width => 0;

    public int PreprocessedWidth => Columns.Width<ImageColumns<byte>>();

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<ImageColumns<T>, T>(rows.Preprocessed);
        b.Send(Buses.Image, c.IsReal, in c.Word);
    }
}

/// <summary>The program's initial data outside of the read-only window.</summary>
public sealed class ImageTable() : MachineChip<ImageAir>(default)
{
    public override int RowCount(TraceInput input) => input.Program.Image.Length;

    public override int PreprocessedRowCount(ProgramTables program) => program.Image.Length;

    /// <summary>Nothing to fill: the table has no main columns.</summary>
    public override void FillRows(TraceInput input, int firstRow, RowBlock rows) { }

    public override void FillPreprocessed(ProgramTables program, int firstRow, RowBlock rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            Span<KoalaBear> row = rows[i];
            row.Clear();
            if (firstRow + i >= program.Image.Length) continue;
            InitialWord word = program.Image[firstRow + i];
            ref var c = ref Columns.View<ImageColumns<KoalaBear>, KoalaBear>(row);
            c.IsReal = KoalaBear.One;
            c.Word.Word = KoalaBear.FromCanonical(word.Word);
            c.Word.Value.Set(word.Value);
        }
    }
}

using Zkml.Air;
using Zkml.Fields;
using Zkml.Records;

namespace Zkml.Machine.Tables;

/// <summary>One row: how often one instruction was executed. Shape [rows × 1].</summary>
public struct RomColumns<T> where T : unmanaged
{
    public T Multiplicity; // field; fetches over the session
}

/// <summary>
/// Proves that every instruction executed is the program's at its place: the table receives as many fetches as it likes of the
/// instructions that the program commits to, and of nothing else. Preprocessed row: the Fetch message, shape [rows × 8].
/// </summary>
/// <remarks>
/// A padding row is all zero, so it offers an instruction with opcode 0. Whatever its multiplicity, no chip fetches that: each chip's
/// opcode is a constant from 1 on, chosen by its selectors.
/// </remarks>
public readonly struct RomAir : IAir
{
    public string Name => "Rom";

    public int Width => Columns.Width<RomColumns<byte>>();

    public int PreprocessedWidth => Columns.Width<FetchMessage<byte>>();

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>
    {
        ref readonly var c = ref Columns.View<RomColumns<T>, T>(rows.Local);
        b.Receive(Buses.Fetch, c.Multiplicity, in Columns.View<FetchMessage<T>, T>(rows.Preprocessed));
    }
}

/// <summary>The program's instructions: one row per executable word that decodes (OB-19).</summary>
public sealed class RomTable() : MachineChip<RomAir>(default)
{
    public override bool IsLookupTable => true;

    public override int RowCount(TraceInput input) => input.Program.Rom.Length;

    public override int PreprocessedRowCount(ProgramTables program) => program.Rom.Length;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        uint[] counts = input.Lookups.Fetch;
        for (int i = 0; i < rows.Count; i++)
        {
            ref var c = ref Columns.View<RomColumns<KoalaBear>, KoalaBear>(rows[i]);
            c.Multiplicity = firstRow + i < counts.Length ? KoalaBear.FromCanonical(counts[firstRow + i]) : default;
        }
    }

    public override void FillPreprocessed(ProgramTables program, int firstRow, RowBlock rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            Span<KoalaBear> row = rows[i];
            row.Clear();
            if (firstRow + i >= program.Rom.Length) continue;
            ref readonly Step step = ref program.Rom[firstRow + i];
            ref var message = ref Columns.View<FetchMessage<KoalaBear>, KoalaBear>(row);
            message.Pc4 = KoalaBear.FromCanonical(step.Pc4);
            message.Opcode = KoalaBear.FromCanonical(step.Opcode);
            message.Rd = KoalaBear.FromCanonical(step.Rd);
            message.Rs1 = KoalaBear.FromCanonical(step.Rs1);
            message.Rs2 = KoalaBear.FromCanonical(step.Rs2);
            Gadgets.WordExtensions.Set(ref message.Immediate, step.Immediate);
            message.Auxiliary = KoalaBear.FromCanonical(step.Auxiliary);
        }
    }
}

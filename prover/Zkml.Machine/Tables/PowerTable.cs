using Zkml.Air;
using Zkml.Fields;
using Zkml.Records;

namespace Zkml.Machine.Tables;

/// <summary>
/// Answers lookups (n, 2^n mod p) for n in [0, 32): whatever is received on the Power bus is such a pair. Shape [32 × 1], preprocessed [32 × 2].
/// </summary>
public readonly struct PowerAir : IAir
{
    /// <summary>log2 of the table's only height.</summary>
    public const int LogHeight = 5;

    public string Name => "Power";

    public int Width => 1;

    public int PreprocessedWidth => Columns.Width<PowerMessage<byte>>();

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T> =>
        b.Receive(Buses.Power, rows.Local[0], in Columns.View<PowerMessage<T>, T>(rows.Preprocessed));
}

/// <summary>The table of powers of two.</summary>
public sealed class PowerTable() : MachineChip<PowerAir>(default)
{
    public override bool IsLookupTable => true;

    public override int RowCount(TraceInput input) => 1 << PowerAir.LogHeight;

    public override int PreprocessedRowCount(ProgramTables program) => 1 << PowerAir.LogHeight;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        for (int i = 0; i < rows.Count; i++) rows[i][0] = KoalaBear.FromCanonical(input.Lookups.Power[firstRow + i]);
    }

    public override void FillPreprocessed(ProgramTables program, int firstRow, RowBlock rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            ref var entry = ref Columns.View<PowerMessage<KoalaBear>, KoalaBear>(rows[i]);
            entry.N = KoalaBear.FromCanonical((uint)(firstRow + i));
            entry.Power = KoalaBear.FromCanonical(1u << (firstRow + i));
        }
    }
}

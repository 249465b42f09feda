using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Records;

namespace Zkml.Stark;

/// <summary>
/// The roots of the machine's two preprocessed trees. Both are committed at one blowup, whatever the profile, so that they are computed once (D11, D14).
/// </summary>
public static class PreprocessedRoot
{
    /// <summary>log2 of the blowup at which preprocessed columns are committed.</summary>
    public const int LogBlowup = 1;

    /// <summary>The root over the fixed lookup tables, the same for every program; a test computes it again.</summary>
    public static Digest FixedTables { get; } = Digest.TryParse("78e6c241125b8416587fe6560c432572c3458c5476e3e06a33be2f099a0d7b73", out Digest root) ? root : throw new InvalidOperationException("The root of the fixed tables is not a digest.");

    /// <summary>Computes the root over the fixed lookup tables.</summary>
    public static Digest ComputeFixedTables(int threads) => Compute(FixedHeights, NoProgram, threads);

    /// <summary>Computes the root over a program's ROM, image and read-only tables, at the heights of its size.</summary>
    /// <exception cref="ArgumentException">The program is too large.</exception>
    public static Digest Compute(ProgramTables program, int threads) => Compute(ProgramHeights(ProgramSize.Of(program)), program, threads);

    /// <summary>The fixed tables and their heights, which are the same in every class.</summary>
    public static IReadOnlyList<TableHeight> FixedHeights { get; } =
    [
        new(RiscvMachine.Fixed, Machine.Tables.FixedAir.LogHeight), new(RiscvMachine.Power, Machine.Tables.PowerAir.LogHeight),
        new(RiscvMachine.ShaConstant, Machine.Tables.ShaConstantAir.LogHeight),
    ];

    /// <summary>The program's tables and their heights.</summary>
    public static IReadOnlyList<TableHeight> ProgramHeights(ProgramSize size) =>
        [new(RiscvMachine.Rom, size.LogRom), new(RiscvMachine.Image, size.LogImage), new(RiscvMachine.ReadOnly, size.LogReadOnly)];

    /// <summary>What the fixed tables are filled from: nothing.</summary>
    public static ProgramTables NoProgram { get; } = new() { Entry = 0, Rom = [], Image = [], ReadOnly = [] };

    static Digest Compute(IReadOnlyList<TableHeight> tables, ProgramTables program, int threads)
    {
        using var pool = new FieldMatrixPool(idleLimitBytes: 0);
        var extensions = new FieldMatrix[tables.Count];
        try
        {
            for (int i = 0; i < extensions.Length; i++)
            {
                MachineChip chip = tables[i].Chip;
                int rows = 1 << tables[i].LogHeight;
                using FieldMatrix values = pool.Rent(rows, chip.PreprocessedWidth);
                chip.FillPreprocessed(program, 0, values.Block(0, rows, 0, chip.PreprocessedWidth));
                extensions[i] = pool.RentUnspecified(rows << LogBlowup, chip.PreprocessedWidth);
                Lde.Extend(values, KoalaBear.One, LogBlowup, extensions[i], threads);
            }
            using MerkleTree tree = MerkleTree.Build(pool, extensions, RowOrder.CosetMajor(LogBlowup), 0, threads);
            return tree.Cap[0];
        }
        finally
        {
            foreach (FieldMatrix? extension in extensions) extension?.Dispose();
        }
    }
}

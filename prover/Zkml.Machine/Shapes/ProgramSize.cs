using Zkml.Records;

namespace Zkml.Machine.Shapes;

/// <summary>
/// The heights of a program's preprocessed tables. A program takes the first size that holds it, so its image ID depends on the program alone,
/// not on how long it runs.
/// </summary>
/// <param name="Index">Index in <see cref="All"/>; part of the image ID.</param>
/// <param name="Name">The name in class names.</param>
/// <param name="LogRom">log2 of the ROM table's height.</param>
/// <param name="LogImage">log2 of the image table's height.</param>
/// <param name="LogReadOnly">log2 of the read-only table's height, 8 words a row.</param>
public sealed record ProgramSize(int Index, string Name, int LogRom, int LogImage, int LogReadOnly)
{
    /// <summary>Every size, smallest first.</summary>
    public static IReadOnlyList<ProgramSize> All { get; } =
    [
        new(0, "small", LogRom: 10, LogImage: 10, LogReadOnly: 5),    // a small C program
        new(1, "medium", LogRom: 12, LogImage: 12, LogReadOnly: 12),   // 128 KiB of weights
        new(2, "large", LogRom: 16, LogImage: 16, LogReadOnly: 15),   // 1 MiB of weights, a libc
        new(3, "huge", LogRom: 19, LogImage: 20, LogReadOnly: 20),   // 32 MiB of weights
    ];

    /// <summary>The size of a program.</summary>
    /// <exception cref="ArgumentException">The program is larger than the largest size.</exception>
    public static ProgramSize Of(ProgramTables program)
    {
        int readOnlyRows = RiscvMachine.ReadOnly.PreprocessedRowCount(program);
        foreach (ProgramSize size in All)
        {
            if (program.Rom.Length <= RiscvMachine.Rom.Capacity(size.LogRom)
                && program.Image.Length <= RiscvMachine.Image.Capacity(size.LogImage)
                && readOnlyRows <= RiscvMachine.ReadOnly.Capacity(size.LogReadOnly))
                return size;
        }
        ProgramSize largest = All[^1];
        throw new ArgumentException($"Program: {program.Rom.Length} instructions, {program.Image.Length} initial words and {8L * readOnlyRows} read-only words; "
            + $"at most 2^{largest.LogRom}, 2^{largest.LogImage} and 2^{largest.LogReadOnly + 3} can be proved.", nameof(program));
    }
}

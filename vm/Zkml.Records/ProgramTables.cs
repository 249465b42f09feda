namespace Zkml.Records;

/// <summary>
/// What the machine commits to of a program: plain words, with no ELF in sight. Built by Zkml.Program, read by Zkml.Machine's
/// preprocessed tables; the image ID is the digest over exactly this.
/// </summary>
public sealed class ProgramTables
{
    /// <summary>Byte address of the first instruction; a multiple of 4.</summary>
    public required uint Entry { get; init; }

    /// <summary>One row per executable word that decodes, by ascending pc4. Step.Clock is 0.</summary>
    public required Step[] Rom { get; init; }

    /// <summary>Every initial data word outside of the read-only window (text words included, OB-19), by ascending word address.</summary>
    public required InitialWord[] Image { get; init; }

    /// <summary>Every word of the read-only window [0x8001_0000, 0xC000_0000) that the program defines, by ascending word address.</summary>
    public required InitialWord[] ReadOnly { get; init; }

    /// <summary>Words in a row of the read-only table (machine.md E7).</summary>
    public const int WordsPerReadOnlyBlock = 8;

    /// <summary>
    /// First words of the aligned blocks of 8 words that hold some word of <see cref="ReadOnly"/>, ascending: the rows of the read-only
    /// table. The words of a block that the program leaves out are 0.
    /// </summary>
    public uint[] ReadOnlyBlocks => field ??= [.. ReadOnly.Select(word => word.Word - word.Word % WordsPerReadOnlyBlock).Distinct()];
}

/// <summary>One initial word of memory: byte address / 4 and its value.</summary>
public readonly record struct InitialWord(uint Word, uint Value);

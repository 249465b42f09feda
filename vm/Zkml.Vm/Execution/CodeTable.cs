using Zkml.Isa;
using Zkml.Program;

namespace Zkml.Vm.Execution;

/// <summary>A run of consecutive program words as ROM rows; rows without an instruction have <see cref="Opcode.None"/>.</summary>
internal sealed class CodeRange(uint startWord, RomRow[] rows)
{
    /// <summary>Byte address / 4 of the first row.</summary>
    public uint StartWord { get; } = startWord;

    public RomRow[] Rows { get; } = rows;
}

/// <summary>The instructions of a program by place. Stores never change them (machine.md OB-19).</summary>
internal sealed class CodeTable
{
    readonly CodeRange[] _ranges;

    public CodeTable(ProgramImage program)
    {
        List<CodeRange> ranges = [];
        foreach (ProgramRegion region in program.Image)
        {
            if (region.IsExecutable) ranges.Add(Decode(region));
        }
        _ranges = [.. ranges];
    }

    /// <summary>The range that holds a word address, or null.</summary>
    public CodeRange? Find(uint pc4)
    {
        foreach (CodeRange range in _ranges)
        {
            if (pc4 - range.StartWord < (uint)range.Rows.Length) return range;
        }
        return null;
    }

    static CodeRange Decode(ProgramRegion region)
    {
        ReadOnlySpan<uint> words = region.Words.Span;
        RomRow[] rows = new RomRow[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            if (Decoder.TryDecode(words[i], out Instruction instruction, out _)) RomRow.TryCreate(region.StartWord + (uint)i, instruction, out rows[i]);
        }
        return new CodeRange(region.StartWord, rows);
    }
}

using Zkml.Guest.Emission.Code;

namespace Zkml.Guest.Emission.Allocation;

/// <summary>A part of a function in which a register holds a value that is still read: [Start, End) in positions.</summary>
readonly record struct LiveRange(int Start, int End);

/// <summary>
/// Where each register lives. Instruction number n of a function has four positions: at 4n it reads, at 4n + 1 a call destroys, at 4n + 2 it
/// writes.
/// </summary>
sealed class Liveness
{
    readonly FunctionCode _code;
    readonly int[] _starts;
    readonly List<LiveRange>?[] _ranges;

    Liveness(FunctionCode code)
    {
        _code = code;
        _ranges = new List<LiveRange>?[code.RegisterCount];
        _starts = new int[code.Blocks.Count + 1];
        for (int i = 0; i < code.Blocks.Count; i++) _starts[i + 1] = _starts[i] + Math.Max(1, code.Blocks[i].Instructions.Count);
    }

    /// <summary>Computes the ranges of all registers.</summary>
    public static Liveness Of(FunctionCode code)
    {
        Liveness liveness = new(code);
        liveness.BuildRanges(liveness.FindLiveOut());
        return liveness;
    }

    /// <summary>Number of the first instruction of a block.</summary>
    public int StartOf(BasicBlock block) => _starts[block.Index];

    /// <summary>The ranges of a register by ascending position, without overlap.</summary>
    public IReadOnlyList<LiveRange> RangesOf(int register) => _ranges[register] ?? [];

    // Registers that cross a block boundary, as bits. Only these get a column.
    List<int>[] FindLiveOut()
    {
        List<BasicBlock> blocks = _code.Blocks;
        int[] columns = FindCrossing(out List<int> crossing);
        int words = (crossing.Count + 63) / 64;
        ulong[][] liveIn = new ulong[blocks.Count][], kill = new ulong[blocks.Count][], liveOut = new ulong[blocks.Count][];
        for (int i = 0; i < blocks.Count; i++)
        {
            (liveIn[i], kill[i], liveOut[i]) = (new ulong[words], new ulong[words], new ulong[words]);
            FindUpward(blocks[i], columns, liveIn[i], kill[i]);
        }
        List<int>[] successors = new List<int>[blocks.Count];
        for (int i = 0; i < blocks.Count; i++) successors[i] = [.. Cleanup.Successors(_code, blocks[i]).Select(next => next.Index)];
        bool hasChanged = true;
        while (hasChanged)
        {
            hasChanged = false;
            for (int i = blocks.Count - 1; i >= 0; i--)
            {
                foreach (int next in successors[i])
                {
                    for (int w = 0; w < words; w++)
                    {
                        ulong added = liveIn[next][w] & ~liveOut[i][w];
                        if (added == 0) continue;
                        liveOut[i][w] |= added;
                        liveIn[i][w] |= added & ~kill[i][w];
                        hasChanged = true;
                    }
                }
            }
        }
        List<int>[] result = new List<int>[blocks.Count];
        for (int i = 0; i < blocks.Count; i++) result[i] = ToList(liveOut[i], crossing);
        return result;
    }

    static List<int> ToList(ulong[] bits, List<int> crossing)
    {
        List<int> list = [];
        for (int w = 0; w < bits.Length; w++)
            for (ulong rest = bits[w]; rest != 0; rest &= rest - 1) list.Add(crossing[64 * w + System.Numerics.BitOperations.TrailingZeroCount(rest)]);
        return list;
    }

    // Gives a column to each register that may be alive between blocks.
    int[] FindCrossing(out List<int> crossing)
    {
        int[] columns = new int[_code.RegisterCount], homes = new int[_code.RegisterCount];
        Array.Fill(columns, -1);
        Array.Fill(homes, -1);
        crossing = [];
        Span<int> buffer = stackalloc int[4];
        foreach (BasicBlock block in _code.Blocks)
        {
            foreach (VirtualInstruction instruction in block.Instructions)
            {
                foreach (int register in instruction.Uses(buffer)) Mention(register, block.Index, crossing, isRead: true);
                foreach (int register in instruction.Definitions(buffer)) Mention(register, block.Index, crossing, isRead: false);
            }
        }
        return columns;

        void Mention(int register, int block, List<int> crossing, bool isRead)
        {
            if (register <= 0 || columns[register] >= 0 || homes[register] == block) return;
            // A register that its only block reads before it writes comes around a loop.
            if (homes[register] == -1 && !isRead)
            {
                homes[register] = block;
                return;
            }
            columns[register] = crossing.Count;
            crossing.Add(register);
        }
    }

    static void FindUpward(BasicBlock block, int[] columns, ulong[] used, ulong[] killed)
    {
        Span<int> buffer = stackalloc int[4];
        foreach (VirtualInstruction instruction in block.Instructions)
        {
            foreach (int register in instruction.Uses(buffer))
            {
                int column = register <= 0 ? -1 : columns[register];
                if (column >= 0 && (killed[column / 64] >> column & 1) == 0) used[column / 64] |= 1UL << column;
            }
            foreach (int register in instruction.Definitions(buffer))
            {
                int column = register <= 0 ? -1 : columns[register];
                if (column >= 0) killed[column / 64] |= 1UL << column;
            }
        }
    }

    void BuildRanges(List<int>[] liveOut)
    {
        Span<int> buffer = stackalloc int[4];
        for (int b = _code.Blocks.Count - 1; b >= 0; b--)
        {
            int start = 4 * _starts[b], end = 4 * _starts[b + 1];
            foreach (int register in liveOut[b]) AddRange(register, start, end);
            List<VirtualInstruction> instructions = _code.Blocks[b].Instructions;
            for (int i = instructions.Count - 1; i >= 0; i--)
            {
                int position = start + 4 * i;
                foreach (int register in instructions[i].Definitions(buffer)) Define(register, position + 2);
                foreach (int register in instructions[i].Uses(buffer))
                    if (register > 0) AddRange(register, start, position + 1);
            }
        }
        // They were built backwards.
        foreach (List<LiveRange>? ranges in _ranges) ranges?.Reverse();
    }

    // Ranges arrive by descending start: the last one of the list is the earliest.
    void AddRange(int register, int start, int end)
    {
        List<LiveRange> ranges = _ranges[register] ??= [];
        if (ranges.Count > 0 && ranges[^1].Start <= end) ranges[^1] = new(start, Math.Max(end, ranges[^1].End));
        else ranges.Add(new(start, end));
    }

    void Define(int register, int position)
    {
        if (register <= 0) return;
        List<LiveRange> ranges = _ranges[register] ??= [];
        if (ranges.Count > 0 && ranges[^1].Start <= position && ranges[^1].End > position) ranges[^1] = ranges[^1] with { Start = position };
        else ranges.Add(new(position, position + 1));
    }
}

using Zkml.Guest.Emission.Code;
using Zkml.Isa;

namespace Zkml.Guest.Emission.Allocation;

/// <summary>
/// Merges registers that are copied into each other and never live at the same time: they get one place, and the copy disappears. Copies in
/// inner loops go first.
/// </summary>
sealed class Coalescing
{
    // Checking two registers costs the number of their ranges; beyond this a copy stays, so that the whole stays linear.
    const int MaximumRanges = 400;

    readonly int[] _parents;
    readonly IReadOnlyList<LiveRange>[] _ranges;

    Coalescing(FunctionCode code, Liveness liveness)
    {
        _parents = new int[code.RegisterCount];
        _ranges = new IReadOnlyList<LiveRange>[code.RegisterCount];
        for (int i = 0; i < _parents.Length; i++) (_parents[i], _ranges[i]) = (i, liveness.RangesOf(i));
    }

    /// <summary>Merges the registers of a function.</summary>
    public static Coalescing Of(FunctionCode code, Liveness liveness)
    {
        Coalescing coalescing = new(code, liveness);
        foreach (BasicBlock block in code.Blocks.OrderByDescending(block => block.Depth))
        {
            foreach (VirtualInstruction instruction in block.Instructions)
            {
                bool isCopy = instruction.Kind == InstructionKind.Move || instruction is { Kind: InstructionKind.Immediate, Opcode: Opcode.Addi, Value: 0 };
                if (isCopy && instruction.Left > 0) coalescing.Merge(instruction.Target, instruction.Left);
            }
        }
        return coalescing;
    }

    /// <summary>The register that stands for a register and all that are merged with it.</summary>
    public int Find(int register)
    {
        while (_parents[register] != register) register = _parents[register] = _parents[_parents[register]];
        return register;
    }

    /// <summary>Where a register that stands for itself lives, by ascending position.</summary>
    public IReadOnlyList<LiveRange> RangesOf(int register) => _ranges[register];

    void Merge(int first, int second)
    {
        (first, second) = (Find(first), Find(second));
        IReadOnlyList<LiveRange> left = _ranges[first], right = _ranges[second];
        if (first == second || left.Count + right.Count > MaximumRanges) return;
        List<LiveRange> merged = new(left.Count + right.Count);
        int i = 0, j = 0;
        while (i < left.Count || j < right.Count)
        {
            bool takesLeft = j == right.Count || (i < left.Count && left[i].Start < right[j].Start);
            LiveRange next = takesLeft ? left[i++] : right[j++];
            if (merged.Count > 0 && merged[^1].End > next.Start) return;
            merged.Add(next);
        }
        _parents[second] = first;
        _ranges[first] = merged;
        _ranges[second] = [];
    }
}

namespace Zkml.Guest.Emission.Code;

/// <summary>Drops what does nothing.</summary>
static class Cleanup
{
    /// <summary>Before registers are allocated: drops blocks that nothing reaches and instructions whose result nobody reads.</summary>
    public static void Start(FunctionCode code)
    {
        DropUnreachable(code);
        DropUnread(code);
    }

    /// <summary>Afterwards: drops copies from a place to itself, then jumps to jumps, branches over jumps and jumps over nothing.</summary>
    public static void Finish(FunctionCode code, Func<VirtualInstruction, bool> isIdle)
    {
        foreach (BasicBlock block in code.Blocks) block.Instructions.RemoveAll(instruction => isIdle(instruction));
        Thread(code);
        DropUnreachable(code);
        TurnBranches(code);
        DropJumpsAhead(code);
    }

    // A branch over nothing but a jump becomes the opposite branch to the jump's destination.
    static void TurnBranches(FunctionCode code)
    {
        for (int i = 0; i + 2 < code.Blocks.Count; i++)
        {
            List<VirtualInstruction> instructions = code.Blocks[i].Instructions, over = code.Blocks[i + 1].Instructions;
            if (instructions is not [.., { Kind: InstructionKind.Branch } branch] || over is not [{ Kind: InstructionKind.Jump } jump]) continue;
            // Jumps to the block in between were sent on before, so it is reached by falling only.
            if (branch.Destination!.Index <= i + 1 || jump.Destination!.Index <= i + 1 || !IsAhead(code, i + 2, branch.Destination.Index)) continue;
            instructions[^1] = branch.Opposite(jump.Destination);
            over.Clear();
        }
    }

    // Whether there is nothing from one block up to another.
    static bool IsAhead(FunctionCode code, int from, int to)
    {
        while (from < to && code.Blocks[from].Instructions.Count == 0) from++;
        return from == to;
    }

    // Jumps over nothing.
    static void DropJumpsAhead(FunctionCode code)
    {
        foreach (BasicBlock block in code.Blocks)
        {
            if (block.Instructions is not [.., { Kind: InstructionKind.Jump, Destination: { } destination }]) continue;
            if (IsAhead(code, block.Index + 1, destination.Index)) block.Instructions.RemoveAt(block.Instructions.Count - 1);
        }
    }

    // Sends jumps to a block that only jumps to where that one goes.
    static void Thread(FunctionCode code)
    {
        foreach (BasicBlock block in code.Blocks)
        {
            if (block.Instructions is not [.., { Destination: { } destination } last]) continue;
            BasicBlock target = destination;
            // A loop that does nothing goes around for ever; following it as often as there are blocks is enough.
            for (int i = 0; i < code.Blocks.Count && TargetOf(code, target) is { } next; i++) target = next;
            if (target != destination) block.Instructions[^1] = last.To(target);
        }
    }

    static BasicBlock? TargetOf(FunctionCode code, BasicBlock block) => block.Instructions switch
    {
        [] when block.Index + 1 < code.Blocks.Count => code.Blocks[block.Index + 1],
        [{ Kind: InstructionKind.Jump, Destination: { } destination }] => destination,
        _ => null,
    };

    static void DropUnreachable(FunctionCode code)
    {
        bool[] isReached = new bool[code.Blocks.Count];
        Stack<BasicBlock> open = new();
        Reach(code.Blocks[0]);
        while (open.TryPop(out BasicBlock? block))
        {
            foreach (BasicBlock next in Successors(code, block)) Reach(next);
        }
        code.Blocks.RemoveAll(block => !isReached[block.Index]);
        for (int i = 0; i < code.Blocks.Count; i++) code.Blocks[i].Index = i;

        void Reach(BasicBlock block)
        {
            if (isReached[block.Index]) return;
            isReached[block.Index] = true;
            open.Push(block);
        }
    }

    /// <summary>Where control may go from the end of a block.</summary>
    public static IEnumerable<BasicBlock> Successors(FunctionCode code, BasicBlock block)
    {
        if (block.Instructions is [.., { Destination: { } destination }]) yield return destination;
        if (!block.Leaves && block.Index + 1 < code.Blocks.Count) yield return code.Blocks[block.Index + 1];
    }

    static void DropUnread(FunctionCode code)
    {
        // A register is read if an instruction with an effect reads it, or one that makes a register that is read.
        bool[] isRead = new bool[code.RegisterCount];
        List<VirtualInstruction>?[] definitions = new List<VirtualInstruction>?[code.RegisterCount];
        Stack<int> open = new();
        Span<int> buffer = stackalloc int[4];
        foreach (BasicBlock block in code.Blocks)
        {
            foreach (VirtualInstruction instruction in block.Instructions)
            {
                if (instruction.IsPure) (definitions[instruction.Target] ??= []).Add(instruction);
                else Read(instruction.Uses(buffer), isRead, open);
            }
        }
        while (open.TryPop(out int register))
        {
            foreach (VirtualInstruction instruction in definitions[register] ?? []) Read(instruction.Uses(buffer), isRead, open);
        }
        foreach (BasicBlock block in code.Blocks) block.Instructions.RemoveAll(instruction => instruction.IsPure && !isRead[instruction.Target]);
    }

    static void Read(ReadOnlySpan<int> registers, bool[] isRead, Stack<int> open)
    {
        foreach (int register in registers)
        {
            if (isRead[register]) continue;
            isRead[register] = true;
            open.Push(register);
        }
    }
}

using Zkml.Guest.Emission.Code;
using Zkml.Guest.Loops;
using Zkml.Isa;

namespace Zkml.Guest.Emission.Writing;

/// <summary>An instruction over machine registers. At most one of Block, Callee and Failure says where it goes; without them it is complete.</summary>
readonly record struct MachineInstruction(Isa.Instruction Instruction)
{
    /// <summary>Where a branch or jump goes on.</summary>
    public BasicBlock? Block { get; init; }

    /// <summary>What a JAL calls; without a destination register it does not come back.</summary>
    public Function? Callee { get; init; }

    /// <summary>How a jump ends the guest.</summary>
    public Failure? Failure { get; init; }

    public bool IsBranch => Instruction.Opcode is >= Opcode.Beq and <= Opcode.Bgeu && Block != null;

    public bool IsJump => Instruction.Opcode == Opcode.Jal;

    /// <summary>The branch that is taken where the given one is not: the two are neighbours in the instruction table.</summary>
    public static Opcode Opposite(Opcode branch) => (Opcode)((branch - Opcode.Beq ^ 1) + (int)Opcode.Beq);
}

/// <summary>An end of the guest with an exit code and a message.</summary>
readonly record struct Failure(int ExitCode, string Message);

/// <summary>The instructions of a function, block by block.</summary>
sealed class MachineCode(Function function, BasicBlock[] blocks, List<MachineInstruction> instructions, int[] blockStarts)
{
    public Function Function => function;

    /// <summary>In order.</summary>
    public BasicBlock[] Blocks => blocks;

    public List<MachineInstruction> Instructions => instructions;

    /// <summary>Of each block, by its index: the number of its first instruction.</summary>
    public int[] BlockStarts => blockStarts;
}

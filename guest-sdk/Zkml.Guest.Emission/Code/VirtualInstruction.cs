using Zkml.Guest.Emission.Writing;
using Zkml.Guest.Loops;
using Zkml.Isa;

namespace Zkml.Guest.Emission.Code;

/// <summary>What an <see cref="VirtualInstruction"/> is.</summary>
enum InstructionKind : byte
{
    /// <summary>Defines the parameters and the return address (Results).</summary>
    Entry,

    /// <summary>Target = Opcode(Left, Right).</summary>
    Register,

    /// <summary>Target = Opcode(Left, Value), Value in the range of the instruction's immediate.</summary>
    Immediate,

    /// <summary>Target = Value, 32 bits.</summary>
    Constant,

    /// <summary>Target = memory[Left + Value].</summary>
    Load,

    /// <summary>memory[Left + Value] = Right.</summary>
    Store,

    /// <summary>Target = Left.</summary>
    Move,

    /// <summary>Target = Source if the branch Opcode(Left, Right) would be taken, else Target.</summary>
    ConditionalMove,

    /// <summary>Goes on at Destination if Opcode(Left, Right).</summary>
    Branch,

    /// <summary>Goes on at Destination.</summary>
    Jump,

    /// <summary>Results = Callee(Operands).</summary>
    Call,

    /// <summary>Leaves with the result of Callee: Operands are its arguments, then the return address.</summary>
    TailCall,

    /// <summary>Leaves: Operands are the words of the result, then the return address.</summary>
    Return,

    /// <summary>Stops the guest with exit code Value and a message.</summary>
    Fail,
}

/// <summary>One instruction over virtual registers. Register 0 is x0, which reads 0 and takes no value; others count from 1.</summary>
sealed class VirtualInstruction
{
    /// <summary>No register.</summary>
    public const int None = -1;

    public required InstructionKind Kind { get; init; }
    public Opcode Opcode { get; init; }
    public int Target { get; init; } = None;
    public int Left { get; init; } = None;
    public int Right { get; init; } = None;
    public int Source { get; init; } = None;
    public int Value { get; init; }
    public string Message { get; init; } = "";
    public BasicBlock? Destination { get; init; }
    public Function? Callee { get; init; }
    public int[] Operands { get; init; } = [];
    public int[] Results { get; init; } = [];

    /// <summary>Whether it may be dropped when nobody reads its target.</summary>
    public bool IsPure => Kind is InstructionKind.Register or InstructionKind.Immediate or InstructionKind.Constant or InstructionKind.Load
        or InstructionKind.Move or InstructionKind.ConditionalMove;

    /// <summary>The same branch or jump with another destination.</summary>
    public VirtualInstruction To(BasicBlock destination) => new() { Kind = Kind, Opcode = Opcode, Left = Left, Right = Right, Destination = destination };

    /// <summary>The branch that is taken where this one is not, to another destination.</summary>
    public VirtualInstruction Opposite(BasicBlock destination) =>
        new() { Kind = Kind, Opcode = MachineInstruction.Opposite(Opcode), Left = Left, Right = Right, Destination = destination };

    /// <summary>The registers that it reads; the buffer holds at least four.</summary>
    public ReadOnlySpan<int> Uses(Span<int> buffer)
    {
        if (Kind is InstructionKind.Call or InstructionKind.TailCall or InstructionKind.Return) return Operands;
        int count = 0;
        if (Left > 0) buffer[count++] = Left;
        if (Right > 0) buffer[count++] = Right;
        if (Source > 0) buffer[count++] = Source;
        if (Kind == InstructionKind.ConditionalMove) buffer[count++] = Target;
        return buffer[..count];
    }

    /// <summary>The registers that it writes; the buffer holds at least one.</summary>
    public ReadOnlySpan<int> Definitions(Span<int> buffer)
    {
        if (Kind is InstructionKind.Call or InstructionKind.Entry) return Results;
        if (Target <= 0) return [];
        buffer[0] = Target;
        return buffer[..1];
    }
}

/// <summary>Instructions without a jump into or out of their middle; control falls into the next block unless the last one leaves.</summary>
sealed class BasicBlock
{
    /// <summary>Number of loops around it.</summary>
    public int Depth { get; init; }

    /// <summary>Position in its function; −1 until it is placed.</summary>
    public int Index { get; set; } = -1;

    public List<VirtualInstruction> Instructions { get; } = [];

    /// <summary>Whether control never reaches the next block by falling.</summary>
    public bool Leaves => Instructions.Count > 0
        && Instructions[^1].Kind is InstructionKind.Jump or InstructionKind.TailCall or InstructionKind.Return or InstructionKind.Fail;
}

/// <summary>A function over virtual registers.</summary>
sealed class FunctionCode
{
    public required Function Function { get; init; }

    /// <summary>Virtual registers, register 0 included.</summary>
    public int RegisterCount { get; set; }

    /// <summary>In the order of emission; the first one is the entry.</summary>
    public List<BasicBlock> Blocks { get; set; } = [];

    /// <summary>The words of the parameters, least significant first.</summary>
    public int[] Parameters { get; set; } = [];

    /// <summary>The functions that it calls.</summary>
    public IEnumerable<Function> Callees() => Blocks.SelectMany(block => block.Instructions).Where(instruction => instruction.Callee != null)
        .Select(instruction => instruction.Callee!).Distinct();

    /// <summary>The register of the return address.</summary>
    public int ReturnAddress { get; set; }
}

namespace Zkml.Machine.Shapes;

/// <summary>
/// What share of the cycles a class is made for goes to each instruction table: table c has 2^(logCycles - shift_c) rows. Measured mixes of the
/// examples and of the benchmark program: docs/benchmarks.md.
/// </summary>
/// <param name="Name">The name in class names.</param>
/// <param name="Shifts">log2 of cycles per row, for each instruction table in machine order.</param>
public sealed record InstructionMix(string Name, (MachineChip Chip, int Shift)[] Shifts)
{
    /// <summary>Compiled C: many immediate additions, branches, stores and jumps.</summary>
    public static InstructionMix Compiled { get; } = new("compiled", Make(
        addSub: 2, addImmediate: 1, lessThan: 5, bitwise: 3, shift: 4, multiply: 4, divide: 6,
        loadWord: 2, loadPart: 4, storeWord: 3, storePart: 5, branch: 2, jump: 4, jumpRegister: 5));

    /// <summary>An even integer mix.</summary>
    public static InstructionMix Balanced { get; } = new("balanced", Make(
        addSub: 2, addImmediate: 3, lessThan: 5, bitwise: 3, shift: 4, multiply: 4, divide: 6,
        loadWord: 3, loadPart: 5, storeWord: 3, storePart: 6, branch: 3, jump: 6, jumpRegister: 8));

    /// <summary>A quantised model from the ONNX compiler: load a byte, multiply, add.</summary>
    public static InstructionMix Inference { get; } = new("inference", Make(
        addSub: 1, addImmediate: 3, lessThan: 6, bitwise: 6, shift: 4, multiply: 1, divide: 8,
        loadWord: 4, loadPart: 2, storeWord: 6, storePart: 5, branch: 4, jump: 7, jumpRegister: 7));

    /// <summary>A float model from the ONNX compiler: the soft-float library shifts, masks and branches.</summary>
    public static InstructionMix Floating { get; } = new("floating", Make(
        addSub: 3, addImmediate: 1, lessThan: 5, bitwise: 2, shift: 2, multiply: 5, divide: 8,
        loadWord: 5, loadPart: 6, storeWord: 6, storePart: 7, branch: 2, jump: 3, jumpRegister: 4));

    static (MachineChip, int)[] Make(
        int addSub, int addImmediate, int lessThan, int bitwise, int shift, int multiply, int divide,
        int loadWord, int loadPart, int storeWord, int storePart, int branch, int jump, int jumpRegister) =>
    [
        (RiscvMachine.AddSub, addSub), (RiscvMachine.AddImmediate, addImmediate), (RiscvMachine.LessThan, lessThan),
        (RiscvMachine.Bitwise, bitwise), (RiscvMachine.Shift, shift), (RiscvMachine.Multiply, multiply), (RiscvMachine.Divide, divide),
        (RiscvMachine.LoadWord, loadWord), (RiscvMachine.LoadPart, loadPart), (RiscvMachine.StoreWord, storeWord), (RiscvMachine.StorePart, storePart),
        (RiscvMachine.Branch, branch), (RiscvMachine.Jump, jump), (RiscvMachine.JumpRegister, jumpRegister),
    ];
}

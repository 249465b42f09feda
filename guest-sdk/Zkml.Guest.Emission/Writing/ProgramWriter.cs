using System.Text;
using Zkml.Guest.Assembly;
using Zkml.Guest.Emission.Allocation;
using Zkml.Guest.Emission.Code;
using Zkml.Guest.Loops;
using Zkml.Isa;

namespace Zkml.Guest.Emission.Writing;

/// <summary>Writes functions into an assembler: lengthens branches that do not reach, and calls as far as the program is long.</summary>
sealed class ProgramWriter
{
    /// <summary>Words at the start of the frames' memory that keep what belongs to the caller of the layers.</summary>
    public const int SavedWords = 2;

    // In instructions: a branch reaches 4 KiB, a JAL 1 MiB.
    const int BranchReach = 1000, JumpReach = 240_000;

    readonly Assembler _assembler;
    readonly IReadOnlyList<MachineCode> _code;
    readonly Dictionary<Function, Label> _functions = [];
    readonly Dictionary<Failure, Label> _failures = [];
    readonly bool _isFar;

    public ProgramWriter(Assembler assembler, IReadOnlyList<MachineCode> code)
    {
        (_assembler, _code) = (assembler, code);
        long instructions = 0;
        foreach (MachineCode function in code) instructions += function.Instructions.Count;
        _isFar = instructions > JumpReach / 2;
    }

    /// <summary>Gives a function its symbol.</summary>
    public void Declare(Function function, string name) => _functions.Add(function, _assembler.NewLabel(name));

    /// <summary>
    /// Writes the routine that runs all layers. While they run, sp points into the memory of the frames, whose first words keep sp and ra.
    /// Measured, it notes the cycle count before the first layer and after each, and writes the low words to standard output.
    /// </summary>
    public void WriteLayers(LoopProgram program, bool isMeasured)
    {
        Label? counts = isMeasured ? _assembler.NewLabel() : null;
        int countBytes = 4 * (program.Layers.Count + 1);
        if (counts != null) _assembler.In(SectionKind.Bss).Align(4).Mark(counts).Space((uint)countBytes).In(SectionKind.Text);
        _assembler.Li(Register.T0, MemoryMap.ReadWriteStart).Sw(Register.Sp, 0, Register.T0).Sw(Register.Ra, 4, Register.T0);
        _assembler.Li(Register.Sp, MemoryMap.ReadWriteStart + FunctionWriter.StackBias);
        NoteCycles(counts, 0);
        for (int i = 0; i < program.Layers.Count; i++)
        {
            Call(program.Layers[i].Function);
            NoteCycles(counts, i + 1);
        }
        if (counts != null) _assembler.Li(Register.A0, 0).Li(Register.A1, 0).Li(Register.A3, 1).La(Register.A4, counts).Li(Register.A5, countBytes).Ecall(HostCall.Write);
        _assembler.Li(Register.T0, MemoryMap.ReadWriteStart).Lw(Register.Sp, 0, Register.T0).Lw(Register.Ra, 4, Register.T0).Ret();
    }

    /// <summary>Writes all functions.</summary>
    public void WriteFunctions()
    {
        foreach (MachineCode code in _code) WriteFunction(code);
    }

    /// <summary>Writes the ends that were asked for: a message on standard error, then the exit code and an empty journal.</summary>
    public void WriteFailures()
    {
        foreach ((Failure failure, Label label) in _failures)
        {
            byte[] message = Encoding.UTF8.GetBytes(failure.Message + "\n");
            Label text = _assembler.NewLabel();
            _assembler.In(SectionKind.Window).Align(4).Mark(text).Byte(message).In(SectionKind.Text).Mark(label);
            _assembler.Li(Register.A0, 0).Li(Register.A1, 0).Li(Register.A3, 2).La(Register.A4, text).Li(Register.A5, message.Length).Ecall(HostCall.Write);
            _assembler.HaltWith([], (byte)failure.ExitCode).Ebreak();
        }
    }

    void NoteCycles(Label? counts, int index)
    {
        if (counts != null) _assembler.Li(Register.A0, 0).Li(Register.A1, 0).Ecall(HostCall.CycleCount).La(Register.T0, counts, 4 * index).Sw(Register.A1, 0, Register.T0);
    }

    void Call(Function function)
    {
        if (_isFar) _assembler.CallFar(_functions[function]);
        else _assembler.Call(_functions[function]);
    }

    Label FailureLabel(Failure failure)
    {
        if (_failures.TryGetValue(failure, out Label? label)) return label;
        label = _assembler.NewLabel();
        _failures.Add(failure, label);
        return label;
    }

    // Goes on at a label, wherever it is.
    void Jump(Label label)
    {
        if (_isFar) _assembler.La(RegisterAllocator.FirstScratch, label).Jr(RegisterAllocator.FirstScratch);
        else _assembler.J(label);
    }

    void WriteFunction(MachineCode code)
    {
        bool[] isLong = FindLongBranches(code);
        Label?[] labels = new Label?[code.Blocks.Length];
        foreach (MachineInstruction instruction in code.Instructions)
            if (instruction.Block != null) labels[instruction.Block.Index] ??= _assembler.NewLabel();
        _assembler.Mark(_functions[code.Function]);
        for (int b = 0; b < code.Blocks.Length; b++)
        {
            if (labels[b] is { } label) _assembler.Mark(label);
            for (int i = code.BlockStarts[b]; i < code.BlockStarts[b + 1]; i++) WriteInstruction(code.Instructions[i], isLong[i], labels);
        }
    }

    void WriteInstruction(MachineInstruction instruction, bool isLong, Label?[] labels)
    {
        Isa.Instruction machine = instruction.Instruction;
        if (instruction.Callee != null && machine.Rd == 0) Jump(_functions[instruction.Callee]);
        else if (instruction.Callee != null) Call(instruction.Callee);
        else if (instruction.Failure is { } failure) Jump(FailureLabel(failure));
        else if (instruction.IsBranch)
        {
            Label target = labels[instruction.Block!.Index]!;
            Opcode opcode = isLong ? MachineInstruction.Opposite(machine.Opcode) : machine.Opcode;
            Label skip = isLong ? _assembler.NewLabel() : target;
            WriteBranch(opcode, (Register)machine.Rs1, (Register)machine.Rs2, skip);
            if (!isLong) return;
            Jump(target);
            _assembler.Mark(skip);
        }
        else if (instruction.Block != null) Jump(labels[instruction.Block.Index]!);
        else _assembler.Emit(machine);
    }

    void WriteBranch(Opcode opcode, Register left, Register right, Label target) => _ = opcode switch
    {
        Opcode.Beq => _assembler.Beq(left, right, target),
        Opcode.Bne => _assembler.Bne(left, right, target),
        Opcode.Blt => _assembler.Blt(left, right, target),
        Opcode.Bge => _assembler.Bge(left, right, target),
        Opcode.Bltu => _assembler.Bltu(left, right, target),
        _ => _assembler.Bgeu(left, right, target),
    };

    // Lengthening one branch may push another out of reach, so this repeats until nothing changes; branches only grow.
    bool[] FindLongBranches(MachineCode code)
    {
        int count = code.Instructions.Count;
        bool[] isLong = new bool[count];
        int[] positions = new int[count + 1];
        bool hasChanged = true;
        while (hasChanged)
        {
            hasChanged = false;
            for (int i = 0; i < count; i++) positions[i + 1] = positions[i] + SizeOf(code.Instructions[i], isLong[i]);
            for (int i = 0; i < count; i++)
            {
                MachineInstruction instruction = code.Instructions[i];
                if (isLong[i] || !instruction.IsBranch) continue;
                int distance = positions[code.BlockStarts[instruction.Block!.Index]] - positions[i];
                hasChanged |= isLong[i] = Math.Abs(distance) > BranchReach;
            }
        }
        return isLong;
    }

    int SizeOf(MachineInstruction instruction, bool isLong)
    {
        int jump = _isFar ? 3 : 1;
        if (instruction.IsBranch) return isLong ? 1 + jump : 1;
        return instruction.IsJump ? Math.Max(jump, instruction.Callee != null ? 2 : 1) : 1;
    }
}

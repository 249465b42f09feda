using Zkml.Guest.Assembly;
using Zkml.Guest.Emission.Allocation;
using Zkml.Guest.Emission.Code;
using Zkml.Guest.Loops;
using Zkml.Isa;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Guest.Emission.Writing;

/// <summary>An allocated function with the place of its frame. Frames are static, because no function is active twice.</summary>
/// <param name="Allocation">Places of its values.</param>
/// <param name="FrameStart">Words below it belong to its callees.</param>
sealed record PlacedFunction(Allocation.Allocation Allocation, int FrameStart)
{
    /// <summary>Words of the frame and all below it.</summary>
    public int FrameEnd => FrameStart + Allocation.FrameWords;
}

/// <summary>Turns an allocated function into machine instructions.</summary>
sealed class FunctionWriter
{
    /// <summary>sp points this many bytes above the first frame, so that offsets of 12 bits reach the most.</summary>
    public const int StackBias = 2048;

    const Register A = RegisterAllocator.FirstScratch, B = RegisterAllocator.SecondScratch;

    readonly FunctionCode _code;
    readonly PlacedFunction _place;
    readonly IReadOnlyDictionary<Function, PlacedFunction> _functions;
    readonly List<MachineInstruction> _output = [];

    FunctionWriter(FunctionCode code, PlacedFunction place, IReadOnlyDictionary<Function, PlacedFunction> functions) =>
        (_code, _place, _functions) = (code, place, functions);

    public static MachineCode Write(FunctionCode code, PlacedFunction place, IReadOnlyDictionary<Function, PlacedFunction> functions)
    {
        FunctionWriter writer = new(code, place, functions);
        Cleanup.Finish(code, writer.IsIdle);
        int[] starts = new int[code.Blocks.Count + 1];
        for (int i = 0; i < code.Blocks.Count; i++)
        {
            starts[i] = writer._output.Count;
            foreach (VirtualInstruction instruction in code.Blocks[i].Instructions) writer.Write(instruction);
        }
        starts[^1] = writer._output.Count;
        return new(code.Function, [.. code.Blocks], writer._output, starts);
    }

    bool IsIdle(VirtualInstruction instruction)
    {
        bool isCopy = instruction.Kind == InstructionKind.Move || instruction is { Kind: InstructionKind.Immediate, Opcode: Opcode.Addi, Value: 0 };
        return (isCopy && LocationOf(instruction.Left) == LocationOf(instruction.Target))
            || (instruction.Kind == InstructionKind.Constant && LocationOf(instruction.Target).Kind == LocationKind.Constant);
    }

    Location LocationOf(int register) => _place.Allocation.Locations[register];

    void Emit(Opcode opcode, Register rd, Register rs1, Register rs2, int immediate) =>
        _output.Add(new(new(opcode, (byte)rd, (byte)rs1, (byte)rs2, immediate)));

    void EmitMove(Register target, Register source)
    {
        if (target != source) Emit(Opcode.Addi, target, source, 0, 0);
    }

    void EmitConstant(Register target, int value)
    {
        if (value is >= -2048 and <= 2047)
        {
            Emit(Opcode.Addi, target, Zero, 0, value);
            return;
        }
        int low = value << 20 >> 20;
        Emit(Opcode.Lui, target, 0, 0, unchecked(value - low));
        if (low != 0) Emit(Opcode.Addi, target, target, 0, low);
    }

    // A word of a frame: directly from sp, or by an address in a register.
    (Register Pointer, int Offset) SlotAddress(int word, Register pointer)
    {
        int offset = 4 * word - StackBias;
        if (offset <= 2047) return (Sp, offset);
        EmitConstant(pointer, offset);
        Emit(Opcode.Add, pointer, pointer, Sp, 0);
        return (pointer, 0);
    }

    void EmitLoad(Register target, Location location)
    {
        switch (location.Kind)
        {
            case LocationKind.Register:
                EmitMove(target, location.Register);
                break;
            case LocationKind.Slot:
                (Register pointer, int offset) = SlotAddress(_place.FrameStart + location.Index, target);
                Emit(Opcode.Lw, target, pointer, 0, offset);
                break;
            case LocationKind.Constant:
                EmitConstant(target, location.Index);
                break;
        }
    }

    Register Read(int register, Register scratch)
    {
        Location location = LocationOf(register);
        if (location.IsRegister) return location.Register;
        EmitLoad(scratch, location);
        return scratch;
    }

    Register TargetOf(int register)
    {
        Location location = LocationOf(register);
        return location.IsRegister ? location.Register : A;
    }

    // After an instruction that wrote the target of a spilled register.
    void WriteBack(int register)
    {
        Location location = LocationOf(register);
        if (location.Kind != LocationKind.Slot) return;
        (Register pointer, int offset) = SlotAddress(_place.FrameStart + location.Index, B);
        Emit(Opcode.Sw, 0, pointer, A, offset);
    }

    void Write(VirtualInstruction instruction)
    {
        switch (instruction.Kind)
        {
            case InstructionKind.Entry:
                WriteMoves([(LocationOf(_code.ReturnAddress), Location.In(Ra))]);
                break;
            case InstructionKind.Register:
                Register left = Read(instruction.Left, A), right = Read(instruction.Right, B);
                Emit(instruction.Opcode, TargetOf(instruction.Target), left, right, 0);
                WriteBack(instruction.Target);
                break;
            case InstructionKind.Immediate:
                WriteImmediate(instruction);
                break;
            case InstructionKind.Constant:
                EmitConstant(TargetOf(instruction.Target), instruction.Value);
                WriteBack(instruction.Target);
                break;
            case InstructionKind.Load:
                Register pointer = Read(instruction.Left, A);
                Emit(instruction.Opcode, TargetOf(instruction.Target), pointer, 0, instruction.Value);
                WriteBack(instruction.Target);
                break;
            case InstructionKind.Store:
                Register destination = Read(instruction.Left, A), value = Read(instruction.Right, B);
                Emit(instruction.Opcode, 0, destination, value, instruction.Value);
                break;
            case InstructionKind.Move:
                WriteMove(instruction);
                break;
            case InstructionKind.ConditionalMove:
                WriteConditionalMove(instruction);
                break;
            case InstructionKind.Branch:
                Register first = Read(instruction.Left, A), second = Read(instruction.Right, B);
                _output.Add(new(new(instruction.Opcode, 0, (byte)first, (byte)second, 0)) { Block = instruction.Destination });
                break;
            case InstructionKind.Jump:
                _output.Add(JumpTo() with { Block = instruction.Destination });
                break;
            case InstructionKind.Call:
                WriteCall(instruction);
                break;
            case InstructionKind.TailCall:
                WriteTailCall(instruction);
                break;
            case InstructionKind.Return:
                WriteReturn(instruction);
                break;
            case InstructionKind.Fail:
                _output.Add(JumpTo() with { Failure = new(instruction.Value, instruction.Message) });
                break;
        }
    }

    static MachineInstruction JumpTo() => new(new(Opcode.Jal, 0, 0, 0, 0));

    void WriteImmediate(VirtualInstruction instruction)
    {
        // A pointer with offset 0 is a copy.
        if (instruction.Opcode == Opcode.Addi && instruction.Value == 0)
        {
            WriteMove(instruction);
            return;
        }
        Register source = Read(instruction.Left, A);
        Emit(instruction.Opcode, TargetOf(instruction.Target), source, 0, instruction.Value);
        WriteBack(instruction.Target);
    }

    void WriteMove(VirtualInstruction instruction)
    {
        Location source = LocationOf(instruction.Left), target = LocationOf(instruction.Target);
        if (source == target || target.Kind == LocationKind.Nowhere) return;
        if (target.IsRegister) EmitLoad(target.Register, source);
        else
        {
            Register register = Read(instruction.Left, A);
            (Register pointer, int offset) = SlotAddress(_place.FrameStart + target.Index, B);
            Emit(Opcode.Sw, 0, pointer, register, offset);
        }
    }

    void WriteConditionalMove(VirtualInstruction instruction)
    {
        Register left = Read(instruction.Left, A), right = Read(instruction.Right, B);
        int branch = _output.Count;
        _output.Add(default);
        WriteMove(new() { Kind = InstructionKind.Move, Target = instruction.Target, Left = instruction.Source });
        if (_output.Count == branch + 1)
        {
            _output.RemoveAt(branch);
            return;
        }
        _output[branch] = new(new(MachineInstruction.Opposite(instruction.Opcode), 0, (byte)left, (byte)right, 4 * (_output.Count - branch)));
    }

    void WriteCall(VirtualInstruction call)
    {
        List<(Location Target, Location Source)> moves = ArgumentMoves(call);
        WriteMoves(moves);
        _output.Add(new(new(Opcode.Jal, (byte)Ra, 0, 0, 0)) { Callee = call.Callee });
        moves.Clear();
        for (int i = 0; i < call.Results.Length; i++) moves.Add((LocationOf(call.Results[i]), Location.In(RegisterAllocator.Argument(i))));
        WriteMoves(moves);
    }

    List<(Location Target, Location Source)> ArgumentMoves(VirtualInstruction call)
    {
        PlacedFunction callee = _functions[call.Callee!];
        List<(Location Target, Location Source)> moves = [];
        for (int i = 0; i < callee.Allocation.Parameters.Length; i++)
        {
            Location source = LocationOf(call.Operands[i]), parameter = callee.Allocation.Parameters[i];
            // The callee's slots are below this function's.
            if (parameter.Kind == LocationKind.Slot) parameter = Location.Slot(parameter.Index + callee.FrameStart - _place.FrameStart);
            moves.Add((parameter, source));
        }
        return moves;
    }

    // The callee returns to this function's caller.
    void WriteTailCall(VirtualInstruction call)
    {
        List<(Location Target, Location Source)> moves = ArgumentMoves(call);
        moves.Add((Location.In(Ra), LocationOf(call.Operands[^1])));
        WriteMoves(moves);
        _output.Add(JumpTo() with { Callee = call.Callee });
    }

    void WriteReturn(VirtualInstruction instruction)
    {
        Location address = LocationOf(instruction.Operands[^1]);
        List<(Location Target, Location Source)> moves = [];
        for (int i = 0; i < instruction.Operands.Length - 1; i++) moves.Add((Location.In(RegisterAllocator.Argument(i)), LocationOf(instruction.Operands[i])));
        // The result may need the register that holds the return address; the parallel move carries it to safety.
        bool isOverwritten = address.IsRegister && moves.Exists(move => move.Target == address);
        if (isOverwritten) moves.Add((Location.In(B), address));
        WriteMoves(moves);
        if (isOverwritten) address = Location.In(B);
        Register register = address.IsRegister ? address.Register : B;
        EmitLoad(register, address);
        Emit(Opcode.Jalr, Zero, register, 0, 0);
    }

    // Moves that happen at once: first into memory, then between registers, at last what reads no register.
    void WriteMoves(List<(Location Target, Location Source)> moves)
    {
        foreach ((Location target, Location source) in moves)
        {
            if (target.Kind != LocationKind.Slot) continue;
            if (!source.IsRegister) EmitLoad(A, source);
            (Register pointer, int offset) = SlotAddress(_place.FrameStart + target.Index, B);
            Emit(Opcode.Sw, 0, pointer, source.IsRegister ? source.Register : A, offset);
        }
        IEnumerable<(Register, Register)> registers = moves.Where(move => move.Target.IsRegister && move.Source.IsRegister)
            .Select(move => (move.Target.Register, move.Source.Register));
        foreach ((Register target, Register source) in ParallelMove.Order(registers, A)) EmitMove(target, source);
        foreach ((Location target, Location source) in moves)
            if (target.IsRegister && !source.IsRegister) EmitLoad(target.Register, source);
    }
}

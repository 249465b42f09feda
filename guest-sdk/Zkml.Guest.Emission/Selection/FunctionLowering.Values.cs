using System.Numerics;
using Zkml.Guest.Emission.Code;
using Zkml.Isa;

namespace Zkml.Guest.Emission.Selection;

/// <content>Pure instructions: folded, found among those that exist, placed outside of loops.</content>
sealed partial class FunctionLowering
{
    readonly record struct ValueKey(InstructionKind Kind, Opcode Opcode, int Left, int LeftVersion, int Right, int RightVersion, int Value);

    readonly Dictionary<ValueKey, (int Register, int Version)> _values = [];
    readonly List<List<ValueKey>> _scopes = [];
    readonly Dictionary<int, int> _constants = new() { [0] = 0 };

    void PushScope() => _scopes.Add([]);

    // What was computed in a branch or a loop is not known outside of it.
    void PopScope()
    {
        foreach (ValueKey key in _scopes[^1]) _values.Remove(key);
        _scopes.RemoveAt(_scopes.Count - 1);
    }

    static bool IsShort(int value) => value is >= -2048 and <= 2047;

    bool IsConstant(int register, out int value) => _constants.TryGetValue(register, out value);

    int Constant(int value, int target = VirtualInstruction.None)
    {
        if (value == 0 && target == VirtualInstruction.None) return 0;
        int register = Compute(InstructionKind.Constant, Opcode.None, 0, 0, value, target);
        if (target == VirtualInstruction.None) _constants[register] = value;
        return register;
    }

    /// <summary>A register instruction, folded and with constants as immediates. The result is in the target if one is given.</summary>
    int Emit(Opcode opcode, int left, int right, int target = VirtualInstruction.None)
    {
        bool isLeftConstant = IsConstant(left, out int leftValue), isRightConstant = IsConstant(right, out int rightValue);
        if (isLeftConstant && isRightConstant) return Constant((int)Alu.Evaluate(opcode, (uint)leftValue, (uint)rightValue), target);
        if (isLeftConstant && opcode is Opcode.Add or Opcode.And or Opcode.Or or Opcode.Xor or Opcode.Mul)
            return EmitWithConstant(opcode, right, left, leftValue, target);
        if (isRightConstant) return EmitWithConstant(opcode, left, right, rightValue, target);
        if (left == right && _versions[left] == _versions[right])
        {
            if (opcode is Opcode.Sub or Opcode.Xor or Opcode.Slt or Opcode.Sltu) return Constant(0, target);
            if (opcode is Opcode.And or Opcode.Or) return Copy(left, target);
        }
        if (isLeftConstant && leftValue == 0 && opcode is Opcode.Sll or Opcode.Srl or Opcode.Sra or Opcode.Mulh or Opcode.Mulhu or Opcode.Mulhsu)
            return Constant(0, target);
        return Compute(InstructionKind.Register, opcode, left, right, 0, target);
    }

    int EmitWithConstant(Opcode opcode, int left, int right, int value, int target)
    {
        switch (opcode)
        {
            case Opcode.Sub when value != int.MinValue:
                return Emit(Opcode.Add, left, Constant(-value), target);
            case Opcode.Add or Opcode.Or or Opcode.Xor or Opcode.Sll or Opcode.Srl or Opcode.Sra when value == 0:
            case Opcode.And when value == -1:
            case Opcode.Mul or Opcode.Div or Opcode.Divu when value == 1:
                return Copy(left, target);
            case Opcode.And or Opcode.Mul or Opcode.Mulh or Opcode.Mulhu or Opcode.Mulhsu or Opcode.Sltu when value == 0:
            case Opcode.Remu when value == 1:
                return Constant(0, target);
            case Opcode.Mul when value == -1:
                return Compute(InstructionKind.Register, Opcode.Sub, 0, left, 0, target);
            case Opcode.Mul when BitOperations.IsPow2((uint)value):
                return EmitImmediate(Opcode.Slli, left, BitOperations.Log2((uint)value), target);
            case Opcode.Divu when BitOperations.IsPow2((uint)value):
                return EmitImmediate(Opcode.Srli, left, BitOperations.Log2((uint)value), target);
            case Opcode.Remu when BitOperations.IsPow2((uint)value):
                return Emit(Opcode.And, left, Constant(value - 1), target);
            // Inside of a loop a long mask costs one instruction, its constant being outside.
            case Opcode.And when Level == 0 && !IsShort(value) && BitOperations.IsPow2((uint)value + 1):
                int unused = BitOperations.LeadingZeroCount((uint)value);
                return EmitImmediate(Opcode.Srli, EmitImmediate(Opcode.Slli, left, unused), unused, target);
        }
        Opcode immediate = ImmediateForm(opcode);
        bool isShift = immediate is Opcode.Slli or Opcode.Srli or Opcode.Srai;
        if (immediate != Opcode.None && (isShift || IsShort(value))) return EmitImmediate(immediate, left, isShift ? value & 31 : value, target);
        return Compute(InstructionKind.Register, opcode, left, right, 0, target);
    }

    int EmitImmediate(Opcode opcode, int left, int value, int target = VirtualInstruction.None)
    {
        if (IsConstant(left, out int constant)) return Constant((int)Alu.Evaluate(opcode, (uint)constant, (uint)value), target);
        if (value == 0 && opcode is Opcode.Addi or Opcode.Slli or Opcode.Srli or Opcode.Srai) return Copy(left, target);
        return Compute(InstructionKind.Immediate, opcode, left, 0, value, target);
    }

    int Copy(int register, int target)
    {
        if (target == VirtualInstruction.None) return register;
        AppendMove(target, register);
        return target;
    }

    static Opcode ImmediateForm(Opcode opcode) => opcode switch
    {
        Opcode.Add => Opcode.Addi,
        Opcode.And => Opcode.Andi,
        Opcode.Or => Opcode.Ori,
        Opcode.Xor => Opcode.Xori,
        Opcode.Slt => Opcode.Slti,
        Opcode.Sltu => Opcode.Sltiu,
        Opcode.Sll => Opcode.Slli,
        Opcode.Srl => Opcode.Srli,
        Opcode.Sra => Opcode.Srai,
        _ => Opcode.None,
    };

    int Compute(InstructionKind kind, Opcode opcode, int left, int right, int value, int target)
    {
        ValueKey key = new(kind, opcode, left, _versions[left], right, _versions[right], value);
        if (_values.TryGetValue(key, out (int Register, int Version) known) && _versions[known.Register] == known.Version) return Copy(known.Register, target);
        int level = target == VirtualInstruction.None ? Math.Max(_levels[left], _levels[right]) : Level;
        int register = target == VirtualInstruction.None ? NewRegister(level) : target;
        BasicBlock block = level == Level ? _block : _loops[level].Preheader;
        Append(block, new() { Kind = kind, Opcode = opcode, Target = register, Left = left, Right = right, Value = value });
        if (target == VirtualInstruction.None) Remember(key, register, level);
        return register;
    }

    void Remember(ValueKey key, int register, int level)
    {
        _values[key] = (register, _versions[register]);
        (level == Level ? _scopes[^1] : _loops[level].PreheaderScope).Add(key);
    }

    // The current number of a buffer's content; a store into it or a call changes it.
    int _memoryVersion;
    readonly Dictionary<Loops.LoopBuffer, int> _bufferVersions = [];

    int VersionOf(Loops.LoopBuffer buffer) => buffer.Kind == Loops.BufferKind.Constant
        ? 0
        : Math.Max(_memoryVersion, _bufferVersions.GetValueOrDefault(buffer));

    int EmitLoad(Opcode opcode, Loops.LoopBuffer buffer, int pointer, int offset, int target = VirtualInstruction.None)
    {
        ValueKey key = new(InstructionKind.Load, opcode, pointer, _versions[pointer], 0, VersionOf(buffer), offset);
        if (_values.TryGetValue(key, out (int Register, int Version) known) && _versions[known.Register] == known.Version) return Copy(known.Register, target);
        int register = target == VirtualInstruction.None ? NewRegister(Level) : target;
        Append(new() { Kind = InstructionKind.Load, Opcode = opcode, Target = register, Left = pointer, Value = offset });
        if (target == VirtualInstruction.None) Remember(key, register, Level);
        return register;
    }
}

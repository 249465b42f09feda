using Zkml.Guest.Emission.Code;
using Zkml.Guest.Loops;
using Zkml.Isa;

namespace Zkml.Guest.Emission.Selection;

/// <content>Loops: the test at the bottom, a block before them for what stays the same, pointers instead of counters.</content>
sealed partial class FunctionLowering
{
    // A condition up to this size is tested before the loop and at its end; a larger one at the start of each round only.
    const int MaximumDoubledCondition = 24;

    /// <summary>A register that starts at an address and moves by a stride with each round; Anchor is the constant part of the address it stands for.</summary>
    readonly record struct LoopPointer(int Register, int Anchor, int Stride);

    /// <summary>A loop that is being translated.</summary>
    sealed class LoopScope(BasicBlock preheader, List<ValueKey> preheaderScope, IReadOnlySet<Local> assigned)
    {
        /// <summary>Runs once before the first round.</summary>
        public BasicBlock Preheader => preheader;

        /// <summary>What is known for as long as the loop runs.</summary>
        public List<ValueKey> PreheaderScope => preheaderScope;

        /// <summary>None for a loop without one.</summary>
        public int Counter { get; init; } = VirtualInstruction.None;

        public LinearForm From { get; init; } = LinearForm.Of(0);

        public int Step { get; init; }

        public Dictionary<LinearForm, List<LoopPointer>> Pointers { get; } = [];

        public int PointerCount { get; set; }

        /// <summary>The registers that the loop changes, with their level outside of it.</summary>
        public List<(int Register, int Level)> Levels { get; } = [];

        public bool Changes(Local local) => assigned.Contains(local);
    }

    readonly List<LoopScope> _loops = [];

    void LowerFor(ForStatement loop)
    {
        int from = Lower32(loop.From), to = Lower32(loop.To);
        BasicBlock end = NewBlock();
        bool isCounted = IsConstant(from, out int first) && IsConstant(to, out int bound) && first < bound;
        if (!isCounted) EmitBranch(Opcode.Bge, from, to, end);
        IReadOnlySet<Local> assigned = _analysis.AssignedIn(loop);
        // The bound is evaluated once, so a variable that the loop assigns is copied.
        if (IsChangedBy(assigned, to)) to = AsName(to);
        int counter = NewRegister(Level, isVariable: true);
        _variables[loop.Counter] = new(counter);
        LinearForm start = FormOfRegister(from);
        if (IsChangedBy(assigned, from)) start = FormOfRegister(from = AsName(from));
        else if (FormOf(loop.From) is { } form && !IsChangedBy(assigned, form)) start = form;
        LoopScope scope = Enter(loop, counter, start, loop.Step);
        BasicBlock body = _block;
        Lower(loop.Body);
        if (_block.Leaves) Start(NewBlock());
        BasicBlock preheader = scope.Preheader;
        Append(preheader, new() { Kind = InstructionKind.Move, Target = counter, Left = from });
        EmitLatch(scope, body, loop, from, to);
        Leave();
        Start(end);
    }

    void LowerWhile(WhileStatement loop)
    {
        BasicBlock end = NewBlock();
        bool isDoubled = SizeOf(loop.Condition) <= MaximumDoubledCondition;
        if (isDoubled) Branch(loop.Condition, false, end);
        Enter(loop, VirtualInstruction.None, LinearForm.Of(0), 0);
        BasicBlock body = _block;
        if (!isDoubled) Branch(loop.Condition, false, end);
        Lower(loop.Body);
        if (!_block.Leaves)
        {
            if (isDoubled) Branch(loop.Condition, true, body);
            else Jump(body);
        }
        Leave();
        Start(end);
    }

    bool IsChangedBy(IReadOnlySet<Local> assigned, int register)
    {
        if (!_isVariable[register]) return false;
        foreach (Local local in assigned)
            if (_variables.TryGetValue(local, out Words words) && (words.Low == register || words.High == register)) return true;
        return false;
    }

    bool IsChangedBy(IReadOnlySet<Local> assigned, LinearForm form)
    {
        foreach (Term term in form.Terms)
            if (IsChangedBy(assigned, term.Register)) return true;
        return false;
    }

    // Starts the block before the loop and the first one of its body.
    LoopScope Enter(Statement loop, int counter, LinearForm from, int step)
    {
        PushScope();
        BasicBlock preheader = NewBlock();
        Start(preheader);
        IReadOnlySet<Local> assigned = _analysis.AssignedIn(loop);
        LoopScope scope = new(preheader, _scopes[^1], assigned) { Counter = counter, From = from, Step = step };
        _loops.Add(scope);
        foreach (Local local in assigned)
        {
            if (!_variables.TryGetValue(local, out Words words) || !_isVariable[words.Low]) continue;
            scope.Levels.Add((words.Low, _levels[words.Low]));
            if (words.High != VirtualInstruction.None) scope.Levels.Add((words.High, _levels[words.High]));
        }
        foreach ((int register, _) in scope.Levels)
        {
            _levels[register] = Level;
            Changed(register);
        }
        if (_analysis.Writes(loop)) _memoryVersion = ++_lastVersion;
        PushScope();
        Start(NewBlock());
        return scope;
    }

    void Leave()
    {
        PopScope();
        foreach ((int register, int level) in _loops[^1].Levels)
        {
            _levels[register] = level;
            Changed(register);
        }
        _loops.RemoveAt(_loops.Count - 1);
        PopScope();
    }

    void EmitLatch(LoopScope scope, BasicBlock body, ForStatement loop, int from, int to)
    {
        LoopPointer? timer = null;
        foreach (List<LoopPointer> pointers in scope.Pointers.Values)
        {
            foreach (LoopPointer pointer in pointers)
            {
                EmitStep(pointer.Register, pointer.Stride);
                timer ??= CanTime(pointer, loop, from, to) ? pointer : null;
            }
        }
        if (_isUsed[scope.Counter] || timer is not { } chosen)
        {
            EmitStep(scope.Counter, loop.Step);
            Append(new() { Kind = InstructionKind.Branch, Opcode = Opcode.Blt, Left = scope.Counter, Right = to, Destination = body });
            return;
        }
        int last = EmitEnd(scope.Preheader, chosen, loop, from, to);
        Append(new() { Kind = InstructionKind.Branch, Opcode = Opcode.Bne, Left = chosen.Register, Right = last, Destination = body });
    }

    // A pointer tells when the loop is over if it does not come back to where it was.
    bool CanTime(LoopPointer pointer, ForStatement loop, int from, int to)
    {
        if (pointer.Stride == 0) return false;
        // Unknown rounds: by strides up to 32 a pointer comes back after 2^27 rounds, more than a session has cycles.
        if (!IsConstant(from, out int first) || !IsConstant(to, out int bound)) return loop.Step == 1 && Math.Abs((long)pointer.Stride) <= 32;
        return RoundsOf(first, bound, loop.Step) * Math.Abs((long)pointer.Stride) <= int.MaxValue;
    }

    static long RoundsOf(int first, int bound, int step) => ((long)bound - first + step - 1) / step;

    // The pointer's value after the last round, computed before the first.
    int EmitEnd(BasicBlock preheader, LoopPointer pointer, ForStatement loop, int from, int to)
    {
        BasicBlock current = _block;
        _block = preheader;
        int result = NewRegister(Level - 1);
        if (IsConstant(from, out int first) && IsConstant(to, out int bound))
            EmitSum(result, pointer.Register, (int)(RoundsOf(first, bound, loop.Step) * pointer.Stride));
        else
        {
            int rounds = NewRegister(Level - 1), distance = NewRegister(Level - 1), stride = NewRegister(Level - 1);
            Append(new() { Kind = InstructionKind.Register, Opcode = Opcode.Sub, Target = rounds, Left = to, Right = from });
            Append(new() { Kind = InstructionKind.Constant, Target = stride, Value = pointer.Stride });
            Append(new() { Kind = InstructionKind.Register, Opcode = Opcode.Mul, Target = distance, Left = rounds, Right = stride });
            Append(new() { Kind = InstructionKind.Register, Opcode = Opcode.Add, Target = result, Left = pointer.Register, Right = distance });
        }
        _block = current;
        return result;
    }

    // Appends target = register + value to the current block, whatever is known elsewhere.
    void EmitSum(int target, int register, int value)
    {
        if (IsShort(value))
        {
            Append(new() { Kind = InstructionKind.Immediate, Opcode = Opcode.Addi, Target = target, Left = register, Value = value });
            return;
        }
        int constant = NewRegister(Level - 1);
        Append(new() { Kind = InstructionKind.Constant, Target = constant, Value = value });
        Append(new() { Kind = InstructionKind.Register, Opcode = Opcode.Add, Target = target, Left = register, Right = constant });
    }

    void EmitStep(int register, int step)
    {
        if (IsShort(step)) Append(new() { Kind = InstructionKind.Immediate, Opcode = Opcode.Addi, Target = register, Left = register, Value = step });
        else Append(new() { Kind = InstructionKind.Register, Opcode = Opcode.Add, Target = register, Left = register, Right = Constant(step) });
    }

    static int SizeOf(Expression expression) => expression switch
    {
        BinaryExpression binary => 1 + SizeOf(binary.Left) + SizeOf(binary.Right),
        ConvertExpression convert => 1 + SizeOf(convert.Operand),
        LoadExpression load => 2 + SizeOf(load.Index),
        SelectExpression select => 3 + SizeOf(select.Condition) + SizeOf(select.WhenTrue) + SizeOf(select.WhenFalse),
        CallExpression => MaximumDoubledCondition + 1,
        _ => 0,
    };
}

using Zkml.Guest.Emission.Code;
using Zkml.Guest.Emission.Writing;
using Zkml.Guest.Loops;
using Zkml.Isa;

namespace Zkml.Guest.Emission.Selection;

/// <content>Expressions of 32 bits, selections and calls.</content>
sealed partial class FunctionLowering
{
    Words Lower(Expression expression) => expression.Type == ScalarType.Int64 ? Lower64(expression) : new(Lower32(expression));

    int Lower32(Expression expression, int target = VirtualInstruction.None)
    {
        switch (expression)
        {
            case ConstantExpression constant:
                return Constant((int)constant.Value, target);
            case Local local:
                return Copy(VariableOf(local).Low, target);
            case LoadExpression load:
                (int pointer, int offset) = AddressOf(load.Buffer, load.Index);
                return EmitLoad(LoadOpcode(load.Buffer.Type), load.Buffer, pointer, offset, target);
            case ConvertExpression convert:
                return LowerHalf(convert, target);
            case SelectExpression select:
                return LowerSelect(select, target);
            case CallExpression call:
                return Copy(Call(call.Function, call.Arguments, call.Type).Low, target);
            case BinaryExpression { Left.Type: ScalarType.Int64 } wide:
                return Compare64(wide, target);
            default:
                return LowerBinary((BinaryExpression)expression, target);
        }
    }

    int LowerBinary(BinaryExpression binary, int target)
    {
        int left = Lower32(binary.Left);
        if (binary.Operation is BinaryOperation.Equal or BinaryOperation.NotEqual)
            return LowerEquality(binary, left, target);
        return Emit(OpcodeOf(binary.Operation), left, Lower32(binary.Right), target);
    }

    int LowerEquality(BinaryExpression binary, int left, int target)
    {
        bool isEqual = binary.Operation == BinaryOperation.Equal;
        if (IsTruth(binary.Left) && binary.Right is ConstantExpression { Value: 0 })
            return isEqual ? EmitImmediate(Opcode.Xori, left, 1, target) : Copy(left, target);
        int right = Lower32(binary.Right);
        int difference = IsConstant(right, out int value) && value is >= -2047 and <= 2048 ? EmitImmediate(Opcode.Addi, left, -value) : Emit(Opcode.Xor, left, right);
        return IsZero(difference, isEqual, target);
    }

    int IsZero(int register, bool whenZero, int target) =>
        whenZero ? EmitImmediate(Opcode.Sltiu, register, 1, target) : Emit(Opcode.Sltu, 0, register, target);

    // Whether an expression is 0 or 1, in 32 bits.
    static bool IsTruth(Expression expression) => expression.Type == ScalarType.Int32 && expression switch
    {
        BinaryExpression { Operation: >= BinaryOperation.Equal } => true,
        BinaryExpression { Operation: BinaryOperation.And } both => IsTruth(both.Left) || IsTruth(both.Right),
        BinaryExpression { Operation: BinaryOperation.Or or BinaryOperation.Xor } either => IsTruth(either.Left) && IsTruth(either.Right),
        ConstantExpression { Value: 0 or 1 } => true,
        _ => false,
    };

    static Opcode OpcodeOf(BinaryOperation operation) => operation switch
    {
        BinaryOperation.Add => Opcode.Add,
        BinaryOperation.Subtract => Opcode.Sub,
        BinaryOperation.Multiply => Opcode.Mul,
        BinaryOperation.MultiplyHighSigned => Opcode.Mulh,
        BinaryOperation.MultiplyHighUnsigned => Opcode.Mulhu,
        BinaryOperation.DivideSigned => Opcode.Div,
        BinaryOperation.DivideUnsigned => Opcode.Divu,
        BinaryOperation.RemainderSigned => Opcode.Rem,
        BinaryOperation.RemainderUnsigned => Opcode.Remu,
        BinaryOperation.And => Opcode.And,
        BinaryOperation.Or => Opcode.Or,
        BinaryOperation.Xor => Opcode.Xor,
        BinaryOperation.ShiftLeft => Opcode.Sll,
        BinaryOperation.ShiftRightLogical => Opcode.Srl,
        BinaryOperation.ShiftRightArithmetic => Opcode.Sra,
        BinaryOperation.LessSigned => Opcode.Slt,
        BinaryOperation.LessUnsigned => Opcode.Sltu,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "Expected an operation of one instruction."),
    };

    static Opcode LoadOpcode(MemoryType type) => type switch
    {
        MemoryType.Int8 => Opcode.Lb,
        MemoryType.UInt8 => Opcode.Lbu,
        MemoryType.Int16 => Opcode.Lh,
        MemoryType.UInt16 => Opcode.Lhu,
        _ => Opcode.Lw,
    };

    static Opcode StoreOpcode(MemoryType type) => type switch
    {
        MemoryType.Int8 or MemoryType.UInt8 => Opcode.Sb,
        MemoryType.Int16 or MemoryType.UInt16 => Opcode.Sh,
        _ => Opcode.Sw,
    };

    int LowerSelect(SelectExpression select, int target)
    {
        (Opcode opcode, int left, int right) = Comparison(select.Condition);
        int whenTrue = Lower32(select.WhenTrue), whenFalse = Lower32(select.WhenFalse);
        return EmitSelect(opcode, left, right, whenTrue, whenFalse, target);
    }

    int EmitSelect(Opcode opcode, int left, int right, int whenTrue, int whenFalse, int target)
    {
        if (whenTrue == whenFalse && !_isVariable[whenTrue]) return Copy(whenTrue, target);
        if (whenTrue == target)
        {
            (whenTrue, whenFalse) = (whenFalse, whenTrue);
            opcode = MachineInstruction.Opposite(opcode);
        }
        bool isTargetRead = target == left || target == right || target == whenTrue;
        int result = target == VirtualInstruction.None || (isTargetRead && whenFalse != target) ? NewRegister(Level) : target;
        AppendMove(result, whenFalse);
        Append(new() { Kind = InstructionKind.ConditionalMove, Opcode = opcode, Target = result, Left = left, Right = right, Source = whenTrue });
        return result == target ? result : Copy(result, target);
    }

    /// <summary>A condition as a branch instruction that is taken where the condition holds.</summary>
    (Opcode Opcode, int Left, int Right) Comparison(Expression condition)
    {
        bool isTaken = true;
        while (condition is BinaryExpression { Operation: BinaryOperation.Equal or BinaryOperation.NotEqual, Left.Type: ScalarType.Int32, Right: ConstantExpression { Value: 0 } } test
            && IsTruth(test.Left))
        {
            if (test.Operation == BinaryOperation.Equal) isTaken = !isTaken;
            condition = test.Left;
        }
        Opcode opcode = Opcode.Bne;
        int left, right = 0;
        if (condition is BinaryExpression { Left.Type: ScalarType.Int32, Operation: >= BinaryOperation.Equal } compare)
        {
            opcode = compare.Operation switch
            {
                BinaryOperation.Equal => Opcode.Beq,
                BinaryOperation.NotEqual => Opcode.Bne,
                BinaryOperation.LessSigned => Opcode.Blt,
                _ => Opcode.Bltu,
            };
            left = Lower32(compare.Left);
            right = Lower32(compare.Right);
            // x < 1 is 0 >= x, -1 < x is x >= 0.
            if (opcode == Opcode.Blt && IsConstant(right, out int bound) && bound == 1) (opcode, left, right) = (Opcode.Bge, 0, left);
            else if (opcode == Opcode.Blt && IsConstant(left, out bound) && bound == -1) (opcode, left, right) = (Opcode.Bge, right, 0);
            else if (opcode == Opcode.Bltu && IsConstant(right, out bound) && bound == 1) (opcode, right) = (Opcode.Beq, 0);
        }
        else left = Lower32(condition);
        return (isTaken ? opcode : MachineInstruction.Opposite(opcode), left, right);
    }

    /// <summary>Goes on at the target where the condition is as wanted, and falls through otherwise.</summary>
    void Branch(Expression condition, bool wanted, BasicBlock target)
    {
        switch (condition)
        {
            case ConstantExpression constant:
                if (constant.Value != 0 == wanted)
                {
                    Jump(target);
                    Start(NewBlock());
                }
                return;
            case BinaryExpression { Operation: BinaryOperation.Equal, Right: ConstantExpression { Value: 0 } } not when IsTruth(not.Left):
                Branch(not.Left, !wanted, target);
                return;
            case BinaryExpression { Operation: BinaryOperation.NotEqual, Right: ConstantExpression { Value: 0 } } same when IsTruth(same.Left):
                Branch(same.Left, wanted, target);
                return;
            case BinaryExpression { Operation: BinaryOperation.And or BinaryOperation.Or } pair
                when IsTruth(pair.Left) && IsTruth(pair.Right) && !HasCall(pair.Right):
                BranchOnPair(pair, wanted, target);
                return;
            case BinaryExpression { Left.Type: ScalarType.Int64, Operation: >= BinaryOperation.Equal } wide:
                Branch64(wide, wanted, target);
                return;
        }
        (Opcode opcode, int left, int right) = Comparison(condition);
        EmitBranch(wanted ? opcode : MachineInstruction.Opposite(opcode), left, right, target);
    }

    void BranchOnPair(BinaryExpression pair, bool wanted, BasicBlock target)
    {
        bool isAnd = pair.Operation == BinaryOperation.And;
        if (isAnd != wanted)
        {
            // Either one decides.
            Branch(pair.Left, wanted, target);
            PushScope();
            Branch(pair.Right, wanted, target);
            PopScope();
            return;
        }
        BasicBlock after = NewBlock();
        Branch(pair.Left, !wanted, after);
        PushScope();
        Branch(pair.Right, wanted, target);
        PopScope();
        Start(after);
    }

    void EmitBranch(Opcode opcode, int left, int right, BasicBlock target)
    {
        Append(new() { Kind = InstructionKind.Branch, Opcode = opcode, Left = left, Right = right, Destination = target });
        Start(NewBlock());
    }

    static bool HasCall(Expression expression) => expression switch
    {
        CallExpression => true,
        BinaryExpression binary => HasCall(binary.Left) || HasCall(binary.Right),
        ConvertExpression convert => HasCall(convert.Operand),
        SelectExpression select => HasCall(select.Condition) || HasCall(select.WhenTrue) || HasCall(select.WhenFalse),
        LoadExpression load => HasCall(load.Index),
        _ => false,
    };

    readonly record struct InlineFrame(BasicBlock End, Words Result);

    InlineFrame? _inline;
    int _inlineLevel;

    Words Call(Function function, IReadOnlyList<Expression> arguments, ScalarType? result)
    {
        Words[] values = new Words[arguments.Count];
        for (int i = 0; i < values.Length; i++) values[i] = Lower(arguments[i]);
        if (IsInlined(function)) return Inline(function, values);
        return EmitCall(function, values, result);
    }

    Words EmitCall(Function function, ReadOnlySpan<Words> arguments, ScalarType? result)
    {
        List<int> operands = [];
        foreach (Words words in arguments) AddOperand(operands, words);
        Words value = default;
        int[] results = [];
        if (result is { } type)
        {
            value = NewWords(type, isVariable: false);
            results = value.High == VirtualInstruction.None ? [value.Low] : [value.Low, value.High];
        }
        Append(new() { Kind = InstructionKind.Call, Callee = function, Operands = [.. operands], Results = results });
        _memoryVersion = ++_lastVersion;
        return value;
    }

    bool IsInlined(Function function) => _context.IsInlined(function, Level > 0 && _inline == null);

    Words Inline(Function function, ReadOnlySpan<Words> arguments)
    {
        (Dictionary<Local, Words> variables, Dictionary<Local, LinearForm> forms, LocalAnalysis analysis) = (_variables, _forms, _analysis);
        (InlineFrame? outer, int outerLevel) = (_inline, _inlineLevel);
        (_variables, _forms, _analysis, _inlineLevel) = ([], [], _context.AnalysisOf(function), Level);
        for (int i = 0; i < arguments.Length; i++)
        {
            Local parameter = function.Parameters[i];
            bool isName = _analysis.IsName(parameter);
            Words value = isName ? arguments[i] : NewWords(parameter.Type, isVariable: true);
            _variables.Add(parameter, value);
            if (isName) continue;
            AppendMove(value.Low, arguments[i].Low);
            if (value.High != VirtualInstruction.None) AppendMove(value.High, arguments[i].High);
        }
        Words result = _analysis.OnlyReturn is { } only ? InlineLine(function, only) : InlineBranches(function);
        (_variables, _forms, _analysis, _inline, _inlineLevel) = (variables, forms, analysis, outer, outerLevel);
        return result;
    }

    // The value of the only return, at the end, needs no register of its own.
    Words InlineLine(Function function, ReturnStatement result)
    {
        _inline = new(_block, default);
        for (int i = 0; i < function.Body.Statements.Count - 1; i++) Lower(function.Body.Statements[i]);
        if (_block.Leaves) Start(NewBlock());
        return result.Value == null ? default : Lower(result.Value);
    }

    Words InlineBranches(Function function)
    {
        Words result = function.Returns is { } type ? NewWords(type, isVariable: true) : default;
        BasicBlock end = NewBlock();
        _inline = new(end, result);
        PushScope();
        Lower(function.Body);
        PopScope();
        Start(end);
        if (function.Returns == null) return result;
        Changed(result.Low);
        if (result.High != VirtualInstruction.None) Changed(result.High);
        return result;
    }
}

using Zkml.Guest.Emission.Code;
using Zkml.Guest.Loops;
using Zkml.Isa;

namespace Zkml.Guest.Emission.Selection;

/// <summary>Where buffers lie, and which routines stand in for operations that the machine does not have.</summary>
interface ILoweringContext
{
    /// <summary>Byte address of a buffer.</summary>
    uint AddressOf(LoopBuffer buffer);

    /// <summary>The function that computes a 64-bit division or remainder.</summary>
    Function WideRoutine(BinaryOperation operation);

    /// <summary>Whether a call is replaced by the function's statements.</summary>
    /// <param name="function">The function.</param>
    /// <param name="isRepeated">Whether the call stands in a loop, and not in a function that is inlined itself.</param>
    bool IsInlined(Function function, bool isRepeated);

    /// <summary>What a function assigns where.</summary>
    LocalAnalysis AnalysisOf(Function function);
}

/// <summary>
/// Translates one function of the loop language into instructions over virtual registers. On the way it computes every pure value once
/// (value numbering over the structure of the program), outside of all loops in which it stays the same, and turns affine addresses into
/// pointers that move with their loop.
/// </summary>
sealed partial class FunctionLowering
{
    /// <summary>A value: one register, or two for 64 bits.</summary>
    readonly record struct Words(int Low, int High = VirtualInstruction.None);

    readonly ILoweringContext _context;
    readonly Function _function;
    readonly FunctionCode _code;
    readonly List<BasicBlock> _blocks = [];
    LocalAnalysis _analysis;
    Dictionary<Local, Words> _variables = [];
    Dictionary<Local, LinearForm> _forms = [];
    BasicBlock _block = new();

    // Of each register: the innermost loop around the current place in which it changes (0: none), the number of its current value,
    // whether it is assigned more than once, whether an instruction reads it.
    readonly List<int> _levels = [], _versions = [];
    readonly List<bool> _isVariable = [], _isUsed = [];
    int _lastVersion;

    FunctionLowering(Function function, ILoweringContext context)
    {
        (_function, _context) = (function, context);
        _analysis = context.AnalysisOf(function);
        _code = new() { Function = function };
        NewRegister(0);
    }

    int Level => _loops.Count;

    /// <summary>Translates a function.</summary>
    public static FunctionCode Lower(Function function, ILoweringContext context)
    {
        FunctionLowering lowering = new(function, context);
        lowering.LowerFunction();
        return lowering._code;
    }

    void LowerFunction()
    {
        Start(_block);
        PushScope();
        List<int> parameters = [];
        foreach (Local parameter in _function.Parameters)
        {
            Words words = NewWords(parameter.Type, isVariable: !_analysis.IsName(parameter));
            _variables.Add(parameter, words);
            parameters.Add(words.Low);
            if (words.High != VirtualInstruction.None) parameters.Add(words.High);
        }
        _code.Parameters = [.. parameters];
        _code.ReturnAddress = NewRegister(0);
        Append(new() { Kind = InstructionKind.Entry, Results = [.. parameters, _code.ReturnAddress] });
        Lower(_function.Body);
        if (!_block.Leaves) Append(new() { Kind = InstructionKind.Return, Operands = [_code.ReturnAddress] });
        PopScope();
        _code.Blocks = _blocks;
        _code.RegisterCount = _levels.Count;
    }

    int NewRegister(int level, bool isVariable = false)
    {
        _levels.Add(level);
        _versions.Add(isVariable ? ++_lastVersion : 0);
        _isVariable.Add(isVariable);
        _isUsed.Add(false);
        return _levels.Count - 1;
    }

    Words NewWords(ScalarType type, bool isVariable)
    {
        int low = NewRegister(Level, isVariable);
        return new(low, type == ScalarType.Int64 ? NewRegister(Level, isVariable) : VirtualInstruction.None);
    }

    void Start(BasicBlock block)
    {
        block.Index = _blocks.Count;
        _blocks.Add(block);
        _block = block;
    }

    BasicBlock NewBlock() => new() { Depth = Level };

    void Append(VirtualInstruction instruction) => Append(_block, instruction);

    void Append(BasicBlock block, VirtualInstruction instruction)
    {
        Span<int> buffer = stackalloc int[4];
        foreach (int register in instruction.Uses(buffer)) _isUsed[register] = true;
        if (instruction.Kind == InstructionKind.ConditionalMove) _isUsed[instruction.Target] = true;
        block.Instructions.Add(instruction);
    }

    void AppendMove(int target, int source)
    {
        if (target != source) Append(new() { Kind = InstructionKind.Move, Target = target, Left = source });
    }

    void Jump(BasicBlock destination)
    {
        if (!_block.Leaves) Append(new() { Kind = InstructionKind.Jump, Destination = destination });
    }

    void Changed(int register)
    {
        if (_isVariable[register]) _versions[register] = ++_lastVersion;
    }

    // The registers of a local that is no name. A local that is read before its first assignment gets them here.
    Words VariableOf(Local local)
    {
        if (_variables.TryGetValue(local, out Words words)) return words;
        words = NewWords(local.Type, isVariable: true);
        int level = _inlineLevel;
        for (int i = 0; i < _loops.Count; i++)
        {
            if (!_loops[i].Changes(local)) continue;
            _loops[i].Levels.Add((words.Low, level));
            if (words.High != VirtualInstruction.None) _loops[i].Levels.Add((words.High, level));
            level = i + 1;
        }
        _levels[words.Low] = level;
        if (words.High != VirtualInstruction.None) _levels[words.High] = level;
        _variables.Add(local, words);
        return words;
    }

    void Lower(Statement statement)
    {
        switch (statement)
        {
            case Block block:
                foreach (Statement inner in block.Statements)
                {
                    if (_block.Leaves) break;
                    Lower(inner);
                }
                break;
            case AssignStatement assign:
                Assign(assign.Target, assign.Value);
                break;
            case StoreStatement store:
                Store(store);
                break;
            case ForStatement loop:
                LowerFor(loop);
                break;
            case WhileStatement loop:
                LowerWhile(loop);
                break;
            case IfStatement branch:
                LowerIf(branch);
                break;
            case CallStatement call:
                Call(call.Function, call.Arguments, null);
                break;
            case ReturnStatement result:
                LowerReturn(result);
                break;
            case FailStatement fail:
                Append(new() { Kind = InstructionKind.Fail, Value = fail.ExitCode, Message = fail.Message });
                break;
        }
    }

    void Assign(Local target, Expression value)
    {
        if (_analysis.IsName(target))
        {
            LinearForm? form = target.Type == ScalarType.Int32 ? FormOf(value) : null;
            Words words = Lower(value);
            _variables[target] = new(AsName(words.Low), words.High == VirtualInstruction.None ? VirtualInstruction.None : AsName(words.High));
            if (form != null) _forms[target] = form;
            return;
        }
        Words variable = VariableOf(target);
        if (target.Type == ScalarType.Int32)
        {
            Lower32(value, variable.Low);
            Changed(variable.Low);
            return;
        }
        Words wide = Lower(value);
        AppendMove(variable.Low, wide.Low);
        AppendMove(variable.High, wide.High);
        Changed(variable.Low);
        Changed(variable.High);
    }

    // A register that keeps its value: a variable's value is copied.
    int AsName(int register)
    {
        if (!_isVariable[register]) return register;
        int copy = NewRegister(Level);
        AppendMove(copy, register);
        return copy;
    }

    void LowerIf(IfStatement branch)
    {
        BasicBlock end = NewBlock(), otherwise = branch.Otherwise == null ? end : NewBlock();
        Branch(branch.Condition, false, otherwise);
        LowerBranch(branch.Then);
        if (branch.Otherwise != null)
        {
            Jump(end);
            Start(otherwise);
            LowerBranch(branch.Otherwise);
        }
        Start(end);
    }

    void LowerBranch(Block block)
    {
        PushScope();
        Lower(block);
        PopScope();
    }

    void LowerReturn(ReturnStatement statement)
    {
        if (_inline is { } frame)
        {
            if (statement.Value is { } inlined)
            {
                Words words = Lower(inlined);
                AppendMove(frame.Result.Low, words.Low);
                if (words.High != VirtualInstruction.None) AppendMove(frame.Result.High, words.High);
            }
            Jump(frame.End);
            return;
        }
        List<int> operands = [];
        if (statement.Value is CallExpression call && !IsInlined(call.Function))
        {
            foreach (Expression argument in call.Arguments) AddOperand(operands, Lower(argument));
            operands.Add(_code.ReturnAddress);
            Append(new() { Kind = InstructionKind.TailCall, Callee = call.Function, Operands = [.. operands] });
            return;
        }
        if (statement.Value is { } value) AddOperand(operands, Lower(value));
        operands.Add(_code.ReturnAddress);
        Append(new() { Kind = InstructionKind.Return, Operands = [.. operands] });
    }

    static void AddOperand(List<int> operands, Words words)
    {
        operands.Add(words.Low);
        if (words.High != VirtualInstruction.None) operands.Add(words.High);
    }
}

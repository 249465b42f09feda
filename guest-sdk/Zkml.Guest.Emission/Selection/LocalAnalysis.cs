using Zkml.Guest.Loops;

namespace Zkml.Guest.Emission.Selection;

/// <summary>What a function assigns where: decides what stays the same in a loop, and which locals are names for a single value.</summary>
sealed class LocalAnalysis
{
    readonly Dictionary<Statement, HashSet<Local>> _assigned = [];
    readonly HashSet<Statement> _writing = [];
    readonly Dictionary<Local, Block> _definitions = [];
    readonly HashSet<Local> _variables = [];
    readonly HashSet<Block> _active = [];
    readonly List<Statement> _loops = [];
    int _returnCount;

    LocalAnalysis(Function function)
    {
        foreach (Local parameter in function.Parameters) _definitions.Add(parameter, function.Body);
        _active.Add(function.Body);
        Visit(function.Body);
        if (_returnCount == 1 && function.Body.Statements is [.., ReturnStatement last]) OnlyReturn = last;
    }

    /// <summary>The last statement of the function, if it is a return and there is no other; else null.</summary>
    public ReturnStatement? OnlyReturn { get; }

    public static LocalAnalysis Of(Function function) => new(function);

    /// <summary>The locals that a loop assigns, counters of inner loops and its own included.</summary>
    public IReadOnlySet<Local> AssignedIn(Statement loop) => _assigned[loop];

    /// <summary>Whether a loop stores or calls.</summary>
    public bool Writes(Statement loop) => _writing.Contains(loop);

    /// <summary>Whether a local has one assignment, which runs before every use of it: then it is a name for that value.</summary>
    public bool IsName(Local local) => !_variables.Contains(local);

    void Visit(Statement statement)
    {
        switch (statement)
        {
            case Block block:
                bool isNew = _active.Add(block);
                foreach (Statement inner in block.Statements) VisitIn(block, inner);
                if (isNew) _active.Remove(block);
                break;
            case ForStatement loop:
                VisitLoop(loop, loop.Body, loop.Counter);
                break;
            case WhileStatement loop:
                VisitLoop(loop, loop.Body, null);
                break;
        }
    }

    void VisitIn(Block block, Statement statement)
    {
        switch (statement)
        {
            case AssignStatement assign:
                Use(assign.Value);
                Define(assign.Target, block);
                break;
            case StoreStatement store:
                Use(store.Index);
                Use(store.Value);
                MarkWriting();
                break;
            case CallStatement call:
                foreach (Expression argument in call.Arguments) Use(argument);
                MarkWriting();
                break;
            case ReturnStatement result:
                _returnCount++;
                if (result.Value is { } value) Use(value);
                break;
            case IfStatement branch:
                Use(branch.Condition);
                Visit(branch.Then);
                if (branch.Otherwise != null) Visit(branch.Otherwise);
                break;
            case ForStatement loop:
                Use(loop.From);
                Use(loop.To);
                Visit(loop);
                break;
            default:
                Visit(statement);
                break;
        }
    }

    void VisitLoop(Statement loop, Block body, Local? counter)
    {
        HashSet<Local> assigned = [];
        _assigned.Add(loop, assigned);
        _loops.Add(loop);
        if (counter != null)
        {
            // A loop assigns its counter twice: the first value and the next one.
            Define(counter, body);
            _variables.Add(counter);
        }
        if (loop is WhileStatement { Condition: var condition }) Use(condition);
        Visit(body);
        _loops.RemoveAt(_loops.Count - 1);
    }

    void Define(Local local, Block block)
    {
        foreach (Statement loop in _loops) _assigned[loop].Add(local);
        if (!_definitions.TryAdd(local, block)) _variables.Add(local);
    }

    void MarkWriting()
    {
        foreach (Statement loop in _loops) _writing.Add(loop);
    }

    void Use(Expression expression)
    {
        switch (expression)
        {
            case Local local:
                if (!_definitions.TryGetValue(local, out Block? block) || !_active.Contains(block)) _variables.Add(local);
                break;
            case BinaryExpression binary:
                Use(binary.Left);
                Use(binary.Right);
                break;
            case ConvertExpression convert:
                Use(convert.Operand);
                break;
            case LoadExpression load:
                Use(load.Index);
                break;
            case SelectExpression select:
                Use(select.Condition);
                Use(select.WhenTrue);
                Use(select.WhenFalse);
                break;
            case CallExpression call:
                foreach (Expression argument in call.Arguments) Use(argument);
                MarkWriting();
                break;
        }
    }
}

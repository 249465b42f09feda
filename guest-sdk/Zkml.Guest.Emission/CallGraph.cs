using Zkml.Guest.Emission.Routines;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Emission;

/// <summary>The functions that a program reaches, callees before callers, and the buffers that each touches.</summary>
sealed class CallGraph
{
    const int LoopSize = 1000;

    // Deeper expressions could exhaust the stack of a thread.
    const int MaximumDepth = 2000;

    readonly Dictionary<Function, HashSet<LoopBuffer>> _buffers = [];
    readonly Dictionary<Function, HashSet<Function>> _callees = [];
    readonly Dictionary<Function, int> _sizes = [], _callSites = [];
    readonly HashSet<Function> _active = [];
    readonly List<Function> _order = [];

    public CallGraph(IEnumerable<Function> roots)
    {
        foreach (Function root in roots) Visit(root);
    }

    /// <summary>Callees before callers.</summary>
    public IReadOnlyList<Function> Order => _order;

    /// <summary>The buffers that a function touches, those of its callees included.</summary>
    public IReadOnlySet<LoopBuffer> BuffersOf(Function function) => _buffers[function];

    /// <summary>The functions that a function calls itself.</summary>
    public IReadOnlySet<Function> CalleesOf(Function function) => _callees[function];

    /// <summary>About the number of instructions of a function; a loop counts as very many.</summary>
    public int SizeOf(Function function) => _sizes[function];

    /// <summary>The places in the program that call a function.</summary>
    public int CallSitesOf(Function function) => _callSites.GetValueOrDefault(function);

    void Visit(Function function)
    {
        if (_buffers.ContainsKey(function)) return;
        if (!_active.Add(function)) throw new EmissionException($"Function {function.Name} calls itself.");
        HashSet<LoopBuffer> buffers = [];
        HashSet<Function> callees = [];
        _size = 0;
        Scan(function.Body, buffers, callees);
        _sizes.Add(function, _size);
        foreach (Function callee in callees)
        {
            Visit(callee);
            buffers.UnionWith(_buffers[callee]);
        }
        _active.Remove(function);
        _buffers.Add(function, buffers);
        _callees.Add(function, callees);
        _order.Add(function);
    }

    int _size, _depth;

    void AddCall(Function function, HashSet<Function> callees)
    {
        callees.Add(function);
        _callSites[function] = CallSitesOf(function) + 1;
    }

    void Scan(Statement statement, HashSet<LoopBuffer> buffers, HashSet<Function> callees)
    {
        switch (statement)
        {
            case Block block:
                foreach (Statement inner in block.Statements) Scan(inner, buffers, callees);
                break;
            case AssignStatement assign:
                Scan(assign.Value, buffers, callees);
                break;
            case StoreStatement store:
                buffers.Add(store.Buffer);
                Scan(store.Index, buffers, callees);
                Scan(store.Value, buffers, callees);
                break;
            case ForStatement loop:
                _size += LoopSize;
                Scan(loop.From, buffers, callees);
                Scan(loop.To, buffers, callees);
                Scan(loop.Body, buffers, callees);
                break;
            case WhileStatement loop:
                _size += LoopSize;
                Scan(loop.Condition, buffers, callees);
                Scan(loop.Body, buffers, callees);
                break;
            case IfStatement branch:
                Scan(branch.Condition, buffers, callees);
                Scan(branch.Then, buffers, callees);
                if (branch.Otherwise != null) Scan(branch.Otherwise, buffers, callees);
                break;
            case CallStatement call:
                AddCall(call.Function, callees);
                foreach (Expression argument in call.Arguments) Scan(argument, buffers, callees);
                break;
            case ReturnStatement { Value: { } value }:
                Scan(value, buffers, callees);
                break;
        }
    }

    void Scan(Expression expression, HashSet<LoopBuffer> buffers, HashSet<Function> callees)
    {
        if (++_depth > MaximumDepth) throw new EmissionException($"An expression: expected at most {MaximumDepth} operations inside of each other.");
        ScanOperands(expression, buffers, callees);
        _depth--;
    }

    void ScanOperands(Expression expression, HashSet<LoopBuffer> buffers, HashSet<Function> callees)
    {
        if (expression is not (Local or ConstantExpression)) _size += expression.Type == ScalarType.Int64 ? 3 : 1;
        switch (expression)
        {
            case BinaryExpression binary:
                if (binary.Left.Type == ScalarType.Int64 && binary.Operation is >= BinaryOperation.DivideSigned and <= BinaryOperation.RemainderUnsigned)
                    AddCall(WideDivision.Get(binary.Operation), callees);
                Scan(binary.Left, buffers, callees);
                Scan(binary.Right, buffers, callees);
                break;
            case ConvertExpression convert:
                Scan(convert.Operand, buffers, callees);
                break;
            case LoadExpression load:
                buffers.Add(load.Buffer);
                Scan(load.Index, buffers, callees);
                break;
            case SelectExpression select:
                Scan(select.Condition, buffers, callees);
                Scan(select.WhenTrue, buffers, callees);
                Scan(select.WhenFalse, buffers, callees);
                break;
            case CallExpression call:
                AddCall(call.Function, callees);
                foreach (Expression argument in call.Arguments) Scan(argument, buffers, callees);
                break;
        }
    }
}

using Zkml.Fields;

namespace Zkml.Air;

/// <summary>The kind of a node in an <see cref="ExprGraph"/>.</summary>
public enum ExprKind : byte
{
    /// <summary>A constant; A is its Montgomery word.</summary>
    Constant,

    /// <summary>Main column A of the local row.</summary>
    Local,

    /// <summary>Main column A of the next row.</summary>
    Next,

    /// <summary>Preprocessed column A of the local row.</summary>
    Preprocessed,

    /// <summary>Node A + node B.</summary>
    Add,

    /// <summary>Node A - node B.</summary>
    Subtract,

    /// <summary>Node A · node B.</summary>
    Multiply,
}

/// <summary>A node: its operands and its degree in the columns.</summary>
public readonly record struct ExprNode(ExprKind Kind, int A, int B, int Degree);

/// <summary>On which rows a constraint holds.</summary>
public enum RowScope : byte { Every, First, Transition, Last }

/// <summary>A recorded constraint: node = 0 on the rows of the scope.</summary>
public readonly record struct RecordedConstraint(RowScope Scope, int Node, string Label);

/// <summary>A recorded interaction.</summary>
public sealed record RecordedInteraction(Bus Bus, int Multiplicity, int[] Message);

/// <summary>
/// A constraint text recorded as a graph. Degrees, documentation and every lowering (recursion circuit, R1CS, GPU source) start here.
/// Equal nodes are shared. Node 0 is the constant 0, so that <c>default(Expr)</c> is zero.
/// </summary>
public sealed class ExprGraph
{
    // The one ambient state of the project: operators on 4-byte handles have no other way to reach the graph being recorded.
    [ThreadStatic] static ExprGraph? t_recording;

    readonly List<ExprNode> _nodes = [];
    readonly Dictionary<ExprNode, int> _index = [];
    readonly List<RecordedConstraint> _constraints = [];
    readonly List<RecordedInteraction> _interactions = [];

    /// <summary>The nodes; operands come before their users.</summary>
    public IReadOnlyList<ExprNode> Nodes => _nodes;

    /// <summary>The constraints in the order of the text.</summary>
    public IReadOnlyList<RecordedConstraint> Constraints => _constraints;

    /// <summary>The interactions in the order of the text.</summary>
    public IReadOnlyList<RecordedInteraction> Interactions => _interactions;

    /// <summary>Some constraint reads the next row.</summary>
    public bool UsesNext => _nodes.Exists(node => node.Kind == ExprKind.Next);

    /// <summary>
    /// The largest degree that a folded constraint reaches, selectors and LogUp included.
    /// </summary>
    public int Degree
    {
        get
        {
            int degree = _interactions.Count > 0 ? 3 : 0;
            foreach (RecordedConstraint c in _constraints)
                degree = Math.Max(degree, _nodes[c.Node].Degree + (c.Scope is RowScope.First or RowScope.Last ? 1 : 0));
            return degree;
        }
    }

    internal static ExprGraph Recording => t_recording ?? throw new InvalidOperationException("No graph is being recorded on this thread.");

    /// <summary>Records the constraints of an AIR.</summary>
    /// <exception cref="InvalidOperationException">A message has the wrong arity, or a message or multiplicity is not affine in the local row (OB-16).</exception>
    public static ExprGraph Record<TAir>(in TAir air) where TAir : struct, IAir
    {
        ExprGraph? outer = t_recording;
        var graph = t_recording = new ExprGraph();
        try
        {
            graph.Node(new(ExprKind.Constant, 0, 0, 0));
            var recorder = new GraphRecorder();
            air.Constrain<GraphRecorder, Expr>(ref recorder, new(
                graph.Cells(ExprKind.Local, air.Width), graph.Cells(ExprKind.Next, air.Width), graph.Cells(ExprKind.Preprocessed, air.PreprocessedWidth)));
            graph.DropUnusedNext();
            return graph;
        }
        finally
        {
            t_recording = outer;
        }
    }

    /// <summary>Evaluates every node on a row: the reference for every lowering.</summary>
    public T[] Evaluate<T>(RowWindow<T> rows) where T : unmanaged, IAlgebra<T>
    {
        var values = new T[_nodes.Count];
        for (int i = 0; i < values.Length; i++)
        {
            (ExprKind kind, int a, int b, _) = _nodes[i];
            values[i] = kind switch
            {
                ExprKind.Constant => T.FromBase(KoalaBear.FromMontgomery((uint)a)),
                ExprKind.Local => rows.Local[a],
                ExprKind.Next => rows.Next[a],
                ExprKind.Preprocessed => rows.Preprocessed[a],
                ExprKind.Add => values[a] + values[b],
                ExprKind.Subtract => values[a] - values[b],
                _ => values[a] * values[b],
            };
        }
        return values;
    }

    internal Expr Constant(KoalaBear value) => Node(new(ExprKind.Constant, (int)value.Montgomery, 0, 0));

    internal Expr Combine(ExprKind kind, Expr left, Expr right)
    {
        int a = _nodes[left.Index].Degree, b = _nodes[right.Index].Degree;
        return Node(new(kind, left.Index, right.Index, kind == ExprKind.Multiply ? a + b : Math.Max(a, b)));
    }

    internal void AddConstraint(RowScope scope, Expr x, string label) => _constraints.Add(new(scope, x.Index, label));

    internal void AddInteraction(Bus bus, Expr multiplicity, ReadOnlySpan<Expr> message)
    {
        if (message.Length != bus.Arity)
            throw new InvalidOperationException($"Bus {bus.Name}: expected a message of {bus.Arity} elements, got {message.Length}.");
        var nodes = new int[message.Length];
        for (int i = 0; i < nodes.Length; i++) nodes[i] = Affine(bus, message[i]);
        _interactions.Add(new(bus, Affine(bus, multiplicity), nodes));
    }

    int Affine(Bus bus, Expr x)
    {
        if (_nodes[x.Index].Degree > 1)
            throw new InvalidOperationException($"Bus {bus.Name}: interaction {_interactions.Count} is not affine in the columns (degree {_nodes[x.Index].Degree}).");
        // The next row's cells are not opened for a chip whose constraints leave them alone, and on the last row they are the first row's.
        if (ReadsNext(x.Index, []))
            throw new InvalidOperationException($"Bus {bus.Name}: interaction {_interactions.Count} reads the next row.");
        return x.Index;
    }

    bool ReadsNext(int index, HashSet<int> seen)
    {
        ExprNode node = _nodes[index];
        if (node.Kind < ExprKind.Add) return node.Kind == ExprKind.Next;
        return seen.Add(index) && (ReadsNext(node.A, seen) || ReadsNext(node.B, seen));
    }

    Expr Node(ExprNode node)
    {
        if (!_index.TryGetValue(node, out int index))
        {
            index = _nodes.Count;
            _nodes.Add(node);
            _index.Add(node, index);
        }
        return new Expr(index);
    }

    Expr[] Cells(ExprKind kind, int width)
    {
        var cells = new Expr[width];
        for (int i = 0; i < width; i++) cells[i] = Node(new(kind, i, 0, 1));
        return cells;
    }

    // Cells are recorded before the text runs; next-row cells that nothing uses must not count as used.
    void DropUnusedNext()
    {
        bool used = _nodes.Exists(node => node.Kind >= ExprKind.Add && (_nodes[node.A].Kind == ExprKind.Next || _nodes[node.B].Kind == ExprKind.Next))
            || _constraints.Exists(c => _nodes[c.Node].Kind == ExprKind.Next);
        if (used) return;
        for (int i = 0; i < _nodes.Count; i++)
            if (_nodes[i].Kind == ExprKind.Next)
                _nodes[i] = new(ExprKind.Constant, 0, 0, 0);
    }
}

/// <summary>A node of the graph being recorded: a 4-byte handle, so that column structs keep one layout.</summary>
public readonly struct Expr : IAlgebra<Expr>
{
    readonly int _index;

    internal Expr(int index) => _index = index;

    /// <summary>The node's index in its graph.</summary>
    public int Index => _index;

    public static Expr FromBase(KoalaBear value) => ExprGraph.Recording.Constant(value);

    public static Expr operator +(Expr left, Expr right) => ExprGraph.Recording.Combine(ExprKind.Add, left, right);

    public static Expr operator -(Expr left, Expr right) => ExprGraph.Recording.Combine(ExprKind.Subtract, left, right);

    public static Expr operator *(Expr left, Expr right) => ExprGraph.Recording.Combine(ExprKind.Multiply, left, right);

    public static Expr operator *(Expr left, KoalaBear right) => left * FromBase(right);
}

/// <summary>The interpreter that records.</summary>
struct GraphRecorder : IAirBuilder<Expr>
{
    public readonly void AssertZero(Expr x, string label = "") => ExprGraph.Recording.AddConstraint(RowScope.Every, x, label);

    public readonly void AssertZeroFirst(Expr x, string label = "") => ExprGraph.Recording.AddConstraint(RowScope.First, x, label);

    public readonly void AssertZeroTransition(Expr x, string label = "") => ExprGraph.Recording.AddConstraint(RowScope.Transition, x, label);

    public readonly void AssertZeroLast(Expr x, string label = "") => ExprGraph.Recording.AddConstraint(RowScope.Last, x, label);

    public readonly void Interact(Bus bus, Expr multiplicity, scoped ReadOnlySpan<Expr> message) => ExprGraph.Recording.AddInteraction(bus, multiplicity, message);
}

using Zkml.Fields.Bn254;

namespace Zkml.Groth16.R1cs;

/// <summary>
/// Records a circuit. One text gives the constraints and the program that solves the witness: each product and each hint adds its signals to both.
/// </summary>
public sealed class CircuitBuilder
{
    const string TopLevel = "circuit";

    readonly List<SignalInfo> _signals = [new(SignalKind.Constant, "1", false)];
    readonly List<(Wire A, Wire B, Wire C)> _constraints = [];
    readonly List<int> _gadgetOfConstraint = [];
    readonly List<WitnessStep> _steps = [];
    readonly List<CircuitInput> _inputs = [];
    readonly List<GadgetNode> _gadgets = [new(-1, TopLevel)];
    readonly HashSet<string> _names = [];
    int _gadget;

    /// <summary>The constraints so far.</summary>
    public int ConstraintCount => _constraints.Count;

    /// <summary>The signals so far, the constant included.</summary>
    public int SignalCount => _signals.Count;

    /// <summary>A public value that is given.</summary>
    public Wire PublicInput(string name) => AddInput(name, 1, SignalKind.PublicInput)[0];

    /// <summary>Public values that are given under one name.</summary>
    public Wire[] PublicInput(string name, int count) => AddInput(name, count, SignalKind.PublicInput);

    /// <summary>A private value that is given.</summary>
    public Wire PrivateInput(string name) => AddInput(name, 1, SignalKind.PrivateInput)[0];

    /// <summary>Private values that are given under one name.</summary>
    public Wire[] PrivateInput(string name, int count) => AddInput(name, count, SignalKind.PrivateInput);

    /// <summary>Makes a wire a public output: one signal, one constraint.</summary>
    public void PublicOutput(string name, Wire value)
    {
        TakeName(name);
        Check(value);
        int signal = AddSignal(new(SignalKind.PublicOutput, name, false));
        _steps.Add(new([value, Wire.One], signal, 1, null));
        AddConstraint(value, Wire.One, SignalWire(signal));
    }

    /// <summary>Signals that a hint computes. The caller must add the constraints that determine them.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="count">The number of signals, at least 1.</param>
    /// <param name="hint">Computes their values; a pure function.</param>
    /// <param name="inputs">What the hint reads.</param>
    public Wire[] Hint(string name, int count, Hint hint, params ReadOnlySpan<Wire> inputs) => AddHint(name, count, hint, inputs, mayBeFree: false);

    /// <summary>
    /// A signal that a hint computes and that the constraints may leave open in some witnesses, because no other signal depends on it there.
    /// </summary>
    public Wire FreeHint(string name, Hint hint, params ReadOnlySpan<Wire> inputs) => AddHint(name, 1, hint, inputs, mayBeFree: true)[0];

    /// <summary>Requires a · b = c. A constraint of constants is checked at once and not recorded.</summary>
    /// <exception cref="CircuitException">All three are constant, and the product is another.</exception>
    public void AssertProduct(Wire a, Wire b, Wire c)
    {
        Check(a);
        Check(b);
        Check(c);
        if (!a.IsConstant || !b.IsConstant || !c.IsConstant)
            AddConstraint(a, b, c);
        else if (a.ConstantValue * b.ConstantValue != c.ConstantValue)
            throw new CircuitException($"{GadgetPath(_gadget)}: expected {a.ConstantValue} · {b.ConstantValue} = {c.ConstantValue}; no witness can meet it.");
    }

    /// <summary>Requires that two wires are equal: one constraint.</summary>
    public void AssertEqual(Wire left, Wire right) => AssertProduct(left - right, Wire.One, Wire.Zero);

    /// <summary>Counts all that follows, until the result is disposed, under the name of a gadget within the current one.</summary>
    public GadgetScope Gadget(string name)
    {
        int outer = _gadget;
        if (!_gadgets[outer].Children.TryGetValue(name, out int index))
        {
            index = _gadgets.Count;
            _gadgets.Add(new(outer, name));
            _gadgets[outer].Children.Add(name, index);
        }
        _gadgets[index].Uses++;
        _gadget = index;
        return new(this, outer);
    }

    /// <summary>The circuit: its constraint system, its witness program and its report.</summary>
    /// <exception cref="CircuitException">A signal occurs in no constraint, so that anyone could choose it.</exception>
    public Circuit Build()
    {
        int[] places = Places();
        R1csMatrixBuilder a = new(), b = new(), c = new();
        bool[] occurs = new bool[_signals.Count];
        List<R1csTerm> row = [];
        foreach ((Wire left, Wire right, Wire product) in _constraints)
        {
            AddRow(a, left);
            AddRow(b, right);
            AddRow(c, product);
        }
        int open = Array.IndexOf(occurs, false, 1);
        if (open > 0) throw new CircuitException($"Signal {_signals[open].Name} ({_signals[open].Kind}): it occurs in no constraint, so any value would do.");
        R1csSystem system = new(
            _signals.Count, Count(SignalKind.PublicOutput), Count(SignalKind.PublicInput), Count(SignalKind.PrivateInput), a.Build(), b.Build(), c.Build());
        SignalInfo[] signals = new SignalInfo[places.Length];
        for (int i = 0; i < places.Length; i++)
            signals[places[i]] = _signals[i];
        return new(system, signals, places, [.. _inputs], [.. _steps], GadgetPaths(), CircuitReport.Of(_gadgets, _gadgetOfConstraint));

        void AddRow(R1csMatrixBuilder matrix, Wire wire)
        {
            row.Clear();
            foreach (R1csTerm term in wire.Terms)
            {
                occurs[term.Signal] = true;
                row.Add(new(places[term.Signal], term.Coefficient));
            }
            row.Sort(static (first, second) => first.Signal.CompareTo(second.Signal));
            matrix.AddRow(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(row));
        }
    }

    internal Wire Multiply(Wire left, Wire right)
    {
        int signal = AddSignal(new(SignalKind.Internal, GadgetPath(_gadget), false));
        Wire product = SignalWire(signal);
        _steps.Add(new([left, right], signal, 1, null));
        AddConstraint(left, right, product);
        return product;
    }

    internal void Leave(int outer) => _gadget = outer;

    internal static string Path(IReadOnlyList<GadgetNode> gadgets, int index)
    {
        string path = gadgets[index].Name;
        for (int outer = gadgets[index].Outer; outer > 0; outer = gadgets[outer].Outer)
            path = gadgets[outer].Name + "/" + path;
        return path;
    }

    string[] GadgetPaths()
    {
        string[] paths = new string[_gadgets.Count];
        for (int i = 0; i < paths.Length; i++)
            paths[i] = GadgetPath(i);
        return [.. _gadgetOfConstraint.Select(gadget => paths[gadget])];
    }

    string GadgetPath(int index) => Path(_gadgets, index);

    Wire[] AddInput(string name, int count, SignalKind kind)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        TakeName(name);
        _inputs.Add(new(name, count, kind == SignalKind.PublicInput, _signals.Count));
        Wire[] wires = new Wire[count];
        for (int i = 0; i < count; i++)
            wires[i] = SignalWire(AddSignal(new(kind, count == 1 ? name : $"{name}[{i}]", false)));
        return wires;
    }

    Wire[] AddHint(string name, int count, Hint hint, ReadOnlySpan<Wire> inputs, bool mayBeFree)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        foreach (Wire input in inputs)
            Check(input);
        int first = _signals.Count;
        Wire[] wires = new Wire[count];
        for (int i = 0; i < count; i++)
            wires[i] = SignalWire(AddSignal(new(SignalKind.Internal, $"{GadgetPath(_gadget)}/{name}", mayBeFree)));
        _steps.Add(new(inputs.ToArray(), first, count, hint));
        return wires;
    }

    void AddConstraint(Wire a, Wire b, Wire c)
    {
        if (_constraints.Count == R1csSystem.MaximumSize) throw new CircuitException($"Expected at most {R1csSystem.MaximumSize} constraints.");
        _constraints.Add((a, b, c));
        _gadgetOfConstraint.Add(_gadget);
    }

    int AddSignal(SignalInfo info)
    {
        if (_signals.Count == R1csSystem.MaximumSize) throw new CircuitException($"Expected at most {R1csSystem.MaximumSize} signals.");
        _signals.Add(info);
        return _signals.Count - 1;
    }

    Wire SignalWire(int signal) => new(this, [new(signal, Fr.One)]);

    /// <summary>For each signal in the order of creation, its number in the system: the constant, outputs, public inputs, private inputs, the rest.</summary>
    int[] Places()
    {
        int[] places = new int[_signals.Count];
        int next = 0;
        foreach (SignalKind kind in Enum.GetValues<SignalKind>())
        {
            for (int i = 0; i < places.Length; i++)
            {
                if (_signals[i].Kind == kind) places[i] = next++;
            }
        }
        return places;
    }

    int Count(SignalKind kind) => _signals.Count(signal => signal.Kind == kind);

    void TakeName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!_names.Add(name)) throw new CircuitException($"Input or output {name}: the name is taken.");
    }

    void Check(Wire wire)
    {
        if (wire.Builder is not null && !ReferenceEquals(wire.Builder, this)) throw new ArgumentException("The wire belongs to another circuit.");
    }
}

/// <summary>The extent of a gadget; disposing it returns to the outer one.</summary>
public readonly struct GadgetScope : IDisposable
{
    readonly CircuitBuilder _builder;
    readonly int _outer;

    internal GadgetScope(CircuitBuilder builder, int outer) => (_builder, _outer) = (builder, outer);

    /// <inheritdoc/>
    public void Dispose() => _builder.Leave(_outer);
}

/// <summary>A gadget within another.</summary>
sealed class GadgetNode(int outer, string name)
{
    public int Outer { get; } = outer;

    public string Name { get; } = name;

    public int Uses { get; set; }

    public Dictionary<string, int> Children { get; } = [];
}

using Zkml.Guest.Onnx.Import;

namespace Zkml.Guest.Onnx.Graph;

/// <summary>
/// Replaces control flow by straight nodes while shapes are inferred: a conditional by the branch that its constant condition takes, loops
/// by their rounds. A Loop is unrolled one round at a time, because whether it goes on may be known only after the round before is folded.
/// </summary>
sealed class ControlFlow
{
    // What is unrolled is emitted as code: more would not fit into a guest. Copies count the nodes inside of nodes, of branches not taken too.
    const int MaximumNodes = 20_000, MaximumCopies = 1_000_000;

    readonly Dictionary<Node, LoopState> _loops = [];
    int _nodes;
    int _copies;

    sealed record LoopState(int Round, List<Value>[] Scanned);

    /// <summary>True for the operators that <see cref="Expand"/> takes.</summary>
    public static bool Is(Node node) => node is { Domain: "", OperatorType: "If" or "Loop" or "Scan" };

    /// <summary>The nodes that take the place of a control flow node, in order.</summary>
    public List<Node> Expand(Node node)
    {
        List<Node> nodes = node.OperatorType switch
        {
            "If" => Conditional(node),
            "Loop" => Round(node),
            _ => Scan(node),
        };
        _nodes += nodes.Count;
        return _nodes <= MaximumNodes ? nodes : throw new OnnxException(OnnxError.Limit, $"its rounds make more than {MaximumNodes} nodes");
    }

    static List<Node> Conditional(Node node)
    {
        bool condition = ConstantBool(Present(node.Inputs.FirstOrDefault(), 0));
        string name = condition ? "then_branch" : "else_branch";
        OnnxGraph branch = Body(node, name, 0, node.Outputs.Length);
        List<Node> nodes = [.. branch.Nodes];
        for (int i = 0; i < node.Outputs.Length; i++) AddCopy(nodes, $"{node.Name}.{i}", branch.Outputs[i], node.Outputs[i]);
        return nodes;
    }

    List<Node> Round(Node node)
    {
        int carried = node.Inputs.Length - 2, scanned = node.Outputs.Length - carried;
        if (carried < 0 || scanned < 0) throw OnnxException.Malformed($"expected at least 2 inputs and an output for each carried value, got {node.Inputs.Length} and {node.Outputs.Length}");
        OnnxGraph body = Body(node, "body", carried + 2, carried + scanned + 1);
        LoopState state = _loops.GetValueOrDefault(node) ?? new(0, [.. Enumerable.Range(0, scanned).Select(_ => new List<Value>())]);
        if (node.Inputs[0] == null && node.Inputs[1] == null) throw OnnxException.Malformed("a loop without a number of rounds and without a condition does not end");
        bool goesOn = (node.Inputs[0] is not { } limit || state.Round < ConstantInteger(limit)) && (node.Inputs[1] is not { } condition || ConstantBool(condition));
        List<Node> nodes = [];
        if (!goesOn)
        {
            for (int i = 0; i < carried; i++) AddCopy(nodes, $"{node.Name}.{i}", Present(node.Inputs[i + 2], i), node.Outputs[i]);
            for (int i = 0; i < scanned; i++) AddStack(nodes, $"{node.Name}.{carried + i}", state.Scanned[i], 0, node.Outputs[carried + i]);
            return nodes;
        }
        Dictionary<Value, Value> map = new()
        {
            [body.Inputs[0]] = Scalar($"{node.Name}.round", Tensor.Of(ElementType.Int64, Shape.Scalar, (long)state.Round)),
            [body.Inputs[1]] = node.Inputs[1] ?? Scalar($"{node.Name}.condition", Tensor.Of(ElementType.Bool, Shape.Scalar, true)),
        };
        for (int i = 0; i < carried; i++) map[body.Inputs[i + 2]] = Present(node.Inputs[i + 2], i);
        nodes.AddRange(Copy(body, map, $"{node.Name}.{state.Round}/").Nodes);
        for (int i = 0; i < scanned; i++) state.Scanned[i].Add(Mapped(map, body.Outputs[1 + carried + i]));
        Value?[] next = [node.Inputs[0], node.Inputs[1] == null ? null : Mapped(map, body.Outputs[0]), .. body.Outputs.Skip(1).Take(carried).Select(value => Mapped(map, value))];
        Node rest = new(node.Name, "", "Loop", node.Version, next, node.Outputs, node.Attributes);
        _loops[rest] = state with { Round = state.Round + 1 };
        nodes.Add(rest);
        return nodes;
    }

    List<Node> Scan(Node node)
    {
        if (node.Version < 9) throw OnnxException.Unsupported("a batched scan of operator set 8");
        int scannedInputs = node.Attributes.Int32("num_scan_inputs", 0), states = node.Inputs.Length - scannedInputs, scannedOutputs = node.Outputs.Length - states;
        if (scannedInputs < 1 || states < 0 || scannedOutputs < 0) throw OnnxException.Malformed($"num_scan_inputs {scannedInputs} does not fit {node.Inputs.Length} inputs and {node.Outputs.Length} outputs");
        OnnxGraph body = Body(node, "body", node.Inputs.Length, node.Outputs.Length);
        Value[] inputs = [.. node.Inputs.Select(Present)], state = inputs[..states];
        int[] axes = [.. Enumerable.Range(0, scannedInputs).Select(i => Axis(node, "scan_input_axes", i, inputs[states + i].Shape!.Rank))];
        int rounds = inputs[states].Shape![axes[0]];
        for (int i = 0; i < scannedInputs; i++)
            if (inputs[states + i].Shape![axes[i]] != rounds) throw OnnxException.Malformed($"expected {rounds} rounds for scan input {i}, got {inputs[states + i].Shape![axes[i]]}");
        List<Value>[] scanned = [.. Enumerable.Range(0, scannedOutputs).Select(_ => new List<Value>())];
        List<Node> nodes = [];
        for (int round = 0; round < rounds; round++)
        {
            Dictionary<Value, Value> map = [];
            for (int i = 0; i < states; i++) map[body.Inputs[i]] = state[i];
            for (int i = 0; i < scannedInputs; i++)
            {
                int at = Direction(node, "scan_input_directions", i) ? rounds - 1 - round : round;
                Value slice = new($"{node.Name}.{round}/slice{i}");
                NodeAttributes axis = new(new Dictionary<string, object> { ["axis"] = (long)axes[i] });
                nodes.Add(new(slice.Name, "", "Gather", 13, [inputs[states + i], Scalar(slice.Name + ".at", Tensor.Of(ElementType.Int64, Shape.Scalar, (long)at))], [slice], axis));
                map[body.Inputs[states + i]] = slice;
            }
            nodes.AddRange(Copy(body, map, $"{node.Name}.{round}/").Nodes);
            if (nodes.Count > MaximumNodes) return nodes;
            state = [.. body.Outputs.Take(states).Select(value => Mapped(map, value))];
            for (int i = 0; i < scannedOutputs; i++) scanned[i].Insert(Direction(node, "scan_output_directions", i) ? 0 : round, Mapped(map, body.Outputs[states + i]));
        }
        for (int i = 0; i < states; i++) AddCopy(nodes, $"{node.Name}.{i}", state[i], node.Outputs[i]);
        for (int i = 0; i < scannedOutputs; i++)
            AddStack(nodes, $"{node.Name}.{states + i}", scanned[i], node.Attributes.Integers("scan_output_axes") is { } given && i < given.Length ? given[i] : 0, node.Outputs[states + i]);
        return nodes;
    }

    static OnnxGraph Body(Node node, string attribute, int inputs, int outputs)
    {
        if (node.Attributes.Values.GetValueOrDefault(attribute) is not OnnxGraph body) throw OnnxException.Malformed($"attribute {attribute} is missing");
        return body.Inputs.Count == inputs && body.Outputs.Count == outputs
            ? body
            : throw OnnxException.Malformed($"{attribute}: expected {inputs} inputs and {outputs} outputs, got {body.Inputs.Count} and {body.Outputs.Count}");
    }

    static Value Present(Value? value, int index) => value ?? throw OnnxException.Malformed($"value {index} is missing");

    static int Axis(Node node, string attribute, int index, int rank)
    {
        long axis = node.Attributes.Integers(attribute) is { } axes && index < axes.Length ? axes[index] : 0;
        return axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis) : throw OnnxException.Malformed($"{attribute}: axis {axis} is outside of rank {rank}");
    }

    static bool Direction(Node node, string attribute, int index) => node.Attributes.Integers(attribute) is { } directions && index < directions.Length && directions[index] == 1;

    static bool ConstantBool(Value value) => value.Constant switch
    {
        { Type: ElementType.Bool, Shape.Count: 1 } known => known.Data[0] != 0,
        null => throw Unknown(value),
        var other => throw OnnxException.Malformed($"condition {value.Name}: expected one bool, got {other}"),
    };

    static long ConstantInteger(Value value) => value.Constant switch
    {
        { Type: ElementType.Int64, Shape.Count: 1 } known => known.IntegerAt(0),
        null => throw Unknown(value),
        var other => throw OnnxException.Malformed($"number of rounds {value.Name}: expected one Int64, got {other}"),
    };

    static OnnxException Unknown(Value value) =>
        new(OnnxError.OperatorNotListed, $"{value.Name} must be known at compile time: control flow that depends on the input is not supported") { UnknownValue = value };

    static Value Scalar(string name, Tensor tensor)
    {
        Value value = new(name);
        value.SetContent(tensor);
        return value;
    }

    static void AddCopy(List<Node> nodes, string name, Value from, Value? to)
    {
        if (to != null) nodes.Add(new(name, "", "Identity", OnnxImporter.NewestOperatorSet, [from], [to], NodeAttributes.None));
    }

    // One value a round becomes one tensor with the rounds along an axis.
    static void AddStack(List<Node> nodes, string name, List<Value> rounds, long axis, Value? to)
    {
        if (to == null) return;
        if (rounds.Count == 0) throw new OnnxException(OnnxError.DynamicShape, $"{to.Name} collects no round, so its shape is not known");
        Value axes = Scalar($"{name}.axes", Tensor.Of(ElementType.Int64, new(1), axis));
        Value[] rows = [.. rounds.Select((_, round) => new Value($"{name}.{round}"))];
        for (int i = 0; i < rows.Length; i++) nodes.Add(new(rows[i].Name, "", "Unsqueeze", 13, [rounds[i], axes], [rows[i]], NodeAttributes.None));
        nodes.Add(new(name, "", "Concat", 13, rows, [to], new(new Dictionary<string, object> { ["axis"] = axis })));
    }

    static Value Mapped(Dictionary<Value, Value> map, Value value) => map.GetValueOrDefault(value, value);

    // A copy of a body with values of its own; values of the graph around it stay, those of the map are replaced.
    OnnxGraph Copy(OnnxGraph body, Dictionary<Value, Value> map, string prefix)
    {
        foreach (Value made in body.Nodes.SelectMany(node => node.Outputs.OfType<Value>())) map[made] = new(prefix + made.Name);
        return new()
        {
            Name = body.Name,
            Inputs = [.. body.Inputs.Select(value => Mapped(map, value))],
            Outputs = [.. body.Outputs.Select(value => Mapped(map, value))],
            Nodes = [.. body.Nodes.Select(node => Copy(node, map, prefix))],
        };
    }

    Node Copy(Node node, Dictionary<Value, Value> map, string prefix)
    {
        if (++_copies > MaximumCopies) throw new OnnxException(OnnxError.Limit, $"its rounds copy more than {MaximumCopies} nodes");
        Dictionary<string, object> attributes = [];
        foreach ((string name, object value) in node.Attributes.Values) attributes[name] = value is OnnxGraph inner ? Copy(inner, new(map), prefix) : value;
        Value?[] inputs = [.. node.Inputs.Select(value => value == null ? null : Mapped(map, value))], outputs = [.. node.Outputs.Select(value => value == null ? null : Mapped(map, value))];
        return new(prefix + node.Name, node.Domain, node.OperatorType, node.Version, inputs, outputs, new(attributes));
    }
}

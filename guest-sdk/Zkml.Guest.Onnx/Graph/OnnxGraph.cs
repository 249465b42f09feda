namespace Zkml.Guest.Onnx.Graph;

/// <summary>
/// A tensor that flows through a graph. Type and shape are known once shapes are inferred. <see cref="Constant"/> is set for initialisers
/// and for whatever folds at compile time.
/// </summary>
public sealed class Value(string name)
{
    /// <summary>Unique in the graph.</summary>
    public string Name { get; } = name;

    /// <summary>The element type; <see cref="ElementType.Undefined"/> until it is known.</summary>
    public ElementType Type { get; set; }

    /// <summary>The static shape; null until it is known.</summary>
    public Shape? Shape { get; set; }

    /// <summary>The content, where it is known at compile time.</summary>
    public Tensor? Constant { get; set; }

    /// <summary>Makes the value a constant: content, type and shape.</summary>
    public void SetContent(Tensor tensor) => (Constant, Type, Shape) = (tensor, tensor.Type, tensor.Shape);

    /// <summary>Texts that stand for numbers, where the model has class labels: an integer value is an index into them, a float tensor has one column for each.</summary>
    public IReadOnlyList<string>? Labels { get; set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Type}{Shape?.ToString() ?? "[?]"}";
}

/// <summary>One operation. An optional input or output that is absent is null.</summary>
public sealed class Node(string name, string domain, string operatorType, int version, Value?[] inputs, Value?[] outputs, NodeAttributes attributes)
{
    /// <summary>The name in the model, or a generated one; unique in the graph.</summary>
    public string Name { get; } = name;

    /// <summary>"" for ai.onnx, else "ai.onnx.ml", "com.microsoft", …</summary>
    public string Domain { get; } = domain;

    /// <summary>For example "Conv".</summary>
    public string OperatorType { get; } = operatorType;

    /// <summary>The opset version that the model imports for the domain.</summary>
    public int Version { get; } = version;

    /// <summary>The inputs; null where an optional one is absent.</summary>
    public Value?[] Inputs { get; } = inputs;

    /// <summary>The outputs; null where an optional one is absent.</summary>
    public Value?[] Outputs { get; } = outputs;

    /// <summary>The attributes.</summary>
    public NodeAttributes Attributes { get; } = attributes;

    /// <inheritdoc/>
    public override string ToString() => $"{OperatorType} {Name}";
}

/// <summary>The attributes of a node, by name. A getter with a default returns it where the attribute is absent; a wrong kind throws <see cref="OnnxException"/>.</summary>
public sealed class NodeAttributes(IReadOnlyDictionary<string, object> values)
{
    /// <summary>No attributes.</summary>
    public static NodeAttributes None { get; } = new(new Dictionary<string, object>());

    /// <summary>name → long, float, string, long[], float[], string[], Tensor, Tensor[], OnnxGraph (a body).</summary>
    public IReadOnlyDictionary<string, object> Values => values;

    /// <summary>True if the attribute is present.</summary>
    public bool Has(string name) => values.ContainsKey(name);

    /// <summary>An integer.</summary>
    public long Integer(string name, long absent) => Get<long>(name, out long value) ? value : absent;

    /// <summary>An integer of 32 bits.</summary>
    public int Int32(string name, int absent)
    {
        long value = Integer(name, absent);
        return value is >= int.MinValue and <= int.MaxValue ? (int)value : throw OnnxException.Malformed($"attribute {name}: expected 32 bits, got {value}");
    }

    /// <summary>A 0/1 flag.</summary>
    public bool Flag(string name, bool absent = false) => Integer(name, absent ? 1 : 0) != 0;

    /// <summary>A float.</summary>
    public float Float(string name, float absent) => Get<float>(name, out float value) ? value : absent;

    /// <summary>A text.</summary>
    public string Text(string name, string absent) => Get<string>(name, out string? value) ? value : absent;

    /// <summary>Integers; null where absent.</summary>
    public long[]? Integers(string name) => Get<long[]>(name, out long[]? value) ? value : null;

    /// <summary>Floats; null where absent.</summary>
    public float[]? Floats(string name) => Get<float[]>(name, out float[]? value) ? value : null;

    /// <summary>Texts; null where absent.</summary>
    public string[]? Texts(string name) => Get<string[]>(name, out string[]? value) ? value : null;

    /// <summary>A tensor; null where absent.</summary>
    public Tensor? Tensor(string name) => Get<Tensor>(name, out Tensor? value) ? value : null;

    bool Get<T>(string name, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (!values.TryGetValue(name, out object? found)) return false;
        value = found is T typed ? typed : throw OnnxException.Malformed($"attribute {name}: expected {typeof(T).Name}, got {found.GetType().Name}");
        return true;
    }
}

/// <summary>A model: nodes in topological order between inputs and outputs.</summary>
public sealed class OnnxGraph
{
    /// <summary>The graph's name.</summary>
    public required string Name { get; init; }

    /// <summary>The inputs that are not initialisers, in order.</summary>
    public required List<Value> Inputs { get; init; }

    /// <summary>The outputs, in order.</summary>
    public required List<Value> Outputs { get; init; }

    /// <summary>The nodes; each comes after those that it reads from.</summary>
    public required List<Node> Nodes { get; init; }

    /// <summary>Types and shapes that the model states for values that nodes make; inference must agree with them.</summary>
    public IReadOnlyList<Declaration> Declarations { get; init; } = [];

    /// <summary>Domain ("" is ai.onnx) to the version of its operator set.</summary>
    public IReadOnlyDictionary<string, int> OperatorSets { get; init; } = new Dictionary<string, int>();
}

/// <summary>What a model says about a value. <paramref name="Dimensions"/> is null where it gives no shape, an extent is null where it is symbolic.</summary>
public sealed record Declaration(Value Value, ElementType Type, IReadOnlyList<int?>? Dimensions);

using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators;

/// <summary>A tensor in guest memory: row-major elements of a buffer.</summary>
public sealed record TensorView(LoopBuffer Buffer, ElementType Type, Shape Shape);

/// <summary>
/// What <see cref="Operator.Lower"/> sees: views of inputs and outputs, the function under construction, arithmetic by element type. One
/// node becomes one layer; a long operator may start further layers with <see cref="BeginPart"/>.
/// </summary>
public sealed class LoweringContext
{
    readonly Func<Value, TensorView> _view;
    readonly List<Layer> _layers;
    string _layerName;

    /// <summary>A context for one node. <paramref name="view"/> gives the buffer of a value (a constant's too); finished layers are added to <paramref name="layers"/>.</summary>
    public LoweringContext(Node node, string layerName, Func<Value, TensorView> view, List<Layer> layers)
    {
        (Node, _view, _layers, _layerName) = (node, view, layers, layerName);
        Code = new(layerName);
        Math = new(Code);
    }

    /// <summary>The node.</summary>
    public Node Node { get; }

    /// <summary>The attributes of the node.</summary>
    public NodeAttributes Attributes => Node.Attributes;

    /// <summary>The opset version.</summary>
    public int Version => Node.Version;

    /// <summary>Number of inputs, absent ones included.</summary>
    public int InputCount => Node.Inputs.Length;

    /// <summary>Number of outputs, absent ones included.</summary>
    public int OutputCount => Node.Outputs.Length;

    /// <summary>The function that computes the layer.</summary>
    public FunctionBuilder Code { get; private set; }

    /// <summary>Arithmetic by element type, writing into <see cref="Code"/>.</summary>
    public ElementMath Math { get; private set; }

    /// <summary>True if the optional input is present.</summary>
    public bool HasInput(int index) => index < Node.Inputs.Length && Node.Inputs[index] != null;

    /// <summary>True if the optional output is present.</summary>
    public bool HasOutput(int index) => index < Node.Outputs.Length && Node.Outputs[index] != null;

    /// <summary>An input as a view; it was checked to be present by inference.</summary>
    public TensorView Input(int index) => _view(Node.Inputs[index]!);

    /// <summary>An output as a view.</summary>
    public TensorView Output(int index) => _view(Node.Outputs[index]!);

    /// <summary>The content of an input, if it is known at compile time.</summary>
    public Tensor? ConstantOf(int index) => HasInput(index) ? Node.Inputs[index]!.Constant : null;

    /// <summary>A working buffer of this layer.</summary>
    public TensorView Scratch(string name, ElementType type, Shape shape) =>
        new(LoopBuffer.Create($"{Node.Name}.{name}", BufferKind.Scratch, type.Memory, shape.Count), type, shape);

    /// <summary>A constant that the compiler made, for example a table or reordered weights.</summary>
    public TensorView Constant(string name, Tensor tensor) =>
        new(LoopBuffer.Constant($"{Node.Name}.{name}", tensor.Type.Memory, tensor.Data), tensor.Type, tensor.Shape);

    /// <summary>Element <paramref name="index"/> in the register form of <see cref="ElementMath"/>.</summary>
    public Expression Load(TensorView view, Expression index) => Math.Load(view, index);

    /// <summary>Stores a value in register form.</summary>
    public void Store(TensorView view, Expression index, Expression value) => Math.Store(view, index, value);

    /// <summary>Ends the current layer and starts another one, named <c>node.name</c>.</summary>
    public void BeginPart(string name)
    {
        Finish();
        _layerName = $"{Node.Name}.{name}";
        Code = new(_layerName);
        Math = new(Code);
    }

    /// <summary>Ends the last layer. The caller of <see cref="Operator.Lower"/> calls it.</summary>
    public void Finish() => _layers.Add(new(_layerName, Code.Build()) { Origin = Node.Name });
}

using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators;

/// <summary>
/// One ONNX operator, in all its opset versions: what its outputs look like, and the loops that compute them. Stateless. Both methods
/// throw <see cref="OnnxException"/> with what was expected and what was found; the caller adds the node.
/// </summary>
public abstract class Operator
{
    /// <summary>Sets type and shape of every output that is present.</summary>
    public abstract void Infer(InferenceContext context);

    /// <summary>Writes the loops that fill every output.</summary>
    public abstract void Lower(LoweringContext context);
}

/// <summary>What <see cref="Operator.Infer"/> sees: a node whose inputs have types and shapes.</summary>
public sealed class InferenceContext(Node node)
{
    /// <summary>The node.</summary>
    public Node Node { get; } = node;

    /// <summary>The attributes of the node.</summary>
    public NodeAttributes Attributes => Node.Attributes;

    /// <summary>The opset version.</summary>
    public int Version => Node.Version;

    /// <summary>Number of inputs, absent ones included.</summary>
    public int InputCount => Node.Inputs.Length;

    /// <summary>Number of outputs, absent ones included.</summary>
    public int OutputCount => Node.Outputs.Length;

    /// <summary>True if the optional input is present.</summary>
    public bool HasInput(int index) => index < Node.Inputs.Length && Node.Inputs[index] != null;

    /// <summary>True if the optional output is present.</summary>
    public bool HasOutput(int index) => index < Node.Outputs.Length && Node.Outputs[index] != null;

    /// <summary>An input that must be there.</summary>
    public Value Input(int index) => HasInput(index) ? Node.Inputs[index]! : throw OnnxException.Malformed($"input {index} is missing");

    /// <summary>Element type of an input.</summary>
    public ElementType TypeOf(int index) => Input(index).Type;

    /// <summary>Shape of an input.</summary>
    public Shape ShapeOf(int index) => Input(index).Shape ?? throw new OnnxException(OnnxError.DynamicShape, $"the shape of input {Input(index).Name} is not known");

    /// <summary>The content of an input that decides a shape or a form of the code. Throws <see cref="OnnxError.DynamicShape"/> if it is not known at compile time.</summary>
    public Tensor ConstantOf(int index) => Input(index).Constant
        ?? throw new OnnxException(OnnxError.DynamicShape, $"input {Input(index).Name} must be known at compile time; make it an initialiser or bind it to a value")
        { UnknownValue = Input(index) };

    /// <summary>Type and shape of an output; does nothing for an absent one.</summary>
    public void SetOutput(int index, ElementType type, Shape shape)
    {
        if (!HasOutput(index)) return;
        Value output = Node.Outputs[index]!;
        (output.Type, output.Shape) = (type, shape);
    }

    /// <summary>Folds an output: its content is known from shapes and attributes alone.</summary>
    public void SetConstant(int index, Tensor tensor)
    {
        SetOutput(index, tensor.Type, tensor.Shape);
        if (HasOutput(index)) Node.Outputs[index]!.Constant = tensor;
    }
}

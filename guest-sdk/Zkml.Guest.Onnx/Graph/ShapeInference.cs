using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Operators;

namespace Zkml.Guest.Onnx.Graph;

/// <summary>
/// Gives every value its element type and static shape, node by node, and folds what is known at compile time: such nodes leave the graph and
/// their results become constants. Control flow is replaced by the nodes that it runs. What the model says about values is
/// compared with what is inferred. Running it again, after a pass changed the graph, is harmless.
/// </summary>
public sealed class ShapeInference
{
    /// <summary>The most bytes that one tensor may have; no guest could hold it anyhow.</summary>
    public const long MaximumTensorBytes = 1 << 28;

    // Inference of products reads all weights: a constant that thousands of nodes share must not be read thousands of times.
    const long MaximumConstantBytes = 1 << 28;

    readonly OnnxGraph _graph;
    readonly ConstantFolder _folder = new();
    readonly ControlFlow _controlFlow = new();
    readonly ILookup<Value, Declaration> _declarations;
    readonly bool _keepsDequantization;
    long _constantBytes;

    ShapeInference(OnnxGraph graph, bool keepsDequantization) =>
        (_graph, _keepsDequantization, _declarations) = (graph, keepsDequantization, graph.Declarations.ToLookup(declaration => declaration.Value));

    /// <summary>
    /// Infers and folds in place. <paramref name="keepsDequantization"/>: DequantizeLinear of constants stays, so that passes may still see
    /// which weights are quantised. Throws <see cref="OnnxException"/> with the node.
    /// </summary>
    public static void Run(OnnxGraph graph, bool keepsDequantization = false) =>
        new ShapeInference(graph, keepsDequantization).Run(static (_, error) => throw error);

    /// <summary>Infers what can be inferred, in place, and returns what stands in the way: nodes that fail, not those that wait for their results.</summary>
    public static List<UnsupportedNode> Explore(OnnxGraph graph)
    {
        List<UnsupportedNode> failures = [];
        new ShapeInference(graph, keepsDequantization: false).Run((node, error) => failures.Add(new(node.Name, ModelSummary.Name(node), error.Error, error.Message)));
        return failures;
    }

    void Run(Action<Node, OnnxException> fail)
    {
        foreach (Value input in _graph.Inputs) CheckSize("input", input);
        List<Node> kept = [];
        Stack<Node> waiting = new(_graph.Nodes.AsEnumerable().Reverse());
        try
        {
            while (waiting.TryPop(out Node? node)) Take(node, kept, waiting, fail);
        }
        finally
        {
            // Also after an error: who asks where a value comes from finds the nodes that control flow was replaced by.
            _graph.Nodes.Clear();
            _graph.Nodes.AddRange(kept);
            _graph.Nodes.AddRange(waiting);
        }
    }

    void Take(Node node, List<Node> kept, Stack<Node> waiting, Action<Node, OnnxException> fail)
    {
        try
        {
            if (ControlFlow.Is(node))
            {
                foreach (Node replacement in _controlFlow.Expand(node).AsEnumerable().Reverse()) waiting.Push(replacement);
                return;
            }
            Node resolved = LabelFlow.Resolve(node);
            if (!Visit(resolved)) kept.Add(resolved);
        }
        catch (OnnxException e)
        {
            kept.Add(node);
            fail(node, e.At(node));
        }
        catch (Exception e) when (OnnxException.IsUnforeseen(e))
        {
            kept.Add(node);
            fail(node, OnnxException.Unforeseen(e).At(node));
        }
    }

    // Returns true if the node folded away.
    bool Visit(Node node)
    {
        if (!OperatorTable.TryGet(node.Domain, node.OperatorType, out Operator? found)) throw UnsupportedOperators.Error(node.Domain, node.OperatorType);
        // Only when exploring: something before the node failed, and that was told.
        if (node.Inputs.Any(input => input is { Shape: null })) return false;
        _folder.CheckBudget();
        _constantBytes += node.Inputs.Sum(input => input?.Constant is { } constant ? (long)constant.Data.Length : 0);
        if (_constantBytes > MaximumConstantBytes) throw new OnnxException(OnnxError.Limit, $"the constants that all nodes read have more than {MaximumConstantBytes} bytes");
        found.Infer(new(node));
        if (node.Outputs.Length > 0 && node.OperatorType != "Constant" && AllConstant(node.Outputs)) _folder.Charge(node);
        LabelFlow.Propagate(node);
        foreach (Value? output in node.Outputs)
            if (output != null) Check(output);
        bool isQuantizedWeight = _keepsDequantization && node.OperatorType == "DequantizeLinear";
        if (!isQuantizedWeight && !AllConstant(node.Outputs) && AllConstant(node.Inputs)) _folder.TryFold(node, found);
        return AllConstant(node.Outputs);
    }

    static bool AllConstant(Value?[] values) => values.All(value => value is null or { Constant: not null });

    void Check(Value output)
    {
        if (output.Shape == null) throw new OnnxException(OnnxError.DynamicShape, $"the shape of output {output.Name} is not known");
        if (output.Type == ElementType.String && output.Constant == null) throw new OnnxException(OnnxError.String, $"output {output.Name} is text");
        if (output.Type != ElementType.String && !output.Type.IsNumeric) throw OnnxException.Unsupported($"output {output.Name} is {output.Type}");
        CheckSize("output", output);
        foreach (Declaration declaration in _declarations[output])
        {
            if (!(declaration.Type == output.Type || LabelFlow.IsText(declaration.Type, output)) || !SymbolTable.Fits(declaration.Dimensions, output.Shape))
                throw OnnxException.Malformed($"output {output.Name}: the model declares {SymbolTable.Text(declaration.Type, declaration.Dimensions)}, inferred is {output.Type}{output.Shape}");
        }
    }

    static void CheckSize(string what, Value value)
    {
        if (value.Type.IsNumeric && value.Shape != null && (long)value.Shape.Count * value.Type.Memory.ElementBytes > MaximumTensorBytes)
            throw new OnnxException(OnnxError.Limit, $"{what} {value} is larger than {MaximumTensorBytes} bytes");
    }
}

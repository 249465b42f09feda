namespace Zkml.Guest.Onnx.Graph;

/// <summary>
/// Class labels on their way through a graph. Where a model computes with texts, the guest computes with their indices and
/// <see cref="Value.Labels"/> says what they mean; operators that only move such values keep the labels.
/// </summary>
static class LabelFlow
{
    /// <summary>A node that turns labelled indices into text changes nothing: it becomes an Identity.</summary>
    public static Node Resolve(Node node)
    {
        bool isTextCast = node is { Domain: "", OperatorType: "Cast", Inputs: [{ Type: ElementType.Int64, Labels: not null }] }
            && node.Attributes.Integer("to", 0) == (long)ElementType.String;
        return isTextCast ? new(node.Name, "", "Identity", node.Version, node.Inputs, node.Outputs, NodeAttributes.None) : node;
    }

    /// <summary>Hands the labels on where a node keeps the elements of its input.</summary>
    public static void Propagate(Node node)
    {
        if (node is not { Domain: "", OperatorType: "Identity" or "Cast" or "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze", Inputs: [{ Labels: { } labels } from, ..], Outputs: [{ } to, ..] }) return;
        // The columns of scores are named only as long as they stay where they are.
        bool isIndex = from.Type.IsInteger;
        if (isIndex ? to.Type == from.Type : from.Type.IsFloat && to.Type.IsFloat && from.Shape!.Equals(to.Shape)) to.Labels = labels;
    }

    /// <summary>True if a value is declared as text and holds indices of labels.</summary>
    public static bool IsText(ElementType declared, Value value) => declared == ElementType.String && value is { Type: ElementType.Int64, Labels: not null };
}

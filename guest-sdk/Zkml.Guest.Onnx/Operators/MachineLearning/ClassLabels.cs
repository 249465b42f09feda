using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>
/// The class labels of a classifier. Integers are the values of its label output; texts stay on the host: the output then holds the index of
/// the class, and <see cref="Value.Labels"/> names it.
/// </summary>
internal sealed record ClassLabels(long[] Integers, string[] Texts)
{
    /// <summary>Reads the attributes under the names that the operator uses; either list may be absent.</summary>
    public static ClassLabels Read(NodeAttributes attributes, string integers, string texts)
    {
        ClassLabels labels = new(attributes.Integers(integers) ?? [], attributes.Texts(texts) ?? []);
        Require(labels.Integers.Length == 0 || labels.Texts.Length == 0, $"expected either {integers} or {texts}, got both");
        return labels;
    }

    /// <summary>Number of classes.</summary>
    public int Count => Math.Max(Integers.Length, Texts.Length);

    /// <summary>True if the label output holds indices of texts.</summary>
    public bool IsText => Texts.Length > 0;

    /// <summary>What a class is called.</summary>
    public IReadOnlyList<string> Names => IsText ? Texts : [.. Integers.Select(label => label.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    /// <summary>The value of the label output for a class; of a text its index.</summary>
    public long ValueOf(int index) => IsText ? index : Integers[index];

    /// <summary>The value of the label output for a class index that is computed, Int64.</summary>
    public Expression ValueOf(LoweringContext context, Expression index)
    {
        if (IsText || Integers.Select((label, i) => label == i).All(same => same)) return index.ToInt64();
        return Expression.Load(context.Constant("labels", Tensor.Of<long>(ElementType.Int64, new(Integers.Length), Integers)).Buffer, index);
    }

    /// <summary>Sets types, shapes and names of the label output [rows] and the score output [rows, columns].</summary>
    public void SetOutputs(InferenceContext context, int rows, int columns, ElementType scores)
    {
        context.SetOutput(0, ElementType.Int64, ShapeOf(rows));
        context.SetOutput(1, scores, ShapeOf(rows, columns));
        if (IsText) context.SetLabels(0, Texts);
        if (columns == Count) context.SetLabels(1, Names);
    }
}

/// <summary>Labels of values.</summary>
internal static class LabelContext
{
    extension(InferenceContext context)
    {
        /// <summary>Names the values of an integer output, or the columns of a float one.</summary>
        public void SetLabels(int output, IReadOnlyList<string>? labels)
        {
            if (context.HasOutput(output)) context.Node.Outputs[output]!.Labels = labels;
        }
    }
}

using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Einstein summation of any number of operands: repeated letters, an ellipsis, and the implicit output of NumPy.</summary>
internal sealed class Einsum : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.SameType([.. Enumerable.Range(0, context.InputCount)]);
        Shape[] shapes = [.. Enumerable.Range(0, context.InputCount).Select(context.ShapeOf)];
        EinsumEquation equation = new(context.Attributes.Text("equation", ""), shapes);
        context.SetOutput(0, context.Numeric(0), ShapeOf([.. equation.Output.Select(axis => (long)equation.Extents[axis])]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView[] operands = [.. Enumerable.Range(0, context.InputCount).Select(context.Input)];
        TensorView y = context.Output(0);
        EinsumEquation equation = new(context.Attributes.Text("equation", ""), [.. operands.Select(operand => operand.Shape)]);
        int[] summed = [.. equation.Extents.Keys.Where(axis => !equation.Output.Contains(axis))];
        int[][] strides = [.. operands.Select((operand, i) => AxisStrides(equation, operand.Shape, i))];
        FunctionBuilder code = context.Code;
        Nest.Over(code, [.. equation.Output.Select(axis => equation.Extents[axis])], outer =>
        {
            Expression[] bases = [.. strides.Select((own, i) => (Expression)code.Local($"base{i}", Nest.Offset(outer, [.. equation.Output.Select(axis => own[axis])])))];
            Number sum = context.Constant(y.Type, 0).Variable("sum");
            Nest.Over(code, [.. summed.Select(axis => equation.Extents[axis])], inner =>
            {
                Number product = Operand(0);
                for (int i = 1; i < operands.Length; i++) product *= Operand(i);
                sum.Assign(sum + product);

                Number Operand(int i) => context.At(operands[i], bases[i] + Nest.Offset(inner, [.. summed.Select(axis => strides[i][axis])]));
            });
            context.Put(y, Nest.Offset(outer, y.Shape.Strides()), sum);
        });
    }

    // By axis of the equation: elements of the operand between neighbours; a repeated letter walks the diagonal.
    static int[] AxisStrides(EinsumEquation equation, Shape shape, int operand)
    {
        int[] own = shape.Strides(), strides = new int[equation.Extents.Keys.LastOrDefault() + 1];
        for (int i = 0; i < shape.Rank; i++)
            if (shape[i] != 1) strides[equation.Inputs[operand][i]] += own[i];
        return strides;
    }
}

/// <summary>A parsed equation over operands of known shapes. Axes are numbered: letters by their code, the axes of the ellipsis from 0.</summary>
internal sealed class EinsumEquation
{
    const int MaximumRank = 32;

    /// <summary>Throws <see cref="OnnxException"/> where the equation does not fit the shapes.</summary>
    public EinsumEquation(string text, IReadOnlyList<Shape> shapes)
    {
        string[] sides = text.Replace(" ", "", StringComparison.Ordinal).Split("->");
        Require(sides.Length is 1 or 2, $"equation: expected at most one \"->\", got \"{text}\"");
        string[] terms = sides[0].Split(',');
        Require(shapes.Count >= 1 && terms.Length == shapes.Count, $"equation: expected {shapes.Count} terms, got \"{text}\"");
        int ellipsisRank = terms.Zip(shapes, (term, shape) => term.Contains("...", StringComparison.Ordinal) ? shape.Rank - (term.Length - 3) : 0).Max();
        Require(ellipsisRank is >= 0 and < MaximumRank, $"equation \"{text}\": the ellipsis does not fit the operands");
        Inputs = [.. terms.Zip(shapes, (term, shape) => Axes(term, shape.Rank, ellipsisRank))];
        for (int operand = 0; operand < Inputs.Length; operand++) Collect(Inputs[operand], shapes[operand], text);
        Output = sides.Length == 2
            ? Axes(sides[1], sides[1].Contains("...", StringComparison.Ordinal) ? sides[1].Length - 3 + ellipsisRank : sides[1].Length, ellipsisRank)
            : Implicit(ellipsisRank);
        foreach (int axis in Output) Require(Extents.ContainsKey(axis), $"equation \"{text}\": the output has a letter that no operand has");
        Require(Output.Distinct().Count() == Output.Length, $"equation \"{text}\": the output repeats a letter");
    }

    /// <summary>The axes of each operand, outermost first.</summary>
    public int[][] Inputs { get; }

    /// <summary>The axes of the output.</summary>
    public int[] Output { get; }

    /// <summary>Axis → extent.</summary>
    public SortedDictionary<int, int> Extents { get; } = [];

    int[] Implicit(int ellipsisRank) =>
        [.. Enumerable.Range(0, ellipsisRank), .. Inputs.SelectMany(axes => axes).Where(axis => axis >= MaximumRank).GroupBy(axis => axis).Where(uses => uses.Count() == 1).Select(uses => uses.Key).Order()];

    void Collect(int[] axes, Shape shape, string text)
    {
        for (int i = 0; i < axes.Length; i++)
        {
            int known = Extents.GetValueOrDefault(axes[i], 1);
            Require(known == shape[i] || known == 1 || shape[i] == 1, $"equation \"{text}\": an axis has extents {known} and {shape[i]}");
            Extents[axes[i]] = known == 1 ? shape[i] : known;
        }
    }

    static int[] Axes(string term, int rank, int ellipsisRank)
    {
        List<int> axes = [];
        for (int i = 0; i < term.Length; i++)
        {
            if (string.CompareOrdinal(term, i, "...", 0, 3) == 0)
            {
                int own = rank - (term.Length - 3);
                Require(own >= 0, $"equation: the term \"{term}\" does not fit rank {rank}");
                axes.AddRange(Enumerable.Range(ellipsisRank - own, own));
                i += 2;
                continue;
            }
            Require(char.IsAsciiLetter(term[i]), $"equation: expected letters, got '{term[i]}'");
            axes.Add(term[i]);
        }
        Require(axes.Count == rank, $"equation: the term \"{term}\" does not fit rank {rank}");
        return [.. axes];
    }
}

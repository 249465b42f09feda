using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Onnx.Operators.Neural;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>Y = (X − offset) · scale, one value for all columns or one for each.</summary>
internal sealed class Scaler : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        (_, int columns) = context.RowsOfInput();
        foreach (string name in (string[])["offset", "scale"])
        {
            int count = (context.Attributes.Floats(name) ?? []).Length;
            Require(count == 1 || count == columns, $"{name}: expected 1 or {columns} values, got {count}");
        }
        context.SetOutput(0, ElementType.Float32, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0), offset = context.FloatTable("offset"), scale = context.FloatTable("scale");
        (int rows, int columns) = Rows.Of(x.Shape);
        Nest.Over(context.Code, [rows, columns], index =>
        {
            Number value = context.Feature(x, index[0] * columns + index[1]).To(ElementType.Float32) - context.At(offset, offset.Shape.Count == 1 ? 0 : index[1]);
            context.Put(y, index[0] * columns + index[1], value * context.At(scale, scale.Shape.Count == 1 ? 0 : index[1]));
        });
    }
}

/// <summary>Divides each row by its maximum, its sum of magnitudes or its Euclidean length; a row whose divisor is 0 stays.</summary>
internal sealed class Normalizer : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RowsOfInput();
        context.Attributes.OneOf("norm", "MAX", "MAX", "L1", "L2");
        context.SetOutput(0, ElementType.Float32, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        (int rows, int columns) = Rows.Of(x.Shape);
        string norm = context.Attributes.Text("norm", "MAX");
        FunctionBuilder code = context.Code;
        code.For("row", 0, rows, row =>
        {
            Local first = code.Local("first", row * columns);
            Number divisor = context.Constant(ElementType.Float32, norm == "MAX" ? -float.MaxValue : 0).Variable("divisor");
            code.For("column", 0, columns, i => divisor.Assign(norm switch
            {
                "MAX" => divisor.Max(Value(i)),
                "L1" => divisor + Value(i).Abs(),
                _ => divisor + Norms.Term(Value(i), 2),
            }));
            Local isZero = code.Local("zero", divisor.Is(divisor.Of(0)));
            code.For("column", 0, columns, i =>
            {
                Number value = Value(i).Keep("value");
                Number result = norm == "L2" ? Number.Select(value < value.Of(0), -Root(value), Root(value)) : value / divisor;
                context.Put(y, first + i, Number.Select(isZero, value, result));
            });

            Number Root(Number value) => (value * value / divisor).SquareRoot();

            Number Value(Expression column) => context.Feature(x, first + column).To(ElementType.Float32);
        });
    }
}

/// <summary>1 where an element is above the threshold, else 0.</summary>
internal sealed class Binarizer : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context) => context.SetOutput(0, context.Numeric(0), context.ShapeOf(0));

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        float threshold = context.Attributes.Float("threshold", 0);
        context.Code.For("i", 0, x.Shape.Count, i =>
        {
            Number value = context.Feature(x, i);
            context.Put(y, i, Number.Select(value > value.Of(threshold), context.Constant(y.Type, 1), context.Constant(y.Type, 0)));
        });
    }
}

/// <summary>Replaces one value (often NaN) by another one, the same for all columns or one for each.</summary>
internal sealed class Imputer : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 1);
        bool isFloat = context.Numeric(0).IsFloat;
        int count = isFloat ? (context.Attributes.Floats("imputed_value_floats") ?? []).Length : (context.Attributes.Integers("imputed_value_int64s") ?? []).Length;
        Require(count == 1 || count == x[^1], $"{(isFloat ? "imputed_value_floats" : "imputed_value_int64s")}: expected 1 or {x[^1]} values, got {count}");
        context.SetOutput(0, context.TypeOf(0), x);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        int columns = x.Shape[^1];
        TensorView values = x.Type.IsFloat
            ? context.Table("values", Number.Computed(x.Type), [.. context.Attributes.Floats("imputed_value_floats")!.Select(value => (double)value)])
            : context.Constant("values", Tensor.Of<long>(ElementType.Int64, new(context.Attributes.Integers("imputed_value_int64s")!.Length), context.Attributes.Integers("imputed_value_int64s")!));
        float replacedFloat = context.Attributes.Float("replaced_value_float", 0);
        Nest.Over(context.Code, [columns == 0 ? 0 : x.Shape.Count / columns, columns], index =>
        {
            Expression place = index[0] * columns + index[1];
            Number value = context.At(x, place).Keep("value");
            Expression isMissing = !x.Type.IsFloat ? value.Bits.Is(ElementMath.Constant(x.Type, context.Attributes.Integer("replaced_value_int64", 0)))
                : float.IsNaN(replacedFloat) ? value.IsNaN() : value.Is(value.Of(replacedFloat));
            Expression imputed = ElementMath.Convert(values.Type, x.Type, context.Load(values, values.Shape.Count == 1 ? 0 : index[1]));
            context.Put(y, place, Number.Select(isMissing, new(context.Code, x.Type, imputed), value));
        });
    }
}

/// <summary>Puts the columns of several tensors side by side, as Float32; each is cut or filled with zeros to the given width.</summary>
internal sealed class FeatureVectorizer : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        long[] widths = context.Attributes.Integers("inputdimensions") ?? [];
        Require(widths.Length == context.InputCount && widths.Length > 0, $"inputdimensions: expected {context.InputCount}, got {widths.Length}");
        int rows = RowsOf(context.ShapeOf(0)).Rows;
        for (int i = 0; i < widths.Length; i++)
        {
            context.Numeric(i);
            context.Ranked(i, 1, 2);
            Require(RowsOf(context.ShapeOf(i)).Rows == rows && widths[i] is >= 0 and <= int.MaxValue, $"input {i}: expected {rows} rows and a width of at least 0, got {context.ShapeOf(i)} and {widths[i]}");
        }
        context.SetOutput(0, ElementType.Float32, ShapeOf(rows, widths.Sum()));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView y = context.Output(0);
        int start = 0;
        for (int i = 0; i < context.InputCount; i++)
        {
            TensorView x = context.Input(i);
            int width = (int)context.Attributes.Integers("inputdimensions")![i], own = RowsOf(x.Shape).Columns, used = Math.Min(width, own), from = start;
            context.Code.For("row", 0, y.Shape[0], row =>
            {
                context.Code.For("column", 0, used, column =>
                    context.Put(y, row * y.Shape[1] + from + column, context.Feature(x, row * own + column).To(ElementType.Float32)));
                context.Code.For("column", used, width, column => context.Put(y, row * y.Shape[1] + from + column, context.Constant(y.Type, 0)));
            });
            start += width;
        }
    }

    static (int Rows, int Columns) RowsOf(Shape shape) => Rows.Of(shape);
}

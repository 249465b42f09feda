using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Onnx.Operators.Neural;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>The input of an ai.onnx.ml operator: rows of features, [rows × columns], or one row as a vector.</summary>
internal static class Rows
{
    /// <summary>Rows and columns of a shape of rank 1 or 2.</summary>
    public static (int Rows, int Columns) Of(Shape shape) => shape.Rank == 2 ? (shape[0], shape[1]) : (1, shape.Count);

    /// <summary>Float64 for Float64, else Float32: how features are computed with. Integers become floats.</summary>
    public static ElementType Computed(ElementType type) => type == ElementType.Float64 ? ElementType.Float64 : ElementType.Float32;

    extension(InferenceContext context)
    {
        /// <summary>Rows and columns of input 0, which holds numbers.</summary>
        public (int Rows, int Columns) RowsOfInput()
        {
            context.Numeric(0);
            return Of(context.Ranked(0, 1, 2));
        }
    }

    extension(LoweringContext context)
    {
        /// <summary>An element of a numeric tensor in the type that features are computed with.</summary>
        public Number Feature(TensorView x, Expression index)
        {
            ElementType type = Computed(x.Type);
            return new(context.Code, type, ElementMath.Convert(x.Type, type, context.Load(x, index)));
        }

        /// <summary>A constant table of numbers in a float type.</summary>
        public TensorView Table(string name, ElementType type, IReadOnlyList<double> values) => context.Constant(name, type == ElementType.Float64
            ? Tensor.Of<double>(type, new(values.Count), [.. values])
            : Tensor.Of<float>(type, new(values.Count), [.. values.Select(value => (float)value)]));
    }
}

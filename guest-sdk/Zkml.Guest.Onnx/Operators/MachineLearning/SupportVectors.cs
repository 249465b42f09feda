using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Neural;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>The kernel of a support vector machine with its parameters.</summary>
internal sealed record Kernel(string Type, float Gamma, float Offset, float Degree)
{
    /// <summary>Reads kernel_type and kernel_params; without support vectors the kernel is linear.</summary>
    public static Kernel Read(NodeAttributes attributes, bool hasVectors)
    {
        string type = attributes.OneOf("kernel_type", "LINEAR", "LINEAR", "POLY", "RBF", "SIGMOID");
        float[] parameters = attributes.Floats("kernel_params") ?? [];
        Require(parameters.Length is 0 or 3, $"kernel_params: expected gamma, coef0 and degree, got {parameters.Length} values");
        return parameters.Length == 0 ? new(hasVectors ? type : "LINEAR", 0, 0, 0) : new(hasVectors ? type : "LINEAR", parameters[0], parameters[1], parameters[2]);
    }

    /// <summary>The kernel of a row of features and a row of a table.</summary>
    public Number Apply(LoweringContext context, TensorView x, Expression row, TensorView vectors, Expression vector, int columns)
    {
        FunctionBuilder code = context.Code;
        Number sum = context.Constant(ElementType.Float32, 0).Variable("dot");
        code.For("feature", 0, columns, i =>
        {
            Number feature = context.Feature(x, row + i).To(ElementType.Float32), other = context.At(vectors, vector + i);
            sum.Assign(sum + (Type == "RBF" ? Norms.Term(feature - other, 2) : feature * other));
        });
        return Type switch
        {
            "RBF" => (sum.Of(-Gamma) * sum).Exp(),
            "SIGMOID" => (sum.Of(Gamma) * sum + sum.Of(Offset)).Tanh(),
            "POLY" => Power((sum.Of(Gamma) * sum + sum.Of(Offset)).Keep("base")),
            _ => sum,
        };
    }

    Number Power(Number value) => Degree switch
    {
        2 => value * value,
        3 => value * value * value,
        _ => value.Power(value.Of(Degree)),
    };
}

/// <summary>Σ coefficient · kernel(x, support vector) + rho; as a one-class machine 1 or −1.</summary>
internal sealed class SvmRegressor : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        (int rows, int columns) = context.RowsOfInput();
        int supports = context.Attributes.Int32("n_supports", 0), coefficients = (context.Attributes.Floats("coefficients") ?? []).Length;
        Require(coefficients == (supports > 0 ? supports : columns), $"coefficients: expected {(supports > 0 ? supports : columns)}, got {coefficients}");
        int vectors = (context.Attributes.Floats("support_vectors") ?? []).Length;
        Require(supports >= 0 && (supports == 0 || vectors == (long)supports * columns), $"support_vectors: expected {supports} of {columns} features, got {vectors} values");
        Require(context.Attributes.Floats("rho") is { Length: >= 1 }, $"rho: expected a value");
        Kernel.Read(context.Attributes, supports > 0);
        context.SetOutput(0, ElementType.Float32, ShapeOf(rows, 1));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        (int rows, int columns) = Rows.Of(x.Shape);
        int supports = context.Attributes.Int32("n_supports", 0);
        Kernel kernel = Kernel.Read(context.Attributes, supports > 0);
        TensorView coefficients = context.FloatTable("coefficients"), vectors = supports > 0 ? context.FloatTable("support_vectors") : coefficients;
        FunctionBuilder code = context.Code;
        code.For("row", 0, rows, row =>
        {
            Local first = code.Local("first", row * columns);
            Number sum;
            if (supports == 0) sum = kernel.Apply(context, x, first, vectors, 0, columns);
            else
            {
                sum = context.Constant(ElementType.Float32, 0).Variable("sum");
                code.For("vector", 0, supports, i => sum.Assign(sum + context.At(coefficients, i) * kernel.Apply(context, x, first, vectors, i * columns, columns)));
            }
            Number result = sum + sum.Of(context.Attributes.Floats("rho")![0]);
            if (context.Attributes.Flag("one_class")) result = Number.Select(result > result.Of(0), result.Of(1), result.Of(-1));
            context.Put(y, row, result);
        });
    }
}

/// <summary>Attributes as tables.</summary>
internal static class AttributeTables
{
    extension(LoweringContext context)
    {
        /// <summary>A float attribute as a constant table.</summary>
        public TensorView FloatTable(string name) =>
            context.Constant(name, Tensor.Of<float>(ElementType.Float32, new((context.Attributes.Floats(name) ?? []).Length), context.Attributes.Floats(name) ?? []));
    }
}

using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>The determinant of every square matrix in the last two axes, by Gaussian elimination with the largest pivot of each column.</summary>
internal sealed class Determinant : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 2);
        Require(x[^1] == x[^2], $"input 0: expected square matrices, got {x}");
        context.SetOutput(0, context.Float(0), new(x.Dimensions[..^2]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        int size = x.Shape[^1];
        TensorView work = context.Wide("work", x.Type, size * size);
        FunctionBuilder code = context.Code;
        code.For("matrix", 0, y.Shape.Count, matrix =>
        {
            Local from = code.Local("from", matrix * (size * size));
            code.For("i", 0, size * size, i => context.Put(work, i, context.At(x, from + i)));
            Number product = context.Constant(x.Type, 1).Variable("product");
            code.For("column", 0, size, column =>
            {
                Local pivot = Pivot(context, work, size, column);
                code.If(pivot.IsNot(column), () =>
                {
                    Swap(context, work, size, column, pivot);
                    product.Assign(-product);
                });
                Number head = context.At(work, column * (size + 1)).Keep("head");
                product.Assign(product * head);
                // A column of zeros makes the product 0; what follows must not divide by it.
                code.If(head.Is(head.Of(0)).Not(), () => code.For("row", column + 1, size, row =>
                {
                    Number factor = (context.At(work, row * size + column) / head).Keep("factor");
                    code.For("i", column + 1, size, i => context.Put(work, row * size + i, context.At(work, row * size + i) - factor * context.At(work, column * size + i)));
                }));
            });
            context.Put(y, matrix, product);
        });
    }

    static Local Pivot(LoweringContext context, TensorView work, int size, Expression column)
    {
        FunctionBuilder code = context.Code;
        Local pivot = code.Local("pivot", column), best = code.Local("best", context.At(work, column * (size + 1)).Abs().Bits);
        code.For("row", column + 1, size, row =>
        {
            // Bits of magnitudes are ordered like the magnitudes.
            Local magnitude = code.Local("magnitude", context.At(work, row * size + column).Abs().Bits);
            code.If(best < magnitude, () =>
            {
                code.Assign(best, magnitude);
                code.Assign(pivot, row);
            });
        });
        return pivot;
    }

    static void Swap(LoweringContext context, TensorView work, int size, Expression first, Expression second) => context.Code.For("i", 0, size, i =>
    {
        Number kept = context.At(work, first * size + i).Keep("kept");
        context.Put(work, first * size + i, context.At(work, second * size + i));
        context.Put(work, second * size + i, kept);
    });
}

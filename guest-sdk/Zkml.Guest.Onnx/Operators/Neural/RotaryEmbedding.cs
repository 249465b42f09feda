using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Rotates pairs of elements of every head by the angle of their position, given as tables of cosines and sines.</summary>
internal sealed class RotaryEmbedding : Operator
{
    const int PositionExitCode = 2;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.SameType(0, 1, 2);
        Shape x = context.Ranked(0, 3, 4);
        (int batch, int heads, int rows, int size) = Extents(context.Attributes, x);
        Require(heads > 0 && (x.Rank == 4 || x[2] % heads == 0), $"num_heads: expected a divisor of {x[^1]}, got {heads}");
        int rotated = Rotated(context.Attributes, size);
        Require(rotated % 2 == 0 && rotated >= 0 && rotated <= size, $"rotary_embedding_dim: expected an even number up to {size}, got {rotated}");
        for (int i = 1; i <= 2; i++)
        {
            Shape cache = context.HasInput(3) ? context.Ranked(i, 2, 2) : context.Ranked(i, 3, 3);
            Require(cache[^1] == rotated / 2 && (context.HasInput(3) || (cache[0] == batch && cache[1] == rows)), $"input {i}: expected rows of {rotated / 2}, got {cache}");
            Require(cache.Equals(context.ShapeOf(1)), $"input {i}: expected {context.ShapeOf(1)}, got {cache}");
        }
        context.Shaped(3, batch, rows);
        if (context.HasInput(3)) Require(context.TypeOf(3) == ElementType.Int64, $"input 3: expected Int64, got {context.TypeOf(3)}");
        context.SetOutput(0, context.Float(0), x);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), cosines = context.Input(1), sines = context.Input(2), y = context.Output(0);
        (int batch, int heads, int rows, int size) = Extents(context.Attributes, x.Shape);
        int rotated = Rotated(context.Attributes, size), half = rotated / 2;
        bool isInterleaved = context.Attributes.Flag("interleaved");
        HeadLayout layout = HeadLayout.Of(x.Shape.Rank == 4, heads, rows, size);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [batch, rows], index =>
        {
            Local angles = code.Local("angles", Position(context, index[0] * rows + index[1], cosines.Shape[0]) * half);
            code.For("head", 0, heads, head =>
            {
                Local first = code.Local("first", layout.At(index[0], head, index[1]));
                code.For("pair", 0, half, pair =>
                {
                    Local left = code.Local("left", first + (isInterleaved ? pair * 2 : pair)), right = code.Local("right", left + (isInterleaved ? 1 : half));
                    Number cosine = context.At(cosines, angles + pair).Keep("cosine"), sine = context.At(sines, angles + pair).Keep("sine");
                    Number a = context.At(x, left).Keep("a"), b = context.At(x, right).Keep("b");
                    context.Put(y, left, cosine * a - sine * b);
                    context.Put(y, right, sine * a + cosine * b);
                });
                code.For("rest", rotated, size, i => context.Store(y, first + i, context.Load(x, first + i)));
            });
        });
    }

    // The row of the tables: that of the element, or the one that position_ids names.
    static Expression Position(LoweringContext context, Expression row, int count)
    {
        if (!context.HasInput(3)) return row;
        Local position = context.Code.Local("position", Expression.Load(context.Input(3).Buffer, row));
        context.Code.If(position.IsBelow(Expression.Bits((ulong)count)).Not(), () => context.Code.Fail(PositionExitCode, $"{context.Node.Name}: a position lies outside of 0 to {count - 1}"));
        return position.Low();
    }

    static (int Batch, int Heads, int Rows, int Size) Extents(NodeAttributes attributes, Shape x)
    {
        if (x.Rank == 4) return (x[0], x[1], x[2], x[3]);
        int heads = attributes.Int32("num_heads", 0);
        return (x[0], heads, x[1], heads > 0 ? x[2] / heads : 0);
    }

    static int Rotated(NodeAttributes attributes, int size) => attributes.Int32("rotary_embedding_dim", 0) is > 0 and var wanted ? wanted : size;
}

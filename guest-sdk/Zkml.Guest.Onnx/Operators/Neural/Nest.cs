using Zkml.Guest.Loops;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Nested counted loops and the affine offsets of their counters.</summary>
internal static class Nest
{
    /// <summary>One loop for each extent, outermost first; the body gets the counters.</summary>
    public static void Over(FunctionBuilder code, ReadOnlySpan<int> extents, Action<Expression[]> body) => Over(code, extents.ToArray(), [], body);

    static void Over(FunctionBuilder code, int[] extents, Expression[] outer, Action<Expression[]> body)
    {
        if (outer.Length == extents.Length) body(outer);
        else code.For($"i{outer.Length}", 0, extents[outer.Length], i => Over(code, extents, [.. outer, i], body));
    }

    /// <summary>Σ index · stride.</summary>
    public static Expression Offset(ReadOnlySpan<Expression> indices, ReadOnlySpan<int> strides)
    {
        Expression sum = 0;
        for (int i = 0; i < indices.Length; i++) sum += indices[i] * strides[i];
        return sum;
    }

    /// <summary>Row-major strides of extents.</summary>
    public static int[] Strides(ReadOnlySpan<int> extents) => new Graph.Shape(extents).Strides();
}

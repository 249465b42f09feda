namespace Zkml.Fields;

/// <summary>
/// K-values beside the values of a cell: packed K over packed F in the prover; in the verifier a cell opened at ζ is itself in K.
/// </summary>
/// <typeparam name="TExtension">The type of a K-value.</typeparam>
/// <typeparam name="TCell">The type of a cell.</typeparam>
public interface IExtensionAlgebra<TExtension, TCell> : IAlgebra<TExtension>
    where TExtension : unmanaged, IExtensionAlgebra<TExtension, TCell>
    where TCell : unmanaged, IAlgebra<TCell>
{
    /// <summary>The cell as a K-value.</summary>
    static abstract TExtension Lift(TCell cell);

    /// <summary>value · cell.</summary>
    static abstract TExtension Scale(TExtension value, TCell cell);

    /// <summary>Σ_k cells[k]·X^k for the five base columns of one K column.</summary>
    static abstract TExtension Combine(ReadOnlySpan<TCell> cells);

    /// <summary>sum + Σ_j weights[j]·cells[j] over all cells; at least as many weights.</summary>
    static virtual TExtension AddProducts(TExtension sum, ReadOnlySpan<TExtension> weights, ReadOnlySpan<TCell> cells)
    {
        for (int j = 0; j < cells.Length; j++)
            sum += TExtension.Scale(weights[j], cells[j]);
        return sum;
    }
}

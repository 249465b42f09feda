using System.Runtime.CompilerServices;
using Zkml.Fields;

namespace Zkml.Air;

/// <summary>
/// Receives the constraints and interactions of one row. One struct per interpreter, passed by reference, so that the JIT
/// specialises <see cref="IAir.Constrain"/> for each with no virtual call.
/// </summary>
/// <typeparam name="T">The value of a cell in this interpreter.</typeparam>
public interface IAirBuilder<T> where T : unmanaged, IAlgebra<T>
{
    /// <summary>x = 0 on every row. Degree ≤ 3. The label is the text of the expression, for test reports.</summary>
    void AssertZero(T x, [CallerArgumentExpression(nameof(x))] string label = "");

    /// <summary>x = 0 on the first row. Degree ≤ 2, because the selector has degree 1.</summary>
    void AssertZeroFirst(T x, [CallerArgumentExpression(nameof(x))] string label = "");

    /// <summary>x = 0 on every row but the last; x may use the next row. Degree ≤ 3.</summary>
    void AssertZeroTransition(T x, [CallerArgumentExpression(nameof(x))] string label = "");

    /// <summary>x = 0 on the last row. Degree ≤ 2.</summary>
    void AssertZeroLast(T x, [CallerArgumentExpression(nameof(x))] string label = "");

    /// <summary>
    /// Puts <paramref name="multiplicity"/> copies of a message on a bus: positive sends, negative receives.
    /// Multiplicity and message are affine in the columns of the local row (OB-16); <paramref name="message"/> has the bus's arity.
    /// </summary>
    void Interact(Bus bus, T multiplicity, scoped ReadOnlySpan<T> message);
}

/// <summary>The cells that a constraint may see.</summary>
/// <param name="local">The row's main columns.</param>
/// <param name="next">The following row's main columns; the first row's on the last row, where only non-transition constraints hold.</param>
/// <param name="preprocessed">The row's preprocessed columns.</param>
public readonly ref struct RowWindow<T>(ReadOnlySpan<T> local, ReadOnlySpan<T> next, ReadOnlySpan<T> preprocessed) where T : unmanaged
{
    public readonly ReadOnlySpan<T> Local = local, Next = next, Preprocessed = preprocessed;
}

/// <summary>
/// One table: its width and its constraints, written once and run by every interpreter. Implemented by readonly structs.
/// An all-zero row must satisfy every constraint and put nothing on any bus: that is the padding row.
/// </summary>
public interface IAir
{
    /// <summary>The name of the table.</summary>
    string Name { get; }

    /// <summary>Number of main columns.</summary>
    int Width { get; }

    /// <summary>Number of preprocessed columns.</summary>
    int PreprocessedWidth => 0;

    /// <summary>States the constraints and interactions of one row, in a fixed order that branches on nothing but the AIR's parameters.</summary>
    void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct
        where T : unmanaged, IAlgebra<T>;
}

/// <summary>What every interpreter is: code that wants the concrete type of an AIR. See <see cref="Chip.Accept"/>.</summary>
public interface IAirVisitor
{
    /// <summary>Called with the AIR's own struct type, so that loops inside are specialised for it.</summary>
    void Visit<TAir>(in TAir air) where TAir : struct, IAir;
}

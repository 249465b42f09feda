using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Testing;

/// <summary>Small tables, each with one feature that a proof system has to get right. Their buses balance among them.</summary>
public static class ToyAirs
{
    public static readonly Bus Range = new(1, "ToyRange", 1, IsLocal: true);
    public static readonly Bus Triple = new(2, "ToyTriple", 3, IsLocal: true);
    public static readonly Bus Image = new(3, "ToyImage", 2, IsLocal: false);

    /// <summary>Values that <see cref="ToyRangeAir"/> holds: [0, 2^4).</summary>
    public const int LogRange = 4;

    public static Chip Fibonacci { get; } = new Chip<ToyFibonacciAir>(default);
    public static Chip Square { get; } = new Chip<ToySquareAir>(default);
    public static Chip RangeTable { get; } = new Chip<ToyRangeAir>(default);
    public static Chip Fixed { get; } = new Chip<ToyFixedAir>(default);
    public static Chip Product { get; } = new Chip<ToyProductAir>(default);
}

/// <summary>First, transition and last constraints, the next row, and three interactions (an odd number).</summary>
public readonly struct ToyFibonacciAir : IAir
{
    public string Name => "Fibonacci";

    /// <summary>a, b, a·a·b, a value in range.</summary>
    public int Width => 4;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        T left = rows.Local[0], right = rows.Local[1], one = T.FromBase(KoalaBear.One);
        b.AssertZeroFirst(left - one);
        b.AssertZeroFirst(right - one);
        b.AssertZeroTransition(rows.Next[0] - right);
        b.AssertZeroTransition(rows.Next[1] - left - right);
        b.AssertZero(rows.Local[2] - left * left * right);
        b.AssertZeroLast(rows.Local[2] * one - rows.Local[2]);
        b.Interact(ToyAirs.Range, one, [rows.Local[3]]);
        b.Interact(ToyAirs.Triple, one, [left, right, rows.Local[3]]);
        b.Interact(ToyAirs.Triple, default(T) - one, [left, right, rows.Local[3]]);
    }
}

/// <summary>Four interactions (an even number), so that the last row is padding.</summary>
public readonly struct ToySquareAir : IAir
{
    public string Name => "Square";

    /// <summary>is real, x, x², two values in range.</summary>
    public int Width => 5;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        T isReal = rows.Local[0], x = rows.Local[1], square = rows.Local[2];
        b.AssertBool(isReal);
        b.AssertEqual(square, x * x);
        b.Interact(ToyAirs.Range, isReal, [rows.Local[3]]);
        b.Interact(ToyAirs.Triple, isReal + isReal, [x, square, x + square]);
        b.Interact(ToyAirs.Triple, default(T) - isReal - isReal, [x, square, x + square]);
        b.Interact(ToyAirs.Range, isReal, [rows.Local[4]]);
    }
}

/// <summary>A lookup table: a preprocessed value, its multiplicity, one interaction.</summary>
public readonly struct ToyRangeAir : IAir
{
    public string Name => "Range";

    public int Width => 1;

    public int PreprocessedWidth => 1;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Interact(ToyAirs.Range, default(T) - rows.Local[0], [rows.Preprocessed[0]]);
}

/// <summary>No main columns; two interactions of preprocessed ones, the last row padding.</summary>
public readonly struct ToyFixedAir : IAir
{
    public string Name => "Fixed";

    public int Width => 0;

    public int PreprocessedWidth => 2;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        T isReal = rows.Preprocessed[0], word = rows.Preprocessed[1];
        b.Interact(ToyAirs.Image, isReal, [word, isReal]);
        b.Interact(ToyAirs.Image, default(T) - isReal, [word, isReal]);
    }
}

/// <summary>No interactions.</summary>
public readonly struct ToyProductAir : IAir
{
    public string Name => "Product";

    /// <summary>x, y, x·y.</summary>
    public int Width => 3;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.AssertZero(rows.Local[0] * rows.Local[1] - rows.Local[2]);
}

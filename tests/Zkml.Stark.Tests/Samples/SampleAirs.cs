using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Stark.Tests.Samples;

/// <summary>Buses and chips of the layout and verifier tests: each has one feature that the layout depends on.</summary>
static class SampleChips
{
    public static readonly Bus Range = new(10, "Range", 1, IsLocal: true);
    public static readonly Bus Token = new(1, "Token", 2, IsLocal: false);
    public static readonly Bus Image = new(5, "Image", 2, IsLocal: false);

    public static Chip Counter { get; } = new Chip<CounterAir>(default);
    public static Chip Table { get; } = new Chip<TableAir>(default);
    public static Chip Fixed { get; } = new Chip<FixedAir>(default);
    public static Chip Silent { get; } = new Chip<SilentAir>(default);
    public static Chip Stray { get; } = new Chip<StrayAir>(default);
}

/// <summary>Counts: takes the token (value, clock) and sends (value + 1, clock + 4). Reads the next row; three interactions (odd).</summary>
readonly struct CounterAir : IAir
{
    public string Name => "Counter";

    public int Width => 3;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        T isReal = rows.Local[0], value = rows.Local[1], clock = rows.Local[2];
        b.AssertBool(isReal);
        b.AssertZeroTransition(rows.Next[0] * (rows.Next[1] - value - isReal));
        b.Interact(SampleChips.Token, default(T) - isReal, [value, clock]);
        b.Interact(SampleChips.Token, isReal, [value + isReal, clock + T.FromBase(KoalaBear.FromCanonical(4))]);
        b.Interact(SampleChips.Range, isReal, [value]);
    }
}

/// <summary>A lookup table: one preprocessed column, one multiplicity, one interaction.</summary>
readonly struct TableAir : IAir
{
    public string Name => "Table";

    public int Width => 1;

    public int PreprocessedWidth => 1;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Interact(SampleChips.Range, default(T) - rows.Local[0], [rows.Preprocessed[0]]);
}

/// <summary>Preprocessed columns alone; two interactions (even: inert last row).</summary>
readonly struct FixedAir : IAir
{
    public string Name => "Fixed";

    public int Width => 0;

    public int PreprocessedWidth => 2;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        b.Interact(SampleChips.Image, rows.Preprocessed[0], [rows.Preprocessed[1], rows.Preprocessed[0]]);
        b.Interact(SampleChips.Image, default(T) - rows.Preprocessed[0], [rows.Preprocessed[1], rows.Preprocessed[0]]);
    }
}

/// <summary>No interactions.</summary>
readonly struct SilentAir : IAir
{
    public string Name => "Silent";

    public int Width => 2;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.AssertZero(rows.Local[0] * rows.Local[1]);
}

/// <summary>Sends with a multiplicity that nothing bounds.</summary>
readonly struct StrayAir : IAir
{
    public string Name => "Stray";

    public int Width => 2;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Interact(SampleChips.Range, rows.Local[0], [rows.Local[1]]);
}

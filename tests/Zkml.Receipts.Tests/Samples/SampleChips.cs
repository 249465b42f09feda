using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Receipts.Tests.Samples;

/// <summary>The chips of a machine that counts: small enough to prove in milliseconds, with every part that a receipt can have.</summary>
static class SampleChips
{
    public static readonly Bus Token = new(1, "Token", 2, IsLocal: false);
    public static readonly Bus End = new(2, "End", 1, IsLocal: false);
    public static readonly Bus Range = new(3, "Range", 1, IsLocal: true);

    public static Chip Counter { get; } = new Chip<CounterAir>(default);
    public static Chip Ending { get; } = new Chip<EndingAir>(default);
    public static Chip RangeTable { get; } = new Chip<RangeAir>(default);
}

/// <summary>Receives the token (value, clock) and sends (value + 1, clock + 4); value is in the range table.</summary>
readonly struct CounterAir : IAir
{
    public string Name => "Counter";

    public int Width => 3;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        T isReal = rows.Local[0], value = rows.Local[1], clock = rows.Local[2];
        b.AssertBool(isReal);
        b.Interact(SampleChips.Token, default(T) - isReal, [value, clock]);
        b.Interact(SampleChips.Token, isReal, [value + T.FromBase(KoalaBear.One), clock + T.FromBase(KoalaBear.FromCanonical(4))]);
        b.Interact(SampleChips.Range, isReal, [value]);
    }
}

/// <summary>Absorbs the token and sends the exit code.</summary>
readonly struct EndingAir : IAir
{
    public string Name => "Ending";

    public int Width => 4;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        T isReal = rows.Local[0];
        b.AssertBool(isReal);
        b.Interact(SampleChips.Token, default(T) - isReal, [rows.Local[1], rows.Local[2]]);
        b.Interact(SampleChips.End, isReal, [rows.Local[3]]);
    }
}

/// <summary>The program's one preprocessed table: the values that may be counted.</summary>
readonly struct RangeAir : IAir
{
    public string Name => "Range";

    public int Width => 1;

    public int PreprocessedWidth => 1;

    public void Constrain<TBuilder, T>(ref TBuilder b, RowWindow<T> rows) where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Interact(SampleChips.Range, default(T) - rows.Local[0], [rows.Preprocessed[0]]);
}

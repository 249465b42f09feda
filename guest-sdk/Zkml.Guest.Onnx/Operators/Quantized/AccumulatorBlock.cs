using Zkml.Guest.Loops;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// Accumulators of a few output positions by a few output channels, kept in locals: each activation and each weight that is loaded once
/// serves several products.
/// </summary>
sealed class AccumulatorBlock
{
    readonly FunctionBuilder _code;
    readonly Local[,] _accumulators;

    /// <summary>Declares the accumulators; those of one channel start from the same value.</summary>
    public AccumulatorBlock(FunctionBuilder code, int positions, int channels, Func<int, Expression> initial)
    {
        (_code, Positions, Channels, _accumulators) = (code, positions, channels, new Local[positions, channels]);
        for (int channel = 0; channel < channels; channel++)
            for (int position = 0; position < positions; position++)
                _accumulators[position, channel] = code.Local($"sum{position}_{channel}", position == 0 ? initial(channel) : _accumulators[0, channel]);
    }

    /// <summary>Output positions.</summary>
    public int Positions { get; }

    /// <summary>Output channels.</summary>
    public int Channels { get; }

    /// <summary>The accumulator of one output.</summary>
    public Expression this[int position, int channel] => _accumulators[position, channel];

    /// <summary>Adds activation · weight to every accumulator of a channel.</summary>
    public void Add(ReadOnlySpan<Expression> activations, int channel, Expression weight)
    {
        for (int position = 0; position < Positions; position++)
        {
            Local sum = _accumulators[position, channel];
            _code.Assign(sum, sum + (activations[position] * weight));
        }
    }

    /// <summary>
    /// How many positions and channels to take at a time: about eight accumulators, which leaves registers for activations, weights and
    /// pointers.
    /// </summary>
    public static (int Positions, int Channels) Choose(int positions, int channels)
    {
        int p = Math.Min(positions, 4);
        int c = Math.Min(channels, 8 / p);
        return (channels < 2 ? Math.Min(positions, 6) : p, c);
    }

    /// <summary>
    /// The same for long sums over windows, whose neighbouring positions share activations: up to seven positions by two channels where that
    /// divides the row. What the epilogue then spills is little beside the sum.
    /// </summary>
    public static (int Positions, int Channels) ChooseForWindows(int positions, int channels)
    {
        for (int p = 7; p > 4 && channels > 1; p--)
            if (positions % p == 0) return (p, 2);
        return Choose(positions, channels);
    }
}

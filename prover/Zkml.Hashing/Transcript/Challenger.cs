using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>
/// The Fiat–Shamir transcript: a duplex sponge of width 24 and rate 16 in overwrite mode. Each duplexing adds the number of
/// elements that it absorbs to the capacity, so that different splittings of one sequence give different transcripts.
/// </summary>
/// <typeparam name="T">Native elements in prover and verifier, wires in a circuit.</typeparam>
/// <typeparam name="TPermutation">The permutation over <typeparamref name="T"/>.</typeparam>
public sealed class Challenger<T, TPermutation>
    where T : unmanaged, IAlgebra<T>
    where TPermutation : IPermutation<T>
{
    /// <summary>Cells of the state.</summary>
    public const int Width = 24;

    /// <summary>Cells that are absorbed and given out; the other eight are the capacity.</summary>
    public const int Rate = 16;

    // A duplexing without input must differ from each with input, so it counts as one element more than a full block.
    const int SqueezeLength = Rate + 1;

    // Observing discards the outputs not yet sampled, so a pending element may stand in its rate cell at once.
    readonly T[] _state;
    readonly ITranscriptObserver<T>? _observer;
    int _pending;
    int _nextOutput = Rate;

    /// <summary>An empty transcript; <paramref name="observer"/>, when given, sees every element.</summary>
    public Challenger(ITranscriptObserver<T>? observer = null)
    {
        _state = new T[Width];
        _state.AsSpan().Fill(T.FromBase(default));
        _state[Rate + 1] = T.FromBase(KoalaBear.FromCanonical(DomainTags.Transcript));
        _observer = observer;
    }

    Challenger(Challenger<T, TPermutation> other)
    {
        _state = other._state.AsSpan().ToArray();
        _pending = other._pending;
        _nextOutput = other._nextOutput;
    }

    /// <summary>A copy that goes its own way from here; the observer stays with the original.</summary>
    public Challenger<T, TPermutation> Fork() => new(this);

    /// <summary>Absorbs one element.</summary>
    public void Observe(T value)
    {
        _observer?.Observed(value);
        _nextOutput = Rate;
        _state[_pending++] = value;
        if (_pending == Rate)
            Duplex();
    }

    /// <summary>Absorbs elements in order; the same as one by one.</summary>
    public void Observe(ReadOnlySpan<T> values)
    {
        foreach (T value in values)
            Observe(value);
    }

    /// <summary>The next challenge, bound to everything observed before.</summary>
    public T Sample()
    {
        if (_nextOutput == Rate)
            Duplex();
        T value = _state[_nextOutput++];
        _observer?.Sampled(value);
        return value;
    }

    /// <summary>Fills <paramref name="values"/> with challenges in order; an extension element is five of them.</summary>
    public void Sample(Span<T> values)
    {
        foreach (ref T value in values)
            value = Sample();
    }

    /// <summary>Copies the state with the pending elements in place, and returns how many they are, in [0, 16).</summary>
    internal int CopyState(Span<T> state)
    {
        _state.CopyTo(state);
        return _pending;
    }

    void Duplex()
    {
        int length = _pending == 0 ? SqueezeLength : _pending;
        _state[Rate] += T.FromBase(KoalaBear.FromCanonical((uint)length));
        TPermutation.Permute24(_state);
        _pending = 0;
        _nextOutput = 0;
    }
}

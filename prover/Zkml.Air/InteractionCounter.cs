using System.Runtime.CompilerServices;
using Zkml.Fields;

namespace Zkml.Air;

/// <summary>Takes what a row puts on the buses.</summary>
public interface IInteractionSink
{
    /// <summary>One interaction with multiplicity ≠ 0; a multiplicity above p/2 means a receive.</summary>
    void Take(Bus bus, KoalaBear multiplicity, scoped ReadOnlySpan<KoalaBear> message);
}

/// <summary>
/// Runs a constraint text for its interactions alone: lookup multiplicities and bus-balance tests come from here, never from a second text.
/// </summary>
public ref struct InteractionCounter<TSink>(ref TSink sink) : IAirBuilder<KoalaBear> where TSink : struct, IInteractionSink
{
    readonly ref TSink _sink = ref sink;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AssertZero(KoalaBear x, string label = "") { }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AssertZeroFirst(KoalaBear x, string label = "") { }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AssertZeroTransition(KoalaBear x, string label = "") { }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AssertZeroLast(KoalaBear x, string label = "") { }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Interact(Bus bus, KoalaBear multiplicity, scoped ReadOnlySpan<KoalaBear> message)
    {
        if (multiplicity != KoalaBear.Zero) _sink.Take(bus, multiplicity, message);
    }
}

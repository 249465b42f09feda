using System.Runtime.CompilerServices;

namespace Zkml.Records;

/// <summary>A growable list of unmanaged events: appended to by the interpreter, read as a span by the chips.</summary>
public sealed class EventList<T> where T : unmanaged
{
    T[] _items = [];
    int _count;

    /// <summary>The number of events.</summary>
    public int Count => _count;

    /// <summary>The events in the order of execution.</summary>
    public ReadOnlySpan<T> Items => _items.AsSpan(0, _count);

    /// <summary>The events, for the fault hooks of the soundness tests, which change what the interpreter recorded.</summary>
    public Span<T> MutableItems => _items.AsSpan(0, _count);

    /// <summary>Appends one event and returns it to be filled in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Append()
    {
        if (_count == _items.Length) Grow();
        return ref _items[_count++];
    }

    /// <summary>Appends one event.</summary>
    public void Add(in T item) => Append() = item;

    /// <summary>Forgets every event and keeps the storage.</summary>
    public void Clear()
    {
        _items.AsSpan(0, _count).Clear();
        _count = 0;
    }

    void Grow() => Array.Resize(ref _items, Math.Max(64, _items.Length * 2));
}

using System.Runtime.CompilerServices;

namespace Zkml.Records;

/// <summary>One number per event stream: the rows of a segment, or the rows that a segment may have.</summary>
public struct EventCounts : IEquatable<EventCounts>
{
    /// <summary>The number of event streams.</summary>
    public const int StreamCount = (int)EventStream.Boundary + 1;

    [InlineArray(StreamCount)]
    struct Values { int _first; }

    Values _values;

    /// <summary>The number of one stream, in rows.</summary>
    public int this[EventStream stream]
    {
        readonly get => _values[(int)stream];
        set => _values[(int)stream] = value;
    }

    /// <summary>The rows of all streams together.</summary>
    public readonly long Total
    {
        get
        {
            long total = 0;
            foreach (int value in _values) total += value;
            return total;
        }
    }

    /// <summary>The same number for every stream.</summary>
    public static EventCounts Uniform(int value)
    {
        EventCounts counts = default;
        for (int i = 0; i < StreamCount; i++) counts._values[i] = value;
        return counts;
    }

    /// <summary>The number of events in each stream of a record.</summary>
    public static EventCounts Of(SegmentRecord record)
    {
        EventCounts counts = default;
        counts[EventStream.AddSub] = record.AddSub.Count;
        counts[EventStream.AddImmediate] = record.AddImmediate.Count;
        counts[EventStream.LessThan] = record.LessThan.Count;
        counts[EventStream.Bitwise] = record.Bitwise.Count;
        counts[EventStream.Shift] = record.Shift.Count;
        counts[EventStream.Multiply] = record.Multiply.Count;
        counts[EventStream.Divide] = record.Divide.Count;
        counts[EventStream.LoadWord] = record.LoadWord.Count;
        counts[EventStream.LoadPart] = record.LoadPart.Count;
        counts[EventStream.StoreWord] = record.StoreWord.Count;
        counts[EventStream.StorePart] = record.StorePart.Count;
        counts[EventStream.Branch] = record.Branch.Count;
        counts[EventStream.Jump] = record.Jump.Count;
        counts[EventStream.JumpRegister] = record.JumpRegister.Count;
        counts[EventStream.Halt] = record.Halt.Count;
        counts[EventStream.Input] = record.Input.Count;
        counts[EventStream.Software] = record.Software.Count;
        counts[EventStream.HostWord] = record.HostWord.Count;
        counts[EventStream.ShaHead] = record.ShaHead.Count;
        counts[EventStream.ShaLoad] = record.ShaLoad.Count;
        counts[EventStream.ShaBlock] = record.ShaBlock.Count;
        counts[EventStream.ShaStore] = record.ShaStore.Count;
        counts[EventStream.Bump] = record.Bump.Count;
        counts[EventStream.Boundary] = record.Boundary.Count;
        return counts;
    }

    /// <summary>Adds the rows of another segment.</summary>
    public void Add(in EventCounts other)
    {
        for (int i = 0; i < StreamCount; i++) _values[i] += other._values[i];
    }

    /// <inheritdoc/>
    public readonly bool Equals(EventCounts other) => ((ReadOnlySpan<int>)_values).SequenceEqual(other._values);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is EventCounts other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode()
    {
        HashCode hash = default;
        foreach (int value in _values) hash.Add(value);
        return hash.ToHashCode();
    }

    public static bool operator ==(EventCounts left, EventCounts right) => left.Equals(right);

    public static bool operator !=(EventCounts left, EventCounts right) => !left.Equals(right);
}

namespace Zkml.Guest.Emission.Allocation;

/// <summary>The positions at which one machine register or stack slot is taken.</summary>
sealed class RangeSet
{
    readonly List<LiveRange> _ranges = [];

    /// <summary>Whether none of the ranges is taken.</summary>
    public bool IsFree(IReadOnlyList<LiveRange> ranges)
    {
        if (_ranges.Count == 0 || ranges.Count == 0) return true;
        int i = FirstEndingAfter(ranges[0].Start), j = 0;
        while (i < _ranges.Count && j < ranges.Count)
        {
            if (_ranges[i].End <= ranges[j].Start)
            {
                // Few ranges against many: skip by searching.
                i = FirstEndingAfter(ranges[j].Start);
                continue;
            }
            if (ranges[j].End <= _ranges[i].Start) j++;
            else return false;
        }
        return true;
    }

    /// <summary>Takes ranges that are free.</summary>
    public void Take(IReadOnlyList<LiveRange> ranges)
    {
        foreach (LiveRange range in ranges)
        {
            int index = FirstEndingAfter(range.Start);
            bool joinsLeft = index > 0 && _ranges[index - 1].End == range.Start, joinsRight = index < _ranges.Count && _ranges[index].Start == range.End;
            if (joinsLeft && joinsRight)
            {
                _ranges[index - 1] = new(_ranges[index - 1].Start, _ranges[index].End);
                _ranges.RemoveAt(index);
            }
            else if (joinsLeft) _ranges[index - 1] = new(_ranges[index - 1].Start, range.End);
            else if (joinsRight) _ranges[index] = new(range.Start, _ranges[index].End);
            else _ranges.Insert(index, range);
        }
    }

    int FirstEndingAfter(int position)
    {
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].End <= position) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

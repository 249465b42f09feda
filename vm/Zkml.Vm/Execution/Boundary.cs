using Zkml.Program;
using Zkml.Records;
using Zkml.Vm.Memory;

namespace Zkml.Vm.Execution;

/// <summary>The life of every word over the session, for the boundary chip (machine.md OB-2, OB-3).</summary>
internal static class Boundary
{
    /// <summary>Appends one entry per register, then one per touched or image word, by ascending address.</summary>
    public static void Write(GuestState state, EventList<BoundaryEntry> entries)
    {
        for (int register = 0; register < GuestState.RegisterCount; register++)
        {
            entries.Add(new BoundaryEntry
            {
                Space = MemorySpace.Register, Word = (uint)register,
                FinalValue = state.Registers[register], FinalTime = state.RegisterTimes[register],
            });
        }
        Cursor cursor = new(state);
        while (cursor.MoveNext())
        {
            entries.Add(new BoundaryEntry
            {
                Space = MemorySpace.Memory, Word = cursor.Word,
                InitialValue = cursor.ImageValue, InitialTime = cursor.Plane(2),
                FinalValue = cursor.Plane(0), FinalTime = cursor.Plane(1), IsImage = cursor.IsImage,
            });
        }
    }

    /// <summary>The number of entries that <see cref="Write"/> appends.</summary>
    public static int Count(GuestState state)
    {
        int count = GuestState.RegisterCount;
        Cursor cursor = new(state);
        while (cursor.MoveNext()) count++;
        return count;
    }

    /// <summary>Walks over the touched and image words of read-write memory.</summary>
    struct Cursor(GuestState state)
    {
        const uint EndWord = Isa.MemoryMap.ReadOnlyStart / 4;

        readonly IReadOnlyList<ProgramRegion> _regions = state.Program.Image;
        uint[]? _page;
        uint _next = Isa.MemoryMap.ReadWriteStart / 4;
        int _region;

        public uint Word { get; private set; }

        public bool IsImage { get; private set; }

        /// <summary>The image's value of the word; 0 where the image has none.</summary>
        public uint ImageValue { get; private set; }

        /// <summary>0: value, 1: time of the last access, 2: time before the first; times are 0 where never accessed.</summary>
        public readonly uint Plane(int plane) => _page![plane * GuestMemory.PageWords + (int)(Word & (GuestMemory.PageWords - 1))];

        public bool MoveNext()
        {
            while (_next < EndWord)
            {
                _page = state.Memory.PageOf(_next);
                if (_page is null)
                {
                    _next = (_next | (GuestMemory.PageWords - 1)) + 1;
                    continue;
                }
                Word = _next++;
                while (_region < _regions.Count && _regions[_region].EndWord <= Word) _region++;
                IsImage = _region < _regions.Count && _regions[_region].StartWord <= Word;
                ImageValue = IsImage ? _regions[_region].Words.Span[(int)(Word - _regions[_region].StartWord)] : 0;
                if (IsImage || Plane(1) != 0) return true;
            }
            return false;
        }
    }
}

using Zkml.Guest.Loops;
using Zkml.Isa;

namespace Zkml.Guest.Emission;

/// <summary>
/// Addresses of all buffers, known before any code is made. Constants lie in the read-only window, inputs and outputs at the start of the
/// buffers' memory; scratch buffers come last and share memory where their lives, first to last layer that touches them, do not overlap.
/// </summary>
sealed class MemoryPlan
{
    /// <summary>First byte of the buffers: far behind the text and what a frame needs. Memory that nobody touches costs nothing.</summary>
    public const uint Start = 0x1000_0000;

    /// <summary>The window's table holds 2^20 blocks of 32 bytes.</summary>
    public const int MaximumWindowBytes = 1 << 25;

    readonly Dictionary<LoopBuffer, uint> _addresses = [];

    public MemoryPlan(LoopProgram program, CallGraph calls)
    {
        long end = Start;
        foreach (LoopBuffer input in program.Inputs) end = Place(input, end);
        foreach (LoopBuffer output in program.Outputs) end = Place(output, end);
        end = PlaceScratch(program, calls, end);
        if (end > MemoryMap.ReadOnlyStart)
            throw new EmissionException($"Program {program.Name}: expected at most {MemoryMap.ReadOnlyStart - Start} bytes of buffers, got {end - Start}.");
        ReadWriteBytes = end - Start;
        if (Window.Length > MaximumWindowBytes)
            throw new EmissionException($"Program {program.Name}: expected at most {MaximumWindowBytes} bytes of constants, got {Window.Length}.");
    }

    /// <summary>Bytes of all buffers that are no constants.</summary>
    public long ReadWriteBytes { get; }

    /// <summary>The constants from the start of the window on.</summary>
    public MemoryStream Window { get; } = new();

    public uint AddressOf(LoopBuffer buffer) => _addresses.TryGetValue(buffer, out uint address)
        ? address
        : throw new EmissionException($"Buffer {buffer} is not part of the program.");

    long Place(LoopBuffer buffer, long end)
    {
        if (buffer.Kind == BufferKind.Constant)
        {
            PlaceConstant(buffer);
            return end;
        }
        return _addresses.TryAdd(buffer, (uint)Math.Min(end, uint.MaxValue)) ? end + SizeOf(buffer) : end;
    }

    void PlaceConstant(LoopBuffer buffer)
    {
        if (!_addresses.TryAdd(buffer, MemoryMap.ReadOnlyStart + (uint)Window.Length)) return;
        Window.Write(buffer.Data);
        while (Window.Length % 4 != 0) Window.WriteByte(0);
    }

    static long SizeOf(LoopBuffer buffer) => (buffer.ByteCount + 3L) & ~3L;

    long PlaceScratch(LoopProgram program, CallGraph calls, long start)
    {
        Dictionary<LoopBuffer, (int First, int Last)> lives = [];
        List<LoopBuffer> scratch = [];
        for (int i = 0; i < program.Layers.Count; i++)
        {
            foreach (LoopBuffer buffer in calls.BuffersOf(program.Layers[i].Function))
            {
                if (buffer.Kind == BufferKind.Constant) PlaceConstant(buffer);
                if (_addresses.ContainsKey(buffer)) continue;
                if (lives.TryGetValue(buffer, out (int First, int Last) life)) lives[buffer] = (life.First, i);
                else
                {
                    lives.Add(buffer, (i, i));
                    scratch.Add(buffer);
                }
            }
        }
        // Large ones first, each into the smallest gap between those that live at the same time.
        scratch = [.. scratch.OrderByDescending(SizeOf)];
        long end = start;
        List<(long Start, long End, LoopBuffer Buffer)> placed = [];
        foreach (LoopBuffer buffer in scratch)
        {
            long address = FindGap(start, SizeOf(buffer), placed.Where(other => Overlap(lives[other.Buffer], lives[buffer])));
            _addresses.Add(buffer, (uint)Math.Min(address, uint.MaxValue));
            placed.Add((address, address + SizeOf(buffer), buffer));
            end = Math.Max(end, address + SizeOf(buffer));
        }
        return end;
    }

    static bool Overlap((int First, int Last) left, (int First, int Last) right) => left.First <= right.Last && right.First <= left.Last;

    static long FindGap(long start, long size, IEnumerable<(long Start, long End, LoopBuffer Buffer)> neighbours)
    {
        long best = -1, bestSize = long.MaxValue, position = start;
        foreach ((long from, long to, _) in neighbours.OrderBy(neighbour => neighbour.Start))
        {
            long gap = from - position;
            if (gap >= size && gap < bestSize) (best, bestSize) = (position, gap);
            position = Math.Max(position, to);
        }
        return best >= 0 ? best : position;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Zkml.Isa;
using Zkml.Program;
using Zkml.Records;
using Zkml.Vm.Memory;

namespace Zkml.Vm.Execution;

/// <summary>The guest between two rows: registers, memory, place, clock, the access times, and the room left in the segment.</summary>
internal sealed class GuestState
{
    /// <summary>The longest time between two accesses that a row can prove; an older access is refreshed by a bump (machine.md OB-1).</summary>
    public const uint MaximumGap = 0xFFFF;

    /// <summary>The clock at the start of a session.</summary>
    public const uint FirstClock = 4;

    public const int RegisterCount = RomRow.SinkRegister + 1;

    public readonly ProgramImage Program;
    public readonly CodeTable Code;
    public readonly GuestMemory Memory;
    public readonly uint[] Registers = new uint[RegisterCount];
    public readonly uint[] RegisterTimes = new uint[RegisterCount];
    public readonly long[] InstructionMix = new long[(int)Opcode.Ebreak + 1];

    /// <summary>Rows that each stream of the segment can still take.</summary>
    public readonly int[] Room = new int[EventCounts.StreamCount];

    /// <summary>The segment being recorded; an empty one in the other modes.</summary>
    public SegmentRecord Record = new();

    /// <summary>The streams of <see cref="Record"/> for the first seven instruction families.</summary>
    public readonly EventList<AluEvent>[] AluStreams = new EventList<AluEvent>[(int)InstructionFamily.Divide + 1];

    public uint Pc4;
    public uint Clock = FirstClock;

    public GuestState(ProgramImage program, ExecutionInput input, bool isTimed)
    {
        Program = program;
        Code = new CodeTable(program);
        Memory = new GuestMemory(program, isTimed, input.MemoryLimitBytes);
        Pc4 = program.Entry / 4;
        Array.Fill(Room, int.MaxValue);
        Attach(Record);
    }

    /// <summary>Cycles so far: a quarter of the clock that has passed.</summary>
    public long Cycles => (Clock - FirstClock) / 4;

    /// <summary>Sends the following events to a record.</summary>
    public void Attach(SegmentRecord record)
    {
        Record = record;
        AluStreams[(int)InstructionFamily.AddSub] = record.AddSub;
        AluStreams[(int)InstructionFamily.AddImmediate] = record.AddImmediate;
        AluStreams[(int)InstructionFamily.LessThan] = record.LessThan;
        AluStreams[(int)InstructionFamily.Bitwise] = record.Bitwise;
        AluStreams[(int)InstructionFamily.Shift] = record.Shift;
        AluStreams[(int)InstructionFamily.Multiply] = record.Multiply;
        AluStreams[(int)InstructionFamily.Divide] = record.Divide;
    }

    /// <summary>Whether a row of a stream with some accesses fits the segment, bumps included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasRoom(int stream, int accessCount, uint clock) => Room[stream] > 0 && HasRoomForBumps(accessCount, clock);

    /// <summary>Whether the bumps of some accesses fit. Before tick 2^16 no access can be old enough for one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasRoomForBumps(int accessCount, uint clock) =>
        Room[(int)EventStream.Bump] >= accessCount || clock + (uint)accessCount <= MaximumGap;

    /// <summary>Reads a register at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadRegister<TMode>(int register, uint time, ref ReadAccess access) where TMode : struct, IExecutionMode
    {
        uint value = Registers[register];
        if (TMode.IsTimed)
        {
            uint gap = AdvanceRegister<TMode>(register, value, time);
            if (TMode.IsRecorded) access = new ReadAccess { Value = value, Gap = (ushort)gap };
        }
        return value;
    }

    /// <summary>Writes a register at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteRegister<TMode>(int register, uint value, uint time, ref WriteAccess access) where TMode : struct, IExecutionMode
    {
        if (TMode.IsTimed)
        {
            uint previous = Registers[register];
            uint gap = AdvanceRegister<TMode>(register, previous, time);
            if (TMode.IsRecorded) access = new WriteAccess { Previous = previous, Value = value, Gap = (ushort)gap };
        }
        Registers[register] = value;
    }

    /// <summary>Reads a word of read-write memory at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadMemory<TMode>(uint word, uint time, ref ReadAccess access) where TMode : struct, IExecutionMode
    {
        uint[] page = Memory.TouchPage(word) ?? FailMemoryLimit();
        int index = (int)(word & (GuestMemory.PageWords - 1));
        uint value = page[index];
        if (TMode.IsTimed)
        {
            uint gap = AdvanceMemory<TMode>(page, index, word, value, time);
            if (TMode.IsRecorded) access = new ReadAccess { Value = value, Gap = (ushort)gap };
        }
        return value;
    }

    /// <summary>Writes a word of read-write memory at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteMemory<TMode>(uint word, uint value, uint time, ref WriteAccess access) where TMode : struct, IExecutionMode
    {
        uint[] page = Memory.TouchPage(word) ?? FailMemoryLimit();
        int index = (int)(word & (GuestMemory.PageWords - 1));
        if (TMode.IsTimed)
        {
            uint previous = page[index];
            uint gap = AdvanceMemory<TMode>(page, index, word, previous, time);
            if (TMode.IsRecorded) access = new WriteAccess { Previous = previous, Value = value, Gap = (ushort)gap };
        }
        page[index] = value;
    }

    /// <summary>Stops the guest at the current instruction.</summary>
    [DoesNotReturn]
    public void Fail(GuestErrorKind kind, string message)
    {
        uint pc = Pc4 * 4;
        uint? word = null;
        foreach (ProgramRegion region in Program.Image)
        {
            if (Pc4 >= region.StartWord && Pc4 < region.EndWord) word = region.Words.Span[(int)(Pc4 - region.StartWord)];
        }
        throw new GuestException(new GuestError(kind, pc, word, Program.Symbols.Describe(pc), Cycles, message));
    }

    /// <summary>Stops the guest because of the address of an access.</summary>
    [DoesNotReturn]
    public void FailAddress(uint address, bool isStore, string what)
    {
        if (isStore && MemoryMap.IsReadOnly(address))
            Fail(GuestErrorKind.ReadOnlyStore, $"{what} to 0x{address:x8}, in the read-only window [0x{MemoryMap.ReadOnlyStart:x8}, 0x{MemoryMap.End:x8}).");
        string reason = MemoryMap.IsReadOnly(address) ? "a word of the read-only window that the program does not define"
            : address < MemoryMap.ReadWriteStart ? "the null page" : $"at or above 0x{MemoryMap.End:x8}";
        Fail(GuestErrorKind.InvalidAddress,
            $"{what} at 0x{address:x8}: {reason}; read-write memory is [0x{MemoryMap.ReadWriteStart:x8}, 0x{MemoryMap.ReadOnlyStart:x8}).");
    }

    [DoesNotReturn]
    uint[] FailMemoryLimit()
    {
        Fail(GuestErrorKind.MemoryLimit, $"the guest touched more than {Memory.AllocatedBytes} bytes of memory, its limit.");
        return [];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    uint AdvanceRegister<TMode>(int register, uint value, uint time) where TMode : struct, IExecutionMode
    {
        uint last = RegisterTimes[register], gap = time - 1 - last;
        if (gap > MaximumGap) gap = Bump<TMode>(MemorySpace.Register, (uint)register, value, last, time - 1);
        RegisterTimes[register] = time;
        return gap;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    uint AdvanceMemory<TMode>(uint[] page, int index, uint word, uint value, uint time) where TMode : struct, IExecutionMode
    {
        uint last = page[GuestMemory.PageWords + index], gap = time - 1 - last;
        if (last == 0)
        {
            page[2 * GuestMemory.PageWords + index] = time - 1;
            gap = 0;
        }
        else if (gap > MaximumGap)
        {
            gap = Bump<TMode>(MemorySpace.Memory, word, value, last, time - 1);
        }
        page[GuestMemory.PageWords + index] = time;
        return gap;
    }

    // One bump covers every gap of a session: clocks end below 4 + 2^29 because of the cycle limit of 2^27.
    [MethodImpl(MethodImplOptions.NoInlining)]
    uint Bump<TMode>(uint space, uint word, uint value, uint previousTime, uint time) where TMode : struct, IExecutionMode
    {
        Room[(int)EventStream.Bump]--;
        if (TMode.IsRecorded)
            Record.Bump.Add(new BumpEvent { Space = space, Word = word, Value = value, PreviousTime = previousTime, Time = time });
        return 0;
    }
}

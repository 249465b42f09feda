using System.Runtime.CompilerServices;
using Zkml.Isa;
using Zkml.Records;
using Zkml.Vm.Syscalls;

namespace Zkml.Vm.Execution;

/// <summary>The rows of the four environment calls, one at a time (machine.md D4–D8).</summary>
internal static class Ecalls
{
    const int T0 = 5, A0 = 10, A1 = 11, A2 = 12, A3 = 13, A4 = 14;
    const uint Halt = 0, Input = 1, Software = 2, Sha = 3;

    /// <summary>The number of host words or SHA-256 blocks that one call may ask for, exclusive.</summary>
    const uint CountLimit = 1 << 16;

    /// <summary>The clock advance of the rows that are no instruction, by phase.</summary>
    public static uint Advance(EcallPhase phase) => phase switch
    {
        EcallPhase.ShaLoad or EcallPhase.ShaStore => 8,
        EcallPhase.ShaBlock => 16,
        _ => 4,
    };

    /// <summary>The stream of the next row and the number of words it accesses.</summary>
    public static (EventStream Stream, int AccessCount) NextRow(GuestState state, PendingEcall ecall) => ecall.Phase switch
    {
        EcallPhase.HostWord => (EventStream.HostWord, 1),
        EcallPhase.ShaLoad => (EventStream.ShaLoad, 8),
        EcallPhase.ShaBlock => (EventStream.ShaBlock, 16),
        EcallPhase.ShaStore => (EventStream.ShaStore, 8),
        _ => state.Registers[T0] switch
        {
            Halt => (EventStream.Halt, 11),
            Input => (EventStream.Input, 2),
            Software => (EventStream.Software, 3),
            Sha => (EventStream.ShaHead, 6),
            _ => FailUnknown(state),
        },
    };

    /// <summary>Executes the next row; the caller has found room for it.</summary>
    public static void ExecuteRow<TMode, TFault>(GuestState state, PendingEcall ecall, SyscallHost host, ref TFault fault)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        EcallPhase phase = ecall.Phase;
        switch (phase)
        {
            case EcallPhase.HostWord: ExecuteHostWord<TMode>(state, ecall); break;
            case EcallPhase.ShaLoad: ExecuteShaLoad<TMode>(state, ecall); break;
            case EcallPhase.ShaBlock: ExecuteShaBlock<TMode>(state, ecall); break;
            case EcallPhase.ShaStore: ExecuteShaStore<TMode>(state, ecall); break;
            default:
                ecall.Phase = EcallPhase.None;
                switch (state.Registers[T0])
                {
                    case Halt: ExecuteHalt<TMode, TFault>(state, ecall, ref fault); break;
                    case Input: ExecuteInput<TMode>(state); break;
                    case Software: ExecuteSoftware<TMode>(state, ecall, host); break;
                    default: ExecuteShaHead<TMode>(state, ecall); break;
                }
                state.InstructionMix[(int)Opcode.Ecall]++;
                break;
        }
        // The SHA head has six accesses, so it takes two instruction times.
        state.Clock += phase == EcallPhase.Head && ecall.Phase == EcallPhase.ShaLoad ? 8 : Advance(phase);
        if (ecall.Phase == EcallPhase.None) state.Pc4++;
    }

    static void ExecuteHalt<TMode, TFault>(GuestState state, PendingEcall ecall, ref TFault fault)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        uint type = state.Registers[A0], pointer = state.Registers[A1];
        if ((type & 0xFF) != 0 || type > 0xFFFF)
            state.Fail(GuestErrorKind.UnsupportedHalt, $"halt: expected a0 = exit code << 8 with an exit code of one byte (TERMINATE), got 0x{type:x8}.");
        CheckWords(state, pointer, 8, "output digest of halt", isStore: false);
        HaltEvent unrecorded = default;
        ref HaltEvent e = ref unrecorded;
        if (TMode.IsRecorded) e = ref state.Record.Halt.Append();
        e.Step = MakeStep(state);
        state.ReadRegister<TMode>(T0, state.Clock, ref e.T0);
        state.ReadRegister<TMode>(A0, state.Clock + 1, ref e.A0);
        state.ReadRegister<TMode>(A1, state.Clock + 2, ref e.A1);
        if (TFault.IsActive) e.A0.Value = type = fault.HaltArgument(type);
        ReadWords<TMode>(state, pointer / 4, state.Clock + 3, ref e.Digest, ref ecall.OutputDigest);
        ecall.ExitCode = (byte)(type >> 8);
        ecall.Phase = EcallPhase.Halted;
    }

    static void ExecuteInput<TMode>(GuestState state) where TMode : struct, IExecutionMode
    {
        InputEvent unrecorded = default;
        ref InputEvent e = ref unrecorded;
        if (TMode.IsRecorded) e = ref state.Record.Input.Append();
        e.Step = MakeStep(state);
        state.ReadRegister<TMode>(T0, state.Clock, ref e.T0);
        state.WriteRegister<TMode>(A0, 0, state.Clock + 1, ref e.A0);
    }

    static void ExecuteSoftware<TMode>(GuestState state, PendingEcall ecall, SyscallHost host) where TMode : struct, IExecutionMode
    {
        uint pointer = state.Registers[A0], count = state.Registers[A1];
        CheckCount(state, count, "words of a system call's buffer (a1)");
        if (count > 0) CheckWords(state, pointer, count, "buffer of a system call", isStore: true);
        ecall.HostWords = count == 0 ? [] : new uint[count];
        SyscallReply reply = host.Execute(state, ecall.HostWords);
        SoftwareEvent unrecorded = default;
        ref SoftwareEvent e = ref unrecorded;
        if (TMode.IsRecorded) e = ref state.Record.Software.Append();
        e.Step = MakeStep(state);
        state.ReadRegister<TMode>(T0, state.Clock, ref e.T0);
        state.WriteRegister<TMode>(A0, reply.A0, state.Clock + 1, ref e.A0);
        state.WriteRegister<TMode>(A1, reply.A1, state.Clock + 2, ref e.A1);
        if (count == 0) return;
        (ecall.Phase, ecall.Word, ecall.Remaining) = (EcallPhase.HostWord, pointer / 4, count);
    }

    static void ExecuteHostWord<TMode>(GuestState state, PendingEcall ecall) where TMode : struct, IExecutionMode
    {
        HostWordEvent unrecorded = default;
        ref HostWordEvent e = ref unrecorded;
        if (TMode.IsRecorded) e = ref state.Record.HostWord.Append();
        (e.Pc4, e.Clock, e.Word, e.Remaining) = (state.Pc4, state.Clock, ecall.Word, ecall.Remaining);
        uint value = ecall.HostWords[ecall.HostWords.Length - (int)ecall.Remaining];
        state.WriteMemory<TMode>(ecall.Word, value, state.Clock + SubTime.Memory, ref e.Memory);
        ecall.Word++;
        if (--ecall.Remaining == 0) ecall.Phase = EcallPhase.None;
    }

    static void ExecuteShaHead<TMode>(GuestState state, PendingEcall ecall) where TMode : struct, IExecutionMode
    {
        uint[] registers = state.Registers;
        uint count = registers[A4];
        CheckCount(state, count, "blocks of sha (a4)");
        CheckWords(state, registers[A0], 8, "output state of sha", isStore: true);
        CheckWords(state, registers[A1], 8, "input state of sha", isStore: false);
        CheckBlocks(state, registers[A2], count, "first half blocks of sha");
        CheckBlocks(state, registers[A3], count, "second half blocks of sha");
        ShaHeadEvent unrecorded = default;
        ref ShaHeadEvent e = ref unrecorded;
        if (TMode.IsRecorded) e = ref state.Record.ShaHead.Append();
        e.Step = MakeStep(state);
        state.ReadRegister<TMode>(T0, state.Clock, ref e.T0);
        ecall.OutWord = state.ReadRegister<TMode>(A0, state.Clock + 1, ref e.A0) / 4;
        ecall.InWord = state.ReadRegister<TMode>(A1, state.Clock + 2, ref e.A1) / 4;
        ecall.Block1Word = state.ReadRegister<TMode>(A2, state.Clock + 3, ref e.A2) / 4;
        ecall.Block2Word = state.ReadRegister<TMode>(A3, state.Clock + 4, ref e.A3) / 4;
        ecall.Remaining = state.ReadRegister<TMode>(A4, state.Clock + 5, ref e.A4);
        ecall.Phase = EcallPhase.ShaLoad;
    }

    static void ExecuteShaLoad<TMode>(GuestState state, PendingEcall ecall) where TMode : struct, IExecutionMode
    {
        ShaLoadEvent unrecorded = default;
        ref ShaLoadEvent e = ref unrecorded;
        if (TMode.IsRecorded) e = ref state.Record.ShaLoad.Append();
        (e.Pc4, e.Clock, e.OutWord, e.InWord) = (state.Pc4, state.Clock, ecall.OutWord, ecall.InWord);
        (e.Block1Word, e.Block2Word, e.Count) = (ecall.Block1Word, ecall.Block2Word, ecall.Remaining);
        ReadWords<TMode>(state, ecall.InWord, state.Clock, ref e.State, ref ecall.State);
        ecall.Phase = ecall.Remaining == 0 ? EcallPhase.ShaStore : EcallPhase.ShaBlock;
    }

    static void ExecuteShaBlock<TMode>(GuestState state, PendingEcall ecall) where TMode : struct, IExecutionMode
    {
        ShaBlockEvent unrecorded = default;
        ref ShaBlockEvent e = ref unrecorded;
        if (TMode.IsRecorded) e = ref state.Record.ShaBlock.Append();
        (e.Pc4, e.Clock, e.OutWord, e.Remaining) = (state.Pc4, state.Clock, ecall.OutWord, ecall.Remaining);
        (e.Block1Word, e.Block2Word, e.StateBefore) = (ecall.Block1Word, ecall.Block2Word, ecall.State);
        Words8 first = default, second = default;
        ReadWords<TMode>(state, ecall.Block1Word, state.Clock, ref e.First, ref first);
        ReadWords<TMode>(state, ecall.Block2Word, state.Clock + 8, ref e.Second, ref second);
        Sha256Compression.Compress(ecall.State, first, second);
        e.StateAfter = ecall.State;
        ecall.Block1Word += 16;
        ecall.Block2Word += 16;
        if (--ecall.Remaining == 0) ecall.Phase = EcallPhase.ShaStore;
    }

    static void ExecuteShaStore<TMode>(GuestState state, PendingEcall ecall) where TMode : struct, IExecutionMode
    {
        ShaStoreEvent unrecorded = default;
        ref ShaStoreEvent e = ref unrecorded;
        if (TMode.IsRecorded) e = ref state.Record.ShaStore.Append();
        (e.Pc4, e.Clock, e.OutWord) = (state.Pc4, state.Clock, ecall.OutWord);
        (e.Block1Word, e.Block2Word) = (ecall.Block1Word, ecall.Block2Word);
        for (int i = 0; i < 8; i++) state.WriteMemory<TMode>(ecall.OutWord + (uint)i, ecall.State[i], state.Clock + (uint)i, ref e.State[i]);
        ecall.Phase = EcallPhase.None;
    }

    static Step MakeStep(GuestState state) => new() { Pc4 = state.Pc4, Clock = state.Clock, Opcode = (byte)Opcode.Ecall };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ReadWords<TMode>(GuestState state, uint word, uint time, ref ReadAccesses8 accesses, ref Words8 values)
        where TMode : struct, IExecutionMode
    {
        for (int i = 0; i < 8; i++) values[i] = state.ReadMemory<TMode>(word + (uint)i, time + (uint)i, ref accesses[i]);
    }

    static void CheckCount(GuestState state, uint count, string what)
    {
        if (count >= CountLimit) state.Fail(GuestErrorKind.InvalidArgument, $"{what}: expected fewer than {CountLimit}, got {count}.");
    }

    // Block i of a half lies 64 bytes after block i - 1 and is 32 bytes long.
    static void CheckBlocks(GuestState state, uint pointer, uint count, string what)
    {
        if ((pointer & 3) != 0) CheckWords(state, pointer, 1, what, isStore: false);
        if (count > 0) CheckWords(state, pointer, 16 * count - 8, what, isStore: false);
    }

    static void CheckWords(GuestState state, uint pointer, uint wordCount, string what, bool isStore)
    {
        if ((pointer & 3) != 0) state.Fail(GuestErrorKind.MisalignedAccess, $"{what}: expected a multiple of 4, got 0x{pointer:x8}.");
        if (!MemoryMap.IsReadWrite(pointer)) state.FailAddress(pointer, isStore, what);
        uint roomWords = (MemoryMap.ReadOnlyStart - pointer) / 4;
        if (wordCount > roomWords) state.FailAddress(MemoryMap.ReadOnlyStart, isStore, $"{what}, {wordCount} words from 0x{pointer:x8},");
    }

    static (EventStream, int) FailUnknown(GuestState state)
    {
        state.Fail(GuestErrorKind.UnknownEcall, $"ecall number (t0): expected 0 halt, 1 input, 2 software or 3 sha, got {state.Registers[T0]}.");
        return default;
    }
}

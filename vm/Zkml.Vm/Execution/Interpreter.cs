using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Zkml.Isa;
using Zkml.Records;

namespace Zkml.Vm.Execution;

/// <summary>Why the interpreter's loop returned.</summary>
internal enum LoopExit
{
    /// <summary>The clock reached the end of the slice.</summary>
    Slice,

    /// <summary>The next row does not fit the segment; <see cref="InterpreterResult.Stream"/> is the full stream.</summary>
    Full,

    /// <summary>The next instruction is an ECALL, not yet begun.</summary>
    Ecall,
}

/// <summary>Why the loop returned, and which stream was full.</summary>
internal readonly record struct InterpreterResult(LoopExit Exit, EventStream Stream = default);

/// <summary>
/// The loop over ROM rows. What an instruction computes is in <see cref="Alu"/> and <see cref="PartialWord"/>; here is the order of
/// accesses and the events (machine.md D2).
/// </summary>
internal static class Interpreter
{
    // Registers rs1, rs2 and rd, and a memory word.
    const int MaximumAccesses = 4;

    static readonly byte[] Families = BuildFamilies();

    /// <summary>
    /// Executes instructions until <paramref name="stopClock"/>, an ECALL or a full segment. Callers keep the slice short, so that tiered
    /// compilation can replace the loop between calls.
    /// </summary>
    public static InterpreterResult Run<TMode, TFault>(GuestState state, uint stopClock, ref TFault fault)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        byte[] families = Families;
        long[] mix = state.InstructionMix;
        uint pc4 = state.Pc4, clock = state.Clock, start = 0;
        RomRow[] rows = [];
        while (clock < stopClock)
        {
            state.Pc4 = pc4;
            uint index = pc4 - start;
            if (index >= (uint)rows.Length)
            {
                state.Clock = clock;
                CodeRange range = state.Code.Find(pc4) ?? FailFetch(state);
                (start, rows) = (range.StartWord, range.Rows);
                index = pc4 - start;
            }
            ref readonly RomRow row = ref rows[index];
            Opcode opcode = row.Opcode;
            if (opcode is Opcode.Ecall or Opcode.None)
            {
                state.Clock = clock;
                if (opcode == Opcode.None) FailInstruction(state);
                return new(LoopExit.Ecall);
            }
            if (TMode.IsTimed)
            {
                int family = families[(int)opcode];
                if (!state.HasRoom(family, MaximumAccesses, clock))
                {
                    state.Clock = clock;
                    return new(LoopExit.Full, state.Room[family] > 0 ? EventStream.Bump : (EventStream)family);
                }
                state.Room[family]--;
            }
            state.Clock = clock;
            mix[(int)opcode]++;
            if (TFault.IsActive && fault.SkipInstruction(MakeStep(row, pc4, clock))) pc4++;
            else pc4 = Execute<TMode, TFault>(state, row, pc4, clock, ref fault);
            clock += 4;
        }
        state.Pc4 = pc4;
        state.Clock = clock;
        return new(LoopExit.Slice);
    }

    /// <summary>Executes one row and returns the place of the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint Execute<TMode, TFault>(GuestState state, in RomRow row, uint pc4, uint clock, ref TFault fault)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        Opcode opcode = row.Opcode;
        uint next = pc4 + 1;
        if (opcode <= Opcode.Remu) ExecuteAlu<TMode, TFault>(state, row, pc4, clock, ref fault);
        else if (opcode <= Opcode.Lhu) ExecuteLoad<TMode, TFault>(state, row, pc4, clock, ref fault);
        else if (opcode <= Opcode.Sh) ExecuteStore<TMode, TFault>(state, row, pc4, clock, ref fault);
        else if (opcode <= Opcode.Bgeu) next = ExecuteBranch<TMode, TFault>(state, row, pc4, clock, ref fault);
        else if (opcode != Opcode.Jalr) next = ExecuteJump<TMode, TFault>(state, row, pc4, clock, ref fault);
        else next = ExecuteJumpRegister<TMode, TFault>(state, row, pc4, clock, ref fault);
        return TFault.IsActive ? fault.NextPc4(MakeStep(row, pc4, clock), next) : next;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ExecuteAlu<TMode, TFault>(GuestState state, in RomRow row, uint pc4, uint clock, ref TFault fault)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        AluEvent unrecorded = default;
        ref AluEvent e = ref unrecorded;
        if (TMode.IsRecorded)
        {
            e = ref state.AluStreams[Families[(int)row.Opcode]].Append();
            e.Step = MakeStep(row, pc4, clock);
        }
        uint left = state.ReadRegister<TMode>(row.Rs1, clock + SubTime.Rs1, ref e.Left), right;
        if (!TMode.IsTimed)
        {
            // One of the two is 0: register forms have no immediate, immediate forms name x0.
            right = state.Registers[row.Rs2] + row.Immediate;
        }
        else if (HasRightRegister(row.Opcode))
        {
            right = state.ReadRegister<TMode>(row.Rs2, clock + SubTime.Rs2, ref e.Right);
        }
        else
        {
            right = row.Immediate;
            e.Right.Value = right;
        }
        uint result = Alu.Evaluate(row.Opcode, left, right);
        int rd = row.Rd;
        if (TFault.IsActive) (result, rd) = (fault.Result(MakeStep(row, pc4, clock), result), fault.Destination(MakeStep(row, pc4, clock), row.Rd));
        state.WriteRegister<TMode>(rd, result, clock + SubTime.Rd, ref e.Result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ExecuteLoad<TMode, TFault>(GuestState state, in RomRow row, uint pc4, uint clock, ref TFault fault)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        LoadEvent unrecorded = default;
        ref LoadEvent e = ref unrecorded;
        if (TMode.IsRecorded)
        {
            e = ref (row.Opcode == Opcode.Lw ? state.Record.LoadWord : state.Record.LoadPart).Append();
            e.Step = MakeStep(row, pc4, clock);
        }
        uint address = state.ReadRegister<TMode>(row.Rs1, clock + SubTime.Rs1, ref e.Base) + row.Immediate, word;
        if (TFault.IsActive) address = fault.Address(MakeStep(row, pc4, clock), address);
        if ((address & PartialWord.AccessBytes(row.Opcode) - 1) != 0) FailAlignment(state, address, row.Opcode);
        if (MemoryMap.IsReadWrite(address))
        {
            word = state.ReadMemory<TMode>(address / 4, clock + SubTime.Memory, ref e.Memory);
        }
        else
        {
            word = ReadWindow(state, address);
            if (TMode.IsRecorded)
            {
                e.IsReadOnly = true;
                e.Memory.Value = word;
            }
        }
        uint result = PartialWord.Load(row.Opcode, word, address);
        int rd = row.Rd;
        if (TFault.IsActive) (result, rd) = (fault.LoadedValue(MakeStep(row, pc4, clock), result), fault.Destination(MakeStep(row, pc4, clock), row.Rd));
        state.WriteRegister<TMode>(rd, result, clock + SubTime.Rd, ref e.Result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ExecuteStore<TMode, TFault>(GuestState state, in RomRow row, uint pc4, uint clock, ref TFault fault)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        StoreEvent unrecorded = default;
        ref StoreEvent e = ref unrecorded;
        if (TMode.IsRecorded)
        {
            e = ref (row.Opcode == Opcode.Sw ? state.Record.StoreWord : state.Record.StorePart).Append();
            e.Step = MakeStep(row, pc4, clock);
        }
        uint address = state.ReadRegister<TMode>(row.Rs1, clock + SubTime.Rs1, ref e.Base) + row.Immediate;
        uint source = state.ReadRegister<TMode>(row.Rs2, clock + SubTime.Rs2, ref e.Source);
        if (TFault.IsActive) address = fault.Address(MakeStep(row, pc4, clock), address);
        if ((address & PartialWord.AccessBytes(row.Opcode) - 1) != 0) FailAlignment(state, address, row.Opcode);
        if (!MemoryMap.IsReadWrite(address)) state.FailAddress(address, isStore: true, "store");
        uint word = PartialWord.Store(row.Opcode, row.Opcode == Opcode.Sw ? 0 : state.Memory.Peek(address / 4), source, address);
        if (TFault.IsActive) word = fault.StoredWord(MakeStep(row, pc4, clock), word);
        state.WriteMemory<TMode>(address / 4, word, clock + SubTime.Memory, ref e.Memory);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint ExecuteBranch<TMode, TFault>(GuestState state, in RomRow row, uint pc4, uint clock, ref TFault fault)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        BranchEvent unrecorded = default;
        ref BranchEvent e = ref unrecorded;
        if (TMode.IsRecorded)
        {
            e = ref state.Record.Branch.Append();
            e.Step = MakeStep(row, pc4, clock);
        }
        uint left = state.ReadRegister<TMode>(row.Rs1, clock + SubTime.Rs1, ref e.Left);
        uint right = state.ReadRegister<TMode>(row.Rs2, clock + SubTime.Rs2, ref e.Right);
        bool isTaken = Alu.BranchTaken(row.Opcode, left, right);
        if (TFault.IsActive) isTaken = fault.BranchTaken(MakeStep(row, pc4, clock), isTaken);
        return isTaken ? row.Auxiliary : pc4 + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint ExecuteJump<TMode, TFault>(GuestState state, in RomRow row, uint pc4, uint clock, ref TFault fault)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        JumpEvent unrecorded = default;
        ref JumpEvent e = ref unrecorded;
        if (TMode.IsRecorded)
        {
            e = ref state.Record.Jump.Append();
            e.Step = MakeStep(row, pc4, clock);
        }
        uint result = row.Immediate;
        int rd = row.Rd;
        if (TFault.IsActive) (result, rd) = (fault.Result(MakeStep(row, pc4, clock), result), fault.Destination(MakeStep(row, pc4, clock), row.Rd));
        state.WriteRegister<TMode>(rd, result, clock + SubTime.Rd, ref e.Result);
        return row.Opcode == Opcode.Jal ? row.Auxiliary : pc4 + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint ExecuteJumpRegister<TMode, TFault>(GuestState state, in RomRow row, uint pc4, uint clock, ref TFault fault)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        JumpRegisterEvent unrecorded = default;
        ref JumpRegisterEvent e = ref unrecorded;
        if (TMode.IsRecorded)
        {
            e = ref state.Record.JumpRegister.Append();
            e.Step = MakeStep(row, pc4, clock);
        }
        uint target = state.ReadRegister<TMode>(row.Rs1, clock + SubTime.Rs1, ref e.Base) + row.Immediate & ~1u;
        if ((target & 2) != 0) FailJump(state, target);
        uint result = (pc4 + 1) * 4;
        int rd = row.Rd;
        if (TFault.IsActive) (result, rd) = (fault.Result(MakeStep(row, pc4, clock), result), fault.Destination(MakeStep(row, pc4, clock), row.Rd));
        state.WriteRegister<TMode>(rd, result, clock + SubTime.Rd, ref e.Result);
        return target / 4;
    }

    /// <summary>A ROM row in its place and time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Step MakeStep(in RomRow row, uint pc4, uint clock) => new()
    {
        Pc4 = pc4, Clock = clock, Immediate = row.Immediate, Auxiliary = row.Auxiliary,
        Opcode = (byte)row.Opcode, Rd = row.Rd, Rs1 = row.Rs1, Rs2 = row.Rs2,
    };

    // Bit n: opcode n is an arithmetic or logic instruction of the register format.
    const ulong RegisterForms =
        1UL << (int)Opcode.Add | 1UL << (int)Opcode.Sub | 1UL << (int)Opcode.Slt | 1UL << (int)Opcode.Sltu
        | 1UL << (int)Opcode.And | 1UL << (int)Opcode.Or | 1UL << (int)Opcode.Xor
        | 1UL << (int)Opcode.Sll | 1UL << (int)Opcode.Srl | 1UL << (int)Opcode.Sra
        | 1UL << (int)Opcode.Mul | 1UL << (int)Opcode.Mulh | 1UL << (int)Opcode.Mulhsu | 1UL << (int)Opcode.Mulhu
        | 1UL << (int)Opcode.Div | 1UL << (int)Opcode.Divu | 1UL << (int)Opcode.Rem | 1UL << (int)Opcode.Remu;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static bool HasRightRegister(Opcode opcode) => (RegisterForms >> (int)opcode & 1) != 0;

    static byte[] BuildFamilies()
    {
        byte[] families = new byte[(int)Opcode.Ebreak + 1];
        foreach (InstructionDefinition definition in InstructionTable.All) families[(int)definition.Opcode] = (byte)definition.Family;
        return families;
    }

    static uint ReadWindow(GuestState state, uint address)
    {
        if (!MemoryMap.IsReadOnly(address) || !state.Memory.TryReadWindow(address / 4, out uint word))
        {
            state.FailAddress(address, isStore: false, "load");
            return 0;
        }
        return word;
    }

    [DoesNotReturn]
    static CodeRange FailFetch(GuestState state)
    {
        state.Fail(GuestErrorKind.InvalidFetch, "the program counter is outside of the program's executable segments.");
        return null;
    }

    [DoesNotReturn]
    static void FailInstruction(GuestState state)
    {
        uint word = state.Program.InitialWordAt(state.Pc4);
        if (!Decoder.TryDecode(word, out Instruction instruction, out DecodeError error))
            state.Fail(GuestErrorKind.IllegalInstruction, $"expected an RV32IM instruction, got {Decoder.Describe(error)}.");
        if (instruction.Opcode == Opcode.Ebreak) state.Fail(GuestErrorKind.Breakpoint, "the guest executed ebreak, as after an abort.");
        FailJump(state, state.Pc4 * 4 + (uint)instruction.Immediate);
    }

    [DoesNotReturn]
    static void FailJump(GuestState state, uint target) =>
        state.Fail(GuestErrorKind.MisalignedJump, $"jump target: expected a multiple of 4, got 0x{target:x8}.");

    [DoesNotReturn]
    static void FailAlignment(GuestState state, uint address, Opcode opcode) =>
        state.Fail(GuestErrorKind.MisalignedAccess,
            $"address of {InstructionTable.Get(opcode).Mnemonic}: expected a multiple of {PartialWord.AccessBytes(opcode)}, got 0x{address:x8}.");
}

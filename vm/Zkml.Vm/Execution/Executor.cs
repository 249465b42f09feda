using Zkml.Isa;
using Zkml.Program;
using Zkml.Records;
using Zkml.Vm.Sessions;
using Zkml.Vm.Syscalls;

namespace Zkml.Vm.Execution;

/// <summary>
/// One execution of a program: either <see cref="Run"/> at once, or segment by segment with
/// <see cref="RunSegment(SegmentRecord, in EventCounts, CancellationToken)"/> and <see cref="MeterSegment"/>. A guest that does something illegal ends it with a <see cref="GuestException"/>. Not thread-safe.
/// </summary>
public sealed class Executor
{
    // Long enough to make the loop's entry free, short enough for tiered compilation and cancellation.
    const uint SliceTicks = 1 << 16;

    readonly ProgramImage _program;
    readonly ExecutionInput _input;
    readonly SyscallHost _host;
    readonly PendingEcall _ecall = new();
    readonly uint _clockLimit;
    GuestState? _state;
    bool _isTimed, _hasFailed;
    int _segmentIndex;
    EventCounts _counts;

    /// <summary>Prepares an execution. Throws <see cref="ArgumentException"/> for an input out of range.</summary>
    public Executor(ProgramImage program, ExecutionInput input)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(input);
        input.Validate();
        (_program, _input) = (program, input);
        _host = new SyscallHost(input);
        _clockLimit = GuestState.FirstClock + 4 * (uint)input.CycleLimit;
    }

    /// <summary>Whether the guest has halted.</summary>
    public bool IsHalted => _ecall.Phase == EcallPhase.Halted;

    /// <summary>The stream that ended the last segment with <see cref="SegmentStatus.Full"/>.</summary>
    public EventStream FullStream { get; private set; }

    /// <summary>The bytes written to standard output so far, also after a failure.</summary>
    public byte[] StandardOutput => _host.StandardOutput;

    /// <summary>The bytes written to standard error and the log so far, also after a failure.</summary>
    public byte[] StandardError => _host.StandardError;

    /// <summary>What the halted guest left. Throws <see cref="InvalidOperationException"/> before the halt.</summary>
    public ExecutionResult Result
    {
        get
        {
            if (!IsHalted) throw new InvalidOperationException("Execution: the guest has not halted.");
            GuestState state = _state!;
            return new ExecutionResult
            {
                ExitCode = _ecall.ExitCode,
                Journal = _host.Journal,
                OutputDigest = ((ReadOnlySpan<uint>)_ecall.OutputDigest).ToArray(),
                Cycles = state.Cycles,
                Instructions = state.InstructionMix.Sum(),
                InstructionMix = [.. state.InstructionMix],
                Counts = _counts,
                StandardOutput = _host.StandardOutput,
                StandardError = _host.StandardError,
            };
        }
    }

    /// <summary>Runs to the halt on the fast path, without segments and events.</summary>
    public ExecutionResult Run(CancellationToken cancellation = default)
    {
        NoFaults noFaults = default;
        GuestState state = Begin(isTimed: false);
        Array.Fill(state.Room, int.MaxValue);
        RunGuarded<FastMode, NoFaults>(state, ref noFaults, cancellation);
        _counts = CountsOf(state, EventCounts.Uniform(int.MaxValue));
        foreach (InstructionDefinition definition in InstructionTable.All)
        {
            if (definition.Family < InstructionFamily.EnvironmentCall)
                _counts[(EventStream)definition.Family] += (int)state.InstructionMix[(int)definition.Opcode];
        }
        return Result;
    }

    /// <summary>
    /// Fills a record, whose former content is forgotten, with the events of the next segment: until a row would exceed a capacity (bumps
    /// that the row might need included) or the guest halts. Throws <see cref="ArgumentException"/> if not even one row fits.
    /// </summary>
    public SegmentStatus RunSegment(SegmentRecord record, in EventCounts capacities, CancellationToken cancellation = default)
    {
        NoFaults noFaults = default;
        return RunSegment(record, capacities, ref noFaults, cancellation);
    }

    /// <summary>As <see cref="RunSegment(SegmentRecord, in EventCounts, CancellationToken)"/>, counting the rows instead of recording them.</summary>
    public SegmentStatus MeterSegment(in EventCounts capacities, out EventCounts counts, CancellationToken cancellation = default)
    {
        NoFaults noFaults = default;
        GuestState state = Begin(isTimed: true);
        return RunLimited<MeterMode, NoFaults>(state, capacities, out counts, ref noFaults, cancellation);
    }

    /// <summary>
    /// Fills the boundary of the closing segment after the halt: all 33 registers, then every word of read-write memory that was
    /// touched or that the image defines, by ascending address.
    /// </summary>
    public void FinishBoundary(SegmentRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        record.IsClosing = true;
        Boundary.Write(TimedStateAtHalt(), record.Boundary);
    }

    /// <summary>The rows that <see cref="FinishBoundary"/> writes.</summary>
    public int CountBoundary() => Boundary.Count(TimedStateAtHalt());

    /// <summary>A segment of a dishonest execution.</summary>
    internal SegmentStatus RunSegment<TFault>(SegmentRecord record, in EventCounts capacities, ref TFault fault, CancellationToken cancellation = default)
        where TFault : struct, IFaultHook
    {
        ArgumentNullException.ThrowIfNull(record);
        GuestState state = Begin(isTimed: true);
        record.Clear();
        state.Attach(record);
        record.Index = _segmentIndex++;
        return RunLimited<RecordMode, TFault>(state, capacities, out _, ref fault, cancellation);
    }

    SegmentStatus RunLimited<TMode, TFault>(
        GuestState state, in EventCounts capacities, out EventCounts counts, ref TFault fault, CancellationToken cancellation)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        for (int i = 0; i < state.Room.Length; i++) state.Room[i] = capacities[(EventStream)i];
        uint startClock = state.Clock;
        SegmentStatus status = RunGuarded<TMode, TFault>(state, ref fault, cancellation);
        if (status == SegmentStatus.Full && state.Clock == startClock)
            throw new ArgumentException($"Segment: the capacity {capacities[FullStream]} of {FullStream} is too small for one row.", nameof(capacities));
        counts = CountsOf(state, capacities);
        _counts.Add(counts);
        return status;
    }

    static EventCounts CountsOf(GuestState state, in EventCounts capacities)
    {
        EventCounts counts = default;
        for (int i = 0; i < state.Room.Length; i++) counts[(EventStream)i] = capacities[(EventStream)i] - state.Room[i];
        return counts;
    }

    GuestState Begin(bool isTimed)
    {
        if (_hasFailed) throw new InvalidOperationException("Execution: it has failed before.");
        if (IsHalted) throw new InvalidOperationException("Execution: the guest has halted.");
        if (_state is not null && (_isTimed != isTimed || !isTimed))
            throw new InvalidOperationException("Execution: Run and segments exclude each other, and Run runs once.");
        _isTimed = isTimed;
        return _state ??= new GuestState(_program, _input, isTimed);
    }

    GuestState TimedStateAtHalt() => IsHalted && _isTimed
        ? _state!
        : throw new InvalidOperationException("Execution: the boundary exists only after the halt of an execution in segments.");

    SegmentStatus RunGuarded<TMode, TFault>(GuestState state, ref TFault fault, CancellationToken cancellation)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        // Whatever interrupts a segment leaves half of it behind, so nothing may follow.
        _hasFailed = true;
        SegmentStatus status = RunRows<TMode, TFault>(state, ref fault, cancellation);
        _hasFailed = false;
        return status;
    }

    SegmentStatus RunRows<TMode, TFault>(GuestState state, ref TFault fault, CancellationToken cancellation)
        where TMode : struct, IExecutionMode
        where TFault : struct, IFaultHook
    {
        while (_ecall.Phase != EcallPhase.Halted)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_ecall.Phase != EcallPhase.None)
            {
                (EventStream stream, int accessCount) = Ecalls.NextRow(state, _ecall);
                if (!state.HasRoom((int)stream, accessCount, state.Clock))
                {
                    FullStream = state.Room[(int)stream] > 0 ? EventStream.Bump : stream;
                    return SegmentStatus.Full;
                }
                CheckCycleLimit(state, _ecall.Phase == EcallPhase.Head && stream == EventStream.ShaHead ? 8 : Ecalls.Advance(_ecall.Phase));
                state.Room[(int)stream]--;
                Ecalls.ExecuteRow<TMode, TFault>(state, _ecall, _host, ref fault);
                continue;
            }
            CheckCycleLimit(state, 4);
            InterpreterResult result = Interpreter.Run<TMode, TFault>(state, Math.Min(_clockLimit, state.Clock + SliceTicks), ref fault);
            if (result.Exit == LoopExit.Ecall) _ecall.Phase = EcallPhase.Head;
            if (result.Exit == LoopExit.Full)
            {
                FullStream = result.Stream;
                return SegmentStatus.Full;
            }
        }
        return SegmentStatus.Halted;
    }

    void CheckCycleLimit(GuestState state, uint advance)
    {
        if (state.Clock + advance > _clockLimit)
            state.Fail(GuestErrorKind.CycleLimit, $"the cycle limit of {_input.CycleLimit} was reached.");
    }
}

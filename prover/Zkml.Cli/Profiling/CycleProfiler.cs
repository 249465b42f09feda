using Zkml.Isa;
using Zkml.Program;
using Zkml.Records;
using Zkml.Vm.Execution;
using Zkml.Vm.Sessions;

namespace Zkml.Cli.Profiling;

/// <summary>
/// Attributes every cycle to a call stack of symbols, by replaying the events of an execution. A jump that links ra is a call, one to ra a
/// return; stacks are of functions with symbols, so a stripped program has one line.
/// </summary>
sealed class CycleProfiler
{
    const int SegmentRows = 1 << 18, MaximumDepth = 256;
    const byte ReturnAddress = 1;

    readonly SymbolTable _symbols;
    readonly Dictionary<uint, string> _names = [];
    readonly Dictionary<string, long> _stacks = [];
    readonly List<string> _frames = [];
    string _path = "";
    bool _isCall, _isReturn;

    CycleProfiler(SymbolTable symbols) => _symbols = symbols;

    /// <summary>Executes the program once more, recording events. Throws <see cref="GuestException"/> where the guest fails.</summary>
    public static CycleProfile Profile(ProgramImage program, ExecutionInput input, CancellationToken cancellation)
    {
        CycleProfiler profiler = new(program.Symbols);
        Executor executor = new(program, input);
        uint lastClock = 4;
        SegmentStatus status;
        do
        {
            SegmentRecord record = new();
            status = executor.RunSegment(record, EventCounts.Uniform(SegmentRows), cancellation);
            List<Step> steps = StepsOf(record);
            steps.Sort((left, right) => left.Clock.CompareTo(right.Clock));
            // The rows of an ECALL after its head are time of the ECALL: each step costs until the next one begins.
            foreach (Step step in steps)
            {
                profiler.Charge((step.Clock - lastClock) / 4);
                lastClock = step.Clock;
                profiler.Enter(step);
            }
        }
        while (status != SegmentStatus.Halted);
        profiler.Charge(executor.Result.Cycles + 1 - lastClock / 4);
        return new CycleProfile(profiler._stacks);
    }

    void Enter(in Step step)
    {
        string name = NameOf(step.Pc4);
        if (_isReturn && _frames.Count > 1) _frames.RemoveAt(_frames.Count - 1);
        if (_frames.Count == 0 || _isCall && _frames.Count < MaximumDepth) _frames.Add(name);
        if (_isCall || _isReturn || _path.Length == 0 || _frames[^1] != name)
        {
            _frames[^1] = name;
            _path = string.Join(';', _frames);
        }
        Opcode opcode = (Opcode)step.Opcode;
        _isCall = opcode is Opcode.Jal or Opcode.Jalr && step.Rd == ReturnAddress;
        _isReturn = opcode == Opcode.Jalr && step.Rd == RomRow.SinkRegister && step.Rs1 == ReturnAddress;
    }

    void Charge(long cycles)
    {
        if (cycles == 0) return;
        _stacks[_path] = _stacks.GetValueOrDefault(_path) + cycles;
    }

    string NameOf(uint pc4)
    {
        if (_names.TryGetValue(pc4, out string? name)) return name;
        string description = _symbols.Describe(4 * pc4) ?? "?";
        int plus = description.IndexOf('+', StringComparison.Ordinal);
        return _names[pc4] = plus < 0 ? description : description[..plus];
    }

    static List<Step> StepsOf(SegmentRecord record)
    {
        List<Step> steps = [];
        foreach (EventList<AluEvent> stream in new[]
                 { record.AddSub, record.AddImmediate, record.LessThan, record.Bitwise, record.Shift, record.Multiply, record.Divide })
        {
            foreach (ref readonly AluEvent e in stream.Items) steps.Add(e.Step);
        }
        foreach (ref readonly LoadEvent e in record.LoadWord.Items) steps.Add(e.Step);
        foreach (ref readonly LoadEvent e in record.LoadPart.Items) steps.Add(e.Step);
        foreach (ref readonly StoreEvent e in record.StoreWord.Items) steps.Add(e.Step);
        foreach (ref readonly StoreEvent e in record.StorePart.Items) steps.Add(e.Step);
        foreach (ref readonly BranchEvent e in record.Branch.Items) steps.Add(e.Step);
        foreach (ref readonly JumpEvent e in record.Jump.Items) steps.Add(e.Step);
        foreach (ref readonly JumpRegisterEvent e in record.JumpRegister.Items) steps.Add(e.Step);
        foreach (ref readonly HaltEvent e in record.Halt.Items) steps.Add(e.Step);
        foreach (ref readonly InputEvent e in record.Input.Items) steps.Add(e.Step);
        foreach (ref readonly SoftwareEvent e in record.Software.Items) steps.Add(e.Step);
        foreach (ref readonly ShaHeadEvent e in record.ShaHead.Items) steps.Add(e.Step);
        return steps;
    }
}

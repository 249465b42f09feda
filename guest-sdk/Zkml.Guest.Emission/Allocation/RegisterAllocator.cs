using Zkml.Guest.Assembly;
using Zkml.Guest.Emission.Code;
using Zkml.Guest.Loops;
using Zkml.Isa;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Guest.Emission.Allocation;

/// <summary>
/// Gives each virtual register one place for its whole life. Those that are used most often per position of their life choose first; a
/// register takes, if it can, the place of a value that it is nearly a copy of. What a call destroys is known exactly, because callees are
/// allocated before their callers: there are no saved registers.
/// </summary>
sealed class RegisterAllocator
{
    /// <summary>Never allocated: they carry spilled values into an instruction and out of it.</summary>
    public const Register FirstScratch = T5, SecondScratch = T6;

    // Low ones first: what few functions use is free across calls.
    static readonly Register[] s_order =
        [A0, A1, A2, A3, A4, A5, A6, A7, T0, T1, T2, T3, T4, Ra, S0, S1, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, Gp, Tp];

    /// <summary>Register a0, a1…: word i of a result, and where parameters go by preference.</summary>
    public static Register Argument(int i) => (Register)((int)A0 + i);

    readonly FunctionCode _code;
    readonly IReadOnlyDictionary<Function, Allocation> _callees;
    readonly HashSet<int> _parameters;
    readonly Liveness _liveness;
    readonly Coalescing _coalescing;
    readonly Location[] _locations;
    readonly double[] _weights;
    readonly List<(int Partner, double Weight)>?[] _partners;
    readonly List<(Register Register, double Weight)>?[] _hints;
    readonly RangeSet[] _taken = new RangeSet[32];
    readonly List<RangeSet> _slots = [];
    readonly Dictionary<int, int> _constants = [];
    uint _destroyed;

    RegisterAllocator(FunctionCode code, IReadOnlyDictionary<Function, Allocation> callees)
    {
        (_code, _callees) = (code, callees);
        _liveness = Liveness.Of(code);
        _coalescing = Coalescing.Of(code, _liveness);
        _parameters = [.. code.Parameters.Select(_coalescing.Find)];
        _locations = new Location[code.RegisterCount];
        _locations[0] = Location.In(Zero);
        _weights = new double[code.RegisterCount];
        _partners = new List<(int, double)>?[code.RegisterCount];
        _hints = new List<(Register, double)>?[code.RegisterCount];
        for (int i = 0; i < _taken.Length; i++) _taken[i] = new();
    }

    /// <summary>Allocates a function whose callees are allocated.</summary>
    public static Allocation Run(FunctionCode code, IReadOnlyDictionary<Function, Allocation> callees)
    {
        RegisterAllocator allocator = new(code, callees);
        allocator.Scan();
        allocator.AssignAll();
        return new()
        {
            Locations = allocator._locations,
            Destroyed = allocator._destroyed,
            FrameWords = allocator._slots.Count,
            Parameters = [.. code.Parameters.Select(register => allocator._locations[register])],
        };
    }

    void Scan()
    {
        int[] definitionCount = new int[_code.RegisterCount];
        Span<int> buffer = stackalloc int[4];
        foreach (BasicBlock block in _code.Blocks)
        {
            double weight = Math.Pow(8, Math.Min(block.Depth, 12));
            for (int i = 0; i < block.Instructions.Count; i++)
            {
                VirtualInstruction instruction = block.Instructions[i];
                foreach (int used in instruction.Uses(buffer)) _weights[_coalescing.Find(used)] += weight;
                foreach (int defined in instruction.Definitions(buffer))
                {
                    int register = _coalescing.Find(defined);
                    _weights[register] += weight;
                    definitionCount[register]++;
                    if (instruction.Kind == InstructionKind.Constant) _constants[register] = instruction.Value;
                }
                ScanCopies(instruction, weight);
                if (instruction.Callee == null) continue;
                uint destroyed = DestroyedBy(instruction);
                _destroyed |= destroyed;
                // Nothing lives after a call at the end.
                if (instruction.Kind == InstructionKind.Call) Take(destroyed, 4 * (_liveness.StartOf(block) + i) + 1);
            }
        }
        for (int register = 0; register < definitionCount.Length; register++)
            if (definitionCount[register] > 1) _constants.Remove(register);
    }

    void ScanCopies(VirtualInstruction instruction, double weight)
    {
        switch (instruction.Kind)
        {
            case InstructionKind.Move:
                AddPartners(instruction.Target, instruction.Left, weight);
                break;
            case InstructionKind.Immediate when instruction.Opcode == Opcode.Addi:
                AddPartners(instruction.Target, instruction.Left, weight / 16);
                break;
            case InstructionKind.ConditionalMove:
                AddPartners(instruction.Target, instruction.Source, weight / 2);
                break;
            case InstructionKind.Entry:
                for (int i = 0; i < _code.Parameters.Length; i++)
                    if (i < 8) AddHint(_code.Parameters[i], Argument(i), weight);
                AddHint(_code.ReturnAddress, Ra, weight);
                break;
            case InstructionKind.Return:
                for (int i = 0; i < instruction.Operands.Length - 1; i++) AddHint(instruction.Operands[i], Argument(i), weight);
                break;
            case InstructionKind.Call or InstructionKind.TailCall:
                Location[] parameters = _callees[instruction.Callee!].Parameters;
                for (int i = 0; i < parameters.Length; i++)
                    if (parameters[i].IsRegister) AddHint(instruction.Operands[i], parameters[i].Register, weight);
                for (int i = 0; i < instruction.Results.Length; i++) AddHint(instruction.Results[i], Argument(i), weight);
                break;
        }
    }

    void AddPartners(int first, int second, double weight)
    {
        (first, second) = (_coalescing.Find(first), _coalescing.Find(second));
        if (first == 0 || second == 0 || first == second) return;
        (_partners[first] ??= []).Add((second, weight));
        (_partners[second] ??= []).Add((first, weight));
    }

    void AddHint(int register, Register hint, double weight)
    {
        if (register > 0) (_hints[_coalescing.Find(register)] ??= []).Add((hint, weight));
    }

    // A call destroys what its callee does, the registers of the arguments and of the result.
    uint DestroyedBy(VirtualInstruction call)
    {
        Allocation callee = _callees[call.Callee!];
        uint destroyed = callee.Destroyed | 1u << (int)Ra;
        foreach (Location parameter in callee.Parameters)
            if (parameter.IsRegister) destroyed |= 1u << parameter.Index;
        for (int i = 0; i < call.Results.Length; i++) destroyed |= 1u << (int)A0 + i;
        return destroyed;
    }

    void Take(uint destroyed, int position)
    {
        LiveRange[] range = [new(position, position + 1)];
        for (int i = 1; i < 32; i++)
            if ((destroyed >> i & 1) != 0) _taken[i].Take(range);
    }

    void AssignAll()
    {
        List<(double Density, int Register)> order = [];
        for (int register = 1; register < _code.RegisterCount; register++)
        {
            IReadOnlyList<LiveRange> ranges = _coalescing.RangesOf(register);
            long size = 0;
            foreach (LiveRange range in ranges) size += range.End - range.Start;
            // A range of one position is written and never read.
            if (size == ranges.Count) continue;
            order.Add((_weights[register] / size, register));
        }
        order.Sort((left, right) => right.Density != left.Density ? right.Density.CompareTo(left.Density) : left.Register.CompareTo(right.Register));
        foreach ((_, int register) in order) Assign(register);
        for (int register = 1; register < _locations.Length; register++) _locations[register] = _locations[_coalescing.Find(register)];
        foreach (BasicBlock block in _code.Blocks)
            foreach (VirtualInstruction instruction in block.Instructions)
                if (instruction.Kind == InstructionKind.Return)
                    for (int i = 0; i < instruction.Operands.Length - 1; i++) _destroyed |= 1u << (int)A0 + i;
    }

    void Assign(int register)
    {
        IReadOnlyList<LiveRange> ranges = _coalescing.RangesOf(register);
        foreach (Register wish in WishesOf(register))
            if (TryTake(register, wish, ranges)) return;
        foreach (Register candidate in s_order)
            if (TryTake(register, candidate, ranges)) return;
        if (_constants.TryGetValue(register, out int value) && IsOneInstruction(value))
        {
            _locations[register] = Location.Constant(value);
            return;
        }
        int slot = 0;
        while (slot < _slots.Count && !_slots[slot].IsFree(ranges)) slot++;
        if (slot == _slots.Count) _slots.Add(new());
        _slots[slot].Take(ranges);
        _locations[register] = Location.Slot(slot);
    }

    bool TryTake(int register, Register candidate, IReadOnlyList<LiveRange> ranges)
    {
        RangeSet taken = _taken[(int)candidate];
        // The call itself writes ra.
        if ((candidate == Ra && _parameters.Contains(register)) || !taken.IsFree(ranges)) return false;
        taken.Take(ranges);
        _locations[register] = Location.In(candidate);
        _destroyed |= 1u << (int)candidate;
        return true;
    }

    List<Register> WishesOf(int register)
    {
        List<(Register Register, double Weight)> wishes = [.. _hints[register] ?? []];
        foreach ((int partner, double weight) in _partners[register] ?? [])
            if (_locations[partner].IsRegister) wishes.Add((_locations[partner].Register, weight));
        wishes.Sort((left, right) => right.Weight.CompareTo(left.Weight));
        return [.. wishes.Select(wish => wish.Register)];
    }

    static bool IsOneInstruction(int value) => value is >= -2048 and <= 2047 || (value & 0xFFF) == 0;
}

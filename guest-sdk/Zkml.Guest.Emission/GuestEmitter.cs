using Zkml.Guest.Assembly;
using Zkml.Guest.Emission.Allocation;
using Zkml.Guest.Emission.Code;
using Zkml.Guest.Emission.Routines;
using Zkml.Guest.Emission.Selection;
using Zkml.Guest.Emission.Writing;
using Zkml.Guest.Loops;
using Zkml.Isa;

namespace Zkml.Guest.Emission;

/// <summary>Compiles a loop program into a guest for RV32IM.</summary>
public sealed class GuestEmitter : ILoweringContext
{
    /// <summary>The most instructions of a program, from the height of the machine's ROM.</summary>
    public const int MaximumInstructions = 1 << 19;

    const int SmallFunction = 12, MediumFunction = 150, MaximumCopies = 32;

    readonly LoopProgram _program;
    readonly IGuestFrame _frame;
    readonly CallGraph _calls;
    readonly MemoryPlan _memory;
    readonly Dictionary<Function, PlacedFunction> _functions = [];
    readonly List<MachineCode> _code = [];
    readonly Dictionary<Function, LocalAnalysis> _analyses = [];

    GuestEmitter(LoopProgram program, IGuestFrame frame)
    {
        (_program, _frame) = (program, frame);
        foreach (Layer layer in program.Layers)
            if (layer.Function.Parameters.Count > 0) throw new EmissionException($"Layer {layer.Name}: expected a function without parameters, got {layer.Function.Parameters.Count}.");
        _calls = new(program.Layers.Select(layer => layer.Function));
        _memory = new(program, _calls);
    }

    /// <summary>
    /// Compiles a program with what surrounds it. The same program gives the same bytes. Throws <see cref="EmissionException"/> if it does not
    /// fit the machine: more than 2^19 instructions, 32 MiB of constants or 2 GiB of buffers, or a function that calls itself.
    /// </summary>
    /// <param name="program">The layers.</param>
    /// <param name="frame">What surrounds them.</param>
    /// <param name="notes">Sections of the file that are not loaded.</param>
    public static EmittedGuest Emit(LoopProgram program, IGuestFrame frame, params (string Name, byte[] Content)[] notes)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(frame);
        return new GuestEmitter(program, frame).Emit(false, notes);
    }

    /// <summary>
    /// The same guest, but its standard output is one little-endian word for the cycle count before the first layer and one after each:
    /// for profiles. It takes <see cref="MeasuringCycles"/> more cycles a layer.
    /// </summary>
    public static EmittedGuest EmitMeasured(LoopProgram program, IGuestFrame frame) => new GuestEmitter(program, frame).Emit(true, []);

    /// <summary>Cycles between two counts that are not the layer's.</summary>
    public const int MeasuringCycles = 10;

    uint ILoweringContext.AddressOf(LoopBuffer buffer) => _memory.AddressOf(buffer);

    Function ILoweringContext.WideRoutine(BinaryOperation operation) => WideDivision.Get(operation);

    // Small functions anywhere; those of medium size in loops, where their constants leave the loop, if few places call them.
    bool ILoweringContext.IsInlined(Function function, bool isRepeated) => _calls.SizeOf(function) <= SmallFunction
        || (isRepeated && _calls.SizeOf(function) <= MediumFunction && _calls.CallSitesOf(function) <= MaximumCopies);

    LocalAnalysis ILoweringContext.AnalysisOf(Function function)
    {
        if (!_analyses.TryGetValue(function, out LocalAnalysis? analysis)) _analyses.Add(function, analysis = LocalAnalysis.Of(function));
        return analysis;
    }

    EmittedGuest Emit(bool isMeasured, (string Name, byte[] Content)[] notes)
    {
        Dictionary<Function, Allocation.Allocation> allocations = [];
        foreach (Function function in _calls.Order)
        {
            FunctionCode code = FunctionLowering.Lower(function, this);
            Cleanup.Start(code);
            allocations.Add(function, RegisterAllocator.Run(code, allocations));
            int frameStart = ProgramWriter.SavedWords;
            foreach (Function callee in code.Callees()) frameStart = Math.Max(frameStart, _functions[callee].FrameEnd);
            PlacedFunction place = new(allocations[function], frameStart);
            _functions.Add(function, place);
            _code.Add(FunctionWriter.Write(code, place, _functions));
        }
        CheckFrames();
        DropUncalled();
        return Assemble(isMeasured, notes);
    }

    // What was inlined everywhere is not called.
    void DropUncalled()
    {
        HashSet<Function> called = [.. _program.Layers.Select(layer => layer.Function)];
        for (int i = _code.Count - 1; i >= 0; i--)
        {
            if (!called.Contains(_code[i].Function)) continue;
            foreach (MachineInstruction instruction in _code[i].Instructions)
                if (instruction.Callee != null) called.Add(instruction.Callee);
        }
        _code.RemoveAll(code => !called.Contains(code.Function));
    }

    void CheckFrames()
    {
        foreach (PlacedFunction function in _functions.Values)
        {
            if (4L * function.FrameEnd > MemoryLayout.StackTop - MemoryMap.ReadWriteStart)
                throw new EmissionException($"Program {_program.Name}: expected at most {MemoryLayout.StackTop - MemoryMap.ReadWriteStart} bytes of spilled values, got {4L * function.FrameEnd}.");
        }
    }

    EmittedGuest Assemble(bool isMeasured, (string Name, byte[] Content)[] notes)
    {
        Assembler assembler = new();
        ProgramWriter writer = new(assembler, _code);
        Dictionary<Function, string> names = NameFunctions();
        foreach (MachineCode code in _code) writer.Declare(code.Function, names[code.Function]);
        assembler.In(SectionKind.Window).Byte(_memory.Window.GetBuffer().AsSpan(0, (int)_memory.Window.Length)).In(SectionKind.Text);
        Label layers = assembler.NewLabel("layers");
        assembler.Here("_start");
        Dictionary<LoopBuffer, Label> addresses = [];
        foreach (LoopBuffer buffer in _program.Inputs.Concat(_program.Outputs)) addresses.TryAdd(buffer, assembler.At(_memory.AddressOf(buffer)));
        _frame.Write(new(assembler, _program, layers, addresses));
        assembler.In(SectionKind.Text).Mark(layers);
        writer.WriteLayers(_program, isMeasured);
        writer.WriteFunctions();
        writer.WriteFailures();
        AssembledProgram assembled = assembler.Assemble();
        Check(assembled, out int instructions, out long window);
        return new()
        {
            Elf = assembled.ToElf(notes),
            LayerSymbols = [.. _program.Layers.Select(layer => names[layer.Function])],
            InstructionCount = instructions,
            WindowBytes = window,
            BufferBytes = _memory.ReadWriteBytes,
        };
    }

    Dictionary<Function, string> NameFunctions()
    {
        Dictionary<Function, string> names = [];
        HashSet<string> taken = ["_start", "layers"];
        foreach (Layer layer in _program.Layers)
            if (!names.ContainsKey(layer.Function)) names.Add(layer.Function, Unique(layer.Name, taken));
        foreach (Function function in _calls.Order)
            if (!names.ContainsKey(function)) names.Add(function, Unique(function.Name, taken));
        return names;
    }

    // Symbols are printable and differ; those that start with a dot would be local.
    static string Unique(string name, HashSet<string> taken)
    {
        string printable = string.Concat(name.Select(character => character is > ' ' and < '\x7F' ? character : '_')).TrimStart('.', '$');
        if (printable.Length == 0) printable = "function";
        if (printable.Length > 200) printable = printable[..200];
        string unique = printable;
        for (int i = 2; !taken.Add(unique); i++) unique = $"{printable}.{i}";
        return unique;
    }

    void Check(AssembledProgram assembled, out int instructions, out long window)
    {
        (instructions, window) = (0, 0);
        long words = 0;
        foreach (ProgramSection section in assembled.Sections)
        {
            if (section.Kind == SectionKind.Text) instructions = section.Contents.Length / 4;
            if (section.Kind == SectionKind.Window) window = section.Length;
            else words += section.Contents.Length / 4;
            if (section.Kind != SectionKind.Window && section.Address + section.Length > MemoryPlan.Start)
                throw new EmissionException($"Program {_program.Name}: text and data end at 0x{section.Address + section.Length:x8}, expected below 0x{MemoryPlan.Start:x8}.");
        }
        if (instructions > MaximumInstructions)
            throw new EmissionException($"Program {_program.Name}: expected at most {MaximumInstructions} instructions, got {instructions}.");
        if (words > 2 * MaximumInstructions)
            throw new EmissionException($"Program {_program.Name}: expected at most {2 * MaximumInstructions} initial words outside of the window, got {words}.");
        if (window > MemoryPlan.MaximumWindowBytes)
            throw new EmissionException($"Program {_program.Name}: expected at most {MemoryPlan.MaximumWindowBytes} bytes of constants, got {window}.");
    }
}

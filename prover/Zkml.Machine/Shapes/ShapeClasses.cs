namespace Zkml.Machine.Shapes;

/// <summary>
/// The class file: every form that a segment may have. Part of the parameter digest; a change makes a new machine version.
/// </summary>
public static class ShapeClasses
{
    /// <summary>The largest number of classes (D10).</summary>
    public const int MaximumCount = 32;

    /// <summary>Every class; a segment names its class by index.</summary>
    public static IReadOnlyList<ShapeClass> All { get; } = Build();

    /// <summary>The class of an index, or null.</summary>
    public static ShapeClass? Find(int index) => index >= 0 && index < All.Count ? All[index] : null;

    static ShapeClass[] Build()
    {
        List<ShapeClass> classes = [];
        Add(null, InstructionMix.Compiled, 13, 16, 18, 20);
        Add(null, InstructionMix.Balanced, 20);
        Add(null, InstructionMix.Inference, 18, 20);
        Add(null, InstructionMix.Floating, 20);
        Add(ProgramSize.All[0], InstructionMix.Compiled, 10, 13, 16, 18, 20);
        Add(ProgramSize.All[0], InstructionMix.Balanced, 20);
        Add(ProgramSize.All[1], InstructionMix.Compiled, 13, 16, 18, 20);
        Add(ProgramSize.All[1], InstructionMix.Inference, 16, 18, 20);
        Add(ProgramSize.All[1], InstructionMix.Floating, 18, 20);
        Add(ProgramSize.All[2], InstructionMix.Compiled, 16, 18, 20);
        Add(ProgramSize.All[2], InstructionMix.Inference, 18, 20);
        Add(ProgramSize.All[3], InstructionMix.Compiled, 18, 20);
        Add(ProgramSize.All[3], InstructionMix.Inference, 18, 20);
        return [.. classes];

        void Add(ProgramSize? closes, InstructionMix mix, params ReadOnlySpan<int> logCycles)
        {
            foreach (int cycles in logCycles)
            {
                string name = $"{mix.Name}-{cycles}" + (closes is null ? "" : $"-{closes.Name}");
                classes.Add(new ShapeClass(classes.Count, name, closes, Tables(mix, cycles, closes)));
            }
        }
    }

    // No table is lower than 2^5 rows, so that every cap can have 2^6 digests.
    static TableHeight[] Tables(InstructionMix mix, int logCycles, ProgramSize? closes)
    {
        List<TableHeight> tables = [];
        foreach ((MachineChip chip, int shift) in mix.Shifts) Add(chip, logCycles - shift);
        if (closes is not null) Add(RiscvMachine.Halt, 0);
        Add(RiscvMachine.Input, 0);
        Add(RiscvMachine.Software, logCycles - 10);
        Add(RiscvMachine.HostWord, logCycles - 7);
        int logBlocks = Math.Clamp(logCycles - 10, 5, 8);
        Add(RiscvMachine.ShaHead, logBlocks);
        Add(RiscvMachine.ShaState, logBlocks + 1);
        Add(RiscvMachine.ShaBlock, logBlocks);
        Add(RiscvMachine.ShaRound, logBlocks + 6);
        Add(RiscvMachine.ShaMemory, logBlocks + 5);
        Add(RiscvMachine.Transfer, Math.Max(logBlocks + 4, logCycles - 7)); // holds what all its requesters may ask for
        Add(RiscvMachine.Bump, logCycles - 6);
        Add(RiscvMachine.Fixed, 16);
        Add(RiscvMachine.Power, 5);
        Add(RiscvMachine.ShaConstant, 6);
        if (closes is not null)
        {
            Add(RiscvMachine.Rom, closes.LogRom);
            Add(RiscvMachine.Image, closes.LogImage);
            Add(RiscvMachine.ReadOnly, closes.LogReadOnly);
            Add(RiscvMachine.Boundary, Math.Max(closes.LogImage + 1, logCycles - 4));
        }
        return [.. tables];

        void Add(MachineChip chip, int logHeight) => tables.Add(new TableHeight(chip, Math.Max(5, logHeight)));
    }
}

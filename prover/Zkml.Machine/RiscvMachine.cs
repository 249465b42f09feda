using Zkml.Machine.Chips;
using Zkml.Machine.Chips.Sha;
using Zkml.Machine.Shapes;
using Zkml.Machine.Tables;
using Zkml.Records;

namespace Zkml.Machine;

/// <summary>The list of chips: RV32IM as tables. A new instruction touches Zkml.Isa, one chip and one line here.</summary>
public static class RiscvMachine
{
    /// <summary>Changes with anything that changes a verifying key; part of image IDs and of the parameter digest.</summary>
    public const uint Version = 1;

    public static MachineChip AddSub { get; } = new EventChip<AddSubAir, AluEvent>(new());
    public static MachineChip AddImmediate { get; } = new EventChip<AddImmediateAir, AluEvent>(new());
    public static MachineChip LessThan { get; } = new EventChip<LessThanAir, AluEvent>(new());
    public static MachineChip Bitwise { get; } = new EventChip<BitwiseAir, AluEvent>(new());
    public static MachineChip Shift { get; } = new EventChip<ShiftAir, AluEvent>(new());
    public static MachineChip Multiply { get; } = new EventChip<MultiplyAir, AluEvent>(new());
    public static MachineChip Divide { get; } = new EventChip<DivideAir, AluEvent>(new());
    public static MachineChip LoadWord { get; } = new EventChip<LoadWordAir, LoadEvent>(new());
    public static MachineChip LoadPart { get; } = new EventChip<LoadPartAir, LoadEvent>(new());
    public static MachineChip StoreWord { get; } = new EventChip<StoreWordAir, StoreEvent>(new());
    public static MachineChip StorePart { get; } = new EventChip<StorePartAir, StoreEvent>(new());
    public static MachineChip Branch { get; } = new EventChip<BranchAir, BranchEvent>(new());
    public static MachineChip Jump { get; } = new EventChip<JumpAir, JumpEvent>(new());
    public static MachineChip JumpRegister { get; } = new EventChip<JumpRegisterAir, JumpRegisterEvent>(new());
    public static MachineChip Halt { get; } = new EventChip<HaltAir, HaltEvent>(new());
    public static MachineChip Input { get; } = new EventChip<InputAir, InputEvent>(new());
    public static MachineChip Software { get; } = new EventChip<SoftwareAir, SoftwareEvent>(new());
    public static MachineChip HostWord { get; } = new EventChip<HostWordAir, HostWordEvent>(new());
    public static MachineChip ShaHead { get; } = new EventChip<ShaHeadAir, ShaHeadEvent>(new());
    public static MachineChip ShaState { get; } = new ShaStateChip();
    public static MachineChip ShaBlock { get; } = new EventChip<ShaBlockAir, ShaBlockEvent>(new());
    public static MachineChip ShaRound { get; } = new ShaRoundChip();
    public static MachineChip ShaMemory { get; } = new ShaMemoryChip();
    public static MachineChip Transfer { get; } = new TransferChip();
    public static MachineChip Bump { get; } = new EventChip<BumpAir, BumpEvent>(new());
    public static MachineChip Fixed { get; } = new FixedTable();
    public static MachineChip Power { get; } = new PowerTable();
    public static MachineChip ShaConstant { get; } = new ShaConstantTable();
    public static MachineChip Rom { get; } = new RomTable();
    public static MachineChip Image { get; } = new ImageTable();
    public static MachineChip ReadOnly { get; } = new ReadOnlyTable();
    public static MachineChip Boundary { get; } = new BoundaryTable();

    /// <summary>Every chip, in machine order.</summary>
    public static IReadOnlyList<MachineChip> Chips { get; } =
    [
        AddSub, AddImmediate, LessThan, Bitwise, Shift, Multiply, Divide, LoadWord, LoadPart, StoreWord, StorePart, Branch, Jump, JumpRegister,
        Halt, Input, Software, HostWord, ShaHead, ShaState, ShaBlock, ShaRound, ShaMemory, Transfer, Bump, Fixed, Power, ShaConstant,
        Rom, Image, ReadOnly, Boundary,
    ];

    /// <summary>The tables whose preprocessed columns depend on nothing: one commitment for all programs.</summary>
    public static IReadOnlyList<MachineChip> FixedTables { get; } = [Fixed, Power, ShaConstant];

    /// <summary>The tables whose preprocessed columns are the program: their commitment makes the image ID.</summary>
    public static IReadOnlyList<MachineChip> ProgramTables { get; } = [Rom, Image, ReadOnly];

    /// <summary>The table of each event stream that has one row an event.</summary>
    public static IReadOnlyList<(EventStream Stream, MachineChip Chip)> StreamChips { get; } =
    [
        (EventStream.AddSub, AddSub), (EventStream.AddImmediate, AddImmediate), (EventStream.LessThan, LessThan), (EventStream.Bitwise, Bitwise),
        (EventStream.Shift, Shift), (EventStream.Multiply, Multiply), (EventStream.Divide, Divide), (EventStream.LoadWord, LoadWord),
        (EventStream.LoadPart, LoadPart), (EventStream.StoreWord, StoreWord), (EventStream.StorePart, StorePart), (EventStream.Branch, Branch),
        (EventStream.Jump, Jump), (EventStream.JumpRegister, JumpRegister), (EventStream.Halt, Halt), (EventStream.Input, Input),
        (EventStream.Software, Software), (EventStream.HostWord, HostWord), (EventStream.ShaHead, ShaHead), (EventStream.ShaBlock, ShaBlock),
        (EventStream.Bump, Bump), (EventStream.Boundary, Boundary),
    ];

    /// <summary>
    /// The rows per stream that fit into the tables of a class: one row an event, and enough room in the tables whose rows several streams share.
    /// </summary>
    public static EventCounts RowCapacities(IReadOnlyList<TableHeight> tables)
    {
        EventCounts capacities = default;
        foreach ((EventStream stream, MachineChip chip) in StreamChips) capacities[stream] = Capacity(chip);
        capacities[EventStream.Boundary] = Math.Max(0, capacities[EventStream.Boundary] - 1); // the row that closes the order

        // Shared tables: one halt ends the session; Transfer's rows go to its requesters in turn.
        capacities[EventStream.Halt] = Math.Min(capacities[EventStream.Halt], 1);
        int transfers = Capacity(Transfer);
        foreach ((EventStream stream, int rows) in TransferChip.Requesters)
        {
            capacities[stream] = Math.Min(capacities[stream], transfers / rows);
            transfers -= rows * capacities[stream];
        }

        // A quarter of ShaMemory's rows for loads and stores, the rest for blocks.
        int states = Math.Min(Capacity(ShaState) / 2, Capacity(ShaMemory) / 4 / (2 * ShaMemoryChip.RowsPerState));
        capacities[EventStream.ShaLoad] = capacities[EventStream.ShaStore] = states;
        int blockWords = Capacity(ShaMemory) - 2 * ShaMemoryChip.RowsPerState * states;
        int blocks = Math.Min(Capacity(ShaRound) / ShaRoundChip.RowsPerBlock, blockWords / ShaMemoryChip.RowsPerBlock);
        capacities[EventStream.ShaBlock] = Math.Min(capacities[EventStream.ShaBlock], blocks);
        return capacities;

        int Capacity(MachineChip chip)
        {
            foreach (TableHeight table in tables)
                if (table.Chip == chip)
                    return chip.Capacity(table.LogHeight);
            return 0;
        }
    }

    /// <summary>Rows of the tables that several streams or none share, before padding; the tables of the closing class excepted.</summary>
    public static IReadOnlyList<(MachineChip Chip, int Rows)> DerivedRows(EventCounts counts) =>
    [
        (ShaState, counts[EventStream.ShaLoad] + counts[EventStream.ShaStore]),
        (ShaRound, ShaRoundChip.RowsPerBlock * counts[EventStream.ShaBlock]),
        (ShaMemory, ShaMemoryChip.RowsPerState * (counts[EventStream.ShaLoad] + counts[EventStream.ShaStore])
            + ShaMemoryChip.RowsPerBlock * counts[EventStream.ShaBlock]),
        (Transfer, TransferChip.Requesters.Sum(requester => requester.Rows * counts[requester.Stream])),
        (Fixed, 1 << FixedAir.LogHeight),
        (Power, 1 << PowerAir.LogHeight),
        (ShaConstant, 1 << ShaConstantAir.LogHeight),
    ];
}

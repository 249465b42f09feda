using Zkml.Machine.Chips;
using Zkml.Machine.Tables;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests;

/// <summary>What refuses a session: labels of violated constraints, and names of buses that do not balance. Empty for a valid one.</summary>
public static class SessionJudge
{
    /// <summary>The tables that a <see cref="HandMadeGuest"/> fills, and those that every program has.</summary>
    public static MachineChip[] Chips() =>
    [
        new EventChip<LoadWordAir, LoadEvent>(default), new EventChip<LoadPartAir, LoadEvent>(default),
        new EventChip<StoreWordAir, StoreEvent>(default), new EventChip<StorePartAir, StoreEvent>(default),
        new EventChip<BranchAir, BranchEvent>(default), new EventChip<JumpAir, JumpEvent>(default),
        new EventChip<JumpRegisterAir, JumpRegisterEvent>(default), new EventChip<HaltAir, HaltEvent>(default),
        new EventChip<InputAir, InputEvent>(default), new EventChip<SoftwareAir, SoftwareEvent>(default),
        new EventChip<HostWordAir, HostWordEvent>(default), new EventChip<BumpAir, BumpEvent>(default),
        RiscvMachine.ShaHead, RiscvMachine.ShaState, RiscvMachine.ShaBlock, RiscvMachine.ShaRound, RiscvMachine.ShaMemory,
        RiscvMachine.Transfer, RiscvMachine.ShaConstant, new FixedTable(), new RomTable(), new ImageTable(), new ReadOnlyTable(), new BoundaryTable(),
    ];

    /// <summary>Fills every table, adds the verifier's terms and lists what is wrong.</summary>
    public static string[] Complaints(HandMadeGuest guest)
    {
        ProgramTables program = guest.Program();
        using var check = new SegmentCheck();
        check.Fill(Chips(), new TraceInput(program, guest.Record, new LookupCounts(program)));
        check.Run();
        check.Add(Buses.State, 1, program.Entry / 4, 4);
        check.Add(Buses.Halt, -1, guest.Claim);
        check.Add(Buses.Order, 1, BoundaryAir.InitialOrderKey);
        check.Add(Buses.Order, -1, BoundaryAir.FinalOrderKey);
        return [.. check.Failures.Select(failure => $"{failure.Table}: {failure.Failure.Label}"), .. check.Imbalances.Select(imbalance => imbalance.Bus.Name).Distinct()];
    }
}

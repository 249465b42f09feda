using Zkml.Records;

namespace Zkml.Vm.Tests;

/// <summary>One access of a row: receives (Previous, PreviousTime), sends (Value, Time).</summary>
internal readonly record struct Access(uint Space, uint Word, uint Previous, uint Value, uint PreviousTime, uint Time);

/// <summary>One event in a form that all streams share. Data holds every field besides the accesses.</summary>
internal sealed record SessionRow(EventStream Stream, uint Pc4, uint Clock, Access[] Accesses, uint[] Data)
{
    public override string ToString() => $"{Stream} pc4={Pc4:x} clock={Clock} [{string.Join(", ", Accesses)}] data=[{string.Join(",", Data)}]";
}

/// <summary>Turns the events of a segment into <see cref="SessionRow"/>s, from the comments of Zkml.Records alone.</summary>
internal static class SessionRows
{
    public static List<SessionRow> Of(IEnumerable<SegmentRecord> segments)
    {
        List<SessionRow> rows = [];
        foreach (SegmentRecord segment in segments) AddSegment(rows, segment);
        return [.. rows.OrderBy(row => row.Clock).ThenBy(row => row.Stream != EventStream.Bump)];
    }

    public static List<SessionRow> Of(SegmentRecord segment) => Of([segment]);

    static void AddSegment(List<SessionRow> rows, SegmentRecord record)
    {
        AddAlu(rows, EventStream.AddSub, record.AddSub, isImmediate: false);
        AddAlu(rows, EventStream.AddImmediate, record.AddImmediate, isImmediate: true);
        AddAlu(rows, EventStream.LessThan, record.LessThan, null);
        AddAlu(rows, EventStream.Bitwise, record.Bitwise, null);
        AddAlu(rows, EventStream.Shift, record.Shift, null);
        AddAlu(rows, EventStream.Multiply, record.Multiply, isImmediate: false);
        AddAlu(rows, EventStream.Divide, record.Divide, isImmediate: false);
        AddLoads(rows, EventStream.LoadWord, record.LoadWord);
        AddLoads(rows, EventStream.LoadPart, record.LoadPart);
        AddStores(rows, EventStream.StoreWord, record.StoreWord);
        AddStores(rows, EventStream.StorePart, record.StorePart);
        foreach (BranchEvent e in record.Branch.Items)
            Add(rows, EventStream.Branch, e.Step, [Read(e.Step.Rs1, e.Left, e.Step.Clock), Read(e.Step.Rs2, e.Right, e.Step.Clock + 1)]);
        foreach (JumpEvent e in record.Jump.Items) Add(rows, EventStream.Jump, e.Step, [Write(e.Step.Rd, e.Result, e.Step.Clock + 3)]);
        foreach (JumpRegisterEvent e in record.JumpRegister.Items)
            Add(rows, EventStream.JumpRegister, e.Step, [Read(e.Step.Rs1, e.Base, e.Step.Clock), Write(e.Step.Rd, e.Result, e.Step.Clock + 3)]);
        foreach (BumpEvent e in record.Bump.Items)
            rows.Add(new(EventStream.Bump, 0, e.Time, [new(e.Space, e.Word, e.Value, e.Value, e.PreviousTime, e.Time)], []));
        AddEcalls(rows, record);
        AddSha(rows, record);
    }

    static void AddAlu(List<SessionRow> rows, EventStream stream, EventList<AluEvent> events, bool? isImmediate)
    {
        foreach (AluEvent e in events.Items)
        {
            // SLTI, SLTIU, ANDI, ORI, XORI, SLLI, SRLI, SRAI by their numbers.
            bool hasImmediate = isImmediate ?? e.Step.Opcode is 6 or 7 or 11 or 12 or 13 or 17 or 18 or 19;
            List<Access> accesses = [Read(e.Step.Rs1, e.Left, e.Step.Clock)];
            if (!hasImmediate) accesses.Add(Read(e.Step.Rs2, e.Right, e.Step.Clock + 1));
            accesses.Add(Write(e.Step.Rd, e.Result, e.Step.Clock + 3));
            Add(rows, stream, e.Step, [.. accesses], hasImmediate ? [e.Right.Value, e.Right.Gap] : []);
        }
    }

    static void AddLoads(List<SessionRow> rows, EventStream stream, EventList<LoadEvent> events)
    {
        foreach (LoadEvent e in events.Items)
        {
            List<Access> accesses = [Read(e.Step.Rs1, e.Base, e.Step.Clock)];
            if (!e.IsReadOnly) accesses.Add(ReadWord((e.Base.Value + e.Step.Immediate) / 4, e.Memory, e.Step.Clock + 2));
            accesses.Add(Write(e.Step.Rd, e.Result, e.Step.Clock + 3));
            Add(rows, stream, e.Step, [.. accesses], e.IsReadOnly ? [1, e.Memory.Value, e.Memory.Gap] : []);
        }
    }

    static void AddStores(List<SessionRow> rows, EventStream stream, EventList<StoreEvent> events)
    {
        foreach (StoreEvent e in events.Items)
        {
            Add(rows, stream, e.Step,
            [
                Read(e.Step.Rs1, e.Base, e.Step.Clock), Read(e.Step.Rs2, e.Source, e.Step.Clock + 1),
                WriteWord((e.Base.Value + e.Step.Immediate) / 4, e.Memory, e.Step.Clock + 2),
            ]);
        }
    }

    static void AddEcalls(List<SessionRow> rows, SegmentRecord record)
    {
        foreach (HaltEvent e in record.Halt.Items)
        {
            List<Access> accesses = [Read(5, e.T0, e.Step.Clock), Read(10, e.A0, e.Step.Clock + 1), Read(11, e.A1, e.Step.Clock + 2)];
            for (int i = 0; i < 8; i++) accesses.Add(ReadWord(e.A1.Value / 4 + (uint)i, e.Digest[i], e.Step.Clock + 3 + (uint)i));
            Add(rows, EventStream.Halt, e.Step, [.. accesses]);
        }
        foreach (InputEvent e in record.Input.Items)
            Add(rows, EventStream.Input, e.Step, [Read(5, e.T0, e.Step.Clock), Write(10, e.A0, e.Step.Clock + 1)]);
        foreach (SoftwareEvent e in record.Software.Items)
        {
            Add(rows, EventStream.Software, e.Step,
                [Read(5, e.T0, e.Step.Clock), Write(10, e.A0, e.Step.Clock + 1), Write(11, e.A1, e.Step.Clock + 2)]);
        }
        foreach (HostWordEvent e in record.HostWord.Items)
            rows.Add(new(EventStream.HostWord, e.Pc4, e.Clock, [WriteWord(e.Word, e.Memory, e.Clock + 2)], [e.Remaining]));
    }

    static void AddSha(List<SessionRow> rows, SegmentRecord record)
    {
        foreach (ShaHeadEvent e in record.ShaHead.Items)
        {
            uint clock = e.Step.Clock;
            Add(rows, EventStream.ShaHead, e.Step,
            [
                Read(5, e.T0, clock), Read(10, e.A0, clock + 1), Read(11, e.A1, clock + 2),
                Read(12, e.A2, clock + 3), Read(13, e.A3, clock + 4), Read(14, e.A4, clock + 5),
            ]);
        }
        foreach (ShaLoadEvent e in record.ShaLoad.Items)
        {
            rows.Add(new(EventStream.ShaLoad, e.Pc4, e.Clock,
                [.. Enumerable.Range(0, 8).Select(i => ReadWord(e.InWord + (uint)i, e.State[i], e.Clock + (uint)i))],
                [e.OutWord, e.InWord, e.Block1Word, e.Block2Word, e.Count]));
        }
        foreach (ShaBlockEvent e in record.ShaBlock.Items)
        {
            Access[] accesses = [.. Enumerable.Range(0, 16).Select(i => i < 8
                ? ReadWord(e.Block1Word + (uint)i, e.First[i], e.Clock + (uint)i)
                : ReadWord(e.Block2Word + (uint)i - 8, e.Second[i - 8], e.Clock + (uint)i))];
            uint[] before = ((ReadOnlySpan<uint>)e.StateBefore).ToArray(), after = ((ReadOnlySpan<uint>)e.StateAfter).ToArray();
            rows.Add(new(EventStream.ShaBlock, e.Pc4, e.Clock, accesses, [e.OutWord, e.Block1Word, e.Block2Word, e.Remaining, .. before, .. after]));
        }
        foreach (ShaStoreEvent e in record.ShaStore.Items)
        {
            rows.Add(new(EventStream.ShaStore, e.Pc4, e.Clock,
                [.. Enumerable.Range(0, 8).Select(i => WriteWord(e.OutWord + (uint)i, e.State[i], e.Clock + (uint)i))], [e.OutWord]));
        }
    }

    static void Add(List<SessionRow> rows, EventStream stream, in Step step, Access[] accesses, params uint[] data) =>
        rows.Add(new(stream, step.Pc4, step.Clock, accesses, [step.Opcode, step.Rd, step.Rs1, step.Rs2, step.Immediate, step.Auxiliary, .. data]));

    static Access Read(uint register, in ReadAccess access, uint time) => MakeRead(MemorySpace.Register, register, access, time);

    static Access ReadWord(uint word, in ReadAccess access, uint time) => MakeRead(MemorySpace.Memory, word, access, time);

    static Access MakeRead(uint space, uint word, in ReadAccess access, uint time) =>
        new(space, word, access.Value, access.Value, time - 1 - access.Gap, time);

    static Access Write(uint register, in WriteAccess access, uint time) =>
        new(MemorySpace.Register, register, access.Previous, access.Value, time - 1 - access.Gap, time);

    static Access WriteWord(uint word, in WriteAccess access, uint time) =>
        new(MemorySpace.Memory, word, access.Previous, access.Value, time - 1 - access.Gap, time);
}

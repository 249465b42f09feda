using Zkml.Isa;
using Zkml.Program;
using Zkml.Records;

namespace Zkml.Vm.Tests;

/// <summary>
/// What the global buses will demand of a recorded session, restated on integers: one chain of (pc, clock), every access receiving what
/// the last one of its word sent, the boundary closing every life, each instruction in the ROM.
/// </summary>
internal static class SessionChecker
{
    public static void Check(ProgramImage program, List<SegmentRecord> segments)
    {
        List<SessionRow> rows = SessionRows.Of(segments);
        ProgramTables tables = program.ToTables();
        CheckState(program, rows);
        CheckFetch(tables, rows);
        CheckMemory(tables, rows, segments[^1].Boundary.Items);
        for (int i = 0; i < segments.Count; i++)
        {
            Assert.That(segments[i].Index, Is.EqualTo(i));
            Assert.That(segments[i].IsClosing, Is.EqualTo(i == segments.Count - 1));
        }
    }

    static void CheckState(ProgramImage program, List<SessionRow> rows)
    {
        (uint pc4, uint clock) = (program.Entry / 4, 4);
        List<SessionRow> steps = [.. rows.Where(row => row.Stream != EventStream.Bump)];
        for (int i = 0; i < steps.Count; i++)
        {
            SessionRow row = steps[i];
            Assert.That((row.Pc4, row.Clock), Is.EqualTo((pc4, clock)), row.ToString());
            clock += row.Stream switch
            {
                EventStream.ShaHead or EventStream.ShaLoad or EventStream.ShaStore => 8u,
                EventStream.ShaBlock => 16,
                _ => 4,
            };
            pc4 = NextPc4(row);
            Assert.That(row.Stream == EventStream.Halt, Is.EqualTo(i == steps.Count - 1), "one halt, at the end");
        }
    }

    static uint NextPc4(SessionRow row)
    {
        uint immediate = row.Data.Length > 4 ? row.Data[4] : 0, auxiliary = row.Data.Length > 5 ? row.Data[5] : 0;
        switch (row.Stream)
        {
            case EventStream.Branch:
                return Alu.BranchTaken((Opcode)row.Data[0], row.Accesses[0].Value, row.Accesses[1].Value) ? auxiliary : row.Pc4 + 1;
            case EventStream.Jump: return (Opcode)row.Data[0] == Opcode.Jal ? auxiliary : row.Pc4 + 1;
            case EventStream.JumpRegister: return (row.Accesses[0].Value + immediate) / 4;
            case EventStream.Software: return row.Accesses[2].Previous == 0 ? row.Pc4 + 1 : row.Pc4;
            case EventStream.HostWord: return row.Data[0] == 1 ? row.Pc4 + 1 : row.Pc4;
            case EventStream.ShaHead or EventStream.ShaLoad or EventStream.ShaBlock: return row.Pc4;
            default: return row.Pc4 + 1;
        }
    }

    static void CheckFetch(ProgramTables tables, List<SessionRow> rows)
    {
        Dictionary<uint, Step> rom = tables.Rom.ToDictionary(step => step.Pc4);
        foreach (SessionRow row in rows)
        {
            if (row.Stream is EventStream.Bump or EventStream.HostWord or EventStream.ShaLoad or EventStream.ShaBlock or EventStream.ShaStore) continue;
            Assert.That(rom.TryGetValue(row.Pc4, out Step step), Is.True, row.ToString());
            Assert.That(row.Data[..6], Is.EqualTo(new uint[] { step.Opcode, step.Rd, step.Rs1, step.Rs2, step.Immediate, step.Auxiliary }), row.ToString());
            if (row.Stream < EventStream.Halt)
                Assert.That((int)row.Stream, Is.EqualTo((int)InstructionTable.Family((Opcode)row.Data[0])), row.ToString());
        }
    }

    static void CheckMemory(ProgramTables tables, List<SessionRow> rows, ReadOnlySpan<BoundaryEntry> boundary)
    {
        Dictionary<uint, uint> image = tables.Image.ToDictionary(word => word.Word, word => word.Value);
        Dictionary<(uint Space, uint Word), (uint Value, uint Time)> current = [];
        (uint, uint) last = default;
        int imageEntries = 0, registers = 0;
        foreach (BoundaryEntry entry in boundary)
        {
            Assert.That((entry.Space, entry.Word), Is.GreaterThan(last), "sorted, each word once");
            last = (entry.Space, entry.Word);
            bool isImage = entry.Space == MemorySpace.Memory && image.ContainsKey(entry.Word);
            Assert.That(entry.IsImage, Is.EqualTo(isImage));
            Assert.That(entry.InitialValue, Is.EqualTo(isImage ? image[entry.Word] : 0));
            Assert.That(entry.InitialTime, Is.LessThan(1u << 30));
            if (entry.Space == MemorySpace.Register) Assert.That((entry.Word, entry.InitialTime), Is.EqualTo(((uint)registers++, 0u)));
            imageEntries += isImage ? 1 : 0;
            current[(entry.Space, entry.Word)] = (entry.InitialValue, entry.InitialTime);
        }
        Assert.That((registers, imageEntries), Is.EqualTo((33, image.Count)));
        // A bump comes one tick before its access, in the middle of a row: so by time, not by row.
        foreach ((Access access, SessionRow row) in rows.SelectMany(row => row.Accesses.Select(access => (access, row))).OrderBy(pair => pair.access.Time))
        {
            Assert.That(current.TryGetValue((access.Space, access.Word), out (uint Value, uint Time) before), Is.True, $"no boundary: {row}");
            if (before != (access.Previous, access.PreviousTime)) Assert.Fail($"last sent {before}, received by {row}");
            if (access.Time <= access.PreviousTime) Assert.Fail($"goes back in time: {row}");
            if (access is { Space: MemorySpace.Register, Word: 0 }) Assert.That(access.Value, Is.Zero, "x0 is never written");
            current[(access.Space, access.Word)] = (access.Value, access.Time);
        }
        foreach (BoundaryEntry entry in boundary)
            Assert.That(current[(entry.Space, entry.Word)], Is.EqualTo((entry.FinalValue, entry.FinalTime)), $"final value of {entry.Space}:{entry.Word:x}");
    }
}

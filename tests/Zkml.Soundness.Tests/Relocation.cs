using System.Runtime.InteropServices;
using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Machine.Gadgets;
using Zkml.Machine.Tables;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Soundness.Tests;

/// <summary>
/// The record of one program presented as that of another, which does something illegal: a cheating prover's way around an executor that would
/// stop. The two programs differ in constants alone; every word that held the legal value holds the illegal one instead.
/// </summary>
static class Relocation
{
    /// <summary>Runs <paramref name="legal"/> and claims <paramref name="illegal"/>.</summary>
    /// <param name="legal">The program that is executed.</param>
    /// <param name="illegal">The program that is claimed.</param>
    /// <param name="from">The value in the events to replace.</param>
    /// <param name="to">What replaces it. The 64 word addresses from from/4 on become those from to/4 on.</param>
    public static MachineRun Make(AssembledProgram legal, AssembledProgram illegal, uint from, uint to)
    {
        MachineRun run = MachineRun.Of(legal);
        run.Program = ElfReader.Read(illegal.ToElf()).ToTables();
        Dictionary<uint, Step> rom = run.Program.Rom.ToDictionary(step => step.Pc4);
        SegmentRecord record = run.Last;
        Patch(record.AddSub, from, to, rom);
        Patch(record.AddImmediate, from, to, rom);
        Patch(record.LoadWord, from, to, rom);
        Patch(record.LoadPart, from, to, rom);
        Patch(record.StoreWord, from, to, rom);
        Patch(record.StorePart, from, to, rom);
        Patch(record.Jump, from, to, rom);
        Patch(record.JumpRegister, from, to, rom);
        Patch(record.Halt, from, to, rom);
        Patch(record.Software, from, to, rom);
        Patch(record.ShaHead, from, to, rom);
        Patch(record.HostWord, from, to);
        Patch(record.ShaLoad, from, to);
        Patch(record.ShaBlock, from, to);
        Patch(record.ShaStore, from, to);
        Patch(record.Bump, from, to);
        MoveBoundary(run, from, to);
        return run;
    }

    /// <summary>Runs <paramref name="legal"/> and claims <paramref name="illegal"/>, with the events as they are but for the fields that the ROM gives.</summary>
    public static MachineRun Make(AssembledProgram legal, AssembledProgram illegal) => Make(legal, illegal, 0, 0);

    /// <summary>As the first, for programs that hold the page number of the address in a LUI.</summary>
    public static MachineRun Make(Action<Assembler, uint> body, uint from, uint to) => Make(Assemble(body, from >> 12), Assemble(body, to >> 12), from, to);

    /// <summary>
    /// Checks a run with boundary digits as a cheating prover would choose them: true field elements wherever a number is out of range.
    /// </summary>
    public static MachineVerdict CheckWithBoundaryDigits(this MachineRun run) => run.Check((segment, check) =>
    {
        if (segment != run.Segments.Count - 1) return;
        ReadOnlySpan<BoundaryEntry> entries = run.Last.Boundary.Items;
        long previous = 0;
        for (int i = 0; i <= entries.Length; i++)
        {
            bool isEnd = i == entries.Length, isRegister = !isEnd && entries[i].Space == MemorySpace.Register;
            long key = isEnd ? BoundaryAir.EndWord : isRegister ? entries[i].Word + 1 : entries[i].Word;
            ref var cells = ref check.Cells<BoundaryColumns<KoalaBear>>(RiscvMachine.Boundary, i);
            if (!isEnd) SetDigits(ref cells.Offset, isRegister ? key : key - BoundaryAir.FirstWord);
            SetDigits(ref cells.KeyGap, key - 1 - previous);
            previous = key;
        }
    });

    static void SetDigits(ref BoundedColumns<KoalaBear> columns, long value)
    {
        if (value >= 0) Bounded.Fill(ref columns, (uint)value, Bounded.Distance);
        else columns = new() { Low = Verdicts.Element(value) };
    }

    static AssembledProgram Assemble(Action<Assembler, uint> body, uint page)
    {
        var assembler = new Assembler();
        assembler.Here("_start");
        body(assembler, page);
        return assembler.Assemble();
    }

    static void MoveBoundary(MachineRun run, uint from, uint to)
    {
        Dictionary<uint, uint> image = run.Program.Image.ToDictionary(word => word.Word, word => word.Value);
        foreach (ref BoundaryEntry entry in run.Last.Boundary.MutableItems)
        {
            if (entry.Space == MemorySpace.Register)
            {
                if (entry.FinalValue == from) entry.FinalValue = to;
            }
            else if (entry.IsImage)
                entry.InitialValue = entry.FinalValue = image[entry.Word];
            else if (entry.Word - from / 4 < 64)
                entry.Word += to / 4 - from / 4;
        }
        run.SortBoundary();
    }

    // Every event begins with its place in the program, if it has one; all its numbers are whole words.
    static void Patch<T>(EventList<T> events, uint from, uint to, Dictionary<uint, Step>? rom = null) where T : unmanaged
    {
        foreach (ref T e in events.MutableItems)
        {
            Span<uint> words = MemoryMarshal.Cast<T, uint>(new Span<T>(ref e));
            foreach (ref uint word in words)
            {
                if (word == from) word = to;
                else if (word - from / 4 < 64) word += to / 4 - from / 4;
            }
            if (rom is null || !rom.TryGetValue(words[0], out Step step)) continue;
            (words[2], words[3]) = (step.Immediate, step.Auxiliary);
        }
    }
}

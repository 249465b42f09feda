using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

/// <summary>One arithmetic instruction with its operands. An immediate form reads no rs2.</summary>
/// <param name="Opcode">The instruction.</param>
/// <param name="Left">The value of rs1.</param>
/// <param name="Right">The value of rs2, or the immediate.</param>
/// <param name="Rd">Destination as in the word, 0…31.</param>
/// <param name="Rs1">First source.</param>
/// <param name="Rs2">Second source; ignored in immediate forms.</param>
public sealed record AluCase(Opcode Opcode, uint Left, uint Right, byte Rd = 5, byte Rs1 = 6, byte Rs2 = 7);

/// <summary>Changes the columns of one row.</summary>
public delegate void ColumnsChange<TColumns>(ref TColumns columns);

/// <summary>
/// The contract of chips whose rows are arithmetic instructions: their rows state what <see cref="Alu"/> says, in the places that
/// machine.md gives them, and the attacks that every such row must refuse.
/// </summary>
public abstract class AluChipContract : ChipContract
{
    const uint FirstPc4 = 0x4000, ForeignPc4 = 0x8000;

    AluEvent[]? _events;

    /// <summary>Words at which limbs, bytes, signs or carries change.</summary>
    protected static readonly uint[] CornerWords =
    [
        0, 1, 2, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x1_0001, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_0000, 0xFFFF_FFFE, 0xFFFF_FFFF, 0x1234_5678,
    ];

    /// <summary>The opcodes of the chip.</summary>
    protected abstract Opcode[] Opcodes { get; }

    /// <summary>The chip's event list.</summary>
    protected abstract EventList<AluEvent> Events(SegmentRecord record);

    /// <summary>Immediates that immediate forms are tried with.</summary>
    protected virtual uint[] CornerImmediates => [0, 1, 5, 0x7FF, 0xFFFF_F800, 0xFFFF_FFFF];

    /// <summary>Rows mutated cell by cell; the others are only checked.</summary>
    protected virtual int MutatedRowCount => 48;

    /// <summary>Rows that events forged as a whole are tried in: the cases stand in random order, so these are of every kind.</summary>
    protected int ForgedRowCount => Math.Min(RowCount, 160);

    protected override IEnumerable<int> MutatedRows(int rowCount) => Enumerable.Range(0, Math.Min(rowCount, MutatedRowCount));

    protected static bool IsImmediate(Opcode opcode) =>
        InstructionTable.Get(opcode).Format is InstructionFormat.Immediate or InstructionFormat.ShiftImmediate;

    /// <summary>Every opcode on every pair of corners, and every pattern of equal registers and x0 (SEC-9), in a fixed random order.</summary>
    protected virtual IEnumerable<AluCase> Cases()
    {
        var cases = new List<AluCase>();
        foreach (Opcode opcode in Opcodes)
        {
            foreach (uint left in CornerWords)
                foreach (uint right in IsImmediate(opcode) ? CornerImmediates : CornerWords) cases.Add(new(opcode, left, right));
            uint operand = IsImmediate(opcode) ? 3u : 0x8765_4321;
            cases.Add(new(opcode, 0x9ABC_DEF0, operand, Rd: 0));
            cases.Add(new(opcode, 0x9ABC_DEF0, operand, Rd: 6));
            cases.Add(new(opcode, 0, operand, Rs1: 0));
            if (IsImmediate(opcode)) continue;
            cases.Add(new(opcode, 0x9ABC_DEF0, operand, Rd: 7));
            cases.Add(new(opcode, operand, operand, Rs2: 6));
            cases.Add(new(opcode, operand, operand, Rd: 6, Rs2: 6));
            cases.Add(new(opcode, 0x9ABC_DEF0, 0, Rs2: 0));
            cases.Add(new(opcode, 0, 0, Rd: 0, Rs1: 0, Rs2: 0));
        }
        AluCase[] shuffled = [.. cases];
        new Random(1).Shuffle(shuffled);
        return shuffled;
    }

    protected override ChipSegment CreateSegment()
    {
        var record = new SegmentRecord();
        foreach (AluCase c in Cases()) Events(record).Add(Event(c, Events(record).Count));
        Step[] foreign = [.. from opcode in Enum.GetValues<Opcode>() where opcode != Opcode.None from isImmediate in new[] { false, true }
            select ForeignStep(opcode, isImmediate)];
        return new(new ProgramTables
        {
            Entry = FirstPc4 * 4,
            Rom = [.. Events(record).Items.ToArray().Select(e => e.Step with { Clock = 0 }), .. foreign.OrderBy(step => step.Pc4)],
            Image = [], ReadOnly = [],
        }, record);
    }

    /// <summary>A ROM row of any opcode on x5, x6 and x7 or the immediate 5, for attacks in which selectors spell an instruction of another chip.</summary>
    protected static Step ForeignStep(Opcode opcode, bool isImmediate) => new()
    {
        Pc4 = ForeignPc4 + 2 * (uint)opcode + (isImmediate ? 1u : 0), Opcode = (byte)opcode,
        Rd = 5, Rs1 = 6, Rs2 = (byte)(isImmediate ? 0 : 7), Immediate = isImmediate ? 5u : 0,
    };

    /// <summary>The rows of other events in the same places, for attacks.</summary>
    /// <param name="change">Changes each event; its result is then computed anew if asked.</param>
    /// <param name="recompute">The result follows from the changed operands.</param>
    protected FilledTable Forge(Func<AluEvent, AluEvent> change, bool recompute = true)
    {
        ChipSegment segment = CreateSegment();
        foreach (ref AluEvent e in Events(segment.Record).MutableItems)
        {
            e = change(e);
            if (recompute) e.Result.Value = Alu.Evaluate((Opcode)e.Step.Opcode, e.Left.Value, e.Right.Value);
        }
        return Fill(segment, Table.Height);
    }

    /// <summary>The index of the first honest row of such an event.</summary>
    protected int RowOf(Predicate<AluEvent> wanted)
    {
        int row = Array.FindIndex(_events ??= Events(CreateSegment().Record).Items.ToArray(), wanted);
        Assert.That(row, Is.GreaterThanOrEqualTo(0), "No event of the kind that the attack needs.");
        return row;
    }

    /// <summary>The honest row of an instruction on x5, x6 and, in register forms, x7.</summary>
    protected int At(Opcode opcode, uint left, uint right) => RowOf(e =>
        e.Step.Opcode == (byte)opcode && e.Left.Value == left && e.Right.Value == right && e.Step is { Rd: 5, Rs1: 6, Rs2: 0 or 7 });

    /// <summary>An integer as a field element.</summary>
    protected static KoalaBear Field(long value) => KoalaBear.FromCanonical((uint)((value % KoalaBear.Modulus + KoalaBear.Modulus) % KoalaBear.Modulus));

    /// <summary>An attack that changes some columns of an honest row.</summary>
    protected static void Attack<TColumns>(AttackList attacks, string name, int row, ColumnsChange<TColumns> change, bool anyInputs = false)
        where TColumns : unmanaged => attacks.Add(name, row, cells => change(ref Columns.View<TColumns, KoalaBear>(cells)), anyInputs);

    /// <summary>
    /// An attack that proves another chip's instruction, of the register form, with selectors that spell its opcode. The attacker's values are
    /// as the honest row's, wherever they come from.
    /// </summary>
    protected void AttackForeign<TColumns>(AttackList attacks, Opcode foreign, int row, ColumnsChange<TColumns> change) where TColumns : unmanaged
    {
        int pc4 = Array.IndexOf(ColumnNames.Of(ColumnStruct), "Pc4");
        attacks.Add($"selectors that spell {foreign}", row, cells =>
        {
            cells[pc4] = KoalaBear.FromCanonical(ForeignStep(foreign, isImmediate: false).Pc4);
            change(ref Columns.View<TColumns, KoalaBear>(cells));
        }, anyInputs: true);
    }

    protected override void AddAttacks(AttackList attacks)
    {
        foreach (uint wrong in (uint[])[1, 0x8001, 0x0001_0000, 0x8001_0000])
            attacks.AddRows($"immediate ^ {wrong:X8} as the right operand", Forge(e => { if (IsImmediate((Opcode)e.Step.Opcode)) e.Right.Value ^= wrong; return e; }), ForgedRowCount);
        attacks.AddRows("another operation of the chip on the same operands", Forge(AnotherOpcode), ForgedRowCount);
        attacks.AddRows("another value of rs1", Forge(e => { e.Left.Value ^= 0x8001_8001; return e; }), ForgedRowCount);
        attacks.AddRows("another value of rs2", Forge(e => { if (!IsImmediate((Opcode)e.Step.Opcode)) e.Right.Value ^= 0x8001_8001; return e; }), ForgedRowCount);
        foreach (uint wrong in (uint[])[1, 0x100, 0x8000, 0x1_0000, 0x8000_0000, 0xFFFF_FFFF])
            attacks.AddRows($"result ^ {wrong:X8}", Forge(e => { e.Result.Value ^= wrong; return e; }, recompute: false), ForgedRowCount);
        attacks.AddRows("a later clock with the same accesses", Forge(Later), ForgedRowCount);
        string[] columns = ColumnNames.Of(ColumnStruct);
        int registerForm = RowOf(e => !IsImmediate((Opcode)e.Step.Opcode) || Opcodes.All(IsImmediate));
        for (int i = 0; i < columns.Length; i++)
        {
            int column = i;
            // The previous access would lie in the future of this one.
            if (columns[i].EndsWith(".Gap", StringComparison.Ordinal))
                attacks.Add($"{columns[i]} negative", registerForm, row => row[column] = -KoalaBear.FromCanonical(3), anyInputs: true);
        }
    }

    [Test]
    public void Rows_Valid_StateTheMeaningOfTheirInstruction() => Assert.Multiple(() =>
    {
        AluCase[] cases = [.. Cases()];
        for (int i = 0; i < cases.Length; i++)
        {
            string[] stated = [.. HonestReports[i].Interactions.Where(x => x.IsActive && !x.Bus.IsLocal).Select(x => x.ToString())];
            Assert.That(stated, Is.EquivalentTo(Statement(cases[i], i).Select(x => x.ToString())), $"{cases[i]}");
        }
    });

    AluEvent AnotherOpcode(AluEvent e)
    {
        Opcode[] same = [.. Opcodes.Where(opcode => IsImmediate(opcode) == IsImmediate((Opcode)e.Step.Opcode))];
        e.Step.Opcode = (byte)same[(Array.IndexOf(same, (Opcode)e.Step.Opcode) + 1) % same.Length];
        return e;
    }

    static AluEvent Later(AluEvent e)
    {
        e.Step.Clock += 4;
        e.Left.Gap += 4;
        e.Result.Gap += 4;
        if (e.Step.Immediate == 0 && e.Step.Rs2 != 0) e.Right.Gap += 4;
        return e;
    }

    static uint ClockOf(int index) => index % 3 == 0 ? (1u << 30) - 4 * (uint)(index + 1) : 4 * (uint)(0x1_0000 + index);

    static RomRow RowOf(AluCase c, int index)
    {
        var instruction = new Instruction(c.Opcode, c.Rd, c.Rs1, IsImmediate(c.Opcode) ? (byte)0 : c.Rs2, IsImmediate(c.Opcode) ? (int)c.Right : 0);
        Assert.That(RomRow.TryCreate(FirstPc4 + (uint)index, in instruction, out RomRow row), Is.True);
        return row;
    }

    static AluEvent Event(AluCase c, int index)
    {
        RomRow row = RowOf(c, index);
        bool isImmediate = IsImmediate(c.Opcode);
        var random = new Random(index);
        ushort gap = (ushort)random.Next(1 << 15), destinationGap = (ushort)random.Next(1 << 15);
        uint previous = (uint)random.NextInt64(1L << 32);
        if (!isImmediate && c.Rd == c.Rs2) (destinationGap, previous) = ((ushort)(SubTime.Rd - SubTime.Rs2 - 1), c.Right);
        else if (c.Rd == c.Rs1) (destinationGap, previous) = ((ushort)(SubTime.Rd - SubTime.Rs1 - 1), c.Left);
        if (c.Rd == 0) (destinationGap, previous) = (7, 9);
        return new AluEvent
        {
            Step = new Step
            {
                Pc4 = FirstPc4 + (uint)index, Clock = ClockOf(index), Opcode = (byte)row.Opcode,
                Rd = row.Rd, Rs1 = row.Rs1, Rs2 = row.Rs2, Immediate = row.Immediate, Auxiliary = row.Auxiliary,
            },
            Left = new ReadAccess { Value = c.Left, Gap = gap },
            Right = new ReadAccess { Value = c.Right, Gap = isImmediate || c.Rs1 == c.Rs2 ? (ushort)0 : (ushort)(gap + 1) },
            Result = new WriteAccess { Previous = previous, Value = Alu.Evaluate(c.Opcode, c.Left, c.Right), Gap = destinationGap },
        };
    }

    // Written from machine.md D1 and D2, not from the chips.
    static IEnumerable<RowInteraction> Statement(AluCase c, int index)
    {
        AluEvent e = Event(c, index);
        RomRow rom = RowOf(c, index);
        uint pc4 = FirstPc4 + (uint)index, clock = ClockOf(index);
        yield return Message(Buses.State, -1, pc4, clock);
        yield return Message(Buses.State, 1, pc4 + 1, clock + 4);
        yield return Message(Buses.Fetch, 1, pc4, (uint)rom.Opcode, rom.Rd, rom.Rs1, rom.Rs2, rom.Immediate & 0xFFFF, rom.Immediate >> 16, rom.Auxiliary);
        yield return Register(-1, rom.Rs1, c.Left, clock - 1u - e.Left.Gap);
        yield return Register(1, rom.Rs1, c.Left, clock);
        if (!IsImmediate(c.Opcode))
        {
            yield return Register(-1, rom.Rs2, c.Right, clock + 1u - 1u - e.Right.Gap);
            yield return Register(1, rom.Rs2, c.Right, clock + 1);
        }
        yield return Register(-1, rom.Rd, e.Result.Previous, clock + 3u - 1u - e.Result.Gap);
        yield return Register(1, rom.Rd, Alu.Evaluate(c.Opcode, c.Left, c.Right), clock + 3);
    }

    static RowInteraction Register(int multiplicity, uint register, uint value, uint time) =>
        Message(Buses.Memory, multiplicity, MemorySpace.Register, register, value & 0xFFFF, value >> 16, time);

    static RowInteraction Message(Bus bus, int multiplicity, params uint[] message) =>
        new(bus, multiplicity < 0 ? -KoalaBear.One : KoalaBear.One, [.. message.Select(KoalaBear.FromCanonical)]);
}

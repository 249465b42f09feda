using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class MultiplyChipTests : AluChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<MultiplyAir, AluEvent>(new());

    protected override Type ColumnStruct => typeof(MultiplyColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (34, 12, 22);

    protected override Opcode[] Opcodes => [Opcode.Mul, Opcode.Mulh, Opcode.Mulhsu, Opcode.Mulhu];

    protected override EventList<AluEvent> Events(SegmentRecord record) => record.Multiply;

    protected override IEnumerable<AluCase> Cases()
    {
        // 641 · 6700417 = 2^32 + 1, whose two words are equal.
        (uint, uint)[] pairs = [(5, 0x100), (0x100, 5), (0x100_0000, 5), (3, 1), (641, 6700417)];
        foreach (AluCase c in base.Cases()) yield return c;
        foreach (Opcode opcode in Opcodes)
            foreach ((uint left, uint right) in pairs) yield return new(opcode, left, right);
    }

    // The carries are nested floors of sums of byte products, each linear in every single byte, so their extremes are among these rows.
    [Test]
    public void Rows_EveryByteAtItsBounds_AreProvable()
    {
        uint[] words = [.. from top in new uint[] { 0x00, 0x7F, 0x80, 0xFF } from low in Enumerable.Range(0, 8)
            select top << 24 | ((low & 4) != 0 ? 0xFF0000u : 0) | ((low & 2) != 0 ? 0xFF00u : 0) | ((low & 1) != 0 ? 0xFFu : 0)];
        var record = new SegmentRecord();
        foreach (Opcode opcode in Opcodes)
            foreach (uint left in words)
                foreach (uint right in words)
                    Events(record).Add(new AluEvent
                    {
                        Step = new Step { Opcode = (byte)opcode },
                        Left = new ReadAccess { Value = left }, Right = new ReadAccess { Value = right },
                        Result = new WriteAccess { Value = Alu.Evaluate(opcode, left, right) },
                    });
        var program = new ProgramTables { Entry = 0, Rom = [], Image = [], ReadOnly = [] };
        int count = Events(record).Count;
        FilledTable table = Fill(new ChipSegment(program, record), 2 * count);
        var oracle = new LookupOracle(program);
        Assert.Multiple(() =>
        {
            for (int i = 0; i < count; i++)
            {
                RowReport report = table.Report(i);
                bool isHeld = report.Interactions.TrueForAll(x => !x.Bus.IsLocal || oracle.Holds(x.Bus, x.Message));
                AluEvent e = Events(record).Items[i];
                Assert.That(report.FailedConstraints.Count == 0 && isHeld, Is.True, $"{(Opcode)e.Step.Opcode} {e.Left.Value:X8} {e.Right.Value:X8}");
            }
        });
    }

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        AddSelectorAttacks(attacks);
        AddByteAttacks(attacks);
        AddSignAttacks(attacks);
        AddCarryAttacks(attacks);
        AddRangeAttacks(attacks);
    }

    void AddSelectorAttacks(AttackList attacks)
    {
        FilledTable low = Forge(e => { e.Step.Opcode = (byte)Opcode.Mul; return e; });
        // Counted twice, a row would take the signs that MUL has for itself.
        int unsigned = At(Opcode.Mulhu, 1, 1);
        attacks.Add("MULHU of signed words, counted twice", unsigned, cells =>
        {
            low.Row(unsigned).CopyTo(cells);
            ref var c = ref Columns.View<MultiplyColumns<KoalaBear>, KoalaBear>(cells);
            (c.IsReal, c.OpcodeBit0, c.OpcodeBit1) = (Field(2), Field(1), Field(1));
            (c.Result, c.Other) = (c.Other, c.Result);
        });
        // MULHSU = MUL + 2. With isHigh = 2 the limbs are 2·Other - Result and 2·Result - Other: the high word of 3 · 1 seems to be 1.
        Attack(attacks, "bit 0 that is no bit", At(Opcode.Mulhsu, 3, 1), (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.OpcodeBit0, c.OpcodeBit1) = (Field(2), Field(0));
            (c.Result.Lo, c.Other.Lo) = (Field(1), Field(2));
        });
        // MULH = MUL + 2 · 1/2. With isHigh = 1/2 both words are (Result + Other) / 2.
        Attack(attacks, "bit 1 that is no bit", At(Opcode.Mulh, 641, 6700417), (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.OpcodeBit0, c.OpcodeBit1) = (Field(0), Field(2).Inverse());
            (c.Result.Lo, c.Other.Lo) = (Field(2), Field(0));
        });
    }

    // 2^16 · (-32512) = 1 mod p: bytes that are none move 1 in one limb and 32512 in the next.
    void AddByteAttacks(AttackList attacks)
    {
        KoalaBear fraction = Field(256).Inverse();
        Attack(attacks, "low bytes of rs1", At(Opcode.Mul, 5, 0x100), (ref MultiplyColumns<KoalaBear> c) =>
            (c.LeftByte0, c.Result.Lo, c.Result.Hi) = (c.LeftByte0 + fraction, c.Result.Lo + Field(1), c.Result.Hi + Field(32512)));
        Attack(attacks, "low bytes of rs2", At(Opcode.Mulhu, 0x100_0000, 5), (ref MultiplyColumns<KoalaBear> c) =>
            (c.RightByte0, c.Other.Hi, c.Result.Lo) = (c.RightByte0 + fraction, c.Other.Hi + Field(1), c.Result.Lo + Field(32512)));
        Attack(attacks, "high bytes of rs1", At(Opcode.Mulhu, 5, 0x100), (ref MultiplyColumns<KoalaBear> c) =>
            (c.LeftByte2, c.Other.Hi, c.Result.Lo) = (c.LeftByte2 + fraction, c.Other.Hi + Field(1), c.Result.Lo + Field(32512)));
        Attack(attacks, "high bytes of rs2", At(Opcode.Mulhu, 0x100, 5), (ref MultiplyColumns<KoalaBear> c) =>
            (c.RightByte2, c.Other.Hi, c.Result.Lo) = (c.RightByte2 + fraction, c.Other.Hi + Field(1), c.Result.Lo + Field(32512)));
    }

    void AddSignAttacks(AttackList attacks)
    {
        KoalaBear fraction = Field(1 << 16).Inverse();
        Attack(attacks, "sign of rs1 that is no bit", At(Opcode.Mul, 1, 1), (ref MultiplyColumns<KoalaBear> c) =>
            (c.LeftIsNegative, c.LeftByte2, c.Result.Hi) = (c.LeftIsNegative - fraction, c.LeftByte2 + Field(1), c.Result.Hi + Field(1)));
        Attack(attacks, "sign of rs2 that is no bit", At(Opcode.Mulhu, 0x1_0000, 2), (ref MultiplyColumns<KoalaBear> c) =>
            (c.RightIsNegative, c.RightByte2, c.Result.Lo) = (c.RightIsNegative - fraction, c.RightByte2 + Field(1), c.Result.Lo + Field(1)));
        AddNegative("1 taken as 1 - 2^32 in rs1", (ref MultiplyColumns<KoalaBear> c) => c.LeftIsNegative = Field(1));
        AddNegative("1 taken as 1 - 2^32 in rs2", (ref MultiplyColumns<KoalaBear> c) => c.RightIsNegative = Field(1));

        void AddNegative(string name, ColumnsChange<MultiplyColumns<KoalaBear>> negate) =>
            Attack(attacks, name, At(Opcode.Mulh, 1, 1), (ref MultiplyColumns<KoalaBear> c) =>
            {
                negate(ref c);
                (c.Result.Lo, c.Result.Hi, c.ProductIsNegative) = (Field(0xFFFF), Field(0xFFFF), Field(1));
                (c.Carry1Low, c.Carry1High, c.Carry2Low, c.Carry2High) = (Field(3), Field(63), Field(255), Field(0));
            });
    }

    void AddCarryAttacks(AttackList attacks)
    {
        int low = At(Opcode.Mul, 1, 0xFFFF_FFFF), high = At(Opcode.Mulhu, 0xFFFF_FFFF, 0xFFFF_0000);
        Attack(attacks, "carry 0 wrapped mod p", low, (ref MultiplyColumns<KoalaBear> c) => { c.Carry0Low -= Field(32512); Lower(ref c.Result); });
        Attack(attacks, "carry 0 with a high part that is no bit", low, (ref MultiplyColumns<KoalaBear> c) =>
        {
            c.Carry0High -= Field(127);
            Lower(ref c.Result);
        });
        Attack(attacks, "carry 1 wrapped mod p", high, (ref MultiplyColumns<KoalaBear> c) =>
            (c.Carry1High, c.Other.Hi, c.Result.Lo) = (c.Carry1High - Field(8128), c.Other.Hi - Field(1), c.Result.Lo - Field(32512)));
        Attack(attacks, "carry 2 wrapped mod p", high, (ref MultiplyColumns<KoalaBear> c) => { c.Carry2Low -= Field(32512); Lower(ref c.Result); });
        Attack(attacks, "carry 2 with a high part that is no bit", high, (ref MultiplyColumns<KoalaBear> c) =>
        {
            c.Carry2High -= Field(127);
            Lower(ref c.Result);
        });
        Attack(attacks, "sign of the product that is no bit", high, (ref MultiplyColumns<KoalaBear> c) =>
            (c.ProductIsNegative, c.Result.Hi) = (c.ProductIsNegative - Field(32512), c.Result.Hi + Field(1)));

        static void Lower(ref Word<KoalaBear> word) => (word.Lo, word.Hi) = (word.Lo - Field(1), word.Hi - Field(32512));
    }

    // A limb that keeps its carry: 2^16 more here, 1 less in the next limb.
    void AddRangeAttacks(AttackList attacks)
    {
        Attack(attacks, "low limb of the low word", At(Opcode.Mul, 0xFFFF, 0xFFFF), (ref MultiplyColumns<KoalaBear> c) =>
            (c.Result.Lo, c.Carry0Low, c.Result.Hi) = (c.Result.Lo + Field(1 << 16), c.Carry0Low - Field(1), c.Result.Hi - Field(1)));
        Attack(attacks, "high limb of the low word", At(Opcode.Mul, 0xFFFF, 0xFFFF), (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.Result.Hi, c.Other.Lo) = (c.Result.Hi + Field(1 << 16), c.Other.Lo - Field(1));
            LowerCarry1(ref c);
        });
        Attack(attacks, "high limb of the low word, for the high one", At(Opcode.Mulhu, 0xFFFF_FFFF, 0xFFFF_0000), (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.Other.Hi, c.Result.Lo) = (c.Other.Hi + Field(1 << 16), c.Result.Lo - Field(1));
            LowerCarry1(ref c);
        });
        // The missing carry goes on through a limb of 0.
        Attack(attacks, "low limb of the low word, for the high one", At(Opcode.Mulhu, 0xFFFF_FFFF, 0xFFFF_FFFF), (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.Other.Lo, c.Carry0Low, c.Other.Hi, c.Result.Lo) = (c.Other.Lo + Field(1 << 16), c.Carry0Low - Field(1), Field(0xFFFF), c.Result.Lo - Field(1));
            LowerCarry1(ref c);
        });

        static void LowerCarry1(ref MultiplyColumns<KoalaBear> c) => (c.Carry1Low, c.Carry1High) = (c.Carry1Low + Field(3), c.Carry1High - Field(1));
    }
}

using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class ShiftChipTests : AluChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<ShiftAir, AluEvent>(new());

    protected override Type ColumnStruct => typeof(ShiftColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (34, 16, 18);

    protected override Opcode[] Opcodes => [Opcode.Sll, Opcode.Srl, Opcode.Sra, Opcode.Slli, Opcode.Srli, Opcode.Srai];

    protected override EventList<AluEvent> Events(SegmentRecord record) => record.Shift;

    protected override uint[] CornerImmediates => [.. Enumerable.Range(0, 32).Select(x => (uint)x)];

    protected override IEnumerable<AluCase> Cases()
    {
        foreach (AluCase c in base.Cases()) yield return c;
        foreach (Opcode opcode in Opcodes.Where(opcode => !IsImmediate(opcode)))
        for (uint amount = 0; amount < 34; amount++)
            foreach (uint left in (uint[])[1, 0x8765_4321, 0x7FFF_FFFF, uint.MaxValue])
                yield return new(opcode, left, amount | (amount & 1) * 0xFFFF_FFC0);
    }

    protected override IReadOnlyDictionary<string, string> FreeCells { get; } = new Dictionary<string, string>
    {
        ["Right.Gap"] = "An immediate form reads no rs2, so there is no time since its last access.",
        ["Right.Value.Hi"] = "An immediate form reads no rs2, and an amount's high limb does not matter."
    };

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        AddSelectorAttacks(attacks);
        AddAmountAttacks(attacks);
        AddProductAttacks(attacks);
        AddSignAttacks(attacks);
    }

    void AddSelectorAttacks(AttackList attacks)
    {
        // SRL = 15 = 14 - 1 + 2: neither direction to the right, so it shifts to the left.
        int right = At(Opcode.Srl, 0x7FFF_FFFF, 4);
        FilledTable asLeft = Forge(e => { if (e.Step.Opcode == (byte)Opcode.Srl) e.Step.Opcode = (byte)Opcode.Sll; return e; });
        attacks.Add("IsLogicalRight = -1", right, cells =>
        {
            asLeft.Row(right).CopyTo(cells);
            ref var c = ref Columns.View<ShiftColumns<KoalaBear>, KoalaBear>(cells);
            (c.IsLogicalRight, c.IsArithmeticRight) = (Field(-1), Field(1));
        });
        AttackForeign(attacks, Opcode.Xori, At(Opcode.Sll, 1, 8), (ref ShiftColumns<KoalaBear> c) => (c.IsLogicalRight, c.IsArithmeticRight) = (Field(1), Field(-1)));
        // Both directions to the right: the exponent becomes 16 - 3m = 1 and the result 2·(2 >> 8) - 2.
        AttackForeign(attacks, Opcode.Slli, At(Opcode.Sll, 1, 0xFFFF_FFC5), (ref ShiftColumns<KoalaBear> c) =>
        {
            (c.IsLogicalRight, c.IsArithmeticRight, c.Exponent, c.Factor) = (Field(1), Field(1), Field(1), Field(2));
            (c.Product0, c.Result.Lo) = (Field(2), Field(-2));
        });
        AttackForeign(attacks, Opcode.Mul, At(Opcode.Sll, 0x8765_4321, 0), (ref ShiftColumns<KoalaBear> c) => c.IsImmediate = Field(2));
    }

    void AddAmountAttacks(AttackList attacks)
    {
        AddByteSelectors(8, (-1, 1, 0), (-255, 1));
        AddByteSelectors(16, (1, -1, 1), (256, 255));
        AddByteSelectors(0, (1, 1, -1), (256, -255));
        AddByteSelectors(24, (1, 1, 0), (255, 1));
        void AddByteSelectors(uint amount, (int First, int Second, int Third) selectors, (int Lo, int Hi) result) =>
            Attack(attacks, $"byte selectors {selectors}", At(Opcode.Sll, 1, amount), (ref ShiftColumns<KoalaBear> c) =>
            {
                (c.IsByte1, c.IsByte2, c.IsByte3) = (Field(selectors.First), Field(selectors.Second), Field(selectors.Third));
                (c.Result.Lo, c.Result.Hi) = (Field(result.Lo), Field(result.Hi));
            });

        int zero = At(Opcode.Sll, 1, 0);
        Attack(attacks, "another exponent", zero, (ref ShiftColumns<KoalaBear> c) => { Double(ref c); c.Exponent = Field(1); });
        Attack(attacks, "another factor", zero, (ref ShiftColumns<KoalaBear> c) => Double(ref c));
        Attack(attacks, "another amount", zero, (ref ShiftColumns<KoalaBear> c) => { Double(ref c); c.BitAmount = c.Exponent = Field(1); });
        // 0 = 32·(-1) + 8·3 + 8.
        Attack(attacks, "a shift by 32 for one by 0", zero, (ref ShiftColumns<KoalaBear> c) =>
        {
            (c.IsByte3, c.BitAmount, c.Exponent, c.Factor) = (Field(1), Field(8), Field(8), Field(256));
            (c.Product0, c.Product1, c.Result.Lo) = (Field(0), Field(1), Field(0));
        });
        static void Double(ref ShiftColumns<KoalaBear> c) => (c.Factor, c.Product0, c.Result.Lo) = (Field(2), Field(2), Field(2));
    }

    void AddProductAttacks(AttackList attacks)
    {
        int byByte = At(Opcode.Sll, 0x8765_4321, 8), plain = At(Opcode.Sll, 0x8765_4321, 0);
        Attack(attacks, "bytes 0 and 1 of the product", byByte, (ref ShiftColumns<KoalaBear> c) =>
        {
            (c.Product0, c.Product1) = (c.Product0 + Field(256), c.Product1 - Field(1));
            (c.Result.Lo, c.Result.Hi) = (c.Result.Lo + Field(1 << 16), c.Result.Hi - Field(1));
        });
        Attack(attacks, "bytes 2 and 3 of the product", byByte, (ref ShiftColumns<KoalaBear> c) =>
        {
            (c.Product2, c.Product3) = (c.Product2 + Field(256), c.Product3 - Field(1));
            c.Result.Hi += Field(1 << 16);
        });
        // 2^16 · (-32512) = 1 mod p.
        Attack(attacks, "carry wrapped mod p", plain, (ref ShiftColumns<KoalaBear> c) =>
        {
            (c.Product0, c.Carry, c.Product4) = (c.Product0 - Field(1), c.Carry - Field(32512), c.Product4 + Field(32512) * Field(32512));
            c.Result.Lo -= Field(1);
        });
        Attack(attacks, "low limb of the product", plain, (ref ShiftColumns<KoalaBear> c) => { c.Product0 += Field(1); c.Result.Lo += Field(1); });
        Attack(attacks, "high limb of the product", plain, (ref ShiftColumns<KoalaBear> c) => { c.Product2 += Field(1); c.Result.Hi += Field(1); });
    }

    void AddSignAttacks(AttackList attacks)
    {
        int logical = At(Opcode.Srl, 0x8765_4321, 4), arithmetic = At(Opcode.Sra, 0x8765_4321, 4);
        FilledTable swapped = Forge(e =>
        {
            if (e.Step.Opcode is (byte)Opcode.Srl or (byte)Opcode.Sra) e.Step.Opcode ^= (byte)Opcode.Srl ^ (byte)Opcode.Sra;
            return e;
        });
        foreach (int row in (int[])[logical, arithmetic])
            attacks.Add(row == logical ? "SRL that copies the sign" : "SRA that ignores the sign", row, cells =>
            {
                swapped.Row(row).CopyTo(cells);
                ref var c = ref Columns.View<ShiftColumns<KoalaBear>, KoalaBear>(cells);
                (c.IsLogicalRight, c.IsArithmeticRight) = (c.IsArithmeticRight, c.IsLogicalRight);
            });
    }
}

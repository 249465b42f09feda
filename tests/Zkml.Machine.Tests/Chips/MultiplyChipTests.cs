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

    protected override (int Width, int Constraints, int Interactions) Shape => (35, 14, 23);

    protected override Opcode[] Opcodes => [Opcode.Mul, Opcode.Mulh, Opcode.Mulhsu, Opcode.Mulhu];

    protected override EventList<AluEvent> Events(SegmentRecord record) => record.Multiply;

    protected override IEnumerable<AluCase> Cases()
    {
        (uint, uint)[] pairs =
        [
            (0x00FF_FFFF, 0x100), (0x100, 0x00FF_FFFF), (1, 0xFE00_0000), (0xFE00_0000, 1), (1, 0x100), (0x100, 1), (3, 1),
            (0xFFFF_FFFF, 0xC000_F001), (0xFFFF_FFFF, 0xFFFF_FFF0),
        ];
        foreach (AluCase c in base.Cases()) yield return c;
        foreach (Opcode opcode in Opcodes)
            foreach ((uint left, uint right) in pairs) yield return new(opcode, left, right);
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
        AddSelectors("MULHSU that returns the low half", Opcode.Mulhsu, 0x7FFF_FFFF, 0x7FFF_FFFF, Opcode.Mul, (-1, 0, 1), -2);
        AddSelectors("MULHSU that takes rs1 as unsigned", Opcode.Mulhsu, 0xFFFF_FFFF, 1, Opcode.Mulhu, (1, -1, 1), 1);
        AddSelectors("MUL that returns the high half", Opcode.Mul, 0x1_0000, 0x1_0000, Opcode.Mulhu, (1, 1, -1), 3);
        // Twice the high half less the low one: with 3 = 2·2 - 1 and 0 = 2·1 - 2 the high half of 3 · 1 seems to be 1.
        Attack(attacks, "two selectors", At(Opcode.Mulhu, 3, 1), (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.IsMulh, c.IsMulhsu, c.IsMulhu, c.Carry2) = (Field(1), Field(1), Field(0), Field(3));
            (c.Result.Lo, c.Other.Lo) = (Field(1), Field(2));
        });

        void AddSelectors(string name, Opcode opcode, uint left, uint right, Opcode filled, (int Mulh, int Mulhsu, int Mulhu) selectors, int carryOffset)
        {
            int row = At(opcode, left, right);
            FilledTable forged = Forge(e => { if (e.Step.Opcode == (byte)opcode) e.Step.Opcode = (byte)filled; return e; });
            attacks.Add(name, row, cells =>
            {
                forged.Row(row).CopyTo(cells);
                ref var c = ref Columns.View<MultiplyColumns<KoalaBear>, KoalaBear>(cells);
                (c.IsMulh, c.IsMulhsu, c.IsMulhu) = (Field(selectors.Mulh), Field(selectors.Mulhsu), Field(selectors.Mulhu));
                c.Carry2 += Field(carryOffset);
            });
        }
    }

    // 2^16 · (-32512) = 1 mod p, and 2^23 · 254 = -1 mod p: digits that are no bytes move 1 in one limb and 32512 in the next.
    void AddByteAttacks(AttackList attacks)
    {
        Attack(attacks, "low bytes of rs1", At(Opcode.Mul, 0x00FF_FFFF, 0x100), (ref MultiplyColumns<KoalaBear> c) => { c.Left1 -= Field(32512); Move(ref c.Result, -1); });
        Attack(attacks, "low bytes of rs2", At(Opcode.Mul, 0x100, 0x00FF_FFFF), (ref MultiplyColumns<KoalaBear> c) => { c.Right1 -= Field(32512); Move(ref c.Result, -1); });
        Attack(attacks, "high bytes of rs1", At(Opcode.Mulhu, 1, 0xFE00_0000), (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.Left3, c.LeftSign) = (Field(128), Field(1));
            Move(ref c.Result, 1);
        });
        Attack(attacks, "high bytes of rs2", At(Opcode.Mulhu, 0xFE00_0000, 1), (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.Right3, c.RightSign) = (Field(128), Field(1));
            Move(ref c.Result, 1);
        });
    }

    void AddSignAttacks(AttackList attacks)
    {
        Attack(attacks, "1 taken as 1 - 2^32", At(Opcode.Mulh, 1, 1), (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.LeftSign, c.Carry2, c.Overflow) = (Field(1), Field(1), Field(1));
            (c.Result.Lo, c.Result.Hi) = (Field(0xFFFF), Field(0xFFFF));
        });
        Attack(attacks, "sign of rs1 that is no bit", At(Opcode.Mulh, 1, 0x100), (ref MultiplyColumns<KoalaBear> c) => { c.LeftSign = Field(32512 * 256); c.Result.Lo += Field(1); });
        Attack(attacks, "sign of rs2 that is no bit", At(Opcode.Mulh, 0x100, 1), (ref MultiplyColumns<KoalaBear> c) => { c.RightSign = Field(32512 * 256); c.Result.Lo += Field(1); });
    }

    void AddCarryAttacks(AttackList attacks)
    {
        int low = At(Opcode.Mul, 0x00FF_FFFF, 0x100), middle = At(Opcode.Mul, 0xFFFF_FFFF, 0xC000_F001), high = At(Opcode.Mulhu, 0xFFFF_FFFF, 0xC000_F001);
        Attack(attacks, "carry 0 wrapped mod p", low, (ref MultiplyColumns<KoalaBear> c) => { c.Carry0 -= Field(32512); Move(ref c.Result, -1); });
        Attack(attacks, "carry 0 with a high part that is no bit", low, (ref MultiplyColumns<KoalaBear> c) => { c.Carry0High -= Field(127); Move(ref c.Result, -1); });
        Attack(attacks, "carry 1 wrapped mod p", middle, (ref MultiplyColumns<KoalaBear> c) =>
        {
            c.Carry1Third -= Field(32512) * Field(3).Inverse();
            c.Result.Hi -= Field(1);
            c.Other.Lo -= Field(32512);
        });
        Attack(attacks, "carry 2 with a high part that is no bit", high, (ref MultiplyColumns<KoalaBear> c) => { c.Carry2High -= Field(127); Move(ref c.Result, -1); });
        Attack(attacks, "overflow that is no bit", high, (ref MultiplyColumns<KoalaBear> c) => { c.Overflow -= Field(32512); c.Result.Hi += Field(1); });
    }

    void AddRangeAttacks(AttackList attacks)
    {
        int low = At(Opcode.Mul, 0xFFFF_FFFF, 0xC000_F001), high = At(Opcode.Mulhu, 0xFFFF_FFFF, 0xC000_F001);
        Attack(attacks, "low limb of the result", low, (ref MultiplyColumns<KoalaBear> c) =>
            (c.Result.Lo, c.Carry0, c.Result.Hi) = (c.Result.Lo + Field(1 << 16), c.Carry0 - Field(1), c.Result.Hi - Field(1)));
        Attack(attacks, "high limb of the result", low, (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.Result.Hi, c.Other.Lo) = (c.Result.Hi + Field(1 << 16), c.Other.Lo - Field(1));
            LowerCarry1(ref c);
        });
        Attack(attacks, "high limb of the other half", high, (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.Other.Hi, c.Result.Lo) = (c.Other.Hi + Field(1 << 16), c.Result.Lo - Field(1));
            LowerCarry1(ref c);
        });
        // The missing carry goes on through a limb of 0.
        Attack(attacks, "low limb of the other half", At(Opcode.Mulhu, 0xFFFF_FFFF, 0xFFFF_FFF0), (ref MultiplyColumns<KoalaBear> c) =>
        {
            (c.Other.Lo, c.Carry0, c.Other.Hi, c.Result.Lo) = (c.Other.Lo + Field(1 << 16), c.Carry0 - Field(1), Field(0xFFFF), c.Result.Lo - Field(1));
            LowerCarry1(ref c);
        });
        static void LowerCarry1(ref MultiplyColumns<KoalaBear> c) => (c.Carry1, c.Carry1Third) = (c.Carry1 + Field(2), c.Carry1Third - Field(1));
    }

    static void Move(ref Word<KoalaBear> word, int sign) => (word.Lo, word.Hi) = (word.Lo + Field(sign), word.Hi + Field(sign * 32512));
}

using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class BitwiseChipTests : AluChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<BitwiseAir, AluEvent>(new());

    protected override Type ColumnStruct => typeof(BitwiseColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (30, 9, 16);

    protected override Opcode[] Opcodes => [Opcode.And, Opcode.Or, Opcode.Xor, Opcode.Andi, Opcode.Ori, Opcode.Xori];

    protected override EventList<AluEvent> Events(SegmentRecord record) => record.Bitwise;

    protected override IReadOnlyDictionary<string, string> FreeCells { get; } = new Dictionary<string, string>
    {
        ["Right.Gap"] = "An immediate form reads no rs2, so there is no time since its last access.",
    };

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        int and = At(Opcode.And, 0x1234_5678, 0xFFFF_FFFF);
        Attack(attacks, "byte 0 of the conjunction", and, (ref BitwiseColumns<KoalaBear> c) => { c.And0 += Field(1); c.Result.Lo += Field(1); });
        Attack(attacks, "byte 1 of the conjunction", and, (ref BitwiseColumns<KoalaBear> c) => { c.And1 += Field(1); c.Result.Lo += Field(256); });
        Attack(attacks, "byte 2 of the conjunction", and, (ref BitwiseColumns<KoalaBear> c) => { c.And2 += Field(1); c.Result.Hi += Field(1); });
        Attack(attacks, "byte 3 of the conjunction", and, (ref BitwiseColumns<KoalaBear> c) => { c.And3 += Field(1); c.Result.Hi += Field(256); });
        // OR = AND + 1·IsOr + 2·IsXor: 9 = 8 - 1 + 2, and with these selectors the result is 0.
        Attack(attacks, "IsOr = -1", At(Opcode.Or, 0x1234_5678, 1), (ref BitwiseColumns<KoalaBear> c) =>
            (c.IsOr, c.IsXor, c.Result.Lo, c.Result.Hi) = (Field(-1), Field(1), Field(0), Field(0)));
        AttackForeign(attacks, Opcode.Sltiu, At(Opcode.And, 0xFFFF, 1), (ref BitwiseColumns<KoalaBear> c) =>
            (c.IsOr, c.IsXor, c.Result.Lo) = (Field(1), Field(-1), Field(2)));
        AttackForeign(attacks, Opcode.Andi, At(Opcode.And, 1, 2), (ref BitwiseColumns<KoalaBear> c) =>
            (c.IsOr, c.IsXor, c.Result.Lo) = (Field(1), Field(1), Field(6)));
        AttackForeign(attacks, Opcode.Sll, At(Opcode.And, 0xFFFF, 0), (ref BitwiseColumns<KoalaBear> c) => c.IsImmediate = Field(2));
    }
}

using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class LessThanChipTests : AluChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<LessThanAir, AluEvent>(new());

    protected override Type ColumnStruct => typeof(LessThanColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (23, 9, 16);

    protected override Opcode[] Opcodes => [Opcode.Slt, Opcode.Sltu, Opcode.Slti, Opcode.Sltiu];

    protected override EventList<AluEvent> Events(SegmentRecord record) => record.LessThan;

    protected override IReadOnlyDictionary<string, string> FreeCells { get; } = new Dictionary<string, string>
    {
        ["Right.Gap"] = "An immediate form reads no rs2, so there is no time since its last access.",
    };

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        // 2^16 · 32512 = -1 mod p: a borrow or a result that is no bit moves the difference by 1.
        Attack(attacks, "borrow wrapped mod p", At(Opcode.Sltu, 2, 1), (ref LessThanColumns<KoalaBear> c) => (c.Borrow, c.IsLess) = (Field(32512), Field(1)));
        Attack(attacks, "result wrapped mod p", At(Opcode.Sltu, 0x1_0001, 1), (ref LessThanColumns<KoalaBear> c) => c.IsLess = Field(32512));
        Attack(attacks, "no borrow where there is one", At(Opcode.Sltu, 2, 1), (ref LessThanColumns<KoalaBear> c) => (c.Borrow, c.IsLess) = (Field(1), Field(1)));
        foreach (Opcode opcode in (Opcode[])[Opcode.Slt, Opcode.Sltu])
        {
            Attack(attacks, "a false sign of rs1", At(opcode, 2, 1), (ref LessThanColumns<KoalaBear> c) => (c.LeftSign, c.IsLess) = (Field(1), Field(1)));
            Attack(attacks, "a false sign of rs2", At(opcode, 1, 2), (ref LessThanColumns<KoalaBear> c) => (c.RightSign, c.IsLess) = (Field(1), Field(0)));
        }
        AttackForeign(attacks, Opcode.And, At(Opcode.Slt, 1, 2), (ref LessThanColumns<KoalaBear> c) => c.IsUnsigned = Field(4));
        AttackForeign(attacks, Opcode.And, At(Opcode.Slt, uint.MaxValue, 0), (ref LessThanColumns<KoalaBear> c) => c.IsImmediate = Field(2));
    }
}

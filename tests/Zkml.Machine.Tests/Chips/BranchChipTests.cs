using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class BranchChipTests : GuestChipContract
{
    static readonly Opcode[] s_opcodes = [Opcode.Beq, Opcode.Bne, Opcode.Blt, Opcode.Bge, Opcode.Bltu, Opcode.Bgeu];

    protected override MachineChip Chip { get; } = new EventChip<BranchAir, BranchEvent>(default);

    protected override Type ColumnStruct => typeof(BranchColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (23, 17, 12);

    protected override IReadOnlyDictionary<string, string> UnshownNeeds => new Dictionary<string, string>
    {
        ["isEquality"] = "only opcodes 42 and 43 without a destination would pass, which no ROM row has; selectors stay one-hot without that argument",
        ["c.Differs"] = "a multiplicity: two rows with opposite ones would cancel each other's false lookup, which a test of single rows cannot show",
    };

    protected override void Run(HandMadeGuest guest)
    {
        var random = new Random(1);
        (Opcode Opcode, uint Left, uint Right)[] cases = [.. from opcode in s_opcodes from left in CornerWords from right in CornerWords select (opcode, left, right)];
        random.Shuffle(cases);
        foreach ((Opcode opcode, uint left, uint right) in cases) guest.Set(6, left).Set(7, right).Branch(opcode, 6, 7, 2);
        foreach (Opcode opcode in s_opcodes) guest.Branch(opcode, 6, 6, 2).Branch(opcode, 0, 7, 3).Branch(opcode, 0, 0, 2);
        guest.Set(6, Data).Store(Opcode.Sb, 6, 7, 0);
    }

    [Test]
    public void Rows_Valid_GoOnWhereTheInstructionSays() => Assert.Multiple(() =>
    {
        BranchEvent[] events = CreateSegment().Record.Branch.Items.ToArray();
        for (int i = 0; i < events.Length; i++)
        {
            BranchEvent e = events[i];
            uint next = Alu.BranchTaken((Opcode)e.Step.Opcode, e.Left.Value, e.Right.Value) ? e.Step.Auxiliary : e.Step.Pc4 + 1;
            RowInteraction sent = HonestReports[i].Interactions.Single(x => x.Bus == Buses.State && x.Multiplicity == KoalaBear.One);
            Assert.That(sent.Message[0].ToCanonical(), Is.EqualTo(next), $"{(Opcode)e.Step.Opcode} {e.Left.Value:X8} {e.Right.Value:X8}");
        }
    });

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        BranchEvent[] events = CreateSegment().Record.Branch.Items.ToArray();
        for (int i = 0; i < events.Length; i++)
        {
            BranchEvent e = events[i];
            uint other = Alu.BranchTaken((Opcode)e.Step.Opcode, e.Left.Value, e.Right.Value) ? e.Step.Pc4 + 1 : e.Step.Auxiliary;
            AddForgedComparisons(attacks, i, e, other);
        }
        attacks.AddRows("a later clock with the same accesses", Forge(record =>
        {
            foreach (ref BranchEvent e in record.Branch.MutableItems)
            {
                e.Step.Clock += 4;
                e.Left.Gap += 4;
                if (e.Step.Rs1 != e.Step.Rs2) e.Right.Gap += 4;
            }
        }), RowCount);
        AddSelectorAttacks(attacks, events);
        AddStoreAttack(attacks, events, CreateSegment().Record.StorePart.Items[0].Step.Pc4);
        attacks.AddRows("other operands", Forge(record =>
        {
            foreach (ref BranchEvent e in record.Branch.MutableItems) (e.Left.Value, e.Right.Value) = (e.Right.Value + 1, e.Left.Value);
        }), RowCount);
        attacks.AddRows("another opcode", Forge(record =>
        {
            foreach (ref BranchEvent e in record.Branch.MutableItems) e.Step.Opcode = (byte)(e.Step.Opcode == (byte)Opcode.Bgeu ? Opcode.Beq : (Opcode)(e.Step.Opcode + 1));
        }), RowCount);
    }

    static void AddSelectorAttacks(AttackList attacks, BranchEvent[] events)
    {
        KoalaBear two = KoalaBear.FromCanonical(2), minusOne = -KoalaBear.One;
        int greater = Array.FindIndex(events, e => e.Step.Opcode == (byte)Opcode.Blt && e.Left.Value == 0xFF && e.Right.Value == 1);
        int less = Array.FindIndex(events, e => e.Step.Opcode == (byte)Opcode.Blt && e.Left.Value == 1 && e.Right.Value == 0xFF);
        attacks.Add("two rows in one, which skips an instruction", greater, row =>
        {
            ref var c = ref Columns.View<BranchColumns<KoalaBear>, KoalaBear>(row);
            (c.IsReal, c.NextPc4) = (two, c.Pc4 + two);
        });
        attacks.Add("BLT compared as BEQ by a negative selector", less, row =>
        {
            ref var c = ref Columns.View<BranchColumns<KoalaBear>, KoalaBear>(row);
            (c.IsSigned, c.IsUnsigned, c.IsTaken, c.NextPc4) = (minusOne, KoalaBear.One, KoalaBear.Zero, c.Pc4 + KoalaBear.One);
        });
        attacks.Add("BLT as a BEQ negated twice", less, row =>
        {
            ref var c = ref Columns.View<BranchColumns<KoalaBear>, KoalaBear>(row);
            (c.IsSigned, c.IsNegated, c.IsTaken) = (KoalaBear.Zero, two, two);
            c.NextPc4 = c.Pc4 + KoalaBear.One + two * (c.Target - c.Pc4 - KoalaBear.One);
        });
        attacks.Add("a comparison that is no bit", less, row =>
        {
            ref var c = ref Columns.View<BranchColumns<KoalaBear>, KoalaBear>(row);
            KoalaBear low = c.Right.Value.Lo - c.Left.Value.Lo;
            c.IsLess = c.IsTaken = (low.Inverse() + KoalaBear.One) * two.Inverse();
            c.Distance = KoalaBear.One;
            c.NextPc4 = c.Pc4 + KoalaBear.One + c.IsTaken * (c.Target - c.Pc4 - KoalaBear.One);
        });
    }

    // SB has opcode 34 = BEQ + 2 - 4: a branch row that skips a store.
    static void AddStoreAttack(AttackList attacks, BranchEvent[] events, uint storePc4)
    {
        int notTaken = Array.FindIndex(events, e => e.Step.Opcode == (byte)Opcode.Beq && e.Left.Value == 1 && e.Right.Value == 0xFF);
        attacks.Add("SB spelled by a negative selector", notTaken, row =>
        {
            ref var c = ref Columns.View<BranchColumns<KoalaBear>, KoalaBear>(row);
            (c.IsSigned, c.IsUnsigned) = (KoalaBear.One, -KoalaBear.One);
            (c.Pc4, c.Target) = (KoalaBear.FromCanonical(storePc4), KoalaBear.Zero);
            c.NextPc4 = c.Pc4 + KoalaBear.One;
        }, anyInputs: true);
    }

    // The wrong way, with every assignment of the bits of the comparison and the distance that fits it, or 1.
    static void AddForgedComparisons(AttackList attacks, int index, BranchEvent e, uint next)
    {
        for (int bits = 0; bits < 64; bits++)
        {
            int assignment = bits;
            attacks.Add($"wrong way with comparison bits {assignment:b6}", index, row =>
            {
                ref var c = ref Columns.View<BranchColumns<KoalaBear>, KoalaBear>(row);
                c.NextPc4 = KoalaBear.FromCanonical(next);
                c.IsTaken = KoalaBear.One - c.IsTaken;
                c.Differs = Bit(assignment, 0);
                c.HighDiffers = Bit(assignment, 1);
                c.IsLess = Bit(assignment, 2);
                c.LeftSign = Bit(assignment, 3);
                c.RightSign = Bit(assignment, 4);
                KoalaBear distance = c.HighDiffers == KoalaBear.One
                    ? c.Right.Value.Hi - c.Left.Value.Hi + (c.LeftSign - c.RightSign) * KoalaBear.FromCanonical(1 << 16)
                    : c.Right.Value.Lo - c.Left.Value.Lo;
                c.Distance = Bit(assignment, 5) == KoalaBear.One ? KoalaBear.One : c.IsLess == KoalaBear.One ? distance : -distance;
            });
        }
        static KoalaBear Bit(int bits, int index) => KoalaBear.FromBool((bits >> index & 1) != 0);
    }
}

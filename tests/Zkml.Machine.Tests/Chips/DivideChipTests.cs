using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Machine.Gadgets;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class DivideChipTests : AluChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<DivideAir, AluEvent>(new());

    protected override Type ColumnStruct => typeof(DivideColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (39, 20, 25);

    protected override Opcode[] Opcodes => [Opcode.Div, Opcode.Divu, Opcode.Rem, Opcode.Remu];

    protected override EventList<AluEvent> Events(SegmentRecord record) => record.Divide;

    protected override IReadOnlyDictionary<string, string> FreeCells { get; } = new Dictionary<string, string>
    {
        ["Borrow"] = "Nothing is compared with a divisor of 0.",
        ["Quotient0"] = "A remainder by 0 has no quotient.", ["Quotient1"] = "As Quotient0.", ["Quotient2"] = "As Quotient0.", ["Quotient3"] = "As Quotient0.",
    };

    protected override IReadOnlyDictionary<string, string> UnshownNeeds { get; } = new Dictionary<string, string>
    {
        ["IsZeroDivisor in {0, IsReal}"] = "Takes two rows: one with 2 would take back the failed comparison that another row, with a wrong quotient, looks up.",
    };

    protected override IEnumerable<AluCase> Cases()
    {
        (uint, uint)[] pairs =
        [
            (100, 7), (20, 7), (0x0500_0000, 0x0100_0000), (100, 0xFFFF_FFFE), (0xFFFF_FF9C, 7), (100, 0xFFFF_FFF9), (0x1_0005, 7), (100, 0),
            (100, 7_102_354), (100, 300), (100, 0xF000_0000), (100, 0xF000), (0x5_0000, 0x1_0000), (0x2_0000, 1),
        ];
        foreach (AluCase c in base.Cases()) yield return c;
        foreach (Opcode opcode in Opcodes)
            foreach ((uint left, uint right) in pairs) yield return new(opcode, left, right);
    }

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        AddSelectorAttacks(attacks);
        AddUniquenessAttacks(attacks);
        AddSignAttacks(attacks);
        AddIdentityAttacks(attacks);
        AddRangeAttacks(attacks);
        AddResultAttacks(attacks);
    }

    void AddSelectorAttacks(AttackList attacks)
    {
        AttackForeign(attacks, Opcode.Lw, At(Opcode.Div, 100, 7), (ref DivideColumns<KoalaBear> c) => c.IsUnsigned = Field(4));
        // Twice the remainder less the quotient: 10 = 2·6 - 2.
        AttackForeign(attacks, Opcode.Lw, At(Opcode.Div, 20, 7), (ref DivideColumns<KoalaBear> c) => (c.IsRemainder, c.Result.Lo) = (Field(2), Field(10)));
        Attack(attacks, "7 taken as 0", At(Opcode.Remu, 100, 7), (ref DivideColumns<KoalaBear> c) => { c.IsZeroDivisor = Field(1); Claim(ref c, 7, 0, 100); });
        Attack(attacks, "another quotient by 0", At(Opcode.Divu, 100, 0), (ref DivideColumns<KoalaBear> c) => Claim(ref c, 0, 5, 100));
    }

    // Bug class R2: a second valid output. Every near pair of quotient and remainder, at every corner, signs included.
    void AddUniquenessAttacks(AttackList attacks)
    {
        uint[] corners = [0, 1, 2, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xFFFF_FFFE, 0xFFFF_FFFF];
        foreach (Opcode opcode in Opcodes)
            foreach (uint left in corners)
                foreach (uint right in corners)
                    for (int change = 0; change < 18; change++)
                    {
                        (int quotient, int remainder, bool flips) = (change % 3 - 1, change / 3 % 3 - 1, change >= 9);
                        Attack(attacks, $"{opcode} with quotient {quotient:+0;-0}, remainder {remainder:+0;-0}, sign flipped: {flips}", At(opcode, left, right),
                            (ref DivideColumns<KoalaBear> c) =>
                            {
                                if (flips) c.IsNegative = Field(1) - c.IsNegative;
                                (uint q, uint r, uint d) = (Magnitude(c.Quotient0, c.Quotient1, c.Quotient2, c.Quotient3), Join(c.Remainder), Magnitude(c.Divisor0, c.Divisor1, c.Divisor2, c.Divisor3));
                                Claim(ref c, d, q + (uint)quotient, r + (uint)remainder + (uint)(opcode == Opcode.Remu ? -quotient : 0) * d);
                            });
                    }
    }

    void AddSignAttacks(AttackList attacks)
    {
        Attack(attacks, "unsigned dividend taken as negative", At(Opcode.Divu, 0xFFFF_FF9C, 7), (ref DivideColumns<KoalaBear> c) =>
        {
            c.LeftSign = c.IsNegative = Field(1);
            Claim(ref c, 7, 14, 2);
        });
        Attack(attacks, "unsigned divisor taken as negative", At(Opcode.Divu, 100, 0xFFFF_FFF9), (ref DivideColumns<KoalaBear> c) =>
        {
            c.RightSign = c.IsNegative = c.DivisorCarry = Field(1);
            Claim(ref c, 7, 14, 2);
        });
        Attack(attacks, "negative dividend taken as unsigned", At(Opcode.Div, 0xFFFF_FF9C, 7), (ref DivideColumns<KoalaBear> c) =>
        {
            c.LeftSign = c.IsNegative = Field(0);
            Claim(ref c, 7, 0xFFFF_FF9C / 7, 0xFFFF_FF9C % 7);
        });
        Attack(attacks, "negative divisor taken as unsigned", At(Opcode.Div, 100, 0xFFFF_FFF9), (ref DivideColumns<KoalaBear> c) =>
        {
            c.RightSign = c.IsNegative = c.DivisorCarry = Field(0);
            Claim(ref c, 0xFFFF_FFF9, 0, 100);
        });
        Attack(attacks, "quotient negated", At(Opcode.Div, 100, 7), (ref DivideColumns<KoalaBear> c) => { c.IsNegative = Field(1); Claim(ref c, 7, 14, 2); });
        // 2^16 · (-32512) = 1 mod p: -(-2) becomes 3 + 2^16 · 32512.
        Attack(attacks, "borrow of the divisor wrapped mod p", At(Opcode.Div, 100, 0xFFFF_FFFE), (ref DivideColumns<KoalaBear> c) =>
        {
            c.DivisorCarry -= Field(32512);
            Claim(ref c, 3 + (32512u << 16), 0, 100);
        });
    }

    void AddIdentityAttacks(AttackList attacks)
    {
        int row = At(Opcode.Divu, 100, 7), remainder = At(Opcode.Remu, 100, 7);
        Attack(attacks, "low limb of the divisor", row, (ref DivideColumns<KoalaBear> c) => Claim(ref c, 8, 12, 4));
        Attack(attacks, "high limb of the divisor", row, (ref DivideColumns<KoalaBear> c) => Claim(ref c, 0x1_0007, 0, 100));
        Attack(attacks, "low limb of the product", row, (ref DivideColumns<KoalaBear> c) => { c.Quotient0 += Field(1); c.Result.Lo += Field(1); });
        Attack(attacks, "high limb of the product", row, (ref DivideColumns<KoalaBear> c) => { c.Quotient2 += Field(1); c.Result.Hi += Field(1); });
        Attack(attacks, "product above 2^32", At(Opcode.Divu, 0x0500_0000, 0x0100_0000), (ref DivideColumns<KoalaBear> c) => Claim(ref c, 0x0100_0000, 0x105, 0));
        Attack(attacks, "remainder not below the divisor, low limb", row, (ref DivideColumns<KoalaBear> c) => { Claim(ref c, 7, 13, 9); c.Borrow = Field(0); });
        Attack(attacks, "remainder not below the divisor, high limb", row, (ref DivideColumns<KoalaBear> c) => Claim(ref c, 7, 13, 9));
        Attack(attacks, "borrow of the comparison wrapped mod p", At(Opcode.Remu, 0x1_0005, 7), (ref DivideColumns<KoalaBear> c) =>
        {
            Claim(ref c, 7, 0, 0x1_0005);
            c.Borrow = Field(-32512);
        });
        Attack(attacks, "negative remainder, low limb", row, (ref DivideColumns<KoalaBear> c) =>
        {
            Claim(ref c, 7, 15, 0);
            c.Remainder.Lo = Field(-5);
            Carry(ref c, 0);
        });
        Attack(attacks, "negative remainder, high limb", At(Opcode.Divu, 0x5_0000, 0x1_0000), (ref DivideColumns<KoalaBear> c) =>
        {
            Claim(ref c, 0x1_0000, 6, 0);
            c.Remainder.Hi = Field(-1);
            c.Borrow = Field(1);
        });
    }

    // Digits or carries that are no bytes make the two limb equations true for dividend + p, or for dividend + 2^16·p: another quotient.
    void AddRangeAttacks(AttackList attacks)
    {
        const ulong dividend = 100 + KoalaBear.Modulus, high = 100 + ((ulong)KoalaBear.Modulus << 16);
        Attack(attacks, "low bytes of the divisor", At(Opcode.Divu, 100, 7_102_354), (ref DivideColumns<KoalaBear> c) =>
        {
            ClaimOf(ref c, 7_102_354, dividend);
            (c.Divisor0, c.Divisor1) = (c.Divisor0 + Field(256 * 32512), c.Divisor1 - Field(32512));
        });
        Attack(attacks, "low bytes of the quotient", At(Opcode.Divu, 100, 300), (ref DivideColumns<KoalaBear> c) =>
        {
            ClaimOf(ref c, 300, dividend);
            (c.Quotient0, c.Quotient1) = (c.Quotient0 + Field(256 * 32512), c.Quotient1 - Field(32512));
        });
        Attack(attacks, "high bytes of the divisor", At(Opcode.Divu, 100, 0xF000_0000), (ref DivideColumns<KoalaBear> c) =>
        {
            ClaimOf(ref c, 0xF000_0000, high);
            (c.Divisor2, c.Divisor3) = (Field(0xF000), Field(0));
        });
        Attack(attacks, "high bytes of the quotient", At(Opcode.Divu, 100, 0xF000), (ref DivideColumns<KoalaBear> c) =>
        {
            ClaimOf(ref c, 0xF000, high);
            (c.Quotient2, c.Quotient3) = (c.Quotient2 + c.Quotient3 * Field(256), Field(0));
        });
        Attack(attacks, "carry wrapped mod p", At(Opcode.Divu, 100, 7), (ref DivideColumns<KoalaBear> c) =>
        {
            ClaimOf(ref c, 7, dividend);
            c.CarryFirst -= Field(32512);
        });
    }

    void AddResultAttacks(AttackList attacks)
    {
        int row = At(Opcode.Divu, 100, 7), wide = At(Opcode.Divu, 0x2_0000, 1);
        Attack(attacks, "low carry of the result wrapped mod p", row, (ref DivideColumns<KoalaBear> c) =>
        {
            c.ResultCarry0 = Field(-32512);
            (c.Result.Lo, c.Result.Hi) = (c.Result.Lo + Field(1), c.Result.Hi + Field(32512));
        });
        Attack(attacks, "high carry of the result wrapped mod p", row, (ref DivideColumns<KoalaBear> c) => (c.ResultCarry1, c.Result.Hi) = (Field(-32512), c.Result.Hi + Field(1)));
        Attack(attacks, "low limb of the result", wide, (ref DivideColumns<KoalaBear> c) =>
            (c.ResultCarry0, c.Result.Lo, c.Result.Hi) = (Field(1), c.Result.Lo + Field(1 << 16), c.Result.Hi - Field(1)));
        Attack(attacks, "high limb of the result", wide, (ref DivideColumns<KoalaBear> c) => (c.ResultCarry1, c.Result.Hi) = (Field(1), c.Result.Hi + Field(1 << 16)));
    }

    static void ClaimOf(ref DivideColumns<KoalaBear> c, uint divisor, ulong dividend)
    {
        Claim(ref c, divisor, (uint)(dividend / divisor), (uint)(dividend % divisor));
        Carry(ref c, (LowLimb(divisor, (uint)(dividend / divisor), (uint)(dividend % divisor)) - (long)(dividend & 0xFFFF)) >> 16);
    }

    // What a prover fills in for these magnitudes, true or not: every column that follows from them.
    static void Claim(ref DivideColumns<KoalaBear> c, uint divisor, uint quotient, uint remainder)
    {
        bool isNegative = c.IsNegative == KoalaBear.One, isLeftNegative = c.LeftSign == KoalaBear.One;
        (c.Divisor0, c.Divisor1, c.Divisor2, c.Divisor3) = (Byte(divisor, 0), Byte(divisor, 1), Byte(divisor, 2), Byte(divisor, 3));
        (c.Quotient0, c.Quotient1, c.Quotient2, c.Quotient3) = (Byte(quotient, 0), Byte(quotient, 1), Byte(quotient, 2), Byte(quotient, 3));
        c.Remainder.Set(remainder);
        long left = c.Left.Value.Lo.ToCanonical();
        Carry(ref c, (LowLimb(divisor, quotient, remainder) - (isLeftNegative ? -left : left)) >> 16);
        c.Borrow = KoalaBear.FromBool((divisor & 0xFFFF) <= (remainder & 0xFFFF));
        uint magnitude = c.IsRemainder == KoalaBear.One ? remainder : quotient;
        c.ResultCarry0 = KoalaBear.FromBool(isNegative && (magnitude & 0xFFFF) != 0);
        c.ResultCarry1 = KoalaBear.FromBool(isNegative && magnitude != 0);
        c.Result.Set(isNegative ? 0 - magnitude : magnitude);
    }

    static long LowLimb(uint divisor, uint quotient, uint remainder) =>
        (long)(quotient & 0xFFFF) * (divisor & 0xFFFF) - ((long)(quotient >> 8 & 0xFF) * (divisor >> 8 & 0xFF) << 16) + (remainder & 0xFFFF);

    static void Carry(ref DivideColumns<KoalaBear> c, long carry) => (c.CarryFirst, c.CarrySecond) = (Field(Math.Min(carry, 255)), Field(carry - Math.Min(carry, 255)));

    static KoalaBear Byte(uint word, int index) => Field(word >> 8 * index & 0xFF);

    static uint Join(Word<KoalaBear> word) => word.Lo.ToCanonical() | word.Hi.ToCanonical() << 16;

    static uint Magnitude(KoalaBear b0, KoalaBear b1, KoalaBear b2, KoalaBear b3) =>
        b0.ToCanonical() | b1.ToCanonical() << 8 | b2.ToCanonical() << 16 | b3.ToCanonical() << 24;
}

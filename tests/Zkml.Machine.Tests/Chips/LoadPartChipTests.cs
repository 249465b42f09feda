using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class LoadPartChipTests : GuestChipContract
{
    static readonly Opcode[] s_opcodes = [Opcode.Lb, Opcode.Lbu, Opcode.Lh, Opcode.Lhu];

    protected override MachineChip Chip { get; } = new EventChip<LoadPartAir, LoadEvent>(default);

    protected override Type ColumnStruct => typeof(LoadPartColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (26, 10, 16);

    protected override IReadOnlyDictionary<string, string> FreeCells => new Dictionary<string, string>
    {
        ["Memory.Gap"] = "loads from the window access no memory",
        ["OtherByte"] = "not used by loads of halves",
    };

    protected override IEnumerable<int> MutatedRows(int rowCount) => Enumerable.Range(0, rowCount).Where(row => row % 3 == 0);

    protected override void Run(HandMadeGuest guest)
    {
        guest.Set(6, Data + 0x40).Set(8, MemoryMap.ReadOnlyStart + 2);
        uint[] words = [0, 0x0000_0080, 0x7F80_FF01, 0x8001_7FFF, 0x807F_80FF, 0xFFFF_FFFF, 0x4000_7000, 0x0000_7F01];
        for (int i = 0; i < words.Length; i++) guest.Define(Data + (uint)(4 * i), words[i]).Define(MemoryMap.ReadOnlyStart + (uint)(4 * i), words[i]);
        foreach (Opcode opcode in s_opcodes)
            for (int offset = 0; offset < 4 * words.Length; offset += (int)PartialWord.AccessBytes(opcode))
            {
                guest.Load(opcode, 7, 6, offset - 0x40);
                if (offset % 5 == 0) guest.Load(opcode, 7, 8, offset - 2).Load(opcode, 0, 6, offset - 0x40);
            }
        guest.Set(6, Data + 0x1_0000).Load(Opcode.Lb, 6, 6, -1);
    }

    [Test]
    public void Rows_Valid_StateTheMeaningOfTheLoad() => Assert.Multiple(() =>
    {
        LoadEvent[] events = CreateSegment().Record.LoadPart.Items.ToArray();
        for (int i = 0; i < events.Length; i++)
        {
            LoadEvent e = events[i];
            uint result = PartialWord.Load((Opcode)e.Step.Opcode, e.Memory.Value, e.Base.Value + e.Step.Immediate);
            KoalaBear[] expected = [.. new[] { MemorySpace.Register, e.Step.Rd, result & 0xFFFF, result >> 16, e.Step.Clock + SubTime.Rd }.Select(KoalaBear.FromCanonical)];
            Assert.That(HonestReports[i].Interactions.Any(x => x.Bus == Buses.Memory && x.Message.AsSpan().SequenceEqual(expected)), $"{(Opcode)e.Step.Opcode} of {e.Memory.Value:X8}");
        }
    });

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        LoadEvent[] events = CreateSegment().Record.LoadPart.Items.ToArray();
        for (int i = 0; i < events.Length; i++)
        {
            AddFreeHighBits(attacks, i);
            for (int bits = 0; bits < 8; bits++) AddForgedPart(attacks, i, events[i], bits);
        }
        int lbu = RowOf(Opcode.Lbu, 0x0000_7F01), lb = RowOf(Opcode.Lb, 0x0000_7F01), window = Array.FindIndex(events, e => e.IsReadOnly);
        int wordStart = RowOf(Opcode.Lh, 0x4000_7000), sameBytes = RowOf(Opcode.Lbu, 0xFFFF_FFFF);
        AddAddressAttacks(attacks, window, wordStart, sameBytes, lbu);
        AddOpcodeAttacks(attacks, lb, lbu);
        attacks.AddRows("a later clock with the same accesses", Forge(record =>
        {
            foreach (ref LoadEvent e in record.LoadPart.MutableItems)
            {
                e.Step.Clock += 4;
                e.Base.Gap += 4;
                e.Result.Gap += 4;
                if (!e.IsReadOnly) e.Memory.Gap += 4;
            }
        }), RowCount);
        attacks.AddRows("another immediate", Forge(record =>
        {
            foreach (ref LoadEvent e in record.LoadPart.MutableItems) e.Step.Immediate += 4;
        }), RowCount, anyInputs: true);
        attacks.AddRows("another opcode", Forge(record =>
        {
            foreach (ref LoadEvent e in record.LoadPart.MutableItems)
            {
                e.Step.Opcode = (byte)(e.Step.Opcode == (byte)Opcode.Lhu ? Opcode.Lb : (Opcode)(e.Step.Opcode + 1));
                e.Result.Value = PartialWord.Load((Opcode)e.Step.Opcode, e.Memory.Value, e.Base.Value + e.Step.Immediate);
            }
        }), RowCount);
    }

    static void AddAddressAttacks(AttackList attacks, int window, int wordStart, int sameBytes, int lbu)
    {
        attacks.Add("two window loads and a negative memory access", window, row =>
            Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row).IsReadOnly = KoalaBear.FromCanonical(2), anyInputs: true);
        attacks.Add("an odd address of a half", wordStart, row =>
        {
            ref var c = ref Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row);
            c.Address.Base.Value.Lo += KoalaBear.One;
            c.HighByte = KoalaBear.One;
            // half = Part + 255·(Part / 2^8 - OtherByte)
            c.OtherByte = c.Part * KoalaBear.FromCanonical(256).Inverse();
        }, anyInputs: true);
        attacks.Add("an odd address of a half rounded down", wordStart, row =>
            Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row).Address.Base.Value.Lo += KoalaBear.One, anyInputs: true);
        attacks.Add("an offset of 4", wordStart, row =>
        {
            ref var c = ref Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row);
            c.HighHalf = KoalaBear.FromCanonical(2);
            c.Address.Quarter -= KoalaBear.One;
            c.Part = c.ResultLow = c.Memory.Value.Lo + c.HighHalf * (c.Memory.Value.Hi - c.Memory.Value.Lo);
        }, anyInputs: true);
        attacks.Add("the next byte at the same address, with a quarter mod p", sameBytes, row =>
        {
            ref var c = ref Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row);
            c.HighByte = KoalaBear.One;
            c.Address.Quarter -= InverseOf4;
        }, anyInputs: true);
        attacks.Add("another byte, with the other one mod p", lbu, row =>
        {
            ref var c = ref Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row);
            KoalaBear unit = KoalaBear.FromCanonical(256);
            c.Part += unit;
            c.ResultLow += KoalaBear.One;
            c.OtherByte -= unit.Inverse();
        });
    }

    int RowOf(Opcode opcode, uint word)
    {
        int row = Array.FindIndex(CreateSegment().Record.LoadPart.Items.ToArray(),
            e => !e.IsReadOnly && e.Step.Opcode == (byte)opcode && e.Memory.Value == word && (e.Base.Value + e.Step.Immediate & 3) == 0);
        Assert.That(row, Is.GreaterThanOrEqualTo(0), "No event of the kind that the attack needs.");
        return row;
    }

    // Selectors that are no bits but spell the right opcode.
    static void AddOpcodeAttacks(AttackList attacks, int lb, int lbu)
    {
        // 257·2 + 256·0xFC = 2·0x7F01: two bytes that make up the half as the mean of both readings.
        attacks.Add("LBU as half a half", lbu, row =>
        {
            ref var c = ref Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row);
            (c.IsHalf, c.IsUnsigned) = (KoalaBear.FromCanonical(2).Inverse(), KoalaBear.Zero);
            (c.Part, c.OtherByte, c.ResultLow) = (KoalaBear.FromCanonical(512), KoalaBear.FromCanonical(0xFC), KoalaBear.FromCanonical(257));
        });
        attacks.Add("LB as a half less two", lb, row =>
        {
            ref var c = ref Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row);
            (c.IsHalf, c.IsUnsigned) = (KoalaBear.One, -KoalaBear.FromCanonical(2));
            c.Part = c.ResultLow = c.Memory.Value.Lo;
        });
    }

    // The high bits of rd must not be free (the bug of ZisK's sub-word loads).
    void AddFreeHighBits(AttackList attacks, int index)
    {
        AddIfChanged(attacks, "the other sign", index, row =>
        {
            ref var c = ref Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row);
            KoalaBear change = KoalaBear.One - c.Sign - c.Sign;
            c.Sign = KoalaBear.One - c.Sign;
            if (c.IsHalf == KoalaBear.Zero) c.ResultLow += change * KoalaBear.FromCanonical(0xFF00);
        });
        AddIfChanged(attacks, "a sign that is no bit", index, row =>
        {
            ref var c = ref Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row);
            KoalaBear sign = (c.Part + c.Part) * KoalaBear.FromCanonical(1 << 16).Inverse();
            if (c.IsHalf == KoalaBear.Zero) c.ResultLow += (sign - c.Sign) * KoalaBear.FromCanonical(0xFF00);
            c.Sign = sign;
        });
    }

    // Part, OtherByte and ResultLow for another choice of half and byte, with everything else computed to fit.
    void AddForgedPart(AttackList attacks, int index, LoadEvent e, int bits) => AddIfChanged(attacks, $"another part, {bits:b3}", index, row =>
    {
        ref var c = ref Columns.View<LoadPartColumns<KoalaBear>, KoalaBear>(row);
        bool isHalf = e.Step.Opcode is (byte)Opcode.Lh or (byte)Opcode.Lhu, isHighHalf = (bits & 1) != 0, isHighByte = (bits & 2) != 0, fitsAddress = (bits & 4) != 0;
        uint half = isHighHalf ? e.Memory.Value >> 16 : e.Memory.Value & 0xFFFF;
        uint part = isHalf ? half + (isHighByte ? 1u : 0) : isHighByte ? half >> 8 : half & 0xFF;
        uint sign = c.IsUnsigned == KoalaBear.Zero ? part >> (isHalf ? 15 : 7) & 1 : 0;
        if (!fitsAddress)
        {
            c.HighHalf = KoalaBear.FromBool(isHighHalf);
            c.HighByte = KoalaBear.FromBool(isHighByte && !isHalf);
        }
        c.Part = KoalaBear.FromCanonical(isHalf ? part : part << 8);
        c.OtherByte = KoalaBear.FromCanonical(isHalf ? 0 : isHighByte ? half & 0xFF : half >> 8);
        c.Sign = KoalaBear.FromCanonical(sign);
        c.ResultLow = KoalaBear.FromCanonical(part + (isHalf ? 0 : 0xFF00 * sign));
    });
}

using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class StorePartChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<StorePartAir, StoreEvent>(default);

    protected override Type ColumnStruct => typeof(StorePartColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (25, 11, 15);

    protected override void Run(HandMadeGuest guest)
    {
        uint[] words = [0, 0x7F80_FF01, 0x807F_80FF, 0xFFFF_FFFF];
        for (int i = 0; i < words.Length; i++) guest.Define(Data + (uint)(4 * i), words[i]);
        guest.Set(6, Data + 0x40);
        foreach (uint source in (uint[])[0, 0x1234_5678, 0xFFFF_80FF])
            for (int offset = 0; offset < 4 * words.Length; offset++)
            {
                guest.Set(7, source + (uint)offset).Store(Opcode.Sb, 6, 7, offset - 0x40);
                if (offset % 2 == 0) guest.Store(Opcode.Sh, 6, 7, offset - 0x40);
            }
        guest.Store(Opcode.Sb, 6, 6, -0x40).Store(Opcode.Sh, 6, 0, -0x40).Set(6, Data + 0x1_0000).Store(Opcode.Sb, 6, 7, -1);
        guest.Store(Opcode.Sw, 6, 7, -0x40);
    }

    [Test]
    public void Rows_Valid_StateTheMeaningOfTheStore() => Assert.Multiple(() =>
    {
        StoreEvent[] events = CreateSegment().Record.StorePart.Items.ToArray();
        for (int i = 0; i < events.Length; i++)
        {
            StoreEvent e = events[i];
            uint address = e.Base.Value + e.Step.Immediate, merged = PartialWord.Store((Opcode)e.Step.Opcode, e.Memory.Previous, e.Source.Value, address);
            KoalaBear[] expected = [.. new[] { MemorySpace.Memory, address / 4, merged & 0xFFFF, merged >> 16, e.Step.Clock + SubTime.Memory }.Select(KoalaBear.FromCanonical)];
            Assert.That(HonestReports[i].Interactions.Any(x => x.Bus == Buses.Memory && x.Message.AsSpan().SequenceEqual(expected)), $"{(Opcode)e.Step.Opcode} at {address:X8}");
        }
    });

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        StoreEvent[] events = CreateSegment().Record.StorePart.Items.ToArray();
        for (int i = 0; i < events.Length; i++) AddForgedMerges(attacks, i, events[i]);
        int sh = Array.FindIndex(events, e => e.Step.Opcode == (byte)Opcode.Sh && (e.Base.Value + e.Step.Immediate & 3) == 0 && (e.Base.Value + e.Step.Immediate & 0xFFFC) != 0);
        int sameBytes = Array.FindIndex(events, e => e.Step.Opcode == (byte)Opcode.Sb && e.Memory.Previous == 0xFFFF_FFFF && (e.Base.Value + e.Step.Immediate & 3) == 0);
        attacks.Add("another address with the same quarter", sh, row =>
            Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row).Address.Base.Value.Lo += KoalaBear.FromCanonical(4), anyInputs: true);
        attacks.Add("the next byte at the same address, with a quarter mod p", sameBytes, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            c.HighByte = KoalaBear.One;
            c.Address.Quarter -= InverseOf4;
            c.Merged.Lo = c.Memory.Previous.Lo + (c.Merged.Lo - c.Memory.Previous.Lo) * KoalaBear.FromCanonical(256);
        }, anyInputs: true);
        attacks.Add("an odd address of a half", sh, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            c.Address.Base.Value.Lo += KoalaBear.One;
            c.HighByte = KoalaBear.One;
            c.Replaced = c.Memory.Previous.Lo * KoalaBear.FromCanonical(256).Inverse();
            c.Merged.Lo = c.Source.Value.Lo * KoalaBear.FromCanonical(256);
        }, anyInputs: true);
        attacks.Add("an offset of 4", sh, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            // Both halves' conditions hold with the changes of the two halves at 0.
            c.HighHalf = KoalaBear.FromCanonical(2);
            c.Address.Quarter -= KoalaBear.One;
            c.Merged = c.Memory.Previous;
            c.Source.Value.Lo = c.Replaced = c.Memory.Previous.Lo + c.HighHalf * (c.Memory.Previous.Hi - c.Memory.Previous.Lo);
        }, anyInputs: true);
        AddOpcodeAttacks(attacks, events, sh, CreateSegment().Record.StoreWord.Items[0].Step.Pc4);
        attacks.AddRows("a later clock with the same accesses", Forge(record =>
        {
            foreach (ref StoreEvent e in record.StorePart.MutableItems)
            {
                e.Step.Clock += 4;
                e.Base.Gap += 4;
                e.Memory.Gap += 4;
                if (e.Step.Rs1 != e.Step.Rs2) e.Source.Gap += 4;
            }
        }), RowCount);
        attacks.AddRows("another immediate", Forge(record =>
        {
            foreach (ref StoreEvent e in record.StorePart.MutableItems) e.Step.Immediate += 4;
        }), RowCount, anyInputs: true);
    }

    static void AddOpcodeAttacks(AttackList attacks, StoreEvent[] events, int sh, uint storeWordPc4)
    {
        int sb = Array.FindIndex(events, e => e.Step.Opcode == (byte)Opcode.Sb && e.Step.Immediate == unchecked((uint)-0x40));
        // SW has opcode 33 = SB - 1; on a word and a source of 0 the row for -1 halves has nothing else wrong.
        attacks.Add("SW as a half taken off", sb, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            (c.Pc4, c.IsHalf) = (KoalaBear.FromCanonical(storeWordPc4), -KoalaBear.One);
        }, anyInputs: true);
        attacks.Add("two halves in one", sb, row => Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row).IsHalf = KoalaBear.FromCanonical(2), anyInputs: true);
        attacks.Add("SB as a half", sb, row => Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row).IsHalf = KoalaBear.One, anyInputs: true);
        attacks.Add("SH with bytes kept", sh, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            c.Kept = KoalaBear.One;
            c.Replaced -= KoalaBear.FromCanonical(256);
            c.Merged.Lo += KoalaBear.FromCanonical(256);
        });
        attacks.Add("SH with a source byte dropped", sh, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            c.SourceUpper = KoalaBear.One;
            c.Merged.Lo -= KoalaBear.FromCanonical(256);
        });
    }

    static void AddForgedMerges(AttackList attacks, int index, StoreEvent e)
    {
        bool isHighHalf = (e.Base.Value + e.Step.Immediate & 2) != 0;
        attacks.Add("the other half changed", index, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            if (isHighHalf) c.Merged.Lo += KoalaBear.One;
            else c.Merged.Hi += KoalaBear.One;
        });
        attacks.Add("the other half changed, and taken off the stored one", index, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            c.Merged.Lo += isHighHalf ? KoalaBear.One : -KoalaBear.One;
            c.Merged.Hi += isHighHalf ? -KoalaBear.One : KoalaBear.One;
        });
        attacks.Add("another stored byte of the source", index, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            c.SourceUpper += KoalaBear.One;
            ref KoalaBear half = ref (isHighHalf ? ref c.Merged.Hi : ref c.Merged.Lo);
            half -= KoalaBear.FromCanonical(256) * (KoalaBear.One + c.HighByte * KoalaBear.FromCanonical(255));
        });
        attacks.Add("a replaced byte that the word does not have", index, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            KoalaBear change = c.Replaced == KoalaBear.Zero ? KoalaBear.One : -KoalaBear.One;
            c.Replaced += change;
            ref KoalaBear half = ref (isHighHalf ? ref c.Merged.Hi : ref c.Merged.Lo);
            half -= change * (KoalaBear.One + c.HighByte * KoalaBear.FromCanonical(255));
        });
        attacks.Add("another replaced byte of the word", index, row =>
        {
            ref var c = ref Columns.View<StorePartColumns<KoalaBear>, KoalaBear>(row);
            KoalaBear unit = KoalaBear.FromCanonical(256), isHigh = c.HighByte, weight = KoalaBear.One + isHigh * KoalaBear.FromCanonical(255);
            // One more kept byte is 2^8 less replaced, or 1 / 2^8 for the high byte.
            KoalaBear keptWeight = unit - isHigh * KoalaBear.FromCanonical(255), change = keptWeight * weight.Inverse();
            c.Kept += KoalaBear.One;
            c.Replaced -= change;
            ref KoalaBear half = ref (isHighHalf ? ref c.Merged.Hi : ref c.Merged.Lo);
            half += change * weight;
        });
    }
}

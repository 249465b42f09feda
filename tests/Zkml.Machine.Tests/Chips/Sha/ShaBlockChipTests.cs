using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips.Sha;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips.Sha;

[TestFixture]
public sealed class ShaBlockChipTests : ShaGuestContract
{
    protected override MachineChip Chip { get; } = new EventChip<ShaBlockAir, ShaBlockEvent>(default);

    protected override Type ColumnStruct => typeof(ShaBlockColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (55, 17, 8);

    protected override IReadOnlyDictionary<string, string> FreeOutputs =>
        ((int[])[0, 1, 2, 4, 5, 6]).ToDictionary(word => $"After[{word}].Hi", _ => "2^16 more or less: whoever takes the token splits the word into bits or bytes");

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        for (int i = 0; i < 8; i++)
        {
            int word = i;
            attacks.Add($"word {i}: a carry of 32512, which is -1/2^16 mod p", 0, row => WrapCarry(row, word));
        }
        // The low limb 2^16 too high or too low, made up for by the carry: the next block takes words 3 and 7 as they are.
        foreach (int word in (int[])[3, 7])
        {
            attacks.Add($"word {word}: a low limb of another carry", 0, row => FlipLowCarry(row, word));
            attacks.Add($"word {word}: a high limb of another carry", 0, row => FlipHighCarry(row, word));
        }
        attacks.AddRows("another result", Forge(record =>
        {
            foreach (ref ShaBlockEvent e in record.ShaBlock.MutableItems) e.StateAfter[5] ^= 1;
        }), RowCount);
        attacks.AddRows("a later clock", Forge(record =>
        {
            foreach (ref ShaBlockEvent e in record.ShaBlock.MutableItems) e.Clock += 16;
        }), RowCount);
        attacks.AddRows("one block less to do", Forge(record =>
        {
            foreach (ref ShaBlockEvent e in record.ShaBlock.MutableItems) e.Remaining--;
        }), RowCount);
    }

    // Before + working - after = -1 in the low limb, and 2^16·32512 = p - 1: both sides agree mod p though not as integers.
    static void WrapCarry(Span<KoalaBear> row, int word)
    {
        ref var c = ref Columns.View<ShaBlockColumns<KoalaBear>, KoalaBear>(row);
        uint lo = Sum(c.Before[word].Lo, c.Working[word].Lo), hi = Sum(c.Before[word].Hi, c.Working[word].Hi) + 32512;
        // Where the sum is just below a limb's end, -1 would not do, but -1 + 2^16 with a carry of 32513 does.
        c.After[word].Lo = KoalaBear.FromCanonical((lo + 1) & 0xFFFF);
        hi += (lo + 1) >> 16;
        c.After[word].Hi = KoalaBear.FromCanonical(hi & 0xFFFF);
    }

    static void FlipLowCarry(Span<KoalaBear> row, int word)
    {
        ref var c = ref Columns.View<ShaBlockColumns<KoalaBear>, KoalaBear>(row);
        bool hasCarry = Sum(c.Before[word].Lo, c.Working[word].Lo) >= 1 << 16;
        KoalaBear radix = KoalaBear.FromCanonical(1 << 16);
        c.After[word].Lo += hasCarry ? radix : -radix;
        c.After[word].Hi -= hasCarry ? KoalaBear.One : -KoalaBear.One;
    }

    static void FlipHighCarry(Span<KoalaBear> row, int word)
    {
        ref var c = ref Columns.View<ShaBlockColumns<KoalaBear>, KoalaBear>(row);
        uint carry = Sum(c.Before[word].Lo, c.Working[word].Lo) >> 16;
        KoalaBear radix = KoalaBear.FromCanonical(1 << 16);
        c.After[word].Hi += Sum(c.Before[word].Hi, c.Working[word].Hi) + carry >= 1 << 16 ? radix : -radix;
    }

    static uint Sum(KoalaBear a, KoalaBear b) => a.ToCanonical() + b.ToCanonical();
}

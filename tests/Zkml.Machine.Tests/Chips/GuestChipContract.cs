using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

/// <summary>The contract of chips whose rows come from a <see cref="HandMadeGuest"/>: the attacks that every row with accesses must refuse.</summary>
public abstract class GuestChipContract : ChipContract
{
    protected const uint Data = 0x0002_0000, Digest = 0x0003_0000;

    /// <summary>Words at which limbs, bytes, signs or carries change.</summary>
    protected static readonly uint[] CornerWords =
        [0, 1, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0x8000_FFFF, 0xFFFF_0000, 0xFFFF_FFFF, 0x8765_4321];

    /// <summary>1/4 mod p: what a quarter changes by when the address changes by 1.</summary>
    protected static readonly KoalaBear InverseOf4 = KoalaBear.FromCanonical(4).Inverse();

    /// <summary>Everything the guest does; it is halted afterwards.</summary>
    protected abstract void Run(HandMadeGuest guest);

    protected override ChipSegment CreateSegment() => Create(Run);

    /// <summary>The same guest with other events.</summary>
    protected FilledTable Forge(Action<SegmentRecord> change)
    {
        ChipSegment segment = CreateSegment();
        change(segment.Record);
        return Fill(segment, Table.Height);
    }

    /// <summary>Adds an attack unless it leaves the row as it is.</summary>
    protected void AddIfChanged(AttackList attacks, string name, int row, RowChange change, bool anyInputs = false)
    {
        KoalaBear[] cells = Table.Row(row).ToArray();
        change(cells);
        if (!Table.Row(row).SequenceEqual(cells)) attacks.Add(name, row, change, anyInputs);
    }

    protected override IEnumerable<int> MutatedRows(int rowCount) => Enumerable.Range(0, Math.Min(rowCount, 40));

    protected override void AddAttacks(AttackList attacks)
    {
        string[] columns = ColumnNames.Of(ColumnStruct);
        for (int i = 0; i < columns.Length; i++)
        {
            int column = i;
            // The previous access would lie in the future of this one.
            if (columns[i].EndsWith("Gap", StringComparison.Ordinal))
                attacks.Add($"{columns[i]} negative", 0, row => row[column] = -KoalaBear.FromCanonical(3), anyInputs: true);
        }
    }

    static ChipSegment Create(Action<HandMadeGuest> run)
    {
        var guest = new HandMadeGuest();
        for (uint j = 0; j < 8; j++) guest.Define(Digest + 4 * j, 0x1234_5678 * (j + 1));
        run(guest);
        return guest.Halt(0x2A00, Digest).Segment();
    }
}

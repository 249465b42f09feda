using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Gadgets;
using Zkml.Machine.Tables;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Tables;

[TestFixture]
public sealed class BoundaryTableTests : ChipContract
{
    const uint Data = 0x0002_0000, Digest = 0x0003_0000;

    protected override MachineChip Chip { get; } = new BoundaryTable();

    protected override Type ColumnStruct => typeof(BoundaryColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (15, 8, 11);

    // The closing row accesses nothing.
    protected override IReadOnlyDictionary<string, string> FreeCells =>
        new[] { "InitialTime.Low", "InitialTime.High", "FinalValue.Lo", "FinalValue.Hi", "FinalTime" }.ToDictionary(name => name, _ => "the closing row has no word");

    protected override IReadOnlyDictionary<string, string> FreeOutputs => new Dictionary<string, string>
    {
        ["InitialTime.Low"] = "free below 2^30 + 2^16 (E6): the first access must find it",
        ["InitialTime.High"] = "free below 2^30 + 2^16 (E6): the first access must find it",
    };

    protected override IEnumerable<int> MutatedRows(int rowCount) => Enumerable.Range(0, 4).Concat(Enumerable.Range(rowCount - 8, 8));

    protected override ChipSegment CreateSegment()
    {
        var guest = new HandMadeGuest();
        for (uint j = 0; j < 8; j++) guest.Define(Digest + 4 * j, 0x1234_5678 * (j + 1));
        guest.Define(Data, 0xFFFF_0001);
        foreach (uint address in (uint[])[MemoryMap.ReadWriteStart, Data, Data + 4, 0x4000_0000, MemoryMap.ReadOnlyStart - 4])
            guest.Set(6, address).Set(7, address ^ 0x5555_AAAA).Store(Opcode.Sw, 6, 7, 0);
        return guest.Halt(0, Digest).Segment();
    }

    protected override void AddAttacks(AttackList attacks)
    {
        KoalaBear one = KoalaBear.One;
        BoundaryEntry[] entries = CreateSegment().Record.Boundary.Items.ToArray();
        int register = 6, image = Array.FindIndex(entries, e => e.IsImage), plain = Array.FindIndex(entries, e => e.Space == MemorySpace.Memory && !e.IsImage), end = RowCount - 1;
        int lowest = Array.FindIndex(entries, e => e.Word == MemoryMap.ReadWriteStart / 4), highest = end - 1;
        attacks.Add("an image word that starts at 0", image, row =>
        {
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            (c.IsImage, c.InitialValue) = (KoalaBear.Zero, default);
        });
        attacks.Add("a plain word that starts at another value", plain, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).InitialValue.Lo = one);
        attacks.Add("a plain word that starts at another high limb", plain, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).InitialValue.Hi = one);
        attacks.Add("a register that starts at the value of an image word", register, row =>
        {
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            (c.IsImage, c.InitialValue.Lo) = (one, one);
        }, anyInputs: true);
        AddOrderAttacks(attacks, plain, lowest, highest, end);
        attacks.Add("a time below 0", plain, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).InitialTime.Low = -KoalaBear.FromCanonical(40));
        attacks.Add("a time beyond the bound", plain, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).InitialTime.High = KoalaBear.FromCanonical(1 << 16));
        AddKindAttacks(attacks, register, plain, end);
    }

    // Kinds that are no bits: space and multiplicities follow from them.
    static void AddKindAttacks(AttackList attacks, int register, int plain, int end)
    {
        KoalaBear one = KoalaBear.One, minusOne = -KoalaBear.One;
        attacks.Add("a closing row moved up by a memory word less a register", end, row =>
        {
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            (c.IsMemory, c.IsRegister) = (one, minusOne);
        }, anyInputs: true);
        attacks.Add("a closing row moved down by a register less a memory word", end, row =>
        {
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            (c.IsMemory, c.IsRegister) = (minusOne, one);
        }, anyInputs: true);
        attacks.Add("two words of a third space, less a closing row", plain, row =>
        {
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            (c.IsMemory, c.IsRegister, c.IsEnd, c.Offset) = (one, one, minusOne, default);
        }, anyInputs: true);
        attacks.Add("a memory word counted twice, less a register", plain, row =>
        {
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            (c.IsMemory, c.IsRegister) = (KoalaBear.FromCanonical(2), minusOne);
        }, anyInputs: true);
        attacks.Add("a word that is a register and memory", plain, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).IsRegister = one, anyInputs: true);
        attacks.Add("a row of two registers", register, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).IsRegister = KoalaBear.FromCanonical(2), anyInputs: true);
        attacks.Add("two words in one row", plain, row =>
        {
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            (c.IsMemory, c.Offset.Low) = (KoalaBear.FromCanonical(2), c.Offset.Low - KoalaBear.FromCanonical(BoundaryAir.FirstWord));
        }, anyInputs: true);
    }

    static void AddOrderAttacks(AttackList attacks, int plain, int lowest, int highest, int end)
    {
        KoalaBear one = KoalaBear.One;
        attacks.Add("the same key again", plain, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).KeyGap.Low = -one, anyInputs: true);
        attacks.Add("a key that follows the closing row, around the field", plain, row =>
        {
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            KoalaBear key = c.Offset.Low + c.Offset.High * KoalaBear.FromCanonical(1 << 13) + KoalaBear.FromCanonical(BoundaryAir.FirstWord);
            KoalaBear gap = key - one - KoalaBear.FromCanonical(BoundaryAir.FinalOrderKey);
            c.KeyGap.High = KoalaBear.FromCanonical(0xFFFF);
            c.KeyGap.Low = gap - c.KeyGap.High * KoalaBear.FromCanonical(1 << 13);
        }, anyInputs: true);
        attacks.Add("the same with the rest in the high digit", plain, row =>
        {
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            c.KeyGap.High += KoalaBear.FromCanonical(1 << 17);
        }, anyInputs: true);
        attacks.Add("a word of the null page", lowest, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).Offset.Low = -one, anyInputs: true);
        attacks.Add("a word far beyond memory", highest, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).Offset.High += KoalaBear.FromCanonical(1 << 16), anyInputs: true);
        attacks.Add("a closing row beyond the end of memory", end, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).Offset.Low = one, anyInputs: true);
        attacks.Add("two closing rows in one", end, row => Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row).IsEnd = KoalaBear.FromCanonical(2), anyInputs: true);
        attacks.Add("a register that closes the list", 6, row =>
        {
            ref var c = ref Columns.View<BoundaryColumns<KoalaBear>, KoalaBear>(row);
            (c.IsEnd, c.Offset) = (one, default);
        }, anyInputs: true);
    }

    [Test]
    public void Offsets_LargestDigits_StayInsideTheField()
    {
        ulong distance = 0xFFFFUL + (0xFFFFUL << Bounded.Distance), time = 0xFFFFUL + (0xFFFFUL << Bounded.Time);
        Assert.Multiple(() =>
        {
            Assert.That(distance, Is.GreaterThanOrEqualTo(BoundaryAir.EndWord - 1UL), "Every key gap that a session can have.");
            Assert.That(BoundaryAir.FinalOrderKey + 1 + distance, Is.LessThan(KoalaBear.Modulus), "A gap after the closing row.");
            Assert.That(distance + BoundaryAir.FirstWord, Is.LessThan(BoundaryAir.FinalOrderKey), "Every key is before the one that closes the list.");
            Assert.That(KoalaBear.Modulus - distance - 1, Is.GreaterThan(time + (1 << 27) + 16), "A bump from a negative time (OB-1).");
        });
    }
}

using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Tables;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Tables;

/// <summary>The tables that a program fixes: what they offer, and that their padding offers nothing.</summary>
[TestFixture]
public sealed class ProgramTableTests
{
    static readonly ProgramTables s_program = new()
    {
        Entry = 0x1_0000,
        Rom =
        [
            new Step { Pc4 = 0x4000, Opcode = (byte)Opcode.Addi, Rd = 5, Rs1 = 6, Immediate = 0xFFFF_F800 },
            new Step { Pc4 = 0x4001, Opcode = (byte)Opcode.Jal, Rd = 32, Immediate = 0x1_0008, Auxiliary = 0x2FFF_FFFF },
            new Step { Pc4 = 0x4003, Opcode = (byte)Opcode.Ecall },
        ],
        Image = [new(0x4000, 0x8765_4321), new(0x2000_3FFF, 7), new(0x1000_0000, 0)],
        ReadOnly = [new(0x2000_4000, 1), new(0x2000_4003, 0xFFFF_0004), new(0x2000_4010, 9), new(0x2000_4017, 16), new(0x2FFF_FFFF, 0x1_0001)],
    };

    [Test]
    public void Rom_Rows_OfferTheProgramsInstructions()
    {
        var lookups = new LookupCounts(s_program);
        lookups.Count(Buses.Fetch, [KoalaBear.FromCanonical(0x4001)]);
        lookups.Count(Buses.Fetch, [KoalaBear.FromCanonical(0x4001)]);
        lookups.Count(Buses.Fetch, [KoalaBear.FromCanonical(0x4002)]);
        lookups.Count(Buses.Fetch, [KoalaBear.FromCanonical(0x4003)]);
        Assert.That(Offers(new RomTable(), lookups, 4), Is.EqualTo(new[]
        {
            "Fetch × 2 (16385, 42, 32, 0, 0, 8, 1, 805306367)",
            "Fetch × 1 (16387, 46, 0, 0, 0, 0, 0, 0)",
        }));
    }

    [Test]
    public void Rom_Padding_OffersOpcodeZeroAlone()
    {
        KoalaBear[] cells = Preprocessed(new RomTable(), 8);
        Assert.That(cells.Skip(3 * 8), Is.All.EqualTo(KoalaBear.Zero));
        Assert.That(Enum.GetValues<Opcode>().Where(opcode => (int)opcode == 0), Is.EqualTo(new[] { Opcode.None }), "No instruction has opcode 0.");
    }

    [Test]
    public void Image_Rows_SendEveryWordOnceWhateverTheProverDoes()
    {
        var image = new ImageTable();
        Assert.That((image.Width, image.IsLookupTable), Is.EqualTo((0, false)), "There is no witness.");
        Assert.That(Offers(image, new LookupCounts(s_program), 8), Is.EqualTo(new[]
        {
            "Image × 1 (16384, 17185, 34661)", "Image × 1 (536887295, 7, 0)", "Image × 1 (268435456, 0, 0)",
        }));
    }

    [Test]
    public void ReadOnly_Rows_OfferTheProgramsWordsInBlocks()
    {
        var lookups = new LookupCounts(s_program);
        foreach (uint word in (uint[])[0x2000_4003, 0x2000_4003, 0x2000_4001, 0x2FFF_FFFF, 0x2000_4008, 0x2000_3FFF, 0])
            lookups.Count(Buses.ReadOnly, [KoalaBear.FromCanonical(word)]);
        Assert.That(Offers(new ReadOnlyTable(), lookups, 4), Is.EqualTo(new[]
        {
            "ReadOnly × 1 (536887297, 0, 0)", "ReadOnly × 2 (536887299, 4, 65535)", "ReadOnly × 1 (805306367, 1, 1)",
        }));
    }

    // The rest of the chip contract is about cells that a prover fills, and the image has none.
    [Test]
    public void Image_RandomRows_FoldToTheSameValueInEveryInterpreter()
    {
        var agreement = new FoldAgreement(new ImageTable(), 20260102);
        (KoalaBear5[] packed, KoalaBear5[] scalar, KoalaBear5[] extension) = agreement.FoldBaseRows();
        (KoalaBear5 folded, KoalaBear5 byHand) = agreement.FoldExtensionRow();
        Assert.That(packed, Is.EqualTo(scalar));
        Assert.That(extension, Is.EqualTo(scalar));
        Assert.That(folded, Is.EqualTo(byHand));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public void ReadOnly_FilledInParts_IsTheSame(int split)
    {
        KoalaBear[] whole = Preprocessed(new ReadOnlyTable(), 4), parts = new KoalaBear[whole.Length];
        var table = new ReadOnlyTable();
        int width = table.PreprocessedWidth;
        table.FillPreprocessed(s_program, split, new RowBlock(parts.AsSpan(split * width), width, 4 - split, width));
        table.FillPreprocessed(s_program, 0, new RowBlock(parts, width, split, width));
        Assert.That(parts, Is.EqualTo(whole));
    }

    [Test]
    public void ReadOnly_Padding_OffersWordsThatNoLoadReaches()
    {
        KoalaBear[] cells = Preprocessed(new ReadOnlyTable(), 8);
        const uint HighestWord = (1u << 30) + (1u << 15), LowestWord = 1u << 14;
        for (int row = 3; row < 8; row++)
        {
            uint first = cells[row * 17].ToCanonical();
            Assert.That(first, Is.GreaterThan(HighestWord).And.LessThan(KoalaBear.Modulus - LowestWord - 8), $"Row {row}.");
        }
    }

    [Test]
    public void Tables_Shapes_ArePinned() => Assert.Multiple(() =>
    {
        Assert.That(ShapeOf(new RomTable()), Is.EqualTo((1, 8, 1, 0)));
        Assert.That(ShapeOf(new ImageTable()), Is.EqualTo((0, 4, 1, 0)));
        Assert.That(ShapeOf(new ReadOnlyTable()), Is.EqualTo((8, 17, 8, 0)));
    });

    static (int Width, int Preprocessed, int Interactions, int Constraints) ShapeOf(MachineChip chip) =>
        (chip.Width, chip.PreprocessedWidth, chip.Graph.Interactions.Count, chip.Graph.Constraints.Count);

    static KoalaBear[] Preprocessed(MachineChip chip, int rows)
    {
        var cells = new KoalaBear[rows * chip.PreprocessedWidth];
        Array.Fill(cells, KoalaBear.FromCanonical(77));
        chip.FillPreprocessed(s_program, 0, new RowBlock(cells, chip.PreprocessedWidth, rows, chip.PreprocessedWidth));
        return cells;
    }

    // What the filled table puts on its bus, without signs: the image sends, the others receive.
    static List<string> Offers(MachineChip chip, LookupCounts lookups, int rows)
    {
        KoalaBear[] main = new KoalaBear[rows * chip.Width], preprocessed = Preprocessed(chip, rows);
        Array.Fill(main, KoalaBear.FromCanonical(77));
        chip.FillRows(new TraceInput(s_program, new SegmentRecord(), lookups), 0, new RowBlock(main, chip.Width, rows, chip.Width));
        List<string> offers = [];
        for (int row = 0; row < rows; row++)
        {
            var visitor = new OfferVisitor(offers, new RowWindow<KoalaBear>(
                main.AsSpan(row * chip.Width, chip.Width), default, preprocessed.AsSpan(row * chip.PreprocessedWidth, chip.PreprocessedWidth)));
            chip.Accept(ref visitor);
        }
        return offers;
    }

    readonly ref struct OfferVisitor(List<string> offers, RowWindow<KoalaBear> rows) : IAirVisitor
    {
        readonly RowWindow<KoalaBear> _rows = rows;

        public void Visit<TAir>(in TAir air) where TAir : struct, IAir
        {
            var sink = new OfferSink(offers);
            var counter = new InteractionCounter<OfferSink>(ref sink);
            air.Constrain<InteractionCounter<OfferSink>, KoalaBear>(ref counter, _rows);
        }
    }

    readonly struct OfferSink(List<string> offers) : IInteractionSink
    {
        public void Take(Bus bus, KoalaBear multiplicity, scoped ReadOnlySpan<KoalaBear> message)
        {
            uint count = multiplicity.ToCanonical();
            uint copies = count > KoalaBear.Modulus / 2 ? KoalaBear.Modulus - count : count;
            offers.Add($"{bus.Name} × {copies} ({string.Join(", ", message.ToArray())})");
        }
    }
}

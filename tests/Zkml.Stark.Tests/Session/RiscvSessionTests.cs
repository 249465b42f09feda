using Zkml.Hashing;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Machine.Tables;
using Zkml.Records;
using Zkml.Stark.Soundness;
using Zkml.Stark.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Session;

/// <summary>The figures of the real machine: every shape class under every profile, and the largest sessions that the verifier lets pass.</summary>
sealed class RiscvSessionTests
{
    /// <summary>
    /// What one P100 segment proof may cost a recursion circuit. Raised only on purpose: it decides the height of the lift program.
    /// </summary>
    static readonly VerifierCost s_budget = new(
        Permutations16: 26_000, Permutations24: 29_000, BaseProducts: 900_000, MixedProducts: 480_000, ExtensionProducts: 18_000, Inverses: 450,
        BitDecompositions: 194, ReadElements: 570_000, OpenedElements: 2_200);

    /// <summary>The same where the program's tables have up to 2^20 rows and so the deepest paths of all.</summary>
    static readonly VerifierCost s_hugeBudget = s_budget with { Permutations16 = 30_000, BaseProducts = 1_000_000, ExtensionProducts = 18_500 };

    static SessionRules Rules(SecurityProfile profile, ProgramSize size) => RiscvSession.Rules(profile, new ProgramKey(default, size.Index, 0x4000));

    static IEnumerable<(ShapeClass Class, SegmentLayout Layout)> Layouts(SecurityProfile profile)
    {
        SessionRules[] rules = [.. ProgramSize.All.Select(size => Rules(profile, size))];
        foreach (ShapeClass shape in ShapeClasses.All)
            yield return (shape, rules[shape.Closes?.Index ?? 0].Layout(shape.Index));
    }

    [TestCase(SecurityProfile.P100, 100)]
    [TestCase(SecurityProfile.P128, 128)]
    public void Soundness_EveryClass_ReachesTheProfileByUniqueDecodingAlone(SecurityProfile profile, double bits)
    {
        foreach ((ShapeClass shape, SegmentLayout layout) in Layouts(profile))
        {
            SoundnessReport report = SoundnessCalculator.Report(shape.Name, layout);
            Assert.That(report.Reaches(bits), report.ToString());
            Assert.That(report.Regimes[0].Bits, Is.GreaterThanOrEqualTo(bits), report.ToString());
        }
    }

    [TestCase("compiled-20")]
    [TestCase("compiled-20-small")]
    [TestCase("")]
    public void Cost_ClassesByName_StayInTheBudget(string name)
    {
        (ShapeClass Class, SegmentLayout Layout)[] layouts = [.. Layouts(SecurityProfile.P100).Where(pair => name == "" || pair.Class.Name == name)];
        Assert.That(layouts, Is.Not.Empty);
        foreach ((ShapeClass shape, SegmentLayout layout) in layouts)
        {
            VerifierCost cost = VerifierCost.Measure(layout);
            TestContext.Out.WriteLine($"{shape.Name}: {cost}");
            Assert.That(cost.ExcessOver(shape.Closes == ProgramSize.All[^1] ? s_hugeBudget : s_budget), Is.Empty, shape.Name);
        }
    }

    // A session of 2^27 cycles in segments of 2^20, each class with its own padding: the clock, the buses and the LogUp error all have room for it.
    [Test]
    public void Bounds_LargestSessionOfEveryMix_PassesAndFourTimesItDoesNot()
    {
        SessionRules rules = Rules(SecurityProfile.P128, ProgramSize.All[0]);
        int closing = ShapeClasses.All.First(shape => shape.Closes == ProgramSize.All[0] && shape.Name.Contains("-20", StringComparison.Ordinal)).Index;
        foreach (ShapeClass executing in ShapeClasses.All.Where(shape => !shape.IsClosing && shape.Name.EndsWith("-20", StringComparison.Ordinal)))
        {
            Assert.That(Check(127).IsAccepted, $"{executing.Name}: {Check(127)}");
            Assert.That(Check(1023).Reason, Is.AnyOf(RejectionReason.ClockBound, RejectionReason.BusBound), executing.Name);

            VerificationResult Check(int count) => SessionBounds.Check(
                rules, [.. Enumerable.Repeat(new SegmentCommitment(executing.Index, []), count), new SegmentCommitment(closing, [])]);
        }
    }

    [Test]
    public void Rules_OtherProgramSizes_HaveNoClass()
    {
        SessionRules rules = Rules(SecurityProfile.P100, ProgramSize.All[0]);
        foreach (ShapeClass shape in ShapeClasses.All)
            Assert.That(rules.FindClass(shape.Index) is not null, Is.EqualTo(shape.Closes is null || shape.Closes == ProgramSize.All[0]), shape.Name);
        Assert.That(rules.FindClass(ShapeClasses.All.Count), Is.Null);
        Assert.That(rules.FindClass(-1), Is.Null);
    }

    // The bounds of ShaRound's multiplicities rest on what the table holds.
    [Test]
    public void Lookups_ShaConstant_AreTheMaximaOfTheTable()
    {
        MachineChip table = RiscvMachine.ShaConstant;
        var cells = new Fields.KoalaBear[table.PreprocessedWidth << ShaConstantAir.LogHeight];
        var program = new ProgramTables { Entry = 0, Rom = [], Image = [], ReadOnly = [] };
        table.FillPreprocessed(program, 0, new RowBlock(cells, table.PreprocessedWidth, 1 << ShaConstantAir.LogHeight, table.PreprocessedWidth));
        int[] maxima = [.. Enumerable.Range(0, table.PreprocessedWidth)
            .Select(column => Enumerable.Range(0, 1 << ShaConstantAir.LogHeight).Max(row => (int)cells[row * table.PreprocessedWidth + column].ToCanonical()))];

        LookupMaxima stated = RiscvSession.Lookups.Single(lookup => lookup.Bus == Buses.ShaConstant);

        Assert.That(RiscvSession.Lookups, Has.Count.EqualTo(1));
        Assert.That(stated.Maxima, Is.EqualTo(new[] { maxima[0], 0xFFFF, 0xFFFF, maxima[3], maxima[4], maxima[5], maxima[6], maxima[7] }));
        Assert.That(maxima[1..3], Is.All.LessThanOrEqualTo(0xFFFF), "limbs of the constants");
    }

    [Test]
    public void Terms_Statement_AreTheVerifiersFourMessages()
    {
        SessionRules rules = Rules(SecurityProfile.P100, ProgramSize.All[0]);
        var statement = new SessionStatement(default, 9, [.. Enumerable.Range(100, 16).Select(i => (ushort)i)]);
        IReadOnlyList<SessionTerm> terms = rules.Terms(statement);
        Assert.That(terms.Select(term => (term.Bus, term.Multiplicity == Fields.KoalaBear.One, string.Join(" ", term.Message.Select(x => x.ToCanonical())))), Is.EqualTo(new[]
        {
            (Buses.State, true, "16384 4"),
            (Buses.Halt, false, "9 100 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115"),
            (Buses.Order, true, "0"),
            (Buses.Order, false, "1073741823"),
        }));
        Assert.That(terms.All(term => term.Message.Length == term.Bus.Arity && !term.Bus.IsLocal));
    }

    [Test]
    public void ParameterDigest_Profiles_AreAllDifferent() =>
        Assert.That(Enum.GetValues<SecurityProfile>().Select(RiscvSession.ParameterDigest).Distinct().Count(), Is.EqualTo(3));

    [Test]
    public void ImageId_EachPart_ChangesIt()
    {
        Digest root = SampleSegments.Digests(new Random(1), 1)[0];
        var key = new ProgramKey(root, 1, 77);
        Digest[] ids = [key.ImageId(), (key with { Root = default }).ImageId(), (key with { SizeIndex = 2 }).ImageId(), (key with { EntryPc4 = 78 }).ImageId()];
        Assert.That(ids.Distinct().Count(), Is.EqualTo(4));
    }
}

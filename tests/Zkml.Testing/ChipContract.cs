using NUnit.Framework;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine;
using Zkml.Records;

namespace Zkml.Testing;

/// <summary>A program and a segment of it, made by hand for one chip.</summary>
public sealed record ChipSegment(ProgramTables Program, SegmentRecord Record);

/// <summary>
/// What every chip of the machine must satisfy. A chip's test class says which rows to fill and pins the chip's shape; valid rows
/// pass, padding is inert, all interpreters agree, and every change of a cell is refused by a constraint or by the buses
/// (<see cref="RowJudge"/> defines how) or stands on a list with its reason.
/// </summary>
public abstract class ChipContract
{
    const int Seed = 20260101;

    FilledTable _table = null!;
    RowReport[] _honest = null!;
    RowJudge _judge = null!;
    string[] _columns = null!;
    List<(Attack Attack, Verdict Verdict)> _mutations = null!, _attacks = null!;

    /// <summary>The chip.</summary>
    protected abstract MachineChip Chip { get; }

    /// <summary>The column struct over <see cref="KoalaBear"/>: <c>typeof(XxxColumns&lt;KoalaBear&gt;)</c>.</summary>
    protected abstract Type ColumnStruct { get; }

    /// <summary>The pinned numbers of main columns, of constraints of the text, and of interactions.</summary>
    protected abstract (int Width, int Constraints, int Interactions) Shape { get; }

    /// <summary>Events of every kind, corner cases included, and a program whose ROM has their instructions.</summary>
    protected abstract ChipSegment CreateSegment();

    /// <summary>Columns in which a changed cell may go unnoticed because the row still states exactly the same; with the reason.</summary>
    protected virtual IReadOnlyDictionary<string, string> FreeCells => new Dictionary<string, string>();

    /// <summary>Columns that the prover may choose, so that the row states something else which is just as true; with the reason.</summary>
    protected virtual IReadOnlyDictionary<string, string> FreeOutputs => new Dictionary<string, string>();

    /// <summary>
    /// Constraints (by label) and interactions (as "U16 7": bus and index) that no attack of this class shows to be needed; with the reason.
    /// </summary>
    protected virtual IReadOnlyDictionary<string, string> UnshownNeeds => new Dictionary<string, string>();

    /// <summary>Attacks that take several changed cells. Each row must be caught, unless it states the same as the honest one.</summary>
    protected virtual void AddAttacks(AttackList attacks) { }

    /// <summary>The table's height; a chip of events gets at least one padding row.</summary>
    protected virtual int Height(int rowCount) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)rowCount + 1);

    /// <summary>The rows whose cells are mutated, besides a padding row.</summary>
    protected virtual IEnumerable<int> MutatedRows(int rowCount) => Enumerable.Range(0, rowCount);

    /// <summary>Fills a table from a segment, with the lookups that the class wants counted.</summary>
    protected FilledTable Fill(ChipSegment segment, int height) => new(Chip, Input(segment), height);

    /// <summary>What the chip is filled from; lookup tables count some lookups first.</summary>
    protected virtual TraceInput Input(ChipSegment segment) => new(segment.Program, segment.Record, new LookupCounts(segment.Program));

    /// <summary>Rows that are not padding.</summary>
    protected int RowCount { get; private set; }

    /// <summary>The rows as filled.</summary>
    protected FilledTable Table => _table;

    /// <summary>The reports of the rows as filled; [height].</summary>
    protected IReadOnlyList<RowReport> HonestReports => _honest;

    /// <summary>Fills the table and judges every mutation and attack once.</summary>
    [OneTimeSetUp]
    public void JudgeMutations()
    {
        ChipSegment segment = CreateSegment();
        RowCount = Chip.RowCount(Input(segment));
        _table = Fill(segment, Height(RowCount));
        _honest = [.. Enumerable.Range(0, _table.Height).Select(_table.Report)];
        _judge = new RowJudge(Chip, new LookupOracle(segment.Program), _honest, Chip.IsLookupTable);
        _columns = ColumnNames.Of(ColumnStruct);

        var random = new Random(Seed);
        _mutations = [];
        foreach (int row in MutatedRows(RowCount).Concat(Enumerable.Range(RowCount, Math.Min(1, _table.Height - RowCount))))
            for (int column = 0; column < Chip.Width; column++)
                foreach (KoalaBear value in Mutations(row, column, random))
                    _mutations.Add(Judge(Mutate(row, column, value)));
        var attacks = new AttackList(_table);
        AddAttacks(attacks);
        _attacks = [.. attacks.Attacks.Select(Judge)];
    }

    [Test]
    public void Rows_Valid_SatisfyEveryConstraintAndLookup() => Assert.Multiple(() =>
    {
        for (int i = 0; i < _table.Height; i++)
        {
            Assert.That(_honest[i].FailedConstraints.Select(Label), Is.Empty, $"Row {i} violates constraints.");
            Assert.That(_judge.Judge(_honest[i], _honest[i], anyInputs: false).Interactions.Select(InteractionName), Is.Empty, $"Row {i} looks up what no table holds.");
        }
    });

    [Test]
    public void Rows_Padding_AreInert()
    {
        Assume.That(RowCount, Is.LessThan(_table.Height), "The table is always full.");
        for (int i = RowCount; i < _table.Height; i++) Assert.That(_honest[i].IsInert, Is.True, $"Padding row {i}.");
    }

    [Test]
    public void Chip_Shape_IsPinned()
    {
        Assert.Multiple(() =>
        {
            Assert.That((Chip.Width, Chip.Graph.Constraints.Count, Chip.Graph.Interactions.Count), Is.EqualTo(Shape), "Width, constraints, interactions.");
            Assert.That(_columns, Has.Length.EqualTo(Chip.Width), "The column struct's cells.");
            Assert.That(Chip.Graph.Degree, Is.LessThanOrEqualTo(3));
        });
        TestContext.Out.WriteLine($"{Chip.Name}: {Chip.Width} main and {Chip.LogUp.Width} permutation cells a row, {Chip.Graph.Interactions.Count} interactions.");
    }

    [Test]
    public void Interpreters_RandomRows_FoldToTheSameValue()
    {
        var agreement = new FoldAgreement(Chip, Seed);
        (KoalaBear5[] packed, KoalaBear5[] scalar, KoalaBear5[] extension) = agreement.FoldBaseRows();
        (KoalaBear5 folded, KoalaBear5 byHand) = agreement.FoldExtensionRow();
        Assert.Multiple(() =>
        {
            Assert.That(packed, Is.EqualTo(scalar), "Packed and scalar rows.");
            Assert.That(extension, Is.EqualTo(scalar), "Rows lifted to the extension and scalar rows.");
            Assert.That(folded, Is.EqualTo(byHand), "The folder and the recorded graph.");
        });
    }

    [Test]
    public void Mutations_OfEveryCell_AreCaught()
    {
        (HashSet<string> same, HashSet<string> other) = ([], []);
        var complaints = new List<string>();
        foreach ((Attack mutation, Verdict verdict) in _mutations.Where(m => !m.Verdict.IsCaught))
        {
            if (mutation.Row >= RowCount && verdict.IsInert) continue;
            (verdict.IsSameStatement ? same : other).Add(mutation.Name);
            if (!(verdict.IsSameStatement ? FreeCells : FreeOutputs).ContainsKey(mutation.Name))
                complaints.Add($"Row {mutation.Row}, column {mutation.Name}: not caught{(verdict.IsSameStatement ? "" : ", and the row states something else")}.");
        }
        complaints.AddRange(FreeCells.Keys.Except(same).Select(column => $"Column {column} is on the list of free cells but every change is caught."));
        complaints.AddRange(FreeOutputs.Keys.Except(other).Select(column => $"Column {column} is on the list of free outputs but every change is caught."));
        Assert.That(complaints, Is.Empty);
    }

    [Test]
    public void Attacks_OfSeveralCells_AreCaught() =>
        Assert.That(_attacks.Where(a => !a.Verdict.IsCaught && !a.Verdict.IsSameStatement).Select(a => $"Row {a.Attack.Row}: {a.Attack.Name}."), Is.Empty);

    [Test]
    public void Constraints_Deleted_LetSomeFalseRowPass()
    {
        Verdict[] verdicts = [.. _mutations.Concat(_attacks).Where(m => !m.Verdict.IsInert).Select(m => m.Verdict)];
        IEnumerable<string> unneeded = Enumerable.Range(0, Chip.Graph.Constraints.Count)
            .Where(k => !Array.Exists(verdicts, verdict => verdict.DependsOnConstraint(k))).Select(Label);
        Assert.That(unneeded, Is.EquivalentTo(UnshownNeeds.Keys.Where(key => Chip.Graph.Constraints.Any(c => c.Label == key))));
    }

    [Test]
    public void Interactions_Deleted_LetSomeFalseRowPass()
    {
        Verdict[] verdicts = [.. _mutations.Concat(_attacks).Where(m => !m.Verdict.IsInert).Select(m => m.Verdict)];
        IEnumerable<string> unneeded = Enumerable.Range(0, Chip.Graph.Interactions.Count)
            .Where(j => !IsSentToOtherRows(j) && !Array.Exists(verdicts, verdict => verdict.DependsOnInteraction(j))).Select(InteractionName);
        Assert.That(unneeded, Is.EquivalentTo(UnshownNeeds.Keys.Where(key => Enumerable.Range(0, Chip.Graph.Interactions.Count).Any(j => InteractionName(j) == key))));
    }

    // A message to other rows is what the row states; it is needed if some honest row sends it.
    bool IsSentToOtherRows(int interaction) =>
        !_judge.Receives(interaction) && !LookupOracle.IsLookup(Chip.Graph.Interactions[interaction].Bus)
        && Array.Exists(_honest, report => report.Interactions[interaction].IsActive);

    string Label(int constraint) => Chip.Graph.Constraints[constraint].Label;

    string InteractionName(int interaction) => $"{Chip.Graph.Interactions[interaction].Bus.Name} {interaction}";

    (Attack, Verdict) Judge(Attack attack)
    {
        int count = Chip.Width == 0 ? 1 : attack.Cells.Length / Chip.Width;
        RowReport honest = count == 1 ? _honest[attack.Row] : _table.Report(attack.Row, _table.Rows(attack.Row, count));
        return (attack, _judge.Judge(honest, _table.Report(attack.Row, attack.Cells), attack.AnyInputs));
    }

    Attack Mutate(int row, int column, KoalaBear value)
    {
        KoalaBear[] cells = _table.Row(row).ToArray();
        cells[column] = value;
        return new Attack(_columns[column], row, cells, AnyInputs: false);
    }

    IEnumerable<KoalaBear> Mutations(int row, int column, Random random)
    {
        KoalaBear cell = _table.Row(row)[column];
        KoalaBear[] values =
        [
            cell + KoalaBear.One, cell - KoalaBear.One, KoalaBear.Zero, KoalaBear.One, -KoalaBear.One,
            cell + KoalaBear.FromCanonical(1 << 8), cell + KoalaBear.FromCanonical(1 << 16),
            _table.Row(row)[(column + 1) % Chip.Width], _table.Row((row + 1) % _table.Height)[column],
            KoalaBear.FromCanonical((uint)random.NextInt64(KoalaBear.Modulus)),
        ];
        return values.Where(value => value != cell).Distinct();
    }
}

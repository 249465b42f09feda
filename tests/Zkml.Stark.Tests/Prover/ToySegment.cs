using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark.Prover;
using Zkml.Stark.Prover.Backends;
using Zkml.Stark.Verifier;
using Zkml.Testing;

namespace Zkml.Stark.Tests.Prover;

/// <summary>A segment of toy tables with a valid random trace; proves it and has it verified.</summary>
sealed class ToySegment : IDisposable
{
    readonly KoalaBear[][,] _main, _preprocessed;
    readonly PreprocessedData[] _data;

    /// <summary>Log heights of Fibonacci, Square, Range (at least 4 to hold its values), Fixed, Product.</summary>
    public ToySegment(FriParameters parameters, int[] logHeights, int seed = 1, long idleLimitBytes = 1 << 28)
    {
        Pool = new FieldMatrixPool(idleLimitBytes);
        Backend = new CpuBackend(Pool, 2);
        TableShape[] tables =
        [
            new(ToyAirs.Fibonacci, logHeights[0]), new(ToyAirs.Square, logHeights[1]), new(ToyAirs.RangeTable, logHeights[2]), new(ToyAirs.Fixed, logHeights[3]),
            new(ToyAirs.Product, logHeights[4]),
        ];
        var random = new Random(seed);
        _preprocessed = [.. tables.Select(table => new KoalaBear[1 << table.LogHeight, table.Chip.PreprocessedWidth])];
        _main = [.. tables.Select(table => new KoalaBear[1 << table.LogHeight, table.Chip.Width])];
        FillTables(random);
        _data = [.. new[] { 2, 3 }.Select(table => PreprocessedData.Commit(
            Backend, [tables[table]], parameters.LogBlowup, (_, first, rows) => Copy(_preprocessed[table], first, rows), 1))];
        Layout = new(new SegmentShape { Tables = tables, Preprocessed = [new(_data[0].Root, [2]), new(_data[1].Root, [3])] }, parameters);
        Context = new(new Digest(Elements(random, 8)), 12345, 3, 7, KoalaBear5.FromCoefficients(Elements(random, 5)), KoalaBear5.FromCoefficients(Elements(random, 5)));
    }

    public FieldMatrixPool Pool { get; }

    public CpuBackend Backend { get; }

    public SegmentLayout Layout { get; }

    public ProvingContext Context { get; }

    public IReadOnlyList<PreprocessedData> Preprocessed => _data;

    public SegmentTraces Traces()
    {
        var traces = new SegmentTraces(Layout, Pool);
        traces.Fill((table, first, rows) => Copy(_main[table], first, rows), 2);
        return traces;
    }

    public SegmentProof Prove(SegmentProver prover) => prover.Prove(prover.CommitMain(Layout, Traces()), _data, Context);

    public SegmentProof Prove() => Prove(new SegmentProver(Backend));

    public VerificationResult Verify(SegmentProof proof, out KoalaBear5 sum) => SegmentVerifier.Verify(Layout, new()
    {
        Global = [.. Digest.Elements(Context.Global)],
        Nonce = KoalaBear.FromCanonical(Context.Nonce),
        SegmentIndex = KoalaBear.FromCanonical((uint)Context.SegmentIndex),
        ClassIndex = KoalaBear.FromCanonical((uint)Context.ClassIndex),
        Alpha = Context.Alpha,
        Beta = Context.Beta,
        MainCap = [.. proof.MainCap.SelectMany(digest => Digest.Elements(digest).ToArray())],
        PreprocessedRoots = [.. _data.Select(data => Digest.Elements(data.Root).ToArray())],
    }, proof, out sum);

    void FillTables(Random random)
    {
        KoalaBear[,] fibonacci = _main[0], square = _main[1], range = _main[2], product = _main[4];
        KoalaBear left = KoalaBear.One, right = KoalaBear.One;
        for (int row = 0; row < fibonacci.GetLength(0); row++, (left, right) = (right, left + right))
        {
            (fibonacci[row, 0], fibonacci[row, 1], fibonacci[row, 2]) = (left, right, left * left * right);
            fibonacci[row, 3] = Look(row);
        }

        // The last row, and for a table of padding every row, stays zero.
        for (int row = 0; row < square.GetLength(0) - 1; row++)
        {
            KoalaBear x = Element(random);
            (square[row, 0], square[row, 1], square[row, 2]) = (KoalaBear.One, x, x * x);
            (square[row, 3], square[row, 4]) = (Look(row), Look(row + 1));
        }

        for (int row = 0; row < product.GetLength(0); row++)
        {
            (product[row, 0], product[row, 1]) = (Element(random), Element(random));
            product[row, 2] = product[row, 0] * product[row, 1];
        }

        for (int row = 0; row < range.GetLength(0); row++)
            _preprocessed[2][row, 0] = KoalaBear.FromCanonical((uint)row);
        for (int row = 0; row < _preprocessed[3].GetLength(0) - 1; row++)
            (_preprocessed[3][row, 0], _preprocessed[3][row, 1]) = (KoalaBear.One, Element(random));

        KoalaBear Look(int row)
        {
            int value = random.Next(Math.Min(range.GetLength(0), 1 << ToyAirs.LogRange));
            range[value, 0] += KoalaBear.One;
            return KoalaBear.FromCanonical((uint)value);
        }
    }

    static void Copy(KoalaBear[,] source, int first, Machine.RowBlock rows)
    {
        for (int row = 0; row < rows.Count; row++)
            for (int column = 0; column < source.GetLength(1); column++)
                rows[row][column] = source[first + row, column];
    }

    public static KoalaBear Element(Random random) => KoalaBear.FromCanonical((uint)random.NextInt64(KoalaBear.Modulus));

    public static KoalaBear[] Elements(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => Element(random))];

    public void Dispose()
    {
        foreach (PreprocessedData data in _data)
            data.Dispose();
        Pool.Dispose();
    }
}

using System.Diagnostics;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Stark.Prover;
using Zkml.Stark.Prover.Backends;
using Zkml.Testing;

namespace Zkml.Stark.Tests.Prover;

/// <summary>The prover's speed on one wide table, by processor time, so that other load on the machine does not count.</summary>
[Category("Slow")]
[NonParallelizable]
public sealed class ProverSpeedTests
{
    const int LogHeight = 16, Groups = 34, Pairs = 7;

    [Test]
    public void Prove_WideTable_ReachesEightMillionCellsPerSecondAndCore()
    {
        if (typeof(CpuBackend).Assembly.GetCustomAttributes(typeof(DebuggableAttribute), false) is [DebuggableAttribute { IsJITOptimizerDisabled: true }])
            Assert.Ignore("The prover was compiled without optimisation.");
        using var pool = new FieldMatrixPool(1L << 30);
        var chip = new Chip<ToyWideAir>(new ToyWideAir(Groups, Pairs));
        var layout = new SegmentLayout(new SegmentShape { Tables = [new(chip, LogHeight)], Preprocessed = [] }, FriParameters.ForSegment(SecurityProfile.Test));
        var random = new Random(5);
        double best = 0;
        // The first runs compile.
        for (int run = 0; run < 5; run++)
        {
            var statistics = new ProverStatistics();
            var prover = new SegmentProver(new CpuBackend(pool, 1), statistics);
            var traces = new SegmentTraces(layout, pool);
            traces.Fill((_, first, rows) => FillRows(random, first, rows), 1);
            TimeSpan start = Process.GetCurrentProcess().TotalProcessorTime;
            prover.Prove(prover.CommitMain(layout, traces), [], new(default, 0, 0, 0, KoalaBear5.One, KoalaBear5.One + KoalaBear5.One));
            best = Math.Max(best, statistics.CommittedCells / (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds);
        }

        TestContext.Out.WriteLine($"{best / 1e6:F1} million committed cells per second and core.");
        Assert.That(best, Is.GreaterThan(8e6));
    }

    static void FillRows(Random random, int first, Machine.RowBlock rows)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            Span<KoalaBear> cells = rows[row];
            for (int group = 0; group < Groups; group++)
            {
                cells[3 * group] = group == 0 ? KoalaBear.FromBool(first + row != (1 << LogHeight) - 1) : ToySegment.Element(random);
                cells[3 * group + 1] = ToySegment.Element(random);
                cells[3 * group + 2] = cells[3 * group] * cells[3 * group + 1];
            }
        }
    }
}

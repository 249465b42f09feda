using Zkml.Fields;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Setup;

/// <summary>
/// Sums over the columns of a circuit: for each signal the Lagrange points of its rows times its coefficients. Coefficients repeat, so all points with one
/// coefficient are multiplied together.
/// </summary>
sealed class ColumnSums(R1csSystem system, PowersOfTauFile powers, int log, MsmOptions options)
{
    const int SmallestRun = 8, ChunkLength = 64;

    /// <summary>A term of a column: the row's point times the coefficient, added to the signal's sum.</summary>
    readonly record struct Entry(int Signal, int Row, Fr Coefficient, int Source);

    /// <summary>A in G1, with the rows that make the public signals independent.</summary>
    public G1Affine[] SumA() => Sum<G1Curve, Fq>([.. Entries(system.A, 0), .. PublicRows(0)], _ => powers.LagrangeG1(log), PointVectors.Multiply);

    /// <summary>B in G1.</summary>
    public G1Affine[] SumB() => Sum<G1Curve, Fq>([.. Entries(system.B, 0)], _ => powers.LagrangeG1(log), PointVectors.Multiply);

    /// <summary>B in G2.</summary>
    public G2Affine[] SumBInG2() => Sum<G2Curve, Fq2>([.. Entries(system.B, 0)], _ => powers.LagrangeG2(log), PointVectors.Multiply);

    /// <summary>β·A + α·B + C in G1.</summary>
    public G1Affine[] SumCombined() => Sum<G1Curve, Fq>(
        [.. Entries(system.A, 0), .. PublicRows(0), .. Entries(system.B, 1), .. Entries(system.C, 2)],
        source => source == 0 ? powers.LagrangeBeta(log) : source == 1 ? powers.LagrangeAlpha(log) : powers.LagrangeG1(log),
        PointVectors.Multiply);

    static IEnumerable<Entry> Entries(R1csMatrix matrix, int source)
    {
        for (int row = 0; row < matrix.RowCount; row++)
        {
            for (int i = 0; i < matrix.Row(row).Length; i++)
                yield return new(matrix.Row(row)[i].Signal, row, matrix.Row(row)[i].Coefficient, source);
        }
    }

    IEnumerable<Entry> PublicRows(int source) =>
        Enumerable.Range(0, system.PublicCount + 1).Select(signal => new Entry(signal, system.ConstraintCount + signal, Fr.One, source));

    delegate ReadOnlySpan<AffinePoint<TCurve, TField>> PointSource<TCurve, TField>(int source)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>;

    delegate void MultiplyRun<TCurve, TField>(Span<AffinePoint<TCurve, TField>> points, in Fr scalar, MsmOptions? options)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>;

    AffinePoint<TCurve, TField>[] Sum<TCurve, TField>(Entry[] entries, PointSource<TCurve, TField> points, MultiplyRun<TCurve, TField> multiply)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>
    {
        AffinePoint<TCurve, TField>[] terms = new AffinePoint<TCurve, TField>[entries.Length];
        // Runs of one coefficient together.
        entries = [.. entries.GroupBy(entry => entry.Coefficient).SelectMany(group => group)];
        for (int i = 0; i < entries.Length; i++)
            terms[i] = points(entries[i].Source)[entries[i].Row];
        List<int> singles = [];
        for (int start = 0, end; start < entries.Length; start = end)
        {
            for (end = start + 1; end < entries.Length && entries[end].Coefficient == entries[start].Coefficient;)
                end++;
            Fr coefficient = entries[start].Coefficient;
            if (coefficient == Fr.One) continue;
            if (end - start >= SmallestRun) multiply(terms.AsSpan(start..end), coefficient, options);
            else singles.AddRange(Enumerable.Range(start, end - start));
        }
        ParallelRange.Run(singles.Count, ChunkLength, options.Threads, MultiplySingles, options.Cancellation);
        JacobianPoint<TCurve, TField>[] sums = new JacobianPoint<TCurve, TField>[system.SignalCount];
        for (int i = 0; i < terms.Length; i++)
            sums[entries[i].Signal] += terms[i];
        AffinePoint<TCurve, TField>[] result = new AffinePoint<TCurve, TField>[sums.Length];
        JacobianPoint<TCurve, TField>.ToAffine(sums, result);
        return result;

        void MultiplySingles(int start, int end, int worker)
        {
            foreach (int i in singles[start..end])
                terms[i] = (terms[i].ToJacobian() * entries[i].Coefficient).ToAffine();
        }
    }
}

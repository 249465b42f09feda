using Zkml.Fields;

namespace Zkml.Stark.Verifier;

/// <summary>
/// What one run of the segment verifier's text costs, in the operations that a recursion circuit pays for. It is the same for every proof of a
/// shape, so no proof is needed to measure it.
/// </summary>
/// <param name="Permutations16">Width-16 permutations: Merkle nodes.</param>
/// <param name="Permutations24">Width-24 permutations: leaves and transcript.</param>
/// <param name="BaseProducts">Products in F by values that are not constants.</param>
/// <param name="MixedProducts">Products of K by F.</param>
/// <param name="ExtensionProducts">Products in K.</param>
/// <param name="Inverses">Inverses in K.</param>
/// <param name="BitDecompositions">Canonical bit decompositions.</param>
/// <param name="ReadElements">Base elements read from the proof.</param>
/// <param name="OpenedElements">Base columns opened at ζ or ω·ζ.</param>
public readonly record struct VerifierCost(
    long Permutations16, long Permutations24, long BaseProducts, long MixedProducts, long ExtensionProducts, long Inverses, long BitDecompositions,
    long ReadElements, int OpenedElements)
{
    /// <summary>Measures the text on a layout.</summary>
    public static VerifierCost Measure(SegmentLayout layout)
    {
        var roots = new CountedBase[layout.Shape.Preprocessed.Length][];
        Array.Fill(roots, new CountedBase[Hashing.Digest.Length]);
        var context = new SegmentContext<CountedBase, CountedExtension>
        {
            Global = new CountedBase[Hashing.Digest.Length],
            Nonce = default,
            SegmentIndex = default,
            ClassIndex = default,
            Alpha = default,
            Beta = default,
            MainCap = new CountedBase[layout.Trees[layout.MainTree].Merkle.CapLength * Hashing.Digest.Length],
            PreprocessedRoots = roots,
        };
        SegmentProof proof = BlankProof.Of(layout);
        return OperationTally.Count(() =>
        {
            var arithmetic = new CountingArithmetic();
            SegmentVerifier.Run<CountingArithmetic, CountedBase, CountedExtension>(ref arithmetic, layout, context, proof);
        }) with { OpenedElements = layout.OpeningCount };
    }

    /// <summary>Accepted when no count exceeds the one of <paramref name="budget"/>; otherwise the names of those that do, with both numbers.</summary>
    public IReadOnlyList<string> ExcessOver(VerifierCost budget)
    {
        (string Name, long Actual, long Limit)[] counts =
        [
            (nameof(Permutations16), Permutations16, budget.Permutations16),
            (nameof(Permutations24), Permutations24, budget.Permutations24),
            (nameof(BaseProducts), BaseProducts, budget.BaseProducts),
            (nameof(MixedProducts), MixedProducts, budget.MixedProducts),
            (nameof(ExtensionProducts), ExtensionProducts, budget.ExtensionProducts),
            (nameof(Inverses), Inverses, budget.Inverses),
            (nameof(BitDecompositions), BitDecompositions, budget.BitDecompositions),
            (nameof(ReadElements), ReadElements, budget.ReadElements),
            (nameof(OpenedElements), OpenedElements, budget.OpenedElements),
        ];
        return [.. counts.Where(count => count.Actual > count.Limit).Select(count => $"{count.Name}: expected at most {count.Limit}, got {count.Actual}.")];
    }
}

/// <summary>The running counts of one measurement.</summary>
sealed class OperationTally
{
    // Operators are static, so the tally being counted is ambient, as the graph being recorded is (ExprGraph): set in Count alone.
    [ThreadStatic] static OperationTally? t_current;

    public long Permutations16, Permutations24, BaseProducts, MixedProducts, ExtensionProducts, Inverses, BitDecompositions, ReadElements;

    public static OperationTally Current => t_current ?? throw new InvalidOperationException("No operations are being counted on this thread.");

    public static VerifierCost Count(Action run)
    {
        OperationTally? outer = t_current;
        var tally = t_current = new OperationTally();
        try
        {
            run();
            return new(tally.Permutations16, tally.Permutations24, tally.BaseProducts, tally.MixedProducts, tally.ExtensionProducts, tally.Inverses,
                tally.BitDecompositions, tally.ReadElements, 0);
        }
        finally
        {
            t_current = outer;
        }
    }
}

/// <summary>An element of F without a value.</summary>
readonly struct CountedBase : IAlgebra<CountedBase>
{
    public static CountedBase FromBase(KoalaBear value) => default;

    public static CountedBase operator +(CountedBase left, CountedBase right) => default;

    public static CountedBase operator -(CountedBase left, CountedBase right) => default;

    public static CountedBase operator *(CountedBase left, KoalaBear right) => default;

    public static CountedBase operator *(CountedBase left, CountedBase right)
    {
        OperationTally.Current.BaseProducts++;
        return default;
    }
}

/// <summary>An element of K without a value.</summary>
readonly struct CountedExtension : IExtensionAlgebra<CountedExtension, CountedBase>, IExtensionAlgebra<CountedExtension, CountedExtension>
{
    public static CountedExtension FromBase(KoalaBear value) => default;

    public static CountedExtension Lift(CountedBase cell) => default;

    public static CountedExtension Lift(CountedExtension cell) => cell;

    public static CountedExtension Scale(CountedExtension value, CountedBase cell)
    {
        OperationTally.Current.MixedProducts++;
        return default;
    }

    public static CountedExtension Scale(CountedExtension value, CountedExtension cell) => value * cell;

    public static CountedExtension Combine(ReadOnlySpan<CountedBase> cells) => default;

    // Σ cells[k]·X^k takes sums and multiplications by X, which only move coefficients.
    public static CountedExtension Combine(ReadOnlySpan<CountedExtension> cells) => default;

    public static CountedExtension operator +(CountedExtension left, CountedExtension right) => default;

    public static CountedExtension operator -(CountedExtension left, CountedExtension right) => default;

    public static CountedExtension operator *(CountedExtension left, KoalaBear right) => default;

    public static CountedExtension operator *(CountedExtension left, CountedExtension right)
    {
        OperationTally.Current.ExtensionProducts++;
        return default;
    }
}

/// <summary>Counts what the text does; knows no values and rejects nothing.</summary>
readonly struct CountingArithmetic : IVerifierArithmetic<CountedBase, CountedExtension>
{
    public bool IsRejected => false;

    public static void Permute16(Span<CountedBase> state) => OperationTally.Current.Permutations16++;

    public static void Permute24(Span<CountedBase> state) => OperationTally.Current.Permutations24++;

    public CountedBase Read(KoalaBear value)
    {
        OperationTally.Current.ReadElements++;
        return default;
    }

    public void Bits(CountedBase value, Span<CountedBase> bits) => OperationTally.Current.BitDecompositions++;

    public void Coefficients(CountedExtension value, Span<CountedBase> coefficients) { }

    public CountedExtension Inverse(CountedExtension value, CheckSite site)
    {
        OperationTally.Current.Inverses++;
        return default;
    }

    public void AssertOutsideBase(CountedExtension value, CheckSite site) { }

    public void AssertEqual(CountedBase expected, CountedBase actual, CheckSite site) { }

    public void AssertEqual(CountedExtension expected, CountedExtension actual, CheckSite site) { }
}

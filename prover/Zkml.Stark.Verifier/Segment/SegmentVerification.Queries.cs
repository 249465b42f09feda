using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Verifier;

/// <summary>The queries: every tree at the query's index, the DEEP value there, and its way through the FRI layers to the final polynomial.</summary>
sealed partial class SegmentVerification<TArithmetic, TBase, TExtension>
{
    static readonly KoalaBear s_half = KoalaBear.FromCanonical(2).Inverse();

    // ω_(2^(i+1)) - 1 and 1/ω_(2^(i+1)) - 1: what a set bit i of a bit-reversed index multiplies a point by, less 1.
    static readonly KoalaBear[] s_bitFactors = [.. Enumerable.Range(1, Domains.MaxLogSize).Select(log => Domains.Root(log) - KoalaBear.One)];
    static readonly KoalaBear[] s_inverseBitFactors = [.. Enumerable.Range(1, Domains.MaxLogSize).Select(log => Domains.Root(log).Inverse() - KoalaBear.One)];

    // 1/ω_4^i0·1/ω_8^i1 for the pair i = i0 + 2·i1 of a leaf.
    static readonly KoalaBear[] s_pairPoints = MakePairPoints();

    TExtension[] _weights = [];          // δ^j
    TExtension _atZeta, _atNextZeta;     // Σ δ^j·v_j over the openings at each point
    TExtension _nextZeta;
    bool _hasNext;

    void CheckQueries()
    {
        PrepareDeep();
        var indices = new TBase[_layout.Parameters.QueryCount];
        foreach (ref TBase index in indices.AsSpan())
            index = _transcript.SampleQuery();
        var rows = new TBase[_layout.Trees.Count][];
        for (int tree = 0; tree < rows.Length; tree++)
            rows[tree] = new TBase[_layout.Trees[tree].Merkle.RowLength];
        var bits = new TBase[_layout.LogDomain];

        for (int query = 0; query < indices.Length && !_arithmetic.IsRejected; query++)
        {
            QueryProof proof = _proof.Fri.Queries[query];
            _arithmetic.Bits(indices[query], bits);
            for (int tree = 0; tree < rows.Length; tree++)
            {
                MerkleShape shape = _layout.Trees[tree].Merkle;
                Read(proof.Trees[tree].Rows, rows[tree]);
                CheckPath(shape, _caps[tree], rows[tree], proof.Trees[tree].Path, bits.AsSpan(_layout.LogDomain - shape.LogHeight),
                    new(PathReason(_layout.Trees[tree].Phase), query, tree));
            }
            CheckFolds(query, proof.Layers, Deep(rows, bits), bits);
        }
    }

    static RejectionReason PathReason(TracePhase phase) => phase switch
    {
        TracePhase.Preprocessed => RejectionReason.PreprocessedPath,
        TracePhase.Main => RejectionReason.MainPath,
        TracePhase.Permutation => RejectionReason.PermutationPath,
        _ => RejectionReason.QuotientPath,
    };

    void PrepareDeep()
    {
        _weights = Powers(_delta, _layout.OpeningCount);
        _nextZeta = _zeta * Domains.Root(_layout.LogHeight);
        foreach (OpeningGroup group in _layout.Openings)
        {
            bool isNext = group.Point == OpeningPoint.NextZeta;
            _hasNext |= isNext;
            ref TExtension sum = ref isNext ? ref _atNextZeta : ref _atZeta;
            for (int j = group.FirstOpening; j < group.FirstOpening + group.Count; j++)
                sum += _weights[j] * _openings[j];
        }
    }

    /// <summary>D at the query's point x: the openings' numerators over x - ζ and x - ω·ζ. x is in F and ζ is not, so neither vanishes.</summary>
    TExtension Deep(TBase[][] rows, ReadOnlySpan<TBase> bits)
    {
        TExtension zetaSum = default, nextSum = default;
        foreach (OpeningGroup group in _layout.Openings)
        {
            ref TExtension sum = ref group.Point == OpeningPoint.NextZeta ? ref nextSum : ref zetaSum;
            for (int column = 0; column < group.Count; column++)
                sum += TExtension.Scale(_weights[group.FirstOpening + column], rows[group.Tree][group.RowOffset + column]);
        }
        TExtension x = TExtension.Lift(Point(bits));
        var site = new CheckSite(RejectionReason.ZeroDenominator);
        TExtension deep = (zetaSum - _atZeta) * _arithmetic.Inverse(x - _zeta, site);
        return _hasNext ? deep + (nextSum - _atNextZeta) * _arithmetic.Inverse(x - _nextZeta, site) : deep;
    }

    void CheckFolds(int query, LayerOpening[] layers, TExtension value, ReadOnlySpan<TBase> bits)
    {
        Span<TExtension> leaf = stackalloc TExtension[FriParameters.Arity];
        Span<TBase> elements = stackalloc TBase[SegmentLayout.LayerLeafLength];
        for (int layer = 0; layer < layers.Length; layer++)
        {
            FillLeaf(bits[..FriParameters.LogArity], value, layers[layer].Siblings, leaf);
            for (int i = 0; i < leaf.Length; i++)
                _arithmetic.Coefficients(leaf[i], elements.Slice(i * KoalaBear5.Degree, KoalaBear5.Degree));
            CheckPath(_layout.Layers[layer], _layerCaps[layer], elements, layers[layer].Path, bits[FriParameters.LogArity..],
                new(RejectionReason.LayerPath, query, layer));
            value = Fold(leaf, _folds[layer], InverseLeafPoint(bits));
            bits = bits[FriParameters.LogArity..];
        }

        TBase x = Point(bits);
        TExtension expected = default;
        for (int i = _finalPolynomial.Length - 1; i >= 0; i--)
            expected = TExtension.Scale(expected, x) + _finalPolynomial[i];
        _arithmetic.AssertEqual(expected, value, new(RejectionReason.FinalPolynomial, query));
    }

    /// <summary>Recomputes the cap node above an opened leaf and compares it with the cap.</summary>
    /// <param name="shape">The tree.</param>
    /// <param name="cap">Its cap; [CapLength × 8].</param>
    /// <param name="row">The opened leaf; [RowLength].</param>
    /// <param name="path">Siblings from the leaf up; [PathLength].</param>
    /// <param name="bits">The leaf's index, least significant bit first; [LogHeight].</param>
    /// <param name="site">Where to report a difference.</param>
    void CheckPath(MerkleShape shape, ReadOnlySpan<TBase> cap, ReadOnlySpan<TBase> row, Digest[] path, ReadOnlySpan<TBase> bits, CheckSite site)
    {
        Span<TBase> siblings = stackalloc TBase[shape.PathLength * Digest.Length];
        Span<TBase> computed = stackalloc TBase[Digest.Length], committed = stackalloc TBase[Digest.Length];
        Read(BaseElements.Of(path), siblings);
        if (!MerkleVerifier<TBase, TArithmetic>.TryComputeCapEntry(shape, row, siblings, bits[..shape.PathLength], computed)
            || !MerkleVerifier<TBase, TArithmetic>.TrySelectCapEntry(cap, bits[shape.PathLength..], committed))
            throw new InvalidOperationException($"{site}: the lengths of the proof were not checked before its content.");
        for (int i = 0; i < computed.Length; i++)
            _arithmetic.AssertEqual(committed[i], computed[i], site);
    }

    /// <summary>
    /// Puts the value at its place k = b0 + 2·b1 + 4·b2 among its seven siblings: place s holds sibling s below k and sibling s - 1 above it.
    /// </summary>
    void FillLeaf(ReadOnlySpan<TBase> bits, TExtension value, KoalaBear5[] siblings, Span<TExtension> leaf)
    {
        Span<TBase> isHere = stackalloc TBase[FriParameters.Arity];
        isHere[0] = Base(KoalaBear.One);
        for (int bit = 0; bit < bits.Length; bit++)
        {
            for (int k = 0; k < 1 << bit; k++)
            {
                isHere[k + (1 << bit)] = isHere[k] * bits[bit];
                isHere[k] -= isHere[k + (1 << bit)];
            }
        }
        TExtension[] others = Combine(Read(BaseElements.Of(siblings)));
        TBase isBelow = Base(KoalaBear.One), isAbove = Base(KoalaBear.Zero);   // place s lies below or above k
        for (int s = 0; s < leaf.Length; s++)
        {
            isBelow -= isHere[s];
            leaf[s] = TExtension.Scale(value, isHere[s]);
            if (s < others.Length) leaf[s] += TExtension.Scale(others[s], isBelow);
            if (s > 0) leaf[s] += TExtension.Scale(others[s - 1], isAbove);
            isAbove += isHere[s];
        }
    }

    /// <summary>Three binary folds of a leaf with β, β² and β⁴: (f(x) + f(-x))/2 + β·(f(x) - f(-x))/(2x).</summary>
    static TExtension Fold(ReadOnlySpan<TExtension> leaf, TExtension beta, TBase inversePoint)
    {
        Span<TExtension> values = stackalloc TExtension[FriParameters.Arity];
        leaf.CopyTo(values);
        for (int count = FriParameters.Arity / 2; count > 0; count /= 2)
        {
            // Squaring the points turns ω_8 into ω_4, so pair i of every round lies at the same constants times the leaf's own point.
            for (int i = 0; i < count; i++)
            {
                TExtension sum = values[2 * i] + values[2 * i + 1], difference = values[2 * i] - values[2 * i + 1];
                values[i] = sum * s_half + beta * TExtension.Scale(difference, inversePoint * (s_pairPoints[i] * s_half));
            }
            beta *= beta;
            inversePoint *= inversePoint;
        }
        return values[0];
    }

    static KoalaBear[] MakePairPoints()
    {
        KoalaBear fourth = Domains.Root(2).Inverse(), eighth = Domains.Root(3).Inverse();
        return [KoalaBear.One, fourth, eighth, fourth * eighth];
    }

    /// <summary>
    /// The point of a domain of size 2^bits at a bit-reversed index: g·Π ω_(2^(i+1))^(b_i), because bit i of the index weighs n/2^(i+1) in the exponent
    /// of ω_n.
    /// </summary>
    static TBase Point(ReadOnlySpan<TBase> bits)
    {
        TBase x = Base(Domains.CosetShift(bits.Length));
        for (int i = 0; i < bits.Length; i++)
            x *= Base(KoalaBear.One) + bits[i] * s_bitFactors[i];
        return x;
    }

    /// <summary>1/x for the first point x of the index's leaf: the index with its low three bits cleared.</summary>
    static TBase InverseLeafPoint(ReadOnlySpan<TBase> bits)
    {
        TBase x = Base(Domains.CosetShift(bits.Length).Inverse());
        for (int i = FriParameters.LogArity; i < bits.Length; i++)
            x *= Base(KoalaBear.One) + bits[i] * s_inverseBitFactors[i];
        return x;
    }
}

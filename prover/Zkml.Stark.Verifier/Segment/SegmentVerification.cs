using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Verifier;

/// <summary>
/// The verifier's text for one segment, in the order of docs/design/stark.md. It expects a proof of the layout's lengths (ProofShapeCheck), reads
/// each of its fields once, and branches on the layout alone.
/// </summary>
sealed partial class SegmentVerification<TArithmetic, TBase, TExtension>
    where TArithmetic : struct, IVerifierArithmetic<TBase, TExtension>
    where TBase : unmanaged, IAlgebra<TBase>
    where TExtension : unmanaged, IExtensionAlgebra<TExtension, TBase>, IExtensionAlgebra<TExtension, TExtension>
{
    readonly SegmentLayout _layout;
    readonly SegmentContext<TBase, TExtension> _context;
    readonly SegmentProof _proof;
    readonly SegmentTranscript<TBase, TArithmetic> _transcript;
    readonly TBase[][] _caps;        // of each tree
    readonly TBase[][] _layerCaps;
    readonly TExtension[] _folds;    // β_l
    TExtension[] _openings = [], _sums = [], _finalPolynomial = [];
    TExtension _gamma, _zeta, _delta;
    TArithmetic _arithmetic;

    public SegmentVerification(
        TArithmetic arithmetic, SegmentLayout layout, SegmentContext<TBase, TExtension> context, SegmentProof proof, ITranscriptObserver<TBase>? observer)
    {
        _arithmetic = arithmetic;
        _layout = layout;
        _context = context;
        _proof = proof;
        _transcript = new(layout.Parameters, context.Global, context.Nonce, context.SegmentIndex, context.ClassIndex, observer);
        _caps = new TBase[layout.Trees.Count][];
        _layerCaps = new TBase[layout.Layers.Length][];
        _folds = new TExtension[layout.Layers.Length];
        context.PreprocessedRoots.CopyTo(_caps, 0);
        _caps[layout.MainTree] = context.MainCap;
    }

    /// <summary>The arithmetic with its verdict.</summary>
    public TArithmetic Arithmetic => _arithmetic;

    /// <summary>Runs every check and returns the segment's LogUp sum Σ_c S_c; meaningless after a rejection.</summary>
    public TExtension Run()
    {
        ReplayCommitments();
        if (!_arithmetic.IsRejected) CheckConstraints();
        if (!_arithmetic.IsRejected) ReplayLowDegreeProof();
        if (!_arithmetic.IsRejected) CheckQueries();

        TExtension total = default;
        foreach (TExtension sum in _sums)
            total += sum;
        return total;
    }

    void ReplayCommitments()
    {
        TBase[] permutationCap = Read(BaseElements.Of(_proof.PermutationCap));
        TBase[] sums = Read(BaseElements.Of(_proof.Sums));
        _gamma = _transcript.ObservePermutation<TExtension>(permutationCap, sums);
        TBase[] quotientCap = Read(BaseElements.Of(_proof.QuotientCap));
        _zeta = _transcript.ObserveQuotient<TExtension>(quotientCap);
        _arithmetic.AssertOutsideBase(_zeta, new(RejectionReason.ZetaInBaseField));
        TBase[] openings = Read(BaseElements.Of(_proof.Openings));
        _transcript.ObserveOpenings(openings);

        _sums = Combine(sums);
        _openings = Combine(openings);
        if (_layout.PermutationTree >= 0) _caps[_layout.PermutationTree] = permutationCap;
        _caps[_layout.QuotientTree] = quotientCap;
    }

    void ReplayLowDegreeProof()
    {
        FriProof fri = _proof.Fri;
        CheckGrind(GrindSite.Batch, fri.BatchNonce, new(RejectionReason.BatchGrind));
        _delta = _transcript.SampleDelta<TExtension>();
        for (int layer = 0; layer < _layout.Layers.Length; layer++)
        {
            _layerCaps[layer] = Read(BaseElements.Of(fri.LayerCaps[layer]));
            _transcript.ObserveLayer(_layerCaps[layer]);
            CheckGrind(GrindSite.Fold, fri.FoldNonces[layer], new(RejectionReason.FoldGrind, Item: layer));
            _folds[layer] = _transcript.SampleFold<TExtension>();
        }
        TBase[] finalPolynomial = Read(BaseElements.Of(fri.FinalPolynomial));
        _finalPolynomial = Combine(finalPolynomial);
        _transcript.ObserveFinalPolynomial(finalPolynomial);
        CheckGrind(GrindSite.Query, fri.QueryNonce, new(RejectionReason.QueryGrind));
    }

    void CheckGrind(GrindSite site, uint nonce, CheckSite check)
    {
        if (_layout.Parameters.GrindBits(site) == 0) return;
        _transcript.TryGrind(site, _arithmetic.Read(KoalaBear.FromCanonical(nonce)), out TBase sample);
        Span<TBase> bits = stackalloc TBase[_layout.Parameters.GrindBits(site)];
        _arithmetic.Bits(sample, bits);
        foreach (TBase bit in bits)
            _arithmetic.AssertEqual(Base(KoalaBear.Zero), bit, check);
    }

    TBase[] Read(ReadOnlySpan<KoalaBear> values)
    {
        var read = new TBase[values.Length];
        Read(values, read);
        return read;
    }

    void Read(ReadOnlySpan<KoalaBear> values, Span<TBase> destination)
    {
        for (int i = 0; i < values.Length; i++)
            destination[i] = _arithmetic.Read(values[i]);
    }

    static TExtension[] Combine(ReadOnlySpan<TBase> coefficients)
    {
        var values = new TExtension[coefficients.Length / KoalaBear5.Degree];
        for (int i = 0; i < values.Length; i++)
            values[i] = TExtension.Combine(coefficients.Slice(i * KoalaBear5.Degree, KoalaBear5.Degree));
        return values;
    }

    /// <summary>1, x, x², …; [count].</summary>
    static TExtension[] Powers(TExtension x, int count)
    {
        var powers = new TExtension[count];
        TExtension power = Extension(KoalaBear.One);
        for (int i = 0; i < count; i++)
        {
            powers[i] = power;
            if (i < count - 1) power *= x;
        }
        return powers;
    }

    static TBase Base(KoalaBear value) => TBase.FromBase(value);

    static TExtension Extension(KoalaBear value) => TExtension.FromBase(value);
}

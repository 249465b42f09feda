using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>
/// The order of messages of a segment proof (docs/design/stark.md), written once and driven by prover and verifier alike: call the members in the
/// order in which they stand. Everything observed is passed as base elements: a digest is eight, an extension element five.
/// </summary>
/// <typeparam name="T">Native elements, or wires of a circuit.</typeparam>
/// <typeparam name="TPermutation">The permutation over <typeparamref name="T"/>.</typeparam>
public sealed class SegmentTranscript<T, TPermutation>
    where T : unmanaged, IAlgebra<T>
    where TPermutation : IPermutation<T>
{
    readonly FriParameters _parameters;

    /// <summary>Opens the transcript of one segment.</summary>
    /// <param name="parameters">The parameters: they say where there is a proof of work.</param>
    /// <param name="global">The session's statement G; [8].</param>
    /// <param name="nonce">The session's nonce.</param>
    /// <param name="segmentIndex">The segment's place in the session.</param>
    /// <param name="classIndex">The segment's shape class.</param>
    /// <param name="observer">When given, sees every observed and sampled element.</param>
    public SegmentTranscript(
        FriParameters parameters, ReadOnlySpan<T> global, T nonce, T segmentIndex, T classIndex, ITranscriptObserver<T>? observer = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(global.Length, Digest.Length, nameof(global));
        _parameters = parameters;
        Challenger = new Challenger<T, TPermutation>(observer);
        Challenger.Observe(T.FromBase(KoalaBear.FromCanonical(StatementTags.Segment)));
        Challenger.Observe(global);
        Challenger.Observe(nonce);
        Challenger.Observe(segmentIndex);
        Challenger.Observe(classIndex);
    }

    /// <summary>The sponge, for the prover's search of a nonce.</summary>
    public Challenger<T, TPermutation> Challenger { get; }

    /// <summary>Observes the permutation cap and the tables' sums; both empty when no table has interactions. Gives γ.</summary>
    public TExtension ObservePermutation<TExtension>(ReadOnlySpan<T> cap, ReadOnlySpan<T> sums) where TExtension : unmanaged, IExtensionAlgebra<TExtension, T>
    {
        Challenger.Observe(cap);
        Challenger.Observe(sums);
        return SampleExtension<TExtension>();
    }

    /// <summary>Observes the quotient cap. Gives ζ.</summary>
    public TExtension ObserveQuotient<TExtension>(ReadOnlySpan<T> cap) where TExtension : unmanaged, IExtensionAlgebra<TExtension, T>
    {
        Challenger.Observe(cap);
        return SampleExtension<TExtension>();
    }

    /// <summary>Observes the opened values in the opening order. Then comes the batch grind.</summary>
    public void ObserveOpenings(ReadOnlySpan<T> openings) => Challenger.Observe(openings);

    /// <summary>The proof of work at a site, see <see cref="Grind.TryObserve"/>.</summary>
    public bool TryGrind(GrindSite site, T nonce, out T sample) => Grind.TryObserve(Challenger, _parameters.GrindBits(site), nonce, out sample);

    /// <summary>Gives δ, after the batch grind.</summary>
    public TExtension SampleDelta<TExtension>() where TExtension : unmanaged, IExtensionAlgebra<TExtension, T> => SampleExtension<TExtension>();

    /// <summary>Observes the cap of the next FRI layer. Then comes its fold grind.</summary>
    public void ObserveLayer(ReadOnlySpan<T> cap) => Challenger.Observe(cap);

    /// <summary>Gives the layer's fold challenge, after its grind.</summary>
    public TExtension SampleFold<TExtension>() where TExtension : unmanaged, IExtensionAlgebra<TExtension, T> => SampleExtension<TExtension>();

    /// <summary>Observes the final polynomial, constant term first. Then comes the query grind.</summary>
    public void ObserveFinalPolynomial(ReadOnlySpan<T> coefficients) => Challenger.Observe(coefficients);

    /// <summary>Gives one element per query, after the query grind; its low log2(bN) bits are the query's leaf index.</summary>
    public T SampleQuery() => Challenger.Sample();

    TExtension SampleExtension<TExtension>() where TExtension : unmanaged, IExtensionAlgebra<TExtension, T> =>
        GlobalChallenge<T, TPermutation>.SampleExtension<TExtension>(Challenger);
}

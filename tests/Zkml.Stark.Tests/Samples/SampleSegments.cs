using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Samples;

/// <summary>A shape with every kind of table, random proofs for it, and an arithmetic that goes on after a failed check.</summary>
static class SampleSegments
{
    public static FriParameters Parameters { get; } = FriParameters.ForSegment(SecurityProfile.Test);

    /// <summary>Counter 2^11, Table 2^8, Fixed 2^3, Silent 2^2: two FRI layers, two preprocessed trees.</summary>
    public static SegmentShape Shape { get; } = new()
    {
        Tables = [new(SampleChips.Counter, 11), new(SampleChips.Table, 8), new(SampleChips.Fixed, 3), new(SampleChips.Silent, 2)],
        Preprocessed = [new(default, [1]), new(default, [2])],
    };

    public static SegmentLayout Layout { get; } = new(Shape, Parameters);

    public static SegmentContext<KoalaBear, KoalaBear5> Context(Random random, SegmentProof proof) => new()
    {
        Global = Elements(random, Digest.Length),
        Nonce = Element(random),
        SegmentIndex = KoalaBear.FromCanonical(3),
        ClassIndex = KoalaBear.FromCanonical(7),
        Alpha = Extension(random),
        Beta = Extension(random),
        MainCap = BaseElements.Of(proof.MainCap).ToArray(),
        PreprocessedRoots = [Elements(random, Digest.Length), Elements(random, Digest.Length)],
    };

    /// <summary>A proof with every length right and every value random.</summary>
    public static SegmentProof RandomProof(Random random, SegmentLayout layout)
    {
        SegmentProof blank = BlankProof.Of(layout);
        return new SegmentProof
        {
            MainCap = Digests(random, blank.MainCap.Length),
            PermutationCap = Digests(random, blank.PermutationCap.Length),
            QuotientCap = Digests(random, blank.QuotientCap.Length),
            Sums = Extensions(random, blank.Sums.Length),
            Openings = Extensions(random, blank.Openings.Length),
            Fri = new FriProof
            {
                BatchNonce = (uint)random.Next(1 << 30),
                LayerCaps = [.. blank.Fri.LayerCaps.Select(cap => Digests(random, cap.Length))],
                FoldNonces = [.. blank.Fri.FoldNonces.Select(_ => (uint)random.Next(1 << 30))],
                FinalPolynomial = Extensions(random, blank.Fri.FinalPolynomial.Length),
                QueryNonce = (uint)random.Next(1 << 30),
                Queries = [.. blank.Fri.Queries.Select(query => new QueryProof
                {
                    Trees = [.. query.Trees.Select(tree => new TreeOpening { Rows = Elements(random, tree.Rows.Length), Path = Digests(random, tree.Path.Length) })],
                    Layers = [.. query.Layers.Select(layer => new LayerOpening { Siblings = Extensions(random, layer.Siblings.Length), Path = Digests(random, layer.Path.Length) })],
                })],
            },
        };
    }

    public static KoalaBear Element(Random random) => KoalaBear.FromCanonical((uint)random.NextInt64(KoalaBear.Modulus));

    public static KoalaBear[] Elements(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => Element(random))];

    public static KoalaBear5 Extension(Random random) => KoalaBear5.FromCoefficients(Elements(random, KoalaBear5.Degree));

    public static KoalaBear5[] Extensions(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => Extension(random))];

    public static Digest[] Digests(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => new Digest(Elements(random, Digest.Length)))];
}

/// <summary>Native values, but a failed check does not stop the text: the whole transcript is seen, whatever the proof. Records what is read and checked.</summary>
struct TolerantArithmetic() : IVerifierArithmetic<KoalaBear, KoalaBear5>
{
    readonly NativeArithmetic _native = new();

    public List<CheckSite> Checks { get; } = [];

    public List<KoalaBear> Reads { get; } = [];

    public readonly bool IsRejected => false;

    public static void Permute16(Span<KoalaBear> state) => Poseidon2.Permute16(state);

    public static void Permute24(Span<KoalaBear> state) => Poseidon2.Permute24(state);

    public readonly KoalaBear Read(KoalaBear value)
    {
        Reads.Add(value);
        return value;
    }

    public readonly void Bits(KoalaBear value, Span<KoalaBear> bits) => _native.Bits(value, bits);

    public readonly void Coefficients(KoalaBear5 value, Span<KoalaBear> coefficients) => _native.Coefficients(value, coefficients);

    public readonly KoalaBear5 Inverse(KoalaBear5 value, CheckSite site)
    {
        Checks.Add(site);
        return value.Inverse();
    }

    public readonly void AssertOutsideBase(KoalaBear5 value, CheckSite site) => Checks.Add(site);

    public readonly void AssertEqual(KoalaBear expected, KoalaBear actual, CheckSite site) => Checks.Add(site);

    public readonly void AssertEqual(KoalaBear5 expected, KoalaBear5 actual, CheckSite site) => Checks.Add(site);
}

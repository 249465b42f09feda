using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>The challenges that all segments of a session share: G and, after the LogUp grind, (α, β). Native values, for prover and verifier.</summary>
public static class SessionChallenge
{
    /// <summary>leaf_i of a segment.</summary>
    public static Digest Leaf(int segmentIndex, int classIndex, ReadOnlySpan<Digest> mainCap)
    {
        Digest leaf = default;
        GlobalChallenge<KoalaBear, Poseidon2>.Leaf(Element(segmentIndex), Element(classIndex), BaseElements.Of(mainCap), leaf);
        return leaf;
    }

    /// <summary>G over the leaves of all segments; at least one.</summary>
    public static Digest Global(Digest parameterDigest, SessionStatement statement, ReadOnlySpan<Digest> leaves)
    {
        var limbs = new KoalaBear[SessionStatement.OutputLimbCount];
        for (int i = 0; i < limbs.Length; i++)
            limbs[i] = Element(statement.OutputLimbs[i]);
        Digest root = default, global = default, imageId = statement.ImageId;
        GlobalChallenge<KoalaBear, Poseidon2>.Root(BaseElements.Of(leaves), root);
        GlobalChallenge<KoalaBear, Poseidon2>.Statement(
            parameterDigest, imageId, Element(statement.ExitCode), limbs, Element(leaves.Length), root, global);
        return global;
    }

    /// <summary>The smallest nonce of the LogUp grind; 0 where the profile has none.</summary>
    public static uint FindNonce(FriParameters parameters, Digest global, int threads, CancellationToken cancellation = default) =>
        Grinding.Find(GlobalChallenge<KoalaBear, Poseidon2>.Begin(global), parameters.LogUpGrindBits, threads, cancellation);

    /// <summary>(α, β) after the LogUp grind; false when the nonce does not hold.</summary>
    public static bool TryDerive(FriParameters parameters, Digest global, uint nonce, out KoalaBear5 alpha, out KoalaBear5 beta)
    {
        Challenger<KoalaBear, Poseidon2> challenger = GlobalChallenge<KoalaBear, Poseidon2>.Begin(global);
        alpha = beta = default;
        if (!Grinding.Check(challenger, nonce, parameters.LogUpGrindBits)) return false;
        alpha = GlobalChallenge<KoalaBear, Poseidon2>.SampleExtension<KoalaBear5>(challenger);
        beta = GlobalChallenge<KoalaBear, Poseidon2>.SampleExtension<KoalaBear5>(challenger);
        return true;
    }

    static KoalaBear Element(int value) => KoalaBear.FromCanonical((uint)value);
}

using System.Runtime.InteropServices;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>Proof parts as the base elements that transcripts observe and leaves hash: a digest is eight, an extension element five.</summary>
public static class BaseElements
{
    /// <summary>The elements of digests, in order; [8 × length].</summary>
    public static ReadOnlySpan<KoalaBear> Of(ReadOnlySpan<Digest> digests) => MemoryMarshal.Cast<Digest, KoalaBear>(digests);

    /// <summary>The coefficients of extension elements, in order, least significant first; [5 × length].</summary>
    public static ReadOnlySpan<KoalaBear> Of(ReadOnlySpan<KoalaBear5> values) => MemoryMarshal.Cast<KoalaBear5, KoalaBear>(values);
}

using Zkml.Fields;

namespace Zkml.Stark.Verifier;

/// <summary>What a segment's verification takes from its session. Digests are eight elements each.</summary>
public sealed class SegmentContext<TBase, TExtension> where TBase : unmanaged where TExtension : unmanaged
{
    /// <summary>The session's statement G; [8].</summary>
    public required TBase[] Global { get; init; }

    /// <summary>The session's nonce.</summary>
    public required TBase Nonce { get; init; }

    /// <summary>The segment's place in the session.</summary>
    public required TBase SegmentIndex { get; init; }

    /// <summary>The segment's shape class.</summary>
    public required TBase ClassIndex { get; init; }

    /// <summary>LogUp challenge.</summary>
    public required TExtension Alpha { get; init; }

    /// <summary>LogUp challenge.</summary>
    public required TExtension Beta { get; init; }

    /// <summary>The main cap that the segment's leaf of G was made of; [cap × 8].</summary>
    public required TBase[] MainCap { get; init; }

    /// <summary>The roots of the preprocessed trees; [tree][8].</summary>
    public required TBase[][] PreprocessedRoots { get; init; }
}

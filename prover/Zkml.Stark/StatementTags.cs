using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>Domain tags of the statements and transcripts of the proof system. The numbers are part of the protocol and never change meaning.</summary>
public static class StatementTags
{
    /// <summary>A segment's leaf in the session's tree: index, class, main cap.</summary>
    public const uint GlobalLeaf = DomainTags.FirstStatement;

    /// <summary>An inner node of the session's tree.</summary>
    public const uint GlobalNode = GlobalLeaf + 1;

    /// <summary>The session's statement G.</summary>
    public const uint Global = GlobalLeaf + 2;

    /// <summary>First element of the transcript that yields (α, β).</summary>
    public const uint GlobalChallenge = GlobalLeaf + 3;

    /// <summary>First element of a segment's transcript.</summary>
    public const uint Segment = GlobalLeaf + 4;

    /// <summary>The parameter digest.</summary>
    public const uint Parameters = GlobalLeaf + 5;

    /// <summary>The image ID.</summary>
    public const uint Image = GlobalLeaf + 6;
}

namespace Zkml.Hashing;

/// <summary>
/// The tags that start the capacity of every width-24 use of the permutation, so that no hash of one kind equals one of another.
/// </summary>
public static class DomainTags
{
    /// <summary>Rows of a Merkle tree.</summary>
    public const uint Leaf = 1;

    /// <summary>The Fiat–Shamir transcript.</summary>
    public const uint Transcript = 2;

    /// <summary>The smallest tag that a statement hash may take; the tags below are reserved to this project.</summary>
    public const uint FirstStatement = 16;
}

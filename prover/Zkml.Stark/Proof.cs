using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>
/// The proof of one segment (docs/design/stark.md). Every length follows from the segment's shape and the parameters; nothing in here says how long
/// it is or how it is to be checked.
/// </summary>
public sealed class SegmentProof
{
    /// <summary>Cap of the main-trace tree; [2^cap], also hashed into the session's global challenge.</summary>
    public required Digest[] MainCap { get; init; }

    /// <summary>Cap of the permutation-trace tree; empty when no table has interactions.</summary>
    public required Digest[] PermutationCap { get; init; }

    /// <summary>Cap of the quotient tree.</summary>
    public required Digest[] QuotientCap { get; init; }

    /// <summary>LogUp sums of the tables that have interactions, in table order.</summary>
    public required KoalaBear5[] Sums { get; init; }

    /// <summary>The values opened at ζ and ω·ζ, in the opening order.</summary>
    public required KoalaBear5[] Openings { get; init; }

    /// <summary>The low-degree proof.</summary>
    public required FriProof Fri { get; init; }
}

/// <summary>The FRI part of a segment proof.</summary>
public sealed class FriProof
{
    /// <summary>Nonce of the batch grind, canonical; 0 when the profile has none.</summary>
    public required uint BatchNonce { get; init; }

    /// <summary>Cap of each layer's tree.</summary>
    public required Digest[][] LayerCaps { get; init; }

    /// <summary>Nonce of each layer's fold grind; 0 when the profile has none.</summary>
    public required uint[] FoldNonces { get; init; }

    /// <summary>Coefficients of the final polynomial, constant term first.</summary>
    public required KoalaBear5[] FinalPolynomial { get; init; }

    /// <summary>Nonce of the query grind.</summary>
    public required uint QueryNonce { get; init; }

    /// <summary>One per query.</summary>
    public required QueryProof[] Queries { get; init; }
}

/// <summary>What one query opens.</summary>
public sealed class QueryProof
{
    /// <summary>One opening per tree: preprocessed trees, main, permutation (if any), quotient.</summary>
    public required TreeOpening[] Trees { get; init; }

    /// <summary>One opening per FRI layer.</summary>
    public required LayerOpening[] Layers { get; init; }
}

/// <summary>One leaf of a mixed-height tree.</summary>
public sealed class TreeOpening
{
    /// <summary>The rows of the tree's tables at this position: heights descending, tables of one height in table order, concatenated.</summary>
    public required KoalaBear[] Rows { get; init; }

    /// <summary>Sibling digests from the leaf level up to below the cap.</summary>
    public required Digest[] Path { get; init; }
}

/// <summary>One leaf of a FRI layer.</summary>
public sealed class LayerOpening
{
    /// <summary>The seven values of the leaf beside the one that the verifier computes, in leaf order.</summary>
    public required KoalaBear5[] Siblings { get; init; }

    /// <summary>Sibling digests from the leaf level up to below the cap.</summary>
    public required Digest[] Path { get; init; }
}

namespace Zkml.Stark.Verifier;

/// <summary>Why a proof is rejected; one value per check, none shared.</summary>
public enum RejectionReason
{
    /// <summary>The proof is accepted.</summary>
    None,

    /// <summary>The proof could not be examined at all; the public entry point's answer to an unexpected failure.</summary>
    Malformed,

    /// <summary>A required part of the proof is missing.</summary>
    MissingPart,

    /// <summary>The main cap has the wrong number of digests.</summary>
    MainCapLength,

    /// <summary>The permutation cap has the wrong number of digests.</summary>
    PermutationCapLength,

    /// <summary>The quotient cap has the wrong number of digests.</summary>
    QuotientCapLength,

    /// <summary>The number of LogUp sums is wrong.</summary>
    SumCount,

    /// <summary>The number of opened values is wrong.</summary>
    OpeningCount,

    /// <summary>The number of FRI layers is wrong.</summary>
    LayerCount,

    /// <summary>The cap of a FRI layer has the wrong number of digests.</summary>
    LayerCapLength,

    /// <summary>The number of fold nonces is wrong.</summary>
    FoldNonceCount,

    /// <summary>The final polynomial has the wrong length.</summary>
    FinalPolynomialLength,

    /// <summary>The number of queries is wrong.</summary>
    QueryCount,

    /// <summary>A query opens the wrong number of trees.</summary>
    TreeOpeningCount,

    /// <summary>A query opens the wrong number of FRI layers.</summary>
    LayerOpeningCount,

    /// <summary>An opened leaf has the wrong number of elements.</summary>
    RowLength,

    /// <summary>The path of an opened leaf has the wrong length.</summary>
    TreePathLength,

    /// <summary>An opened FRI leaf has the wrong number of siblings.</summary>
    SiblingCount,

    /// <summary>The path of an opened FRI leaf has the wrong length.</summary>
    LayerPathLength,

    /// <summary>A nonce is not below 2^30.</summary>
    NonceRange,

    /// <summary>A nonce is not 0 where the profile has no proof of work.</summary>
    NonceWithoutGrind,

    /// <summary>ζ lies in the base field.</summary>
    ZetaInBaseField,

    /// <summary>A point to divide by vanishes.</summary>
    ZeroDenominator,

    /// <summary>The opened values do not satisfy the constraints at ζ.</summary>
    ConstraintIdentity,

    /// <summary>The proof of work before δ does not hold.</summary>
    BatchGrind,

    /// <summary>A proof of work before a fold does not hold.</summary>
    FoldGrind,

    /// <summary>The proof of work before the queries does not hold.</summary>
    QueryGrind,

    /// <summary>An opened leaf of a preprocessed tree does not lead to its root.</summary>
    PreprocessedPath,

    /// <summary>An opened leaf of the main tree does not lead to its cap.</summary>
    MainPath,

    /// <summary>An opened leaf of the permutation tree does not lead to its cap.</summary>
    PermutationPath,

    /// <summary>An opened leaf of the quotient tree does not lead to its cap.</summary>
    QuotientPath,

    /// <summary>A FRI leaf with the value computed for it does not lead to the layer's cap.</summary>
    LayerPath,

    /// <summary>The last folded value differs from the final polynomial.</summary>
    FinalPolynomial,

    /// <summary>The session has no segments or too many.</summary>
    SegmentCount,

    /// <summary>A segment names a shape class that does not exist, or that the program's tables do not fit.</summary>
    UnknownClass,

    /// <summary>The last segment, and no other, must be of a closing class.</summary>
    ClosingSegment,

    /// <summary>The statement names another program than the one whose tables the rules hold.</summary>
    ImageId,

    /// <summary>A statement value is out of range.</summary>
    StatementRange,

    /// <summary>The clock could pass p (OB-6 a).</summary>
    ClockBound,

    /// <summary>A bus could carry p messages or more (OB-6 b).</summary>
    BusBound,

    /// <summary>The session has more interactions than the soundness error is computed for.</summary>
    InteractionBound,

    /// <summary>The proof of work before (α, β) does not hold.</summary>
    LogUpGrind,

    /// <summary>The sums of the segments and the verifier's own terms do not add up to zero.</summary>
    SessionSum,
}

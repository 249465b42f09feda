namespace Zkml.Groth16.Verifier;

/// <summary>Why a proof, a key or public inputs were not accepted.</summary>
public enum Groth16Error
{
    /// <summary>Accepted.</summary>
    None,

    /// <summary>An encoding has the wrong length.</summary>
    WrongLength,

    /// <summary>A text is not the JSON that it should be.</summary>
    Malformed,

    /// <summary>A coordinate is not below q: it is another name of a smaller number.</summary>
    CoordinateNotCanonical,

    /// <summary>A point is not on its curve.</summary>
    NotOnCurve,

    /// <summary>A point of G2 is not in the subgroup of order r.</summary>
    NotInSubgroup,

    /// <summary>A point that must not be the point at infinity is.</summary>
    Infinity,

    /// <summary>There are more or fewer public inputs than the key has.</summary>
    InputCount,

    /// <summary>A public input is not below r: it is another name of a smaller number.</summary>
    InputNotCanonical,

    /// <summary>The key gives no soundness, such as one whose δ everyone knows.</summary>
    UnsafeKey,

    /// <summary>The equation of the proof does not hold.</summary>
    EquationFails,
}

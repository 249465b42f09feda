namespace Zkml.Fields.Bn254;

/// <summary>Why bytes or coordinates are not a point of the group.</summary>
public enum PointError
{
    /// <summary>They are a point of the group.</summary>
    None,

    /// <summary>The encoding has the wrong length.</summary>
    WrongLength,

    /// <summary>A coordinate is not below the modulus.</summary>
    CoordinateNotCanonical,

    /// <summary>The coordinates do not satisfy the curve's equation.</summary>
    NotOnCurve,

    /// <summary>The point is on the curve, but not in the subgroup of order r.</summary>
    NotInSubgroup,
}

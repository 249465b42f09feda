using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Verifier;

/// <summary>Words for what is wrong with a point.</summary>
static class PointCheck
{
    public static Groth16Result Describe(string where, PointError error) => error switch
    {
        PointError.WrongLength => new(Groth16Error.WrongLength, $"{where}: the encoding has the wrong length."),
        PointError.CoordinateNotCanonical => new(Groth16Error.CoordinateNotCanonical, $"{where}: expected coordinates below q."),
        PointError.NotOnCurve => new(Groth16Error.NotOnCurve, $"{where}: the point is not on the curve."),
        PointError.NotInSubgroup => new(Groth16Error.NotInSubgroup, $"{where}: the point is not in the subgroup of order r."),
        _ => Groth16Result.Accepted,
    };
}

namespace Zkml.Guest.Runtime;

/// <summary>Widths of IEEE 754 binary formats that the guest computes in; narrower ones are converted.</summary>
public enum FloatWidth
{
    /// <summary>binary32, as its bits in an Int32.</summary>
    Float32,

    /// <summary>binary64, as its bits in an Int64.</summary>
    Float64,
}

/// <summary>Narrow formats: a value is converted to binary32 when it is loaded and rounded, ties to even, when it is stored. Bits stand in an Int32.</summary>
public enum NarrowFormat
{
    /// <summary>IEEE binary16.</summary>
    Float16,

    /// <summary>The upper half of a binary32.</summary>
    BFloat16,

    /// <summary>OCP FP8 E4M3FN: no infinity.</summary>
    Float8E4M3FN,

    /// <summary>E4M3 with one NaN (0x80), no infinity, no negative zero.</summary>
    Float8E4M3FNUZ,

    /// <summary>OCP FP8 E5M2.</summary>
    Float8E5M2,

    /// <summary>E5M2 with one NaN (0x80), no infinity, no negative zero.</summary>
    Float8E5M2FNUZ,

    /// <summary>OCP MX E2M1, 4 bits: no infinity and no NaN.</summary>
    Float4E2M1,

    /// <summary>OCP MX E8M0: a power of two, 0xFF is NaN.</summary>
    Float8E8M0,
}

/// <summary>
/// The functions of the soft-float library. Arithmetic, comparisons, conversions and rounding are IEEE 754 exact, round to nearest even, with
/// subnormals; every NaN result is the canonical quiet NaN (0x7FC00000, 0x7FF8000000000000). Elementary functions are within 2 ulp of
/// binary64, and of binary32 in the narrower width.
/// </summary>
public enum FloatOperation
{
    /// <summary>x + y.</summary>
    Add,
    /// <summary>x − y.</summary>
    Subtract,
    /// <summary>x · y.</summary>
    Multiply,
    /// <summary>x / y.</summary>
    Divide,
    /// <summary>C's fmod: x − y · trunc(x / y), exact, the sign of x.</summary>
    Remainder,
    /// <summary>√x.</summary>
    SquareRoot,
    /// <summary>1 if x = y (−0 = +0), 0 if not or unordered; Int32.</summary>
    Equal,
    /// <summary>1 if x &lt; y; 0 if not or unordered; Int32.</summary>
    Less,
    /// <summary>1 if x ≤ y; 0 if not or unordered; Int32.</summary>
    LessOrEqual,
    /// <summary>To the nearest integer, ties to even, as a float.</summary>
    RoundToEven,
    /// <summary>Largest integer not above.</summary>
    Floor,
    /// <summary>Smallest integer not below.</summary>
    Ceiling,
    /// <summary>Integer part.</summary>
    Truncate,
    /// <summary>From a signed Int32.</summary>
    FromInt32,
    /// <summary>From an unsigned Int32.</summary>
    FromUInt32,
    /// <summary>From a signed Int64.</summary>
    FromInt64,
    /// <summary>From an unsigned Int64.</summary>
    FromUInt64,
    /// <summary>To a signed Int32, towards zero; saturates; NaN gives 0.</summary>
    ToInt32,
    /// <summary>To an unsigned Int32, towards zero; saturates; NaN gives 0.</summary>
    ToUInt32,
    /// <summary>To a signed Int64, towards zero; saturates; NaN gives 0.</summary>
    ToInt64,
    /// <summary>To an unsigned Int64, towards zero; saturates; NaN gives 0.</summary>
    ToUInt64,
    /// <summary>To the other width: binary32 to binary64 exactly, binary64 to binary32 rounded.</summary>
    ToOtherWidth,
    /// <summary>e^x.</summary>
    Exp,
    /// <summary>e^x − 1.</summary>
    ExpMinus1,
    /// <summary>Natural logarithm.</summary>
    Log,
    /// <summary>log(1 + x).</summary>
    Log1Plus,
    /// <summary>Sine, any argument.</summary>
    Sin,
    /// <summary>Cosine.</summary>
    Cos,
    /// <summary>Tangent.</summary>
    Tan,
    /// <summary>Inverse sine.</summary>
    Asin,
    /// <summary>Inverse cosine.</summary>
    Acos,
    /// <summary>Inverse tangent.</summary>
    Atan,
    /// <summary>Hyperbolic sine.</summary>
    Sinh,
    /// <summary>Hyperbolic cosine.</summary>
    Cosh,
    /// <summary>Hyperbolic tangent.</summary>
    Tanh,
    /// <summary>Inverse hyperbolic sine.</summary>
    Asinh,
    /// <summary>Inverse hyperbolic cosine.</summary>
    Acosh,
    /// <summary>Inverse hyperbolic tangent.</summary>
    Atanh,
    /// <summary>Error function.</summary>
    Erf,
    /// <summary>x^y with the special cases of C.</summary>
    Power,
}

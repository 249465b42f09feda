using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>
/// The layout of a width, and the pieces of code that depend on it. Working mantissas stand with their leading bit at
/// <see cref="TopBit"/>, which leaves one bit for a carry above and <see cref="GuardBits"/> below for rounding.
/// </summary>
sealed record FloatFormat(FloatWidth Width, ScalarType Type, int FractionBits, int ExponentBits)
{
    public static readonly FloatFormat Float32 = new(FloatWidth.Float32, ScalarType.Int32, 23, 8);
    public static readonly FloatFormat Float64 = new(FloatWidth.Float64, ScalarType.Int64, 52, 11);

    public static FloatFormat Of(FloatWidth width) => width == FloatWidth.Float32 ? Float32 : Float64;

    /// <summary>Bits of the format: 32 or 64.</summary>
    public int Bits => 1 + ExponentBits + FractionBits;

    /// <summary>The exponent field of infinities and NaNs.</summary>
    public int MaxExponent => (1 << ExponentBits) - 1;

    public int Bias => MaxExponent >> 1;

    public int TopBit => Bits - 2;

    public int GuardBits => TopBit - FractionBits;

    public ConstantExpression Sign => Constant(1L << Bits - 1);

    public ConstantExpression Infinity => Constant(InfinityBits);

    public ConstantExpression NaN => Constant(InfinityBits | 1L << FractionBits - 1);

    /// <summary>Twice the bits of infinity; what is above, unsigned, is twice the bits of a NaN.</summary>
    public ConstantExpression TwiceInfinity => Constant(InfinityBits << 1);

    public long InfinityBits => (long)MaxExponent << FractionBits;

    /// <summary>f32 or f64, the first letters of every symbol.</summary>
    public string Prefix => Width == FloatWidth.Float32 ? "f32" : "f64";

    public ConstantExpression Constant(long value) => Fold.Constant(Type, value);

    /// <summary>Sign and exponent field, in the low bits of an Int32.</summary>
    public Expression SignedExponent(Expression bits) =>
        Width == FloatWidth.Float32 ? bits >>> FractionBits : bits.High() >>> FractionBits - 32;

    /// <summary>The exponent field as an Int32.</summary>
    public Expression Exponent(Expression bits) => SignedExponent(bits) & MaxExponent;

    /// <summary>The mantissa of a normal number: its leading one at the top of the word.</summary>
    public Expression HighMantissa(Expression bits) => bits << ExponentBits | Sign;

    /// <summary>The mantissa of a normal number, its leading one at <see cref="TopBit"/>.</summary>
    public Expression Mantissa(Expression bits) => HighMantissa(bits) >>> 1;

    /// <summary>
    /// A float of a signed exponent and a mantissa without guard bits that still has its leading one: the one adds to the exponent, so the
    /// caller passes an exponent that is 1 less. A carry of the rounding moves into the exponent in the same way.
    /// </summary>
    public Expression Pack(Expression signedExponentLess1, Expression mantissa) => Width == FloatWidth.Float32
        ? (signedExponentLess1 << FractionBits) + mantissa
        : ((signedExponentLess1 << FractionBits - 32).ToUInt64() << 32) + mantissa;

    /// <summary>Takes the guard bits away, to the nearest, ties to even.</summary>
    public Expression Round(Local mantissa) => mantissa + ((1L << GuardBits - 1) - 1) + (mantissa >>> GuardBits & 1) >>> GuardBits;

    /// <summary>A 0 or 1 of Int32 in the width of the format.</summary>
    public Expression Flag(Expression flag) => Width == FloatWidth.Float32 ? flag : flag.ToUInt64();

    /// <summary>1 if negative, as Int32: the sign of a whole word is the sign of its high half.</summary>
    public Expression IsNegative(Expression bits) => (Width == FloatWidth.Float32 ? bits : bits.High()) < 0;

    /// <summary>The bits without the sign.</summary>
    public Expression Magnitude(Expression bits) => bits & ((1L << Bits - 1) - 1);

    /// <summary>1 if a NaN.</summary>
    public Expression IsNaN(Expression bits) => TwiceInfinity.IsBelow(bits << 1);
}

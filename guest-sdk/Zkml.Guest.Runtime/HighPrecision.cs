using System.Numerics;

namespace Zkml.Guest.Runtime;

/// <summary>
/// Elementary functions in fixed point with any number of fraction bits, by their series: where the constants, tables and polynomials of the
/// library come from. A number x stands as x · 2^bits; results are off by a few units.
/// </summary>
sealed class HighPrecision
{
    readonly Lazy<BigInteger> _pi;
    readonly Lazy<BigInteger> _ln2;

    public HighPrecision(int bits)
    {
        Bits = bits;
        One = BigInteger.One << bits;
        // Machin: π/4 = 4·atan(1/5) − atan(1/239).
        _pi = new(() => 4 * (4 * AtanSeries(One / 5) - AtanSeries(One / 239)));
        _ln2 = new(() => 2 * AtanhSeries(One / 3));
    }

    /// <summary>The precision of constants and polynomials.</summary>
    public static HighPrecision Build { get; } = new(256);

    public int Bits { get; }

    public BigInteger One { get; }

    public BigInteger Pi => _pi.Value;

    public BigInteger Ln2 => _ln2.Value;

    /// <summary>A double, exactly if its last bit is not below 2^-bits.</summary>
    public BigInteger Of(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52 & 0x7FF);
        BigInteger mantissa = (bits & (1L << 52) - 1) | (exponent == 0 ? 0 : 1L << 52);
        int shift = Bits + Math.Max(exponent, 1) - 1075;
        mantissa = shift >= 0 ? mantissa << shift : mantissa >> -shift;
        return bits < 0 ? -mantissa : mantissa;
    }

    public BigInteger Multiply(BigInteger x, BigInteger y) => x * y >> Bits;

    public BigInteger Divide(BigInteger x, BigInteger y) => (x << Bits) / y;

    /// <summary>√x by Newton's iteration on integers.</summary>
    public BigInteger SquareRoot(BigInteger x)
    {
        if (x.IsZero) return x;
        x <<= Bits;
        BigInteger root = BigInteger.One << (int)(x.GetBitLength() + 1) / 2;
        while (true)
        {
            BigInteger next = root + x / root >> 1;
            if (next >= root) return root;
            root = next;
        }
    }

    public BigInteger Exp(BigInteger x)
    {
        // e^x = 2^n · (e^(r / 256))^256
        BigInteger n = BigInteger.Divide(x, Ln2), reduced = x - n * Ln2 >> 8, term = One, sum = One;
        for (int i = 1; !term.IsZero && term != -1; i++) sum += term = Multiply(term, reduced) / i;
        for (int i = 0; i < 8; i++) sum = Multiply(sum, sum);
        return n.Sign >= 0 ? sum << (int)n : sum >> (int)-n;
    }

    /// <summary>log x, x above 0.</summary>
    public BigInteger Log(BigInteger x)
    {
        int exponent = (int)x.GetBitLength() - 1 - Bits;
        BigInteger mantissa = exponent >= 0 ? x >> exponent : x << -exponent;
        // In [1, 2): three square roots bring it next to 1, where log m = 2·atanh((m − 1)/(m + 1)) converges fast.
        for (int i = 0; i < 3; i++) mantissa = SquareRoot(mantissa);
        return exponent * Ln2 + 16 * AtanhSeries(Divide(mantissa - One, mantissa + One));
    }

    public BigInteger Atan(BigInteger x)
    {
        if (x.Sign < 0) return -Atan(-x);
        if (x > One) return Pi / 2 - Atan(Divide(One, x));
        // atan x = 2·atan(x / (1 + √(1 + x²))), three times.
        for (int i = 0; i < 3; i++) x = Divide(x, One + SquareRoot(One + Multiply(x, x)));
        return 8 * AtanSeries(x);
    }

    public BigInteger Sin(BigInteger x) => Wave(x, isSine: true);

    public BigInteger Cos(BigInteger x) => Wave(x, isSine: false);

    /// <summary>The error function, for |x| up to 8: terms grow to e^64 before they shrink, which the caller's bits must have room for.</summary>
    public BigInteger Erf(BigInteger x)
    {
        BigInteger square = Multiply(x, x), power = x, sum = x;
        for (int i = 1; BigInteger.Abs(power) > 1; i++)
        {
            power = -Multiply(power, square) / i;
            sum += power / (2 * i + 1);
        }
        return Divide(2 * sum, SquareRoot(Pi));
    }

    /// <summary>
    /// The polynomial of a degree that equals a function at the Chebyshev nodes of an interval: coefficients of 1, x, x², … The error is
    /// about that of the best polynomial.
    /// </summary>
    public BigInteger[] Fit(Func<BigInteger, BigInteger> function, double from, double to, int degree)
    {
        BigInteger[] nodes = new BigInteger[degree + 1], differences = new BigInteger[degree + 1], coefficients = new BigInteger[degree + 1];
        for (int i = 0; i <= degree; i++)
        {
            nodes[i] = Of((from + to) / 2 + (to - from) / 2 * Math.Cos((2 * i + 1) * Math.PI / (2 * degree + 2)));
            differences[i] = function(nodes[i]);
        }
        // Newton's divided differences, then expansion into powers.
        for (int order = 1; order <= degree; order++)
            for (int i = degree; i >= order; i--)
                differences[i] = Divide(differences[i] - differences[i - 1], nodes[i] - nodes[i - order]);
        for (int i = degree; i >= 0; i--)
        {
            for (int j = degree; j > 0; j--) coefficients[j] = coefficients[j - 1] - Multiply(coefficients[j], nodes[i]);
            coefficients[0] = differences[i] - Multiply(coefficients[0], nodes[i]);
        }
        return coefficients;
    }

    /// <summary>Rounds to a number of fraction bits.</summary>
    public BigInteger Round(BigInteger x, int bits) => bits >= Bits ? x << bits - Bits : x + (BigInteger.One << Bits - bits - 1) >> Bits - bits;

    BigInteger AtanSeries(BigInteger x) => Series(x, -Multiply(x, x));

    BigInteger AtanhSeries(BigInteger x) => Series(x, Multiply(x, x));

    // x · (1 + s/3 + s²/5 + …)
    BigInteger Series(BigInteger x, BigInteger square)
    {
        BigInteger sum = x, power = x;
        for (int i = 3; BigInteger.Abs(power) > 1; i += 2) sum += (power = Multiply(power, square)) / i;
        return sum;
    }

    // The series of sine or cosine; whole turns are taken away first.
    BigInteger Wave(BigInteger x, bool isSine)
    {
        x = BigInteger.Remainder(x, 2 * Pi);
        BigInteger square = Multiply(x, x), term = isSine ? x : One, sum = term;
        for (int i = isSine ? 2 : 1; BigInteger.Abs(term) > 1; i += 2) sum += term = -Multiply(term, square) / (i * (i + 1));
        return sum;
    }
}

namespace Zkml.Fields.Bn254;

/// <summary>
/// The optimal ate pairing e: G1 × G2 → GT on BN254, [Ver08]: the Miller loop over 6t + 2 with two Frobenius lines, then the power (q¹² - 1)/r.
/// The points must be of their groups: decode or check them first.
/// </summary>
public static class Pairing
{
    /// <summary>The curve's parameter t; q and r are polynomials in it.</summary>
    internal const ulong Parameter = 4965661367192848881;

    /// <summary>e(P, Q); 1 where either is at infinity.</summary>
    public static Fq12 Compute(in G1Affine p, in G2Affine q) => FinalExponentiation(MillerLoop([(p, q)]));

    /// <summary>Whether ∏ e(P_i, Q_i) = 1, the check of EIP-197; true for no pairs. One final exponentiation in all.</summary>
    public static bool ProductIsOne(ReadOnlySpan<(G1Affine P, G2Affine Q)> pairs) => FinalExponentiation(MillerLoop(pairs)) == Fq12.One;

    /// <summary>
    /// The product of the Miller functions of all pairs, with shared squarings; not unique before <see cref="FinalExponentiation"/>.
    /// A pair with a point at infinity counts as 1.
    /// </summary>
    public static Fq12 MillerLoop(ReadOnlySpan<(G1Affine P, G2Affine Q)> pairs)
    {
        var finite = new (G1Affine P, G2Affine Q)[pairs.Length];
        var points = new MillerPoint[pairs.Length];
        int count = 0;
        foreach ((G1Affine p, G2Affine q) in pairs)
        {
            if (p.IsInfinity || q.IsInfinity)
                continue;
            points[count] = new(q);
            finite[count++] = (p, q);
        }

        return MillerLoop(finite.AsSpan(0, count), points);
    }

    static Fq12 MillerLoop(ReadOnlySpan<(G1Affine P, G2Affine Q)> pairs, Span<MillerPoint> points)
    {
        // The signed digits of n = 6t + 2, no two neighbours nonzero: digit i is 1 where bit i + 1 is set in 3n only, and -1 where in n only.
        UInt128 n = 6 * (UInt128)Parameter + 2, tripled = 3 * n, plus = (tripled & ~n) >> 1, minus = (n & ~tripled) >> 1;
        Fq12 f = Fq12.One;
        for (int bit = 127 - (int)UInt128.LeadingZeroCount(plus) - 1; bit >= 0; bit--)
        {
            f = f.Square();
            bool isPlus = (plus >> bit & 1) != 0, isMinus = (minus >> bit & 1) != 0;
            for (int i = 0; i < pairs.Length; i++)
            {
                f = points[i].Double().Multiply(f, pairs[i].P);
                if (isPlus)
                    f = points[i].Add(pairs[i].Q).Multiply(f, pairs[i].P);
                else if (isMinus)
                    f = points[i].Add(-pairs[i].Q).Multiply(f, pairs[i].P);
            }
        }

        // The lines through [6t + 2]Q, ψ(Q) and -ψ²(Q).
        for (int i = 0; i < pairs.Length; i++)
        {
            G2Affine once = G2Curve.Endomorphism(pairs[i].Q), twice = G2Curve.Endomorphism(once);
            f = points[i].Add(once).Multiply(f, pairs[i].P);
            f = points[i].Add(-twice).Multiply(f, pairs[i].P);
        }

        return f;
    }

    /// <summary>f^((q¹² - 1)/r), exactly this power. Zero stays zero.</summary>
    public static Fq12 FinalExponentiation(in Fq12 f)
    {
        // The easy part, (q⁶ - 1)(q² + 1).
        Fq12 easy = f.Conjugate() * f.Inverse();
        easy = easy.FrobeniusSquared() * easy;

        // The hard part, (q⁴ - q² + 1)/r = q³ + (6t² + 1)q² - (36t³ + 18t² + 12t - 1)q - (36t³ + 30t² + 18t + 2), as
        // y0·y1²·y2⁶·y3¹²·y4¹⁸·y5³⁰·y6³⁶ by the vectorial addition chain of [SBCDK09] §5. Inverses are conjugates here.
        Fq12 t1 = PowerOfParameter(easy), t2 = PowerOfParameter(t1), t3 = PowerOfParameter(t2);
        Fq12 squared = easy.FrobeniusSquared();
        Fq12 y0 = easy.Frobenius() * squared * squared.Frobenius();
        Fq12 y1 = easy.Conjugate();
        Fq12 y2 = t2.FrobeniusSquared();
        Fq12 y3 = t1.Frobenius().Conjugate();
        Fq12 y4 = (t1 * t2.Frobenius()).Conjugate();
        Fq12 y5 = t2.Conjugate();
        Fq12 y6 = (t3 * t3.Frobenius()).Conjugate();

        Fq12 left = y6.CyclotomicSquare() * y4 * y5;
        Fq12 right = y3 * y5 * left;
        left *= y2;
        right = (right.CyclotomicSquare() * left).CyclotomicSquare();
        left = right * y1;
        right *= y0;
        return left.CyclotomicSquare() * right;
    }

    /// <summary>x^t for x of the cyclotomic subgroup.</summary>
    static Fq12 PowerOfParameter(in Fq12 x)
    {
        Fq12 result = x;
        for (int bit = 62 - System.Numerics.BitOperations.LeadingZeroCount(Parameter); bit >= 0; bit--)
        {
            result = result.CyclotomicSquare();
            if ((Parameter >> bit & 1) != 0)
                result *= x;
        }

        return result;
    }
}

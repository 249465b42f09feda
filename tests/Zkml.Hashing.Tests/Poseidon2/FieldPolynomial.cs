using Zkml.Fields;

namespace Zkml.Hashing.Tests;

/// <summary>Just enough linear algebra over F to audit the matrices of the permutation; coefficients least significant first.</summary>
static class FieldPolynomial
{
    public static KoalaBear[,] Multiply(KoalaBear[,] left, KoalaBear[,] right)
    {
        int size = left.GetLength(0);
        KoalaBear[,] product = new KoalaBear[size, size];
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++)
                for (int k = 0; k < size; k++)
                    product[i, j] += left[i, k] * right[k, j];
        return product;
    }

    /// <summary>det(X·I - M), monic, by Faddeev–LeVerrier: M_k = A·(M_(k-1) + c_(n-k+1)·I), c_(n-k) = -trace(M_k)/k.</summary>
    public static KoalaBear[] Characteristic(KoalaBear[,] matrix)
    {
        int size = matrix.GetLength(0);
        KoalaBear[] coefficients = new KoalaBear[size + 1];
        coefficients[size] = KoalaBear.One;
        KoalaBear[,] auxiliary = new KoalaBear[size, size];
        for (int k = 1; k <= size; k++)
        {
            for (int i = 0; i < size; i++)
                auxiliary[i, i] += coefficients[size - k + 1];
            auxiliary = Multiply(matrix, auxiliary);
            KoalaBear trace = KoalaBear.Zero;
            for (int i = 0; i < size; i++)
                trace += auxiliary[i, i];
            coefficients[size - k] = -trace * KoalaBear.FromCanonical((uint)k).Inverse();
        }
        return coefficients;
    }

    /// <summary>Rabin: f of degree n is irreducible if X^(p^n) = X mod f and gcd(X^(p^(n/q)) - X, f) = 1 for each prime q dividing n.</summary>
    public static bool IsIrreducible(KoalaBear[] monic)
    {
        int degree = monic.Length - 1;
        KoalaBear[] x = new KoalaBear[degree], power;
        x[1] = KoalaBear.One;
        power = [.. x];
        for (int step = 1; step <= degree; step++)
        {
            power = PowerModulo(power, KoalaBear.Modulus, monic);
            bool isChecked = step < degree && degree % step == 0 && IsPrime(degree / step);
            if (isChecked && !IsCoprime(Subtract(power, x), monic))
                return false;
        }
        return power.SequenceEqual(x);
    }

    static bool IsPrime(int value) => value > 1 && Enumerable.Range(2, value - 2).All(divisor => value % divisor != 0);

    static KoalaBear[] Subtract(KoalaBear[] left, KoalaBear[] right) => [.. left.Zip(right, (a, b) => a - b)];

    static KoalaBear[] PowerModulo(KoalaBear[] value, uint exponent, KoalaBear[] monic)
    {
        KoalaBear[] result = new KoalaBear[monic.Length - 1];
        result[0] = KoalaBear.One;
        for (int bit = 31; bit >= 0; bit--)
        {
            result = MultiplyModulo(result, result, monic);
            if (((exponent >> bit) & 1) != 0)
                result = MultiplyModulo(result, value, monic);
        }
        return result;
    }

    static KoalaBear[] MultiplyModulo(KoalaBear[] left, KoalaBear[] right, KoalaBear[] monic)
    {
        int degree = monic.Length - 1;
        KoalaBear[] product = new KoalaBear[2 * degree - 1];
        for (int i = 0; i < degree; i++)
            for (int j = 0; j < degree; j++)
                product[i + j] += left[i] * right[j];
        for (int i = product.Length - 1; i >= degree; i--)
            for (int j = 0; j < degree; j++)
                product[i - degree + j] -= product[i] * monic[j];
        return product[..degree];
    }

    static bool IsCoprime(KoalaBear[] left, KoalaBear[] right)
    {
        KoalaBear[] a = Trim(right), b = Trim(left);
        while (b.Length > 1)
            (a, b) = (b, Remainder(a, b));
        return b.Length == 1;
    }

    static KoalaBear[] Remainder(KoalaBear[] dividend, KoalaBear[] divisor)
    {
        KoalaBear[] rest = [.. dividend];
        KoalaBear inverse = divisor[^1].Inverse();
        for (int i = rest.Length - divisor.Length; i >= 0; i--)
        {
            KoalaBear quotient = rest[i + divisor.Length - 1] * inverse;
            for (int j = 0; j < divisor.Length; j++)
                rest[i + j] -= quotient * divisor[j];
        }
        return Trim(rest);
    }

    static KoalaBear[] Trim(KoalaBear[] value)
    {
        int length = value.Length;
        while (length > 0 && value[length - 1] == KoalaBear.Zero)
            length--;
        return value[..length];
    }
}

using System.Runtime.InteropServices;

namespace Zkml.Fields.Bn254;

/// <summary>
/// A point (X/Z², Y/Z³) of <typeparamref name="TCurve"/>; Z = 0 at infinity. All sums are complete: equal, opposite and infinite operands are
/// cased. The running time depends on the operands.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct JacobianPoint<TCurve, TField> : IEquatable<JacobianPoint<TCurve, TField>>
    where TCurve : struct, ICurve<TCurve, TField>
    where TField : unmanaged, ICoordinate<TField>
{
    const int WindowBits = 4;

    readonly TField _x, _y, _z;

    internal JacobianPoint(in TField x, in TField y, in TField z) => (_x, _y, _z) = (x, y, z);

    /// <summary>The point at infinity, the neutral element; <c>default</c> is the same point.</summary>
    public static JacobianPoint<TCurve, TField> Infinity => default;

    /// <summary>The generator that EIP-196 and EIP-197 fix.</summary>
    public static JacobianPoint<TCurve, TField> Generator => TCurve.Generator.ToJacobian();

    public bool IsInfinity => _z.IsZero;

    /// <summary>2·P. [EFD] dbl-2009-l.</summary>
    public JacobianPoint<TCurve, TField> Double()
    {
        TField a = _x.Square(), b = _y.Square(), c = b.Square();
        TField d = (_x + b).Square() - a - c;
        d += d;
        TField e = a + a + a;
        TField x = e.Square() - d - d;
        TField eightC = c + c;
        eightC += eightC;
        eightC += eightC;
        TField z = _y * _z;
        return new(x, e * (d - x) - eightC, z + z);
    }

    /// <summary>[EFD] add-2007-bl, with the exceptional cases.</summary>
    public static JacobianPoint<TCurve, TField> operator +(in JacobianPoint<TCurve, TField> left, in JacobianPoint<TCurve, TField> right)
    {
        if (left.IsInfinity)
            return right;
        if (right.IsInfinity)
            return left;
        TField leftZSquared = left._z.Square(), rightZSquared = right._z.Square();
        TField u1 = left._x * rightZSquared, u2 = right._x * leftZSquared;
        TField s1 = left._y * right._z * rightZSquared, s2 = right._y * left._z * leftZSquared;
        TField h = u2 - u1, s = s2 - s1;
        if (h.IsZero)
            return s.IsZero ? left.Double() : Infinity;
        TField z = (left._z + right._z).Square() - leftZSquared - rightZSquared;
        return Finish(h, s + s, u1, s1, z * h);
    }

    /// <summary>[EFD] madd-2007-bl, with the exceptional cases.</summary>
    public static JacobianPoint<TCurve, TField> operator +(in JacobianPoint<TCurve, TField> left, in AffinePoint<TCurve, TField> right)
    {
        if (right.IsInfinity)
            return left;
        if (left.IsInfinity)
            return right.ToJacobian();
        TField zSquared = left._z.Square();
        TField h = right.X * zSquared - left._x, s = right.Y * left._z * zSquared - left._y;
        if (h.IsZero)
            return s.IsZero ? left.Double() : Infinity;
        TField z = left._z * h;
        return Finish(h, s + s, left._x, left._y, z + z);
    }

    /// <summary>
    /// The common end of both sums, over a common Z: (u1, s1) is the first point, h the difference of the abscissas, twiceS twice that of the
    /// ordinates, z the result's third coordinate.
    /// </summary>
    static JacobianPoint<TCurve, TField> Finish(in TField h, in TField twiceS, in TField u1, in TField s1, in TField z)
    {
        TField i = (h + h).Square(), j = h * i, v = u1 * i;
        TField x = twiceS.Square() - j - v - v;
        TField s1j = s1 * j;
        return new(x, twiceS * (v - x) - s1j - s1j, z);
    }

    public static JacobianPoint<TCurve, TField> operator -(in JacobianPoint<TCurve, TField> point) => new(point._x, -point._y, point._z);

    public static JacobianPoint<TCurve, TField> operator -(in JacobianPoint<TCurve, TField> left, in JacobianPoint<TCurve, TField> right) => left + -right;

    public static JacobianPoint<TCurve, TField> operator *(in JacobianPoint<TCurve, TField> point, in Fr scalar)
    {
        Span<ulong> limbs = stackalloc ulong[4];
        scalar.CopyLimbs(limbs);
        return point.Multiply(limbs);
    }

    /// <summary>
    /// The multiple by any non-negative integer, not reduced mod r: 64-bit limbs, least significant first. Windows of four bits, from the top.
    /// </summary>
    public JacobianPoint<TCurve, TField> Multiply(ReadOnlySpan<ulong> scalar)
    {
        Span<JacobianPoint<TCurve, TField>> multiples = stackalloc JacobianPoint<TCurve, TField>[1 << WindowBits];
        multiples[0] = Infinity;
        for (int i = 1; i < multiples.Length; i++)
            multiples[i] = multiples[i - 1] + this;

        JacobianPoint<TCurve, TField> result = Infinity;
        for (int bit = scalar.Length * 64 - WindowBits; bit >= 0; bit -= WindowBits)
        {
            for (int i = 0; i < WindowBits && !result.IsInfinity; i++)
                result = result.Double();
            result += multiples[(int)(scalar[bit >> 6] >> (bit & 63)) & ((1 << WindowBits) - 1)];
        }

        return result;
    }

    public AffinePoint<TCurve, TField> ToAffine() => Scale(_z.Inverse());

    /// <summary>Brings many points into affine form with one inversion. Both spans have the same length.</summary>
    public static void ToAffine(ReadOnlySpan<JacobianPoint<TCurve, TField>> points, Span<AffinePoint<TCurve, TField>> destination)
    {
        if (destination.Length != points.Length)
            throw new ArgumentException($"Expected {points.Length} places for as many points, got {destination.Length}.", nameof(destination));
        var inverses = new TField[points.Length];
        for (int i = 0; i < points.Length; i++)
            inverses[i] = points[i]._z;
        FieldAlgorithms.InvertInPlace<TField>(inverses);
        for (int i = 0; i < points.Length; i++)
            destination[i] = points[i].Scale(inverses[i]);
    }

    /// <summary>(X·k², Y·k³) for k = 1/Z. At infinity k is 0, which gives (0, 0), the affine infinity.</summary>
    AffinePoint<TCurve, TField> Scale(in TField inverseZ)
    {
        TField squared = inverseZ.Square();
        return new(_x * squared, _y * squared * inverseZ);
    }

    public static bool operator ==(in JacobianPoint<TCurve, TField> left, in JacobianPoint<TCurve, TField> right) => left.Equals(right);

    public static bool operator !=(in JacobianPoint<TCurve, TField> left, in JacobianPoint<TCurve, TField> right) => !left.Equals(right);

    /// <summary>Whether both are the same point, whatever their coordinates' scale.</summary>
    public bool Equals(JacobianPoint<TCurve, TField> other)
    {
        if (IsInfinity || other.IsInfinity)
            return IsInfinity && other.IsInfinity;
        TField zSquared = _z.Square(), otherZSquared = other._z.Square();
        return (_x * otherZSquared).Equals(other._x * zSquared) && (_y * other._z * otherZSquared).Equals(other._y * _z * zSquared);
    }

    public override bool Equals(object? obj) => obj is JacobianPoint<TCurve, TField> other && Equals(other);

    public override int GetHashCode() => ToAffine().GetHashCode();

    public override string ToString() => ToAffine().ToString();
}

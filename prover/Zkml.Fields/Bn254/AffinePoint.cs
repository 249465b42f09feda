using System.Runtime.InteropServices;

namespace Zkml.Fields.Bn254;

/// <summary>A point (x, y) of <typeparamref name="TCurve"/>, or the point at infinity, which is <c>default</c> and stands as (0, 0).</summary>
/// <remarks>The constructor checks nothing; coordinates from outside go through <see cref="TryDecode"/> or <see cref="Check"/>.</remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly struct AffinePoint<TCurve, TField>(in TField x, in TField y) : IEquatable<AffinePoint<TCurve, TField>>
    where TCurve : struct, ICurve<TCurve, TField>
    where TField : unmanaged, ICoordinate<TField>
{
    public readonly TField X = x, Y = y;

    /// <summary>The generator that EIP-196 and EIP-197 fix.</summary>
    public static AffinePoint<TCurve, TField> Generator => TCurve.Generator;

    /// <summary>The length of an encoding, in bytes: 64 in G1, 128 in G2.</summary>
    public static int ByteCount => 2 * TField.ByteCount;

    public bool IsInfinity => X.IsZero && Y.IsZero;

    /// <summary>Whether y² = x³ + b, or the point is at infinity.</summary>
    public bool IsOnCurve => IsInfinity || Y.Square().Equals(X.Square() * X + TCurve.B);

    /// <summary>Whether the point is on the curve and in the subgroup of order r.</summary>
    public PointError Check()
    {
        if (!IsOnCurve)
            return PointError.NotOnCurve;
        return TCurve.IsInSubgroup(this) ? PointError.None : PointError.NotInSubgroup;
    }

    /// <summary>
    /// Reads the uncompressed big-endian encoding of EIP-196 and EIP-197, x then y, all zero for infinity. The point is default unless the
    /// result is <see cref="PointError.None"/>.
    /// </summary>
    public static PointError TryDecode(ReadOnlySpan<byte> source, out AffinePoint<TCurve, TField> point)
    {
        point = default;
        if (source.Length != ByteCount)
            return PointError.WrongLength;
        if (!TField.TryReadBigEndian(source[..TField.ByteCount], out TField x) || !TField.TryReadBigEndian(source[TField.ByteCount..], out TField y))
            return PointError.CoordinateNotCanonical;
        var candidate = new AffinePoint<TCurve, TField>(x, y);
        PointError error = candidate.Check();
        if (error == PointError.None)
            point = candidate;
        return error;
    }

    /// <summary>Writes the encoding that <see cref="TryDecode"/> reads, to the first <see cref="ByteCount"/> bytes.</summary>
    public void Encode(Span<byte> destination)
    {
        X.WriteBigEndian(destination);
        Y.WriteBigEndian(destination[TField.ByteCount..]);
    }

    public JacobianPoint<TCurve, TField> ToJacobian() => IsInfinity ? JacobianPoint<TCurve, TField>.Infinity : new(X, Y, TField.One);

    public static AffinePoint<TCurve, TField> operator -(in AffinePoint<TCurve, TField> point) => new(point.X, -point.Y);

    public static bool operator ==(in AffinePoint<TCurve, TField> left, in AffinePoint<TCurve, TField> right) => left.Equals(right);

    public static bool operator !=(in AffinePoint<TCurve, TField> left, in AffinePoint<TCurve, TField> right) => !left.Equals(right);

    public bool Equals(AffinePoint<TCurve, TField> other) => X.Equals(other.X) && Y.Equals(other.Y);

    public override bool Equals(object? obj) => obj is AffinePoint<TCurve, TField> other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(X, Y);

    public override string ToString() => IsInfinity ? "infinity" : $"({X}, {Y})";
}

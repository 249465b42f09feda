using System.Runtime.InteropServices;

namespace Zkml.Fields.Bn254;

/// <summary>Element c0 + c1·u of Fq2 = Fq[u]/(u² + 1); q ≡ 3 mod 4, so -1 is no square. The coordinates of G2.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Fq2(in Fq c0, in Fq c1) : ICoordinate<Fq2>
{
    public readonly Fq C0 = c0, C1 = c1;

    /// <inheritdoc/>
    public static Fq2 One => new(Fq.One, default);

    /// <summary>ξ = 9 + u, neither a square nor a cube in Fq2: the towers above adjoin its roots.</summary>
    public static Fq2 Xi { get; } = new(Fq.FromUInt64(9), Fq.One);

    /// <inheritdoc/>
    public static int ByteCount => 64;

    /// <inheritdoc/>
    public bool IsZero => C0.IsZero && C1.IsZero;

    /// <summary>c0 - c1·u, which is also the Frobenius map x ↦ x^q.</summary>
    public Fq2 Conjugate() => new(C0, -C1);

    /// <summary>This element times ξ: (9·c0 - c1) + (c0 + 9·c1)·u.</summary>
    public Fq2 TimesXi()
    {
        Fq2 eight = this + this;
        eight += eight;
        eight += eight;
        return new(eight.C0 + C0 - C1, eight.C1 + C1 + C0);
    }

    /// <inheritdoc/>
    public static bool TryReadBigEndian(ReadOnlySpan<byte> source, out Fq2 value)
    {
        // EIP-197: the coefficient of u comes first.
        value = default;
        if (source.Length != 64 || !Fq.TryReadBigEndian(source[..32], out Fq c1) || !Fq.TryReadBigEndian(source[32..], out Fq c0))
            return false;
        value = new(c0, c1);
        return true;
    }

    /// <inheritdoc/>
    public void WriteBigEndian(Span<byte> destination)
    {
        C1.WriteBigEndian(destination);
        C0.WriteBigEndian(destination[32..]);
    }

    public static Fq2 operator +(in Fq2 left, in Fq2 right) => new(left.C0 + right.C0, left.C1 + right.C1);

    public static Fq2 operator -(in Fq2 left, in Fq2 right) => new(left.C0 - right.C0, left.C1 - right.C1);

    public static Fq2 operator -(in Fq2 value) => new(-value.C0, -value.C1);

    /// <summary>Three products in Fq (Karatsuba).</summary>
    public static Fq2 operator *(in Fq2 left, in Fq2 right)
    {
        Fq low = left.C0 * right.C0, high = left.C1 * right.C1;
        Fq cross = (left.C0 + left.C1) * (right.C0 + right.C1);
        return new(low - high, cross - low - high);
    }

    public static Fq2 operator *(in Fq2 left, in Fq right) => new(left.C0 * right, left.C1 * right);

    /// <summary>(c0 + c1)(c0 - c1) + 2·c0·c1·u.</summary>
    public Fq2 Square()
    {
        Fq product = C0 * C1;
        return new((C0 + C1) * (C0 - C1), product + product);
    }

    /// <summary>The norm c0² + c1² in Fq.</summary>
    public Fq Norm() => C0.Square() + C1.Square();

    /// <inheritdoc/>
    public Fq2 Inverse() => Conjugate() * Norm().Inverse();

    public static bool operator ==(in Fq2 left, in Fq2 right) => left.Equals(right);

    public static bool operator !=(in Fq2 left, in Fq2 right) => !left.Equals(right);

    public bool Equals(Fq2 other) => C0 == other.C0 && C1 == other.C1;

    public override bool Equals(object? obj) => obj is Fq2 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(C0, C1);

    public override string ToString() => $"[{C0}, {C1}]";
}

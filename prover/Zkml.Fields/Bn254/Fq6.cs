using System.Runtime.InteropServices;

namespace Zkml.Fields.Bn254;

/// <summary>Element c0 + c1·v + c2·v² of Fq6 = Fq2[v]/(v³ - ξ).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Fq6(in Fq2 c0, in Fq2 c1, in Fq2 c2) : IField<Fq6>
{
    public readonly Fq2 C0 = c0, C1 = c1, C2 = c2;

    /// <inheritdoc/>
    public static Fq6 One => new(Fq2.One, default, default);

    /// <inheritdoc/>
    public bool IsZero => C0.IsZero && C1.IsZero && C2.IsZero;

    /// <summary>This element times v: v·v² = ξ.</summary>
    public Fq6 TimesV() => new(C2.TimesXi(), C0, C1);

    public static Fq6 operator +(in Fq6 left, in Fq6 right) => new(left.C0 + right.C0, left.C1 + right.C1, left.C2 + right.C2);

    public static Fq6 operator -(in Fq6 left, in Fq6 right) => new(left.C0 - right.C0, left.C1 - right.C1, left.C2 - right.C2);

    public static Fq6 operator -(in Fq6 value) => new(-value.C0, -value.C1, -value.C2);

    /// <summary>Six products in Fq2 (Karatsuba for each pair of coefficients).</summary>
    public static Fq6 operator *(in Fq6 left, in Fq6 right)
    {
        Fq2 p0 = left.C0 * right.C0, p1 = left.C1 * right.C1, p2 = left.C2 * right.C2;
        Fq2 cross12 = (left.C1 + left.C2) * (right.C1 + right.C2) - p1 - p2;
        Fq2 cross01 = (left.C0 + left.C1) * (right.C0 + right.C1) - p0 - p1;
        Fq2 cross02 = (left.C0 + left.C2) * (right.C0 + right.C2) - p0 - p2;
        return new(p0 + cross12.TimesXi(), cross01 + p2.TimesXi(), cross02 + p1);
    }

    public static Fq6 operator *(in Fq6 left, in Fq2 right) => new(left.C0 * right, left.C1 * right, left.C2 * right);

    /// <summary>Product with b0 + b1·v: five products in Fq2.</summary>
    public Fq6 TimesSparse(in Fq2 b0, in Fq2 b1)
    {
        Fq2 p0 = C0 * b0, p1 = C1 * b1;
        return new(
            p0 + ((C1 + C2) * b1 - p1).TimesXi(),
            (C0 + C1) * (b0 + b1) - p0 - p1,
            (C0 + C2) * b0 - p0 + p1);
    }

    /// <inheritdoc/>
    public Fq6 Square() => this * this;

    /// <summary>The inverse; 0 for 0. The three cofactors are those of the norm to Fq2, so one inversion in Fq2 is enough.</summary>
    public Fq6 Inverse()
    {
        Fq2 t0 = C0.Square() - (C1 * C2).TimesXi();
        Fq2 t1 = C2.Square().TimesXi() - C0 * C1;
        Fq2 t2 = C1.Square() - C0 * C2;
        Fq2 norm = C0 * t0 + (C2 * t1 + C1 * t2).TimesXi();
        return new Fq6(t0, t1, t2) * norm.Inverse();
    }

    public static bool operator ==(in Fq6 left, in Fq6 right) => left.Equals(right);

    public static bool operator !=(in Fq6 left, in Fq6 right) => !left.Equals(right);

    public bool Equals(Fq6 other) => C0 == other.C0 && C1 == other.C1 && C2 == other.C2;

    public override bool Equals(object? obj) => obj is Fq6 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(C0, C1, C2);

    public override string ToString() => $"[{C0}, {C1}, {C2}]";
}

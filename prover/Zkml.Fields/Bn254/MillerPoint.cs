using System.Runtime.InteropServices;

namespace Zkml.Fields.Bn254;

/// <summary>The three coefficients of a line l0 + l1·w + l3·w³, before and after l0 and l1 are scaled by the coordinates of the point of G1.</summary>
readonly struct MillerLine(in Fq2 l0, in Fq2 l1, in Fq2 l3)
{
    public readonly Fq2 L0 = l0, L1 = l1, L3 = l3;

    /// <summary><paramref name="value"/> times this line at (x, y): (l0·y) + (l1·x)·w + l3·w³.</summary>
    public Fq12 Multiply(in Fq12 value, in G1Affine at) => value.TimesLine(L0 * at.Y, L1 * at.X, L3);
}

/// <summary>
/// The running point (X/Z, Y/Z) of the Miller loop on the twist. Each step also gives the line through the points it adds, taken to the curve
/// over Fq12 by (x, y) ↦ (x·w², y·w³): with slope λ on the twist it is y_P - λ·x_P·w + (λ·x - y)·w³, times a factor in Fq2 that the final
/// exponentiation maps to 1.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
struct MillerPoint(in G2Affine point)
{
    Fq2 _x = point.X, _y = point.Y, _z = Fq2.One;

    static readonly Fq2 ThreeB = G2Curve.B + G2Curve.B + G2Curve.B;
    static readonly Fq Half = Fq.FromUInt64(2).Inverse();

    /// <summary>Replaces T by 2T; the tangent at T, times 2YZ. From λ = 3X²/(2YZ) and X³ = Y²Z - b·Z³. [CLN10] §5.</summary>
    public MillerLine Double()
    {
        Fq2 ySquared = _y.Square(), zSquared = _z.Square(), threeBZSquared = ThreeB * zSquared, xSquared = _x.Square();
        Fq2 twiceYZ = (_y + _z).Square() - ySquared - zSquared;
        var line = new MillerLine(twiceYZ, -(xSquared + xSquared + xSquared), ySquared - threeBZSquared);

        Fq2 tripled = threeBZSquared + threeBZSquared + threeBZSquared, mean = (ySquared + tripled) * Half;
        Fq2 threeBSquared = threeBZSquared.Square();
        _x = _x * _y * Half * (ySquared - tripled);
        _y = mean.Square() - threeBSquared - threeBSquared - threeBSquared;
        _z = ySquared * twiceYZ;
        return line;
    }

    /// <summary>Replaces T by T + Q, T ≠ ±Q and both finite; the line through T and Q, times X - x_Q·Z.</summary>
    public MillerLine Add(in G2Affine q)
    {
        Fq2 rise = _y - q.Y * _z, run = _x - q.X * _z;
        var line = new MillerLine(run, -rise, rise * q.X - run * q.Y);

        Fq2 runSquared = run.Square(), runCubed = runSquared * run, xRunSquared = _x * runSquared;
        Fq2 h = runCubed + _z * rise.Square() - xRunSquared - xRunSquared;
        _x = run * h;
        _y = rise * (xRunSquared - h) - runCubed * _y;
        _z *= runCubed;
        return line;
    }
}

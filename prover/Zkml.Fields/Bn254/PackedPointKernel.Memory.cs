using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fq8 = Zkml.Fields.Bn254.PackedMontgomery<Zkml.Fields.Bn254.FqModulus>;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>Points between memory and vectors: a point is one line of 64 bytes (x, y) in G1 and two lines (x, then y) in G2.</summary>
readonly unsafe partial struct PackedPointKernel<TCurve, TField, TPacked>
{
    const nuint LineBytes = 64;

    /// <inheritdoc/>
    public static void Import(AffinePoint<TCurve, TField>* source, AffinePoint<TCurve, TField>* destination, int count) =>
        Convert(source, destination, count, &Fq8.Enter);

    /// <inheritdoc/>
    public static void Export(AffinePoint<TCurve, TField>* source, AffinePoint<TCurve, TField>* destination, int count) =>
        Convert(source, destination, count, &Fq8.Leave);

    /// <inheritdoc/>
    public static void Canonicalize(AffinePoint<TCurve, TField>* points, int count) => Convert(points, points, count, null);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Convert(AffinePoint<TCurve, TField>* source, AffinePoint<TCurve, TField>* destination, int count, delegate*<Limb*, Limb*, void> change)
    {
        byte* memory = stackalloc byte[PackedLines.AlignedBytes(2 * Width)];
        Limb* point = PackedLines.Align(memory);
        nuint* from = stackalloc nuint[Fq8.Lanes], to = stackalloc nuint[Fq8.Lanes];
        AffinePoint<TCurve, TField>* unused = stackalloc AffinePoint<TCurve, TField>[Fq8.Lanes];
        for (int first = 0; first < count; first += Fq8.Lanes)
        {
            for (int lane = 0; lane < Fq8.Lanes; lane++)
            {
                bool isInside = first + lane < count;
                from[lane] = (nuint)(isInside ? source + first + lane : source + first);
                to[lane] = (nuint)(isInside ? destination + first + lane : unused + lane);
            }

            LoadPoint(from, point);
            for (int i = 0; i < 2 * Width; i += Fq8.LimbCount)
            {
                if (change != null)
                    change(point + i, point + i);
                Fq8.ReduceLoose(point + i, point + i);
                Fq8.Canonicalize(point + i, point + i);
            }

            StorePoint(point, to);
        }
    }

    /// <summary>The abscissas of eight operands; returns the low word of each.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static Limb LoadX(nuint* operands, Limb* x)
    {
        PackedLines.Gather(
            operands, AddressMask, 0, out Limb w0, out Limb w1, out Limb w2, out Limb w3, out Limb w4, out Limb w5, out Limb w6, out Limb w7);
        Fq8.Unpack(w0, w1, w2, w3, x);
        if (TPacked.Degree == 2)
            Fq8.Unpack(w4, w5, w6, w7, x + Fq8.LimbCount);
        return w0;
    }

    /// <summary>Eight operands with their signs, x then y; returns the low word of each x.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static Limb LoadPoint(nuint* operands, Limb* point)
    {
        PackedLines.Gather(
            operands, AddressMask, 0, out Limb w0, out Limb w1, out Limb w2, out Limb w3, out Limb w4, out Limb w5, out Limb w6, out Limb w7);
        Limb low = w0;
        Fq8.Unpack(w0, w1, w2, w3, point);
        if (TPacked.Degree == 2)
        {
            Fq8.Unpack(w4, w5, w6, w7, point + Fq8.LimbCount);
            PackedLines.Gather(operands, AddressMask, LineBytes, out w0, out w1, out w2, out w3, out w4, out w5, out w6, out w7);
        }

        Limb signs = Limb.Zero - (*(Limb*)operands & Limb.One);
        if (signs != Limb.Zero)
        {
            if (TPacked.Degree == 2)
                Negate(signs, ref w0, ref w1, ref w2, ref w3);
            Negate(signs, ref w4, ref w5, ref w6, ref w7);
        }

        if (TPacked.Degree == 2)
            Fq8.Unpack(w0, w1, w2, w3, point + 2 * Fq8.LimbCount);
        Fq8.Unpack(w4, w5, w6, w7, point + (2 * TPacked.Degree - 1) * Fq8.LimbCount);
        return low;
    }

    /// <summary>Writes eight points, x then y, tight.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    static void StorePoint(Limb* point, nuint* targets)
    {
        for (int line = 0; line < TPacked.Degree; line++, point += 2 * Fq8.LimbCount)
        {
            Fq8.Pack(point, out Limb w0, out Limb w1, out Limb w2, out Limb w3);
            Fq8.Pack(point + Fq8.LimbCount, out Limb w4, out Limb w5, out Limb w6, out Limb w7);
            PackedLines.Scatter(targets, (nuint)line * LineBytes, w0, w1, w2, w3, w4, w5, w6, w7);
        }
    }

    /// <summary>p - y in the lanes of the mask; y is canonical. Word by word, each comparison being the borrow, 0 or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Negate(Limb mask, ref Limb y0, ref Limb y1, ref Limb y2, ref Limb y3)
    {
        Limb p0 = Vector512.Create(FqModulus.P0), p1 = Vector512.Create(FqModulus.P1), p2 = Vector512.Create(FqModulus.P2), p3 = Vector512.Create(FqModulus.P3);
        Limb borrow0 = Vector512.GreaterThan(y0, p0);
        Limb borrow1 = Vector512.GreaterThan(y1, p1) | (Vector512.Equals(y1, p1) & borrow0);
        Limb borrow2 = Vector512.GreaterThan(y2, p2) | (Vector512.Equals(y2, p2) & borrow1);
        y0 = Vector512.ConditionalSelect(mask, p0 - y0, y0);
        y1 = Vector512.ConditionalSelect(mask, p1 - y1 + borrow0, y1);
        y2 = Vector512.ConditionalSelect(mask, p2 - y2 + borrow1, y2);
        y3 = Vector512.ConditionalSelect(mask, p3 - y3 + borrow2, y3);
    }
}

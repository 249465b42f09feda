using System.Runtime.InteropServices;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Formats;

/// <summary>Points as the files have them: coordinates in Montgomery form, R = 2^256, least significant byte first, infinity as zeros.</summary>
static class MontgomeryPoints
{
    /// <summary>The index of the first number of 32 bytes that is not below q, or -1.</summary>
    public static long FindNotCanonical<T>(ReadOnlySpan<T> points)
        where T : unmanaged
    {
        const int Chunk = 1 << 20;
        long before = 0;
        for (int start = 0; start < points.Length; start += Chunk)
        {
            ReadOnlySpan<ulong> limbs = MemoryMarshal.Cast<T, ulong>(points.Slice(start, Math.Min(Chunk, points.Length - start)));
            for (int i = 0; i < limbs.Length; i += 4)
            {
                if (limbs[i + 3] >= FqModulus.P3 && !IsBelow<FqModulus>(limbs.Slice(i, 4))) return before + i / 4;
            }
            before += limbs.Length / 4;
        }
        return -1;
    }

    /// <summary>Whether four limbs, least significant first, are below the modulus.</summary>
    public static bool IsBelow<TModulus>(ReadOnlySpan<ulong> limbs)
        where TModulus : struct, IModulus
    {
        if (limbs[3] != TModulus.P3) return limbs[3] < TModulus.P3;
        if (limbs[2] != TModulus.P2) return limbs[2] < TModulus.P2;
        return limbs[1] != TModulus.P1 ? limbs[1] < TModulus.P1 : limbs[0] < TModulus.P0;
    }

    /// <summary>Reads a point of G1 and checks it.</summary>
    public static G1Affine ReadG1(Section section, string what)
    {
        G1Affine point = MemoryMarshal.Read<G1Affine>(section.ReadBytes(64, what));
        Check(section, what, FindNotCanonical<G1Affine>(new(in point)), point.Check());
        return point;
    }

    /// <summary>Reads a point of G2 and checks it.</summary>
    public static G2Affine ReadG2(Section section, string what)
    {
        G2Affine point = MemoryMarshal.Read<G2Affine>(section.ReadBytes(128, what));
        Check(section, what, FindNotCanonical<G2Affine>(new(in point)), point.Check());
        return point;
    }

    /// <summary>Throws where a point of a long run is not in its group.</summary>
    public static void CheckAll(Section section, ReadOnlySpan<G1Affine> points, string what, MsmOptions options)
    {
        CheckCoordinates(section, points, what, coordinates: 2);
        int invalid = PointVectors.FindInvalid(points, options);
        if (invalid >= 0) throw section.Failure($"{what} {invalid}: the point is not on the curve.");
    }

    /// <inheritdoc cref="CheckAll(Section, ReadOnlySpan{G1Affine}, string, MsmOptions)"/>
    public static void CheckAll(Section section, ReadOnlySpan<G2Affine> points, string what, MsmOptions options)
    {
        CheckCoordinates(section, points, what, coordinates: 4);
        int invalid = PointVectors.FindInvalid(points, options);
        if (invalid >= 0) throw section.Failure($"{what} {invalid}: the point is not on the curve or not in the subgroup of order r.");
    }

    static void CheckCoordinates<T>(Section section, ReadOnlySpan<T> points, string what, int coordinates)
        where T : unmanaged
    {
        long number = FindNotCanonical(points);
        if (number >= 0) throw section.Failure($"{what} {number / coordinates}: expected coordinates below q.");
    }

    static void Check(Section section, string what, long notCanonical, PointError error)
    {
        if (notCanonical >= 0) throw section.Failure($"{what}: expected coordinates below q.");
        if (error == PointError.NotOnCurve) throw section.Failure($"{what}: the point is not on the curve.");
        if (error != PointError.None) throw section.Failure($"{what}: the point is not in the subgroup of order r.");
    }
}

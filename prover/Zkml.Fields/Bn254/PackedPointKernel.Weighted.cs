using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Fq8 = Zkml.Fields.Bn254.PackedMontgomery<Zkml.Fields.Bn254.FqModulus>;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>The weighted sum of buckets: eight ranges of buckets side by side, by sums that have no exceptions [RCB16].</summary>
readonly unsafe partial struct PackedPointKernel<TCurve, TField, TPacked>
{
    const int ProjectiveWorkVectors = 22 * 18;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static JacobianPoint<TCurve, TField> SumWeighted(AffinePoint<TCurve, TField>* buckets, int count)
    {
        byte* memory = stackalloc byte[PackedLines.AlignedBytes(ProjectiveWorkVectors)];
        Limb* work = PackedLines.Align(memory);
        Limb* running = work, total = running + 3 * Width, bucket = total + 3 * Width, one = bucket + 3 * Width, constant = one + Width, scratch = constant + Width;
        SetConstants(one, constant);
        SetInfinity(running, one);
        SetInfinity(total, one);

        AffinePoint<TCurve, TField> infinity = default;
        nuint* addresses = stackalloc nuint[Fq8.Lanes];
        int length = (count + Fq8.Lanes - 1) / Fq8.Lanes;
        for (int i = length - 1; i >= 0; i--)
        {
            for (int lane = 0; lane < Fq8.Lanes; lane++)
            {
                int index = lane * length + i;
                addresses[lane] = (nuint)(index < count ? buckets + index : &infinity);
            }

            LoadPoint(addresses, bucket);
            SetThird(bucket, one);
            AddProjective(running, bucket, constant, scratch);
            AddProjective(total, running, constant, scratch);
        }

        // Lane k stands for buckets k·length and on: its total lacks k·length times its running sum.
        JacobianPoint<TCurve, TField> sum = default, above = default, lacking = default;
        for (int lane = Fq8.Lanes - 1; lane >= 0; lane--)
        {
            sum += ProjectiveLane(total, lane);
            lacking += above;
            above += ProjectiveLane(running, lane);
        }

        return sum + lacking.Multiply([(ulong)length]);
    }

    /// <summary>(0 : 1 : 0).</summary>
    static void SetInfinity(Limb* point, Limb* one)
    {
        new Span<Limb>(point, 3 * Width).Clear();
        Copy(one, point + Width);
    }

    /// <summary>From (x, y) to (x : y : 1), and from (0, 0) to (0 : 1 : 0).</summary>
    static void SetThird(Limb* point, Limb* one)
    {
        Limb any = Limb.Zero;
        for (int i = 0; i < 2 * Width; i++)
            any |= point[i];
        Limb isInfinite = Vector512.Equals(any, Limb.Zero);
        for (int i = 0; i < Width; i++)
        {
            point[Width + i] |= one[i] & isInfinite;
            point[2 * Width + i] = Vector512.AndNot(one[i], isInfinite);
        }
    }

    /// <summary>The Jacobian form (X·Z, Y·Z², Z) of one lane.</summary>
    static JacobianPoint<TCurve, TField> ProjectiveLane(Limb* point, int lane)
    {
        TField x = GetLane(point, lane) * s_inverseRatio, y = GetLane(point + Width, lane) * s_inverseRatio, z = GetLane(point + 2 * Width, lane) * s_inverseRatio;
        return new(x * z, y * z.Square(), z);
    }

    /// <summary>left += right. [RCB16] algorithm 7, complete on curves y² = x³ + b without points of order two; <paramref name="constant"/> is 3·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddProjective(Limb* left, Limb* right, Limb* constant, Limb* scratch)
    {
        Limb* x1 = left, y1 = left + Width, z1 = left + 2 * Width, x2 = right, y2 = right + Width, z2 = right + 2 * Width;
        Limb* t0 = scratch, t1 = t0 + Width, t2 = t1 + Width, t3 = t2 + Width, t4 = t3 + Width, t5 = t4 + Width, first = t5 + Width, second = first + Width;
        TPacked.Multiply(x1, x2, t0);
        TPacked.Multiply(y1, y2, t1);
        TPacked.Multiply(z1, z2, t2);
        CrossProduct(x1, y1, x2, y2, t0, t1, t3, first, second);
        CrossProduct(y1, z1, y2, z2, t1, t2, t4, first, second);
        CrossProduct(x1, z1, x2, z2, t0, t2, t5, first, second);
        Add(t0, t0, first);
        Add(t0, first, t0);
        TPacked.Multiply(t2, constant, t2);
        TPacked.Multiply(t5, constant, t5);
        Add(t1, t2, first);
        Difference(t1, t2, t1);

        // x3 = t3·t1 - t4·t5, y3 = t1·first + t5·t0, z3 = first·t4 + t0·t3.
        TPacked.Multiply(t3, t1, x1);
        TPacked.Multiply(t4, t5, second);
        Difference(x1, second, x1);
        TPacked.Multiply(t1, first, y1);
        TPacked.Multiply(t5, t0, second);
        Add(y1, second, y1);
        TPacked.Multiply(first, t4, z1);
        TPacked.Multiply(t0, t3, second);
        Add(z1, second, z1);
    }

    /// <summary>a1·b2 + b1·a2 = (a1 + b1)·(a2 + b2) - a1·a2 - b1·b2, the last two given.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CrossProduct(Limb* a1, Limb* b1, Limb* a2, Limb* b2, Limb* productA, Limb* productB, Limb* result, Limb* first, Limb* second)
    {
        Add(a1, b1, first);
        Add(a2, b2, second);
        TPacked.Multiply(first, second, result);
        for (int i = 0; i < Width; i += Fq8.LimbCount)
            Fq8.SubtractReduced(result + i, productA + i, productB + i, result + i);
    }

    static void Add(Limb* left, Limb* right, Limb* result)
    {
        for (int i = 0; i < Width; i += Fq8.LimbCount)
            Fq8.AddReduced(left + i, right + i, result + i);
    }

    static void Difference(Limb* left, Limb* right, Limb* result)
    {
        for (int i = 0; i < Width; i += Fq8.LimbCount)
            Fq8.SubtractReduced(left + i, right + i, result + i);
    }
}

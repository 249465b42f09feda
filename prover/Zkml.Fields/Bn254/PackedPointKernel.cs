using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Fq8 = Zkml.Fields.Bn254.PackedMontgomery<Zkml.Fields.Bn254.FqModulus>;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>Sums of affine points eight at a time. A kept coordinate is in Montgomery form for 2^261 and <em>reduced</em>: below p + 2^237.</summary>
/// <remarks>
/// The unsafe code is safe where the caller's addresses name points and the scratch memory has the stated size; a group of eight pairs touches its
/// sixteen operands, its eight targets and its own part of the scratch. <see cref="ScalarPointKernel{TCurve, TField}"/> is the readable reference.
/// </remarks>
readonly unsafe partial struct PackedPointKernel<TCurve, TField, TPacked> : IPointKernel<TCurve, TField>
    where TCurve : struct, ICurve<TCurve, TField>
    where TField : unmanaged, ICoordinate<TField>
    where TPacked : struct, IPackedCoordinate
{
    const int PrefetchedPairs = 32;

    /// <summary>2^5, the ratio of the two Montgomery radices: words kept by this kernel, read as an element for 2^256, are the element times 32.</summary>
    static readonly TField s_ratio = Doubled(TField.One, 5), s_inverseRatio = Doubled(TField.One, 5).Inverse(), s_ratioSquared = Doubled(TField.One, 10);

    /// <summary>Takes the sign off an operand.</summary>
    static nuint AddressMask => ~(nuint)1;

    static int Width => Fq8.LimbCount * TPacked.Degree;

    static TField Doubled(TField value, int times)
    {
        for (int i = 0; i < times; i++)
            value += value;
        return value;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddPairs(PointPairs pairs, int count)
    {
        int groups = Pad(pairs, count) / Fq8.Lanes;
        Limb* work = (Limb*)pairs.Scratch;
        var even = new Group(work);
        var odd = new Group(even.End);
        Limb* prefixes = (Limb*)(pairs.Scratch + PointPairs.ScratchBytes(0));

        // Two chains of products, over the even and the odd groups: one alone would wait for its own results.
        SetOne(even.Inverse);
        SetOne(odd.Inverse);
        for (int group = 0; group < groups; group += 2)
        {
            Prefetch(pairs, Fq8.Lanes * group + PrefetchedPairs, Fq8.Lanes * groups);
            even.LoadDifference(pairs, Fq8.Lanes * group);
            odd.LoadDifference(pairs, Fq8.Lanes * (group + 1));
            Copy(even.Inverse, prefixes + Width * group);
            Copy(odd.Inverse, prefixes + Width * (group + 1));
            TPacked.Multiply(even.Denominator, even.Inverse, even.Inverse);
            TPacked.Multiply(odd.Denominator, odd.Inverse, odd.Inverse);
        }

        InvertLanes(even, odd);
        for (int group = groups - 2; group >= 0; group -= 2)
        {
            even.Load(pairs, Fq8.Lanes * group);
            odd.Load(pairs, Fq8.Lanes * (group + 1));
            TPacked.Multiply(even.Inverse, prefixes + Width * group, even.Slope);
            TPacked.Multiply(odd.Inverse, prefixes + Width * (group + 1), odd.Slope);
            TPacked.Multiply(even.Denominator, even.Inverse, even.Inverse);
            TPacked.Multiply(odd.Denominator, odd.Inverse, odd.Inverse);
            TPacked.Multiply(even.Numerator, even.Slope, even.Slope);
            TPacked.Multiply(odd.Numerator, odd.Slope, odd.Slope);
            TPacked.Square(even.Slope, even.Result);
            TPacked.Square(odd.Slope, odd.Result);
            even.FinishX();
            odd.FinishX();
            TPacked.Multiply(even.Denominator, even.Slope, even.Numerator);
            TPacked.Multiply(odd.Denominator, odd.Slope, odd.Numerator);
            even.FinishAndStore(pairs, Fq8.Lanes * group);
            odd.FinishAndStore(pairs, Fq8.Lanes * (group + 1));
        }
    }

    /// <summary>Fills up to a multiple of two groups with the sum of two harmless points, written to the scratch memory; returns the new count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int Pad(PointPairs pairs, int count)
    {
        int padded = (count + 2 * Fq8.Lanes - 1) / (2 * Fq8.Lanes) * (2 * Fq8.Lanes);
        var places = (AffinePoint<TCurve, TField>*)(pairs.Scratch + PointPairs.ScratchBytes(0)) - 3;
        places[0] = new(TField.One, TField.One);
        places[1] = new(s_ratio, TField.One);
        for (int i = count; i < padded; i++)
            (pairs.Left[i], pairs.Right[i], pairs.Targets[i]) = ((nuint)places, (nuint)(places + 1), (nuint)(places + 2));
        return padded;
    }

    static void Prefetch(PointPairs pairs, int first, int end)
    {
        for (int i = first; i < Math.Min(first + 2 * Fq8.Lanes, end); i++)
        {
            for (nuint offset = 0; offset < (nuint)(64 * TPacked.Degree); offset += 64)
            {
                Sse.Prefetch0((void*)((pairs.Left[i] & AddressMask) + offset));
                Sse.Prefetch0((void*)((pairs.Right[i] & AddressMask) + offset));
            }
        }
    }

    /// <summary>Replaces the two products, of eight lanes each, by their inverses, with one scalar inversion.</summary>
    static void InvertLanes(Group even, Group odd)
    {
        TField* elements = stackalloc TField[2 * Fq8.Lanes];
        for (int lane = 0; lane < Fq8.Lanes; lane++)
        {
            elements[lane] = GetLane(even.Inverse, lane);
            elements[Fq8.Lanes + lane] = GetLane(odd.Inverse, lane);
        }

        FieldAlgorithms.InvertInPlace(new Span<TField>(elements, 2 * Fq8.Lanes));
        for (int lane = 0; lane < Fq8.Lanes; lane++)
        {
            // 1/(32·x) to 32/x.
            SetLane(even.Inverse, lane, elements[lane] * s_ratioSquared);
            SetLane(odd.Inverse, lane, elements[Fq8.Lanes + lane] * s_ratioSquared);
        }
    }

    static void SetOne(Limb* value)
    {
        for (int lane = 0; lane < Fq8.Lanes; lane++)
            SetLane(value, lane, s_ratio);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Copy(Limb* source, Limb* destination)
    {
        for (int i = 0; i < Width; i++)
            destination[i] = source[i];
    }

    /// <summary>The words of one lane of a tight coordinate, canonical, as an element for R = 2^256.</summary>
    static TField GetLane(Limb* value, int lane)
    {
        TField element = default;
        for (int i = 0; i < TPacked.Degree; i++)
            Fq8.GetLane(value + Fq8.LimbCount * i, lane, (ulong*)&element + 4 * i);
        // The sum with zero is canonical.
        return element + default(TField);
    }

    static void SetLane(Limb* value, int lane, TField element)
    {
        for (int i = 0; i < TPacked.Degree; i++)
            Fq8.SetLane(value + Fq8.LimbCount * i, lane, (ulong*)&element + 4 * i);
    }

    /// <summary>An operand, canonical, as a point for R = 2^256 (and so off the curve: both coordinates are times 32).</summary>
    static AffinePoint<TCurve, TField> ReadOperand(nuint operand)
    {
        var point = *(AffinePoint<TCurve, TField>*)(operand & AddressMask);
        TField y = point.Y + default(TField);
        return new(point.X + default(TField), (operand & 1) != 0 ? -y : y);
    }
}

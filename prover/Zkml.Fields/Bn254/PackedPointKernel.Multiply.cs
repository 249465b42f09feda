using System.Runtime.CompilerServices;
using Fq8 = Zkml.Fields.Bn254.PackedMontgomery<Zkml.Fields.Bn254.FqModulus>;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>One multiple of many points: eight points side by side, by sums and doublings that have no exceptions [RCB16].</summary>
readonly unsafe partial struct PackedPointKernel<TCurve, TField, TPacked>
{
    const int TableLength = 4;

    /// <inheritdoc/>
    public static void MultiplyAll(AffinePoint<TCurve, TField>* points, int count, ReadOnlySpan<ulong> scalar)
    {
        sbyte[] digits = SignedWindows.Recode(scalar);
        var coordinates = new TField[3 * count];
        Span<TField> x = coordinates.AsSpan(0, count), y = coordinates.AsSpan(count, count), z = coordinates.AsSpan(2 * count);
        using NativeBlock memory = new(sizeof(Limb) * Width * (3L * (TableLength + 2) + 10L));
        Limb* table = (Limb*)memory.Address, result = table + 3 * Width * TableLength, operand = result + 3 * Width, one = operand + 3 * Width,
            constant = one + Width, scratch = constant + Width;
        SetConstants(one, constant);
        AffinePoint<TCurve, TField>* group = stackalloc AffinePoint<TCurve, TField>[Fq8.Lanes];
        nuint* addresses = stackalloc nuint[Fq8.Lanes];
        for (int first = 0; first < count; first += Fq8.Lanes)
        {
            int lanes = Math.Min(Fq8.Lanes, count - first);
            new Span<AffinePoint<TCurve, TField>>(group, Fq8.Lanes).Clear();
            Import(points + first, group, lanes);
            for (int lane = 0; lane < Fq8.Lanes; lane++)
                addresses[lane] = (nuint)(group + lane);
            LoadPoint(addresses, table);
            SetThird(table, one);
            MultiplyGroup(table, digits, result, operand, one, constant, scratch);
            for (int lane = 0; lane < lanes; lane++)
            {
                x[first + lane] = GetLane(result, lane);
                y[first + lane] = GetLane(result + Width, lane);
                z[first + lane] = GetLane(result + 2 * Width, lane);
            }
        }

        // The ratio of the radices cancels in X/Z and Y/Z. Z is 0 at infinity, and so is its inverse.
        FieldAlgorithms.InvertInPlace(z);
        for (int i = 0; i < count; i++)
            points[i] = new(x[i] * z[i], y[i] * z[i]);
    }

    /// <summary>result = Σ digits[i]·2^i·P for the point at the start of the table, which becomes that of P, 3P, 5P and 7P.</summary>
    static void MultiplyGroup(Limb* table, sbyte[] digits, Limb* result, Limb* operand, Limb* one, Limb* constant, Limb* scratch)
    {
        CopyPoint(table, operand);
        DoubleProjective(operand, constant, scratch);
        for (int i = 1; i < TableLength; i++)
        {
            CopyPoint(table + 3 * Width * (i - 1), table + 3 * Width * i);
            AddProjective(table + 3 * Width * i, operand, constant, scratch);
        }

        SetInfinity(result, one);
        for (int i = digits.Length - 1; i >= 0; i--)
        {
            if (i < digits.Length - 1)
                DoubleProjective(result, constant, scratch);
            if (digits[i] == 0)
                continue;
            Limb* entry = table + 3 * Width * (Math.Abs(digits[i]) / 2);
            if (digits[i] < 0)
            {
                CopyPoint(entry, operand);
                new Span<Limb>(operand + Width, Width).Clear();
                Difference(operand + Width, entry + Width, operand + Width);
                entry = operand;
            }

            AddProjective(result, entry, constant, scratch);
        }
    }

    static void SetConstants(Limb* one, Limb* constant)
    {
        SetOne(one);
        for (int lane = 0; lane < Fq8.Lanes; lane++)
            SetLane(constant, lane, (TCurve.B + TCurve.B + TCurve.B) * s_ratio);
    }

    static void CopyPoint(Limb* source, Limb* destination)
    {
        for (int i = 0; i < 3 * Width; i++)
            destination[i] = source[i];
    }

    /// <summary>point += point. [RCB16] algorithm 9, complete as the sum is; <paramref name="constant"/> is 3·b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void DoubleProjective(Limb* point, Limb* constant, Limb* scratch)
    {
        Limb* x = point, y = point + Width, z = point + 2 * Width;
        Limb* t0 = scratch, t1 = t0 + Width, t2 = t1 + Width, t3 = t2 + Width, t4 = t3 + Width;
        TPacked.Square(y, t0);
        TPacked.Multiply(y, z, t1);
        TPacked.Square(z, t2);
        TPacked.Multiply(t2, constant, t2);
        TPacked.Multiply(x, y, t3);
        Add(t0, t0, t4);
        Add(t4, t4, t4);
        Add(t4, t4, t4);

        // With y² = t0, 3b·z² = t2 and 8y² = t4: z3 = y·z·t4, y3 = (t0 - 3·t2)·(t0 + t2) + t2·t4, x3 = 2·(t0 - 3·t2)·x·y.
        TPacked.Multiply(t1, t4, z);
        TPacked.Multiply(t2, t4, t4);
        Add(t0, t2, t1);
        Difference(t0, t2, t0);
        Difference(t0, t2, t0);
        Difference(t0, t2, t0);
        TPacked.Multiply(t0, t1, y);
        Add(y, t4, y);
        TPacked.Multiply(t0, t3, x);
        Add(x, x, x);
    }
}

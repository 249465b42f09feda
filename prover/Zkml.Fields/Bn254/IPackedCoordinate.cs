using System.Runtime.CompilerServices;
using Limb = System.Runtime.Intrinsics.Vector512<ulong>;

namespace Zkml.Fields.Bn254;

/// <summary>
/// Eight coordinates at a time: those of G1, or those of G2, which are two elements of Fq each. Implemented by empty structs, so that a kernel is
/// compiled for each. The grades tight and loose are those of <see cref="PackedMontgomery{TModulus}"/>, limb by limb.
/// </summary>
unsafe interface IPackedCoordinate
{
    /// <summary>Elements of Fq in a coordinate: 1 or 2. A coordinate has 9 vectors for each.</summary>
    static abstract int Degree { get; }

    /// <summary>The product, tight. Left comes from <see cref="Subtract"/> or is tight, right is tight.</summary>
    static abstract void Multiply(Limb* left, Limb* right, Limb* result);

    /// <summary>The square, tight, of a tight value.</summary>
    static abstract void Square(Limb* value, Limb* result);

    /// <summary>left - right of tight values, fit for the left side of a product.</summary>
    static abstract void Subtract(Limb* left, Limb* right, Limb* result);
}

/// <summary>Eight elements of Fq: the coordinates of G1.</summary>
readonly unsafe struct PackedFq : IPackedCoordinate
{
    /// <inheritdoc/>
    public static int Degree => 1;

    /// <inheritdoc/>
    public static void Multiply(Limb* left, Limb* right, Limb* result) => PackedMontgomery<FqModulus>.Multiply(left, right, result);

    /// <inheritdoc/>
    public static void Square(Limb* value, Limb* result) => PackedMontgomery<FqModulus>.Square(value, result);

    /// <inheritdoc/>
    public static void Subtract(Limb* left, Limb* right, Limb* result) => PackedMontgomery<FqModulus>.Subtract(left, right, result);
}

/// <summary>Eight elements c0 + c1·u of Fq2, c0 first: the coordinates of G2.</summary>
readonly unsafe struct PackedFq2 : IPackedCoordinate
{
    const int LimbCount = PackedMontgomery<FqModulus>.LimbCount;

    /// <inheritdoc/>
    public static int Degree => 2;

    /// <inheritdoc/>
    [SkipLocalsInit]
    public static void Multiply(Limb* left, Limb* right, Limb* result)
    {
        byte* memory = stackalloc byte[PackedLines.AlignedBytes(5 * LimbCount)];
        Limb* scratch = PackedLines.Align(memory);
        Limb* low = scratch, high = low + LimbCount, cross = high + LimbCount, leftSum = cross + LimbCount, rightSum = leftSum + LimbCount;
        PackedMontgomery<FqModulus>.Add(left, left + LimbCount, leftSum);
        PackedMontgomery<FqModulus>.Add(right, right + LimbCount, rightSum);
        PackedMontgomery<FqModulus>.Multiply(left, right, low);
        PackedMontgomery<FqModulus>.Multiply(left + LimbCount, right + LimbCount, high);
        PackedMontgomery<FqModulus>.Multiply(leftSum, rightSum, cross);
        PackedMontgomery<FqModulus>.SubtractReduced(low, high, result);
        PackedMontgomery<FqModulus>.SubtractReduced(cross, low, high, result + LimbCount);
    }

    /// <inheritdoc/>
    [SkipLocalsInit]
    public static void Square(Limb* value, Limb* result)
    {
        byte* memory = stackalloc byte[PackedLines.AlignedBytes(3 * LimbCount)];
        Limb* scratch = PackedLines.Align(memory);
        Limb* sum = scratch, difference = sum + LimbCount, product = difference + LimbCount;
        PackedMontgomery<FqModulus>.Subtract(value, value + LimbCount, difference);
        PackedMontgomery<FqModulus>.AddReduced(value, value + LimbCount, sum);
        PackedMontgomery<FqModulus>.Multiply(value, value + LimbCount, product);
        PackedMontgomery<FqModulus>.Multiply(difference, sum, result);
        PackedMontgomery<FqModulus>.AddReduced(product, product, result + LimbCount);
    }

    /// <inheritdoc/>
    public static void Subtract(Limb* left, Limb* right, Limb* result)
    {
        // Reduced, because the product above adds both halves before it multiplies.
        PackedMontgomery<FqModulus>.SubtractReduced(left, right, result);
        PackedMontgomery<FqModulus>.SubtractReduced(left + LimbCount, right + LimbCount, result + LimbCount);
    }
}

namespace Zkml.Fields.Bn254;

/// <summary>
/// Operands and targets of many sums of imported points. An operand is the address of a point, plus 1 where the point is taken with the opposite
/// sign; only canonical points, as imported, may be so taken. The arrays have room for a multiple of 16.
/// </summary>
unsafe struct PointPairs
{
    /// <summary>First operands.</summary>
    public nuint* Left;

    /// <summary>Second operands.</summary>
    public nuint* Right;

    /// <summary>The addresses of the places for the sums.</summary>
    public nuint* Targets;

    /// <summary>Working memory of <see cref="ScratchBytes"/>, aligned to 64 bytes.</summary>
    public byte* Scratch;

    /// <summary>Bytes of working memory for <paramref name="count"/> sums: registers, and for each sum a prefix product. Kernels may add up to 15 sums.</summary>
    public static long ScratchBytes(int count) => 32768 + 160L * (count + 16);

    /// <summary>The point that an operand names, with its sign.</summary>
    public static AffinePoint<TCurve, TField> Read<TCurve, TField>(nuint operand)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>
    {
        AffinePoint<TCurve, TField> point = *(AffinePoint<TCurve, TField>*)(operand & ~(nuint)1);
        return (operand & 1) != 0 ? -point : point;
    }
}

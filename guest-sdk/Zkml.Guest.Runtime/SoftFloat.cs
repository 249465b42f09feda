using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>IEEE 754 arithmetic in integer operations. Functions are built once, when first asked for; a program holds only those it calls.</summary>
public static partial class SoftFloat
{
    /// <summary>The canonical NaN of binary32.</summary>
    public const int Float32NaN = 0x7FC00000;

    /// <summary>The canonical NaN of binary64.</summary>
    public const long Float64NaN = 0x7FF8000000000000;

    /// <summary>The function of an operation in a width.</summary>
    public static Function Get(FloatOperation operation, FloatWidth width) => throw new NotSupportedException($"{operation} in {width}");

    /// <summary>Int32 (bits of a narrow value, zero-extended) to Int32 (bits of a binary32): exact.</summary>
    public static Function Widen(NarrowFormat format) => throw new NotSupportedException($"{format}");

    /// <summary>Int32 (bits of a binary32) to Int32 (bits of a narrow value). <paramref name="saturates"/>: beyond the range gives the largest finite value, not infinity or NaN.</summary>
    public static Function Narrow(NarrowFormat format, bool saturates = false) => throw new NotSupportedException($"{format} {saturates}");
}

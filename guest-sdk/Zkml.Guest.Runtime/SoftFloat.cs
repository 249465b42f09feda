using System.Collections.Concurrent;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>IEEE 754 arithmetic in integer operations. Functions are built once, when first asked for; a program holds only those it calls.</summary>
public static partial class SoftFloat
{
    /// <summary>The canonical NaN of binary32.</summary>
    public const int Float32NaN = 0x7FC00000;

    /// <summary>The canonical NaN of binary64.</summary>
    public const long Float64NaN = 0x7FF8000000000000;

    static readonly ConcurrentDictionary<string, Lazy<Function>> s_functions = new();

    static readonly ConcurrentDictionary<string, Lazy<LoopBuffer>> s_tables = new();

    /// <summary>The function of an operation in a width.</summary>
    public static Function Get(FloatOperation operation, FloatWidth width) => Once($"{FloatFormat.Of(width).Prefix}.{operation}", name => Build(name, operation, FloatFormat.Of(width)));

    /// <summary>Int32 (bits of a narrow value, zero-extended) to Int32 (bits of a binary32): exact.</summary>
    public static Function Widen(NarrowFormat format) => Once($"widen.{format}", name => BuildWiden(name, format));

    /// <summary>Int32 (bits of a binary32) to Int32 (bits of a narrow value). <paramref name="saturates"/>: beyond the range gives the largest finite value, not infinity or NaN.</summary>
    public static Function Narrow(NarrowFormat format, bool saturates = false) =>
        Once(saturates ? $"saturate.{format}" : $"narrow.{format}", name => BuildNarrow(name, format, saturates));

    /// <summary>The function of a name, built by its first caller.</summary>
    static Function Once(string name, Func<string, Function> build) => s_functions.GetOrAdd(name, key => new(() => build(key))).Value;

    /// <summary>The constant table of a name, computed for its first reader.</summary>
    static LoopBuffer Table(string name, MemoryType type, Func<byte[]> data) => s_tables.GetOrAdd(name, key => new(() => LoopBuffer.Constant(key, type, data()))).Value;

    static Function Build(string name, FloatOperation operation, FloatFormat format) => operation switch
    {
        FloatOperation.Add => BuildAdd(name, format, subtracts: false),
        FloatOperation.Subtract => BuildAdd(name, format, subtracts: true),
        FloatOperation.Multiply => BuildMultiply(name, format),
        FloatOperation.Divide => BuildDivide(name, format),
        FloatOperation.SquareRoot => BuildSquareRoot(name, format),
        FloatOperation.Equal => BuildEqual(name, format),
        FloatOperation.Less => BuildLess(name, format),
        FloatOperation.LessOrEqual => BuildLessOrEqual(name, format),
        FloatOperation.RoundToEven or FloatOperation.Floor or FloatOperation.Ceiling or FloatOperation.Truncate => BuildRound(name, format, operation),
        FloatOperation.FromInt32 or FloatOperation.FromUInt32 or FloatOperation.FromInt64 or FloatOperation.FromUInt64 => BuildFromInteger(name, format, operation),
        FloatOperation.ToInt32 or FloatOperation.ToUInt32 or FloatOperation.ToInt64 or FloatOperation.ToUInt64 => BuildToInteger(name, format, operation),
        FloatOperation.ToOtherWidth => format == FloatFormat.Float32 ? BuildToFloat64(name) : BuildToFloat32(name),
        FloatOperation.Remainder => BuildRemainder(name, format),
        FloatOperation.Exp when format == FloatFormat.Float32 => BuildExp32(name),
        FloatOperation.ExpMinus1 when format == FloatFormat.Float32 => BuildExpMinus1Of32(name),
        FloatOperation.Log1Plus when format == FloatFormat.Float32 => BuildLog1PlusOf32(name),
        FloatOperation.Power when format == FloatFormat.Float32 => BuildPower32(name),
        FloatOperation.Log when format == FloatFormat.Float32 => BuildLog32(name),
        FloatOperation.Tanh or FloatOperation.Erf when format == FloatFormat.Float32 => BuildSaturating32(name, operation),
        FloatOperation.Sin or FloatOperation.Cos when format == FloatFormat.Float32 => BuildSine32(name, operation == FloatOperation.Cos),
        _ when format == FloatFormat.Float32 => BuildNarrowed(name, operation),
        FloatOperation.Exp => BuildExp(name),
        FloatOperation.ExpMinus1 => BuildExpMinus1(name),
        FloatOperation.Sinh => BuildSinh(name),
        FloatOperation.Cosh => BuildCosh(name),
        FloatOperation.Tanh => BuildTanh(name),
        FloatOperation.Log => BuildLog(name),
        FloatOperation.Log1Plus => BuildLog1Plus(name),
        FloatOperation.Asinh => BuildAsinh(name),
        FloatOperation.Acosh => BuildAcosh(name),
        FloatOperation.Atanh => BuildAtanh(name),
        FloatOperation.Sin => BuildSine(name, isCosine: false),
        FloatOperation.Cos => BuildSine(name, isCosine: true),
        FloatOperation.Tan => BuildTan(name),
        FloatOperation.Atan => BuildAtan(name),
        FloatOperation.Asin => BuildAsin(name),
        FloatOperation.Acos => BuildAcos(name),
        FloatOperation.Erf => BuildErf(name),
        FloatOperation.Power => BuildPower(name),
        _ => throw new NotSupportedException($"{operation} in {format.Width}"),
    };
}

using System.Numerics;
using System.Runtime.InteropServices;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Tests.Elementwise;

/// <summary>Operators in every element type against the numbers of the host, bit for bit but for the payload of NaN.</summary>
[TestFixture]
sealed class ElementTypeTests
{
    [Test]
    public void Arithmetic_OfFloats_IsThatOfTheHost()
    {
        Check<Half>(ElementType.Float16);
        Check<float>(ElementType.Float32);
        Check<double>(ElementType.Float64);

        static void Check<T>(ElementType type) where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            CheckNumber<T>(type);
            CheckUnary<T>(type, "Neg", x => -x);
            CheckUnary<T>(type, "Sqrt", T.Sqrt);
            CheckUnary<T>(type, "Floor", T.Floor);
            CheckUnary<T>(type, "Ceil", T.Ceiling);
            CheckUnary<T>(type, "Round", x => T.Round(x, MidpointRounding.ToEven));
            CheckUnary<T>(type, "Reciprocal", x => T.One / x);
            CheckUnary<T>(type, "Sign", x => T.IsNaN(x) || x == T.Zero ? x : T.CopySign(T.One, x));
            CheckBinary<T>(type, "Div", (x, y) => x / y, T.IsFinite);
            CheckPredicate<T>(type, "LessOrEqual", (x, y) => x <= y);
        }
    }

    [Test]
    public void Arithmetic_OfIntegers_IsThatOfTheHost()
    {
        CheckInteger<sbyte>(ElementType.Int8);
        CheckInteger<byte>(ElementType.UInt8);
        CheckInteger<short>(ElementType.Int16);
        CheckInteger<ushort>(ElementType.UInt16);
        CheckInteger<int>(ElementType.Int32);
        CheckInteger<uint>(ElementType.UInt32);
        CheckInteger<long>(ElementType.Int64);
        CheckInteger<ulong>(ElementType.UInt64);
    }

    [Test]
    public void Casts_OfFloats_AreThoseOfTheHost()
    {
        CheckCasts<Half>(ElementType.Float16);
        CheckCasts<float>(ElementType.Float32);
        CheckCasts<double>(ElementType.Float64);
    }

    [Test]
    public void Casts_OfIntegers_AreThoseOfTheHost()
    {
        CheckFromInteger<sbyte>(ElementType.Int8);
        CheckFromInteger<byte>(ElementType.UInt8);
        CheckFromInteger<int>(ElementType.Int32);
        CheckFromInteger<uint>(ElementType.UInt32);
        CheckFromInteger<long>(ElementType.Int64);
        CheckFromInteger<ulong>(ElementType.UInt64);
    }

    static void CheckNumber<T>(ElementType type) where T : unmanaged, INumber<T>
    {
        CheckUnary<T>(type, "Abs", Magnitude);
        CheckBinary<T>(type, "Add", (x, y) => unchecked(x + y));
        CheckBinary<T>(type, "Sub", (x, y) => unchecked(x - y));
        CheckBinary<T>(type, "Mul", (x, y) => unchecked(x * y));
        // Of two zeros the host takes one by its sign, ONNX either; we take the left one.
        CheckBinary<T>(type, "Max", (x, y) => x == y ? x : T.Max(x, y));
        CheckBinary<T>(type, "Min", (x, y) => x == y ? x : T.Min(x, y));
        CheckPredicate<T>(type, "Less", (x, y) => x < y);
        CheckPredicate<T>(type, "Equal", (x, y) => x == y);
        CheckPredicate<T>(type, "GreaterOrEqual", (x, y) => x >= y);
    }

    static void CheckInteger<T>(ElementType type) where T : unmanaged, IBinaryInteger<T>
    {
        CheckNumber<T>(type);
        CheckUnary<T>(type, "BitwiseNot", x => ~x);
        CheckUnary<T>(type, "Sign", x => T.IsNegative(x) ? unchecked(T.Zero - T.One) : x == T.Zero ? x : T.One);
        // The lowest number by −1 overflows on the host.
        static bool IsMinusOne(T y) => T.IsNegative(y) && unchecked(T.Zero - y) == T.One;
        CheckBinary<T>(type, "Div", (x, y) => IsMinusOne(y) ? unchecked(T.Zero - x) : x / y, y => y != T.Zero);
        CheckBinary<T>(type, "Mod", (x, y) => IsMinusOne(y) ? T.Zero : Modulo(x, y), y => y != T.Zero);
        CheckBinary<T>(type, "BitwiseXor", (x, y) => x ^ y);
    }

    static T Magnitude<T>(T value) where T : INumber<T> => T.IsNegative(value) ? unchecked(-value) : value;

    static T Modulo<T>(T x, T y) where T : IBinaryInteger<T>
    {
        T remainder = x % y;
        return remainder != T.Zero && T.IsNegative(remainder) != T.IsNegative(y) ? remainder + y : remainder;
    }

    static void CheckCasts<T>(ElementType type) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] values = Samples<T>(type);
        CheckCast(type, ElementType.Float16, values, x => Half.CreateTruncating(float.CreateTruncating(x)));
        CheckCast(type, ElementType.Float32, values, float.CreateTruncating);
        CheckCast(type, ElementType.Float64, values, double.CreateTruncating);
        CheckCast(type, ElementType.Bool, values, x => x != T.Zero);
        // Out of range ONNX leaves the result open.
        T limit = T.CreateTruncating(2000000000), small = T.CreateTruncating(100);
        CheckCast(type, ElementType.Int32, [.. values.Where(x => T.Abs(x) <= limit)], int.CreateTruncating);
        CheckCast(type, ElementType.Int64, [.. values.Where(x => T.Abs(x) <= limit)], long.CreateTruncating);
        CheckCast(type, ElementType.UInt32, [.. values.Where(x => x > -T.One && x <= limit)], uint.CreateTruncating);
        CheckCast(type, ElementType.UInt64, [.. values.Where(x => x > -T.One && x <= limit)], ulong.CreateTruncating);
        CheckCast(type, ElementType.Int8, [.. values.Where(x => T.Abs(x) <= small)], sbyte.CreateTruncating);
        CheckCast(type, ElementType.UInt16, [.. values.Where(x => x > -T.One && x <= small)], ushort.CreateTruncating);
    }

    static void CheckFromInteger<T>(ElementType type) where T : unmanaged, IBinaryInteger<T>
    {
        T[] values = Samples<T>(type);
        CheckCast(type, ElementType.Float32, values, float.CreateTruncating);
        CheckCast(type, ElementType.Float64, values, double.CreateTruncating);
        CheckCast(type, ElementType.Bool, values, x => x != T.Zero);
    }

    static void CheckCast<T, TResult>(ElementType from, ElementType to, T[] values, Func<T, TResult> convert) where T : unmanaged where TResult : unmanaged
    {
        Tensor result = new OperatorRunner("Cast", 13).With("to", (long)to).Run(Tensor.Of<T>(from, new(values.Length), values))[0];
        Compare(result, [.. values.Select(convert)], i => $"{from} {values[i]} to {to}");
    }

    static void CheckUnary<T>(ElementType type, string name, Func<T, T> compute) where T : unmanaged, INumber<T>
    {
        T[] values = Samples<T>(type);
        Tensor result = new OperatorRunner(name, 18).Run(Tensor.Of<T>(type, new(values.Length), values))[0];
        Compare(result, [.. values.Select(compute)], i => $"{name} {type} {values[i]}");
    }

    static void CheckBinary<T>(ElementType type, string name, Func<T, T, T> compute, Func<T, bool>? rightFits = null) where T : unmanaged, INumber<T>
    {
        T[] left = Samples<T>(type), right = [.. Samples<T>(type).Where(rightFits ?? (_ => true))];
        Tensor result = new OperatorRunner(name, 18).Run(Tensor.Of<T>(type, new(left.Length, 1), left), Tensor.Of<T>(type, new(right.Length), right))[0];
        Compare(result, [.. left.SelectMany(x => right.Select(y => compute(x, y)))], i => $"{name} {type} {left[i / right.Length]} {right[i % right.Length]}");
    }

    static void CheckPredicate<T>(ElementType type, string name, Func<T, T, bool> compute) where T : unmanaged, INumber<T>
    {
        T[] values = Samples<T>(type);
        Tensor result = new OperatorRunner(name, 18).Run(Tensor.Of<T>(type, new(values.Length, 1), values), Tensor.Of<T>(type, new(values.Length), values))[0];
        Compare<bool>(result, [.. values.SelectMany(x => values.Select(y => compute(x, y)))], i => $"{name} {type} {values[i / values.Length]} {values[i % values.Length]}");
    }

    static void Compare<T>(Tensor actual, T[] expected, Func<int, string> name) where T : unmanaged
    {
        ReadOnlySpan<T> values = actual.As<T>();
        Assert.That(values.Length, Is.EqualTo(expected.Length));
        for (int i = 0; i < expected.Length; i++)
        {
            if (actual.Type.IsFloat && double.IsNaN(actual.NumberAt(i)) && expected[i] is IConvertible or Half && double.IsNaN(Number(expected[i]))) continue;
            if (!MemoryMarshal.AsBytes(values.Slice(i, 1)).SequenceEqual(MemoryMarshal.AsBytes(expected.AsSpan(i, 1))))
                Assert.Fail($"{name(i)}: expected {expected[i]}, got {values[i]}");
        }
    }

    static double Number<T>(T value) => value switch { Half half => (double)half, float single => single, double wide => wide, _ => 0 };

    // The corners of a type and some numbers between them.
    static T[] Samples<T>(ElementType type) where T : unmanaged, INumber<T>
    {
        Random random = new((int)type);
        List<T> samples = [T.Zero, T.One, T.CreateTruncating(2), T.CreateTruncating(3), T.CreateTruncating(7), T.CreateTruncating(100)];
        if (type.IsSigned || type.IsFloat) samples.AddRange([-T.One, T.CreateTruncating(-2), T.CreateTruncating(-100)]);
        if (type.IsInteger) samples.AddRange([T.CreateTruncating(long.MaxValue >> 64 - type.Bits), T.CreateTruncating(long.MinValue >> 64 - type.Bits), T.CreateTruncating(-1)]);
        if (type.IsFloat)
        {
            foreach (double value in (double[])[-0.0, 0.5, 1.5, 2.5, -0.5, -1.5, 1e-7, 6e-8, 65504, -70000, 1e-40, 3e38, double.Epsilon, double.MaxValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity])
                samples.Add(T.CreateTruncating(value));
        }
        for (int i = 0; i < 8; i++) samples.Add(type.IsFloat ? T.CreateTruncating(random.NextDouble() * 200 - 100) : T.CreateTruncating(random.NextInt64()));
        return [.. samples];
    }
}

using System.Runtime.InteropServices;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// A function of two bytes that is nearly the rounded sum of two functions of one byte: two tables of fixed-point numbers whose sum, shifted,
/// is the result. All 65,536 pairs are checked when the tables are built; entries move by a hair where a pair next to a half rounds the
/// other way in binary32; where no such tables exist, one table holds every pair.
/// </summary>
sealed class AddTables
{
    const int Rounds = 200;

    readonly LoopBuffer _left;
    readonly LoopBuffer? _right;
    readonly int _fraction;
    readonly int _minimum;
    readonly int _maximum;

    AddTables(LoopBuffer left, LoopBuffer? right, int fraction, int minimum, int maximum) =>
        (_left, _right, _fraction, _minimum, _maximum) = (left, right, fraction, minimum, maximum);

    /// <summary>True if two tables of 256 numbers do; false if one of 65,536 bytes is needed.</summary>
    public bool IsSeparable => _right != null;

    /// <summary>Tables of a rule: its result for two codes counted from 0, and the two terms that it rounds the sum of.</summary>
    public static AddTables Build(string name, Func<int, int, int> rule, Func<int, double> left, Func<int, double> right, int minimum, int maximum)
    {
        int[] results = new int[256 * 256];
        for (int i = 0; i < results.Length; i++) results[i] = rule(i >> 8, i & 255);
        double reach = Enumerable.Range(0, 256).Max(i => Math.Abs(left(i))) + Enumerable.Range(0, 256).Max(i => Math.Abs(right(i))) + 1;
        int fraction = 30 - (int)Math.Ceiling(Math.Log2(reach));
        if (fraction is >= 12 and <= 30)
        {
            int[] a = [.. Enumerable.Range(0, 256).Select(i => (int)Math.Round(Math.ScaleB(left(i), fraction)))];
            int[] b = [.. Enumerable.Range(0, 256).Select(i => (int)Math.Round(Math.ScaleB(right(i) + 0.5, fraction)))];
            if (Fit(a, b, results, fraction, minimum, maximum))
            {
                return new(Table($"{name}.left", MemoryMarshal.AsBytes<int>(a), MemoryType.Int32), Table($"{name}.right", MemoryMarshal.AsBytes<int>(b), MemoryType.Int32), fraction, minimum, maximum);
            }
        }
        byte[] pairs = [.. results.Select(result => unchecked((byte)result))];
        return new(Table($"{name}.pairs", pairs, minimum < 0 ? MemoryType.Int8 : MemoryType.UInt8), null, 0, minimum, maximum);
    }

    /// <summary>The result for two codes counted from 0.</summary>
    public Expression Append(FunctionBuilder code, Expression a, Expression b)
    {
        if (_right == null) return Expression.Load(_left, (a << 8) + b);
        Local result = code.Local("sum", ((Expression.Load(_left, a) + Expression.Load(_right, b)) >> _fraction) - _minimum);
        code.If(Expression.Bits((uint)(_maximum - _minimum)).IsBelow(result), () => code.Assign(result, Expression.Select(result < 0, 0, _maximum - _minimum)));
        return result + _minimum;
    }

    // Moves single entries until every pair comes out right; gives up after a number of rounds.
    static bool Fit(int[] a, int[] b, int[] results, int fraction, int minimum, int maximum)
    {
        for (int round = 0; round < Rounds; round++)
        {
            int wrong = 0;
            for (int i = 0; i < 256; i++)
            {
                for (int j = 0; j < 256; j++)
                {
                    int expected = results[(i << 8) + j], sum = a[i] + b[j], actual = Math.Clamp(sum >> fraction, minimum, maximum);
                    if (actual == expected) continue;
                    wrong++;
                    // To the nearest sum that gives the expected code, in the table that alternates by round.
                    int move = actual < expected ? (expected << fraction) - sum : ((expected + 1) << fraction) - 1 - sum;
                    if (Math.Abs((long)move) > 1L << (fraction - 8)) return false;
                    if (round % 2 == 0) a[i] += move;
                    else b[j] += move;
                }
            }
            if (wrong == 0) return true;
        }
        return false;
    }

    static LoopBuffer Table(string name, ReadOnlySpan<byte> data, MemoryType type) => LoopBuffer.Constant(name, type, data);
}

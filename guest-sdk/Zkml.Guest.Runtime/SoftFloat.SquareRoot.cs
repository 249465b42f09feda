using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

public static partial class SoftFloat
{
    /// <summary>2^16 / √x at the middle of each of the 192 intervals of width 1/64 in [1, 4), less what would reach 2^16; indexed from 64.</summary>
    static LoopBuffer InverseRoots => Table("f.inverseRoots", MemoryType.UInt16, InverseRootData);

    static Function BuildSquareRoot(string name, FloatFormat format)
    {
        FunctionBuilder f = new(name, format.Type);
        Local x = f.Parameter(format.Type, "x");
        f.If((x << 1).Is(0), () => f.Return(x));
        f.If(format.IsNegative(x) | format.IsNaN(x), () => f.Return(format.NaN));
        f.If(x.Is(format.Infinity), () => f.Return(x));
        (Local exponent, Local mantissa) = Unpack(f, format, x);
        // An odd power of two moves into the mantissa, which is then in [1, 4); the bias is odd.
        f.If((exponent & 1).Is(0), () => f.Assign(mantissa, mantissa << 1));
        Local root = RootMantissa(f, format, mantissa);
        // (e − bias) >> 1, plus the bias, less 1 for Pack.
        f.Return(format.Pack((exponent - format.Bias >> 1) + (format.Bias - 1), format.Round(root)));
        return f.Build();
    }

    /// <summary>The root of a mantissa in [1, 4), in units of the top bit less one, as a mantissa with its last bit set if it is not exact.</summary>
    static Local RootMantissa(FunctionBuilder f, FloatFormat format, Local mantissa)
    {
        Local head = f.Local("head", format.Width == FloatWidth.Float32 ? mantissa : mantissa.High());
        Local inverse = f.Local("inverse", Expression.Load(InverseRoots, (head >>> 24) - 64) << 15);
        for (int step = 0; step < 2; step++)
        {
            // y·(3 − x·y²)/2 with y in units of 2^-31, x of 2^-30, so y² of 2^-30 and x·y² of 2^-28.
            Local residue = f.Local("residue", (3 << 28) - head.MultiplyHighUnsigned(inverse.MultiplyHighUnsigned(inverse)));
            f.Assign(inverse, inverse.MultiplyHighUnsigned(residue << 2) << 1);
        }
        return format.Width == FloatWidth.Float32 ? Root32(f, head, inverse) : Root64(f, mantissa, head, inverse);
    }

    /// <summary>√head in 25 bits, corrected by the exact remainder, as a mantissa.</summary>
    static Local Root32(FunctionBuilder f, Local head, Local inverse)
    {
        Local root = f.Local("root", head.MultiplyHighUnsigned(inverse) >>> 5), remainder = f.Local("remainder", (head << 18) - root * root);
        CorrectRoot(f, root, remainder);
        f.Assign(root, root << 6 | remainder.IsNot(0));
        return root;
    }

    /// <summary>√mantissa in 55 bits: 28 from the inverse root, 27 from one more step, corrected by the exact remainder.</summary>
    static Local Root64(FunctionBuilder f, Local mantissa, Local head, Local inverse)
    {
        Local first = f.Local("first", head.MultiplyHighUnsigned(inverse) >>> 2);
        // Next to 1 the inverse root may reach 2^31, which a signed product would take for negative.
        f.If(inverse < 0, () => f.Assign(inverse, int.MaxValue));
        Local square = f.Local("square", mantissa >>> 8), rest = f.Local("rest", (square - first.ToUInt64() * first.ToUInt64()).Low());
        Local root = f.Local("root", (first.ToUInt64() << 27) + rest.MultiplyHigh(inverse).ToInt64());
        Local remainder = f.Local("remainder", (square << 54) - root * root);
        CorrectRoot(f, root, remainder);
        f.Assign(root, root << 8 | remainder.IsNot(0).ToUInt64());
        return root;
    }

    /// <summary>Moves an estimate to the largest root whose square is not above: the remainder is then in [0, 2·root].</summary>
    static void CorrectRoot(FunctionBuilder f, Local root, Local remainder)
    {
        f.While(remainder < 0, () =>
        {
            f.Assign(root, root - 1);
            f.Assign(remainder, remainder + (root << 1) + 1);
        });
        f.While(remainder > root << 1, () =>
        {
            f.Assign(remainder, remainder - (root << 1) - 1);
            f.Assign(root, root + 1);
        });
    }

    static byte[] InverseRootData()
    {
        byte[] data = new byte[2 * 192];
        for (int i = 0; i < 192; i++)
            BitConverter.TryWriteBytes(data.AsSpan(2 * i), (ushort)(65536 / Math.Sqrt((64 + i + 0.5) / 64)));
        return data;
    }
}

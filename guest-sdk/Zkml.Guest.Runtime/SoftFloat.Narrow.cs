using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

public static partial class SoftFloat
{
    /// <summary>
    /// A format with a sign, below 32 bits. <paramref name="MaxCode"/>: the largest finite magnitude; <paramref name="Infinity"/>,
    /// <paramref name="NaN"/>: their codes, −1 where there is none; <paramref name="HasNegativeZero"/>: else the code of −0 is the NaN.
    /// </summary>
    sealed record NarrowLayout(int Bits, int FractionBits, int Bias, int MaxCode, int Infinity, int NaN, bool HasNegativeZero)
    {
        public int SignShift => 32 - Bits;

        public int SignBit => 1 << Bits - 1;

        /// <summary>Fraction bits of binary32 that this format lacks.</summary>
        public int Lost => FloatFormat.Float32.FractionBits - FractionBits;

        public int BiasDifference => FloatFormat.Float32.Bias - Bias;

        public static NarrowLayout Of(NarrowFormat format) => format switch
        {
            NarrowFormat.Float16 => new(16, 10, 15, 0x7BFF, 0x7C00, 0x7E00, true),
            NarrowFormat.BFloat16 => new(16, 7, 127, 0x7F7F, 0x7F80, 0x7FC0, true),
            NarrowFormat.Float8E4M3FN => new(8, 3, 7, 0x7E, -1, 0x7F, true),
            NarrowFormat.Float8E4M3FNUZ => new(8, 3, 8, 0x7F, -1, 0x80, false),
            NarrowFormat.Float8E5M2 => new(8, 2, 15, 0x7B, 0x7C, 0x7E, true),
            NarrowFormat.Float8E5M2FNUZ => new(8, 2, 16, 0x7F, -1, 0x80, false),
            NarrowFormat.Float4E2M1 => new(4, 1, 1, 0x7, -1, -1, true),
            _ => throw new NotSupportedException($"{format}"),
        };
    }

    static Function BuildWiden(string name, NarrowFormat format)
    {
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x");
        if (format == NarrowFormat.BFloat16)
        {
            Local wide = f.Local("wide", x << 16);
            f.If(FloatFormat.Float32.IsNaN(wide), () => f.Return(Float32NaN));
            f.Return(wide);
            return f.Build();
        }
        if (format == NarrowFormat.Float8E8M0) return BuildWidenPower(f, x);
        NarrowLayout layout = NarrowLayout.Of(format);
        Local magnitude = f.Local("magnitude", x & layout.SignBit - 1), sign = f.Local("sign", (x & layout.SignBit) << layout.SignShift);
        if (!layout.HasNegativeZero) f.If(x.Is(layout.NaN), () => f.Return(Float32NaN));
        if (layout.HasNegativeZero && layout.NaN >= 0)
            f.If(magnitude > layout.MaxCode, () =>
            {
                if (layout.Infinity >= 0) f.If(magnitude.Is(layout.Infinity), () => f.Return(sign | FloatFormat.Float32.Infinity));
                f.Return(Float32NaN);
            });
        f.If(magnitude >= 1 << layout.FractionBits, () => f.Return((magnitude << layout.Lost) + (layout.BiasDifference << 23) | sign));
        f.If(magnitude.Is(0), () => f.Return(sign));
        // A subnormal is normal in binary32: its leading one goes to bit 23, where Pack lets it add 1 to the exponent.
        Local zeros = f.Local("zeros", Expression.Call(LeadingZeros(ScalarType.Int32), magnitude));
        f.Return((layout.BiasDifference + 31 - layout.FractionBits - zeros << 23) + (magnitude << zeros - 8) | sign);
        return f.Build();
    }

    static Function BuildNarrow(string name, NarrowFormat format, bool saturates)
    {
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x");
        if (format == NarrowFormat.Float8E8M0) return BuildNarrowPower(f, x, saturates);
        NarrowLayout layout = NarrowLayout.Of(format);
        Local magnitude = f.Local("magnitude", FloatFormat.Float32.Magnitude(x)), code = f.Local("code", ScalarType.Int32);
        Local sign = f.Local("sign", x >>> layout.SignShift & layout.SignBit);
        // A format without a NaN takes −0 for one, as the reference implementation of ONNX does.
        f.If(magnitude > FloatFormat.Float32.Infinity, () => f.Return(layout.NaN < 0 ? layout.SignBit : layout.NaN));
        int leastNormal = layout.BiasDifference + 1 << 23;
        void Normal() => f.Assign(code, (magnitude + ((1 << layout.Lost - 1) - 1) + (magnitude >>> layout.Lost & 1) >>> layout.Lost) - (layout.BiasDifference << layout.FractionBits));
        if (layout.BiasDifference == 0) Normal();
        else
            f.If(magnitude >= leastNormal, Normal, () =>
            {
                // In units of the least subnormal; what is below half of it gives 0.
                Local shift = f.Local("shift", layout.BiasDifference + 1 + layout.Lost - (magnitude >>> 23));
                f.If(shift > 25, () => f.Assign(code, 0), () =>
                {
                    Local mantissa = f.Local("mantissa", magnitude & 0x7FFFFF | 0x800000), half = f.Local("half", (Expression)1 << shift - 1);
                    f.Assign(code, mantissa + (half - 1) + (mantissa >>> shift & 1) >>> shift);
                });
            });
        int beyond = saturates || (layout.Infinity < 0 && layout.NaN < 0) ? layout.MaxCode : layout.Infinity < 0 ? layout.NaN : layout.Infinity;
        f.If(code > layout.MaxCode, () => f.Assign(code, beyond));
        if (!layout.HasNegativeZero) f.If(code.Is(0), () => f.Return(0));
        f.Return(code | sign);
        return f.Build();
    }

    /// <summary>2^(x − 127); the least power is a subnormal of binary32.</summary>
    static Function BuildWidenPower(FunctionBuilder f, Local x)
    {
        f.If(x.Is(0xFF), () => f.Return(Float32NaN));
        f.If(x.Is(0), () => f.Return(1 << 22));
        f.Return(x << 23);
        return f.Build();
    }

    /// <summary>
    /// The nearest power of two, half way between two going to the larger; negative numbers and NaN give NaN, 0 gives the least power, beyond the range
    /// NaN or, saturating, the largest power.
    /// </summary>
    static Function BuildNarrowPower(FunctionBuilder f, Local x, bool saturates)
    {
        f.If(FloatFormat.Float32.IsNaN(x) | (x < 0), () => f.Return(0xFF));
        // The least power is a subnormal of binary32, whose spacing does not shrink.
        f.If(x < 1 << 23, () => f.Return(x >= 3 << 21));
        Local code = f.Local("code", x + 0x400000 >>> 23);
        f.If(code > 0xFE, () => f.Return(saturates ? 0xFE : 0xFF));
        f.Return(code);
        return f.Build();
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Machine.Gadgets;

/// <summary>
/// A bounded number in two columns: Low + 2^k·High, both in [0, 2^16). The digits overlap, so a number may have several forms, and
/// what is proved is the bound alone, with two range checks instead of the three that exactly 16 + k bits would take.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct BoundedColumns<T> where T : unmanaged
{
    public T Low;   // u16; below 2^k as filled, except where High is full
    public T High;  // u16
}

/// <summary>The ranges of <see cref="BoundedColumns{T}"/> in use, their filling and their constraints.</summary>
public static class Bounded
{
    /// <summary>k for a time: in [0, 2^30 + 2^16 - 2^14).</summary>
    public const int Time = 14;

    /// <summary>k for a distance of times or keys: in [0, 2^29 + 2^16 - 2^13).</summary>
    public const int Distance = 13;

    /// <summary>
    /// Writes a number in (-2^32, 2^32). One that is negative or too large gets a Low that is no u16: the sum is right mod p, and no proof comes out.
    /// </summary>
    public static void Fill(ref BoundedColumns<KoalaBear> columns, long value, int k)
    {
        long high = Math.Clamp(value >> k, 0, 0xFFFF), low = value - (high << k);
        columns.Low = low >= 0 ? KoalaBear.FromCanonical((uint)low) : -KoalaBear.FromCanonical((uint)-low);
        columns.High = KoalaBear.FromCanonical((uint)high);
    }

    /// <summary>Checks both digits and returns the number: an integer in [0, 2^(16 + k) + 2^16 - 2^k), below p for k ≤ 14.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Constrain<TBuilder, T>(ref TBuilder b, T isReal, in BoundedColumns<T> c, int k)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        Row.CheckU16(ref b, isReal, c.Low);
        Row.CheckU16(ref b, isReal, c.High);
        return c.Low + c.High * KoalaBear.FromCanonical(1u << k);
    }
}

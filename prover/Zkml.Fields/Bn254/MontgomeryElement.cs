using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Zkml.Fields.Bn254;

/// <summary>
/// Element of the prime field of <typeparamref name="TModulus"/> in Montgomery form with R = 2^256: four 64-bit limbs, least significant first,
/// always canonical in [0, p). The scalar reference of every packed kernel.
/// </summary>
/// <remarks>Sums, differences and products are written without branches on the limbs, because the outcomes would be random.</remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly struct MontgomeryElement<TModulus> : ICoordinate<MontgomeryElement<TModulus>>
    where TModulus : struct, IModulus
{
    readonly ulong _l0, _l1, _l2, _l3;

    MontgomeryElement(ulong l0, ulong l1, ulong l2, ulong l3) => (_l0, _l1, _l2, _l3) = (l0, l1, l2, l3);

    /// <inheritdoc/>
    public static int ByteCount => 32;

    /// <inheritdoc/>
    public static MontgomeryElement<TModulus> One => new(TModulus.R0, TModulus.R1, TModulus.R2, TModulus.R3);

    /// <inheritdoc/>
    public bool IsZero => (_l0 | _l1 | _l2 | _l3) == 0;

    /// <summary>Brings an integer in [0, p) into Montgomery form.</summary>
    static MontgomeryElement<TModulus> ToMontgomery(ulong l0, ulong l1, ulong l2, ulong l3) =>
        new MontgomeryElement<TModulus>(TModulus.S0, TModulus.S1, TModulus.S2, TModulus.S3) * new MontgomeryElement<TModulus>(l0, l1, l2, l3);

    /// <summary>The element with integer value <paramref name="value"/>.</summary>
    public static MontgomeryElement<TModulus> FromUInt64(ulong value) => ToMontgomery(value, 0, 0, 0);

    /// <summary>The element with the given canonical limbs, least significant first; false where they are not below p.</summary>
    public static bool TryFromLimbs(ulong l0, ulong l1, ulong l2, ulong l3, out MontgomeryElement<TModulus> value)
    {
        _ = SubtractModulus(l0, l1, l2, l3, out ulong borrow);
        value = borrow != 0 ? ToMontgomery(l0, l1, l2, l3) : default;
        return borrow != 0;
    }

    /// <summary>The canonical integer in [0, p), 4 limbs, least significant first.</summary>
    public void CopyLimbs(Span<ulong> destination)
    {
        MontgomeryElement<TModulus> integer = this * new MontgomeryElement<TModulus>(1, 0, 0, 0);
        destination[0] = integer._l0;
        destination[1] = integer._l1;
        destination[2] = integer._l2;
        destination[3] = integer._l3;
    }

    /// <inheritdoc/>
    public static bool TryReadBigEndian(ReadOnlySpan<byte> source, out MontgomeryElement<TModulus> value)
    {
        value = default;
        return source.Length == 32 && TryFromLimbs(
            BinaryPrimitives.ReadUInt64BigEndian(source[24..]), BinaryPrimitives.ReadUInt64BigEndian(source[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(source[8..]), BinaryPrimitives.ReadUInt64BigEndian(source), out value);
    }

    /// <summary>Reads 32 bytes, least significant first; false where the length differs or the number is not below p.</summary>
    public static bool TryReadLittleEndian(ReadOnlySpan<byte> source, out MontgomeryElement<TModulus> value)
    {
        value = default;
        return source.Length == 32 && TryFromLimbs(
            BinaryPrimitives.ReadUInt64LittleEndian(source), BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]), BinaryPrimitives.ReadUInt64LittleEndian(source[24..]), out value);
    }

    /// <inheritdoc/>
    public void WriteBigEndian(Span<byte> destination)
    {
        Span<ulong> limbs = stackalloc ulong[4];
        CopyLimbs(limbs);
        for (int i = 0; i < 4; i++)
            BinaryPrimitives.WriteUInt64BigEndian(destination[(8 * (3 - i))..], limbs[i]);
    }

    /// <summary>Writes the canonical integer to the first 32 bytes, least significant first.</summary>
    public void WriteLittleEndian(Span<byte> destination)
    {
        Span<ulong> limbs = stackalloc ulong[4];
        CopyLimbs(limbs);
        for (int i = 0; i < 4; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(destination[(8 * i)..], limbs[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static MontgomeryElement<TModulus> operator +(in MontgomeryElement<TModulus> left, in MontgomeryElement<TModulus> right)
    {
        // The sum is below 2p < 2^255, so it has no carry out and one subtraction makes it canonical.
        ulong carry = 0;
        ulong s0 = AddWithCarry(left._l0, right._l0, ref carry), s1 = AddWithCarry(left._l1, right._l1, ref carry);
        ulong s2 = AddWithCarry(left._l2, right._l2, ref carry), s3 = AddWithCarry(left._l3, right._l3, ref carry);
        return Reduce(s0, s1, s2, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static MontgomeryElement<TModulus> operator -(in MontgomeryElement<TModulus> left, in MontgomeryElement<TModulus> right)
    {
        ulong borrow = 0;
        ulong d0 = SubtractWithBorrow(left._l0, right._l0, ref borrow), d1 = SubtractWithBorrow(left._l1, right._l1, ref borrow);
        ulong d2 = SubtractWithBorrow(left._l2, right._l2, ref borrow), d3 = SubtractWithBorrow(left._l3, right._l3, ref borrow);
        // A borrow means a negative difference: p is added back, by a mask because the sign is random.
        ulong mask = unchecked(0 - borrow), carry = 0;
        return new(
            AddWithCarry(d0, TModulus.P0 & mask, ref carry), AddWithCarry(d1, TModulus.P1 & mask, ref carry),
            AddWithCarry(d2, TModulus.P2 & mask, ref carry), AddWithCarry(d3, TModulus.P3 & mask, ref carry));
    }

    public static MontgomeryElement<TModulus> operator -(in MontgomeryElement<TModulus> value) => default(MontgomeryElement<TModulus>) - value;

    /// <summary>
    /// The Montgomery product left·right·2^-256: row by row, each followed by one step of the reduction. After each row the accumulator is
    /// below right + p &lt; 2p &lt; 2^255, so four limbs hold it and one subtraction makes it canonical.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static MontgomeryElement<TModulus> operator *(in MontgomeryElement<TModulus> left, in MontgomeryElement<TModulus> right)
    {
        ulong t0 = 0, t1 = 0, t2 = 0, t3 = 0;
        ulong r0 = right._l0, r1 = right._l1, r2 = right._l2, r3 = right._l3;
        MultiplyRow(left._l0, r0, r1, r2, r3, ref t0, ref t1, ref t2, ref t3);
        MultiplyRow(left._l1, r0, r1, r2, r3, ref t0, ref t1, ref t2, ref t3);
        MultiplyRow(left._l2, r0, r1, r2, r3, ref t0, ref t1, ref t2, ref t3);
        MultiplyRow(left._l3, r0, r1, r2, r3, ref t0, ref t1, ref t2, ref t3);
        return Reduce(t0, t1, t2, t3);
    }

    /// <inheritdoc/>
    public MontgomeryElement<TModulus> Square() => this * this;

    /// <summary>The inverse; 0 for 0.</summary>
    public MontgomeryElement<TModulus> Inverse()
    {
        if (IsZero)
            return default;
        BinaryInverse<TModulus>.Words inverse = BinaryInverse<TModulus>.Invert(new() { W0 = _l0, W1 = _l1, W2 = _l2, W3 = _l3 });
        // From (x·R)^-1 to x^-1·R takes R², and each product with R² mod p brings one R.
        return ToMontgomery(inverse.W0, inverse.W1, inverse.W2, inverse.W3) * new MontgomeryElement<TModulus>(TModulus.S0, TModulus.S1, TModulus.S2, TModulus.S3);
    }

    public static bool operator ==(in MontgomeryElement<TModulus> left, in MontgomeryElement<TModulus> right) => left.Equals(right);

    public static bool operator !=(in MontgomeryElement<TModulus> left, in MontgomeryElement<TModulus> right) => !left.Equals(right);

    public bool Equals(MontgomeryElement<TModulus> other) => ((_l0 ^ other._l0) | (_l1 ^ other._l1) | (_l2 ^ other._l2) | (_l3 ^ other._l3)) == 0;

    public override bool Equals(object? obj) => obj is MontgomeryElement<TModulus> other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_l0, _l1, _l2, _l3);

    /// <summary>The canonical integer, 64 hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[32];
        WriteBigEndian(bytes);
        return "0x" + Convert.ToHexString(bytes);
    }

    /// <summary>t = (t + x·y + m·p) / 2^64 with m = -(t + x·y)·p^-1 mod 2^64, which makes the lowest limb zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void MultiplyRow(ulong x, ulong y0, ulong y1, ulong y2, ulong y3, ref ulong t0, ref ulong t1, ref ulong t2, ref ulong t3)
    {
        ulong carry = 0, reductionCarry = 0;
        ulong low = MultiplyAdd(t0, x, y0, ref carry);
        ulong m = unchecked(low * TModulus.NegativeInverse);
        MultiplyAdd(low, m, TModulus.P0, ref reductionCarry);
        low = MultiplyAdd(t1, x, y1, ref carry);
        t0 = MultiplyAdd(low, m, TModulus.P1, ref reductionCarry);
        low = MultiplyAdd(t2, x, y2, ref carry);
        t1 = MultiplyAdd(low, m, TModulus.P2, ref reductionCarry);
        low = MultiplyAdd(t3, x, y3, ref carry);
        t2 = MultiplyAdd(low, m, TModulus.P3, ref reductionCarry);
        t3 = unchecked(carry + reductionCarry);
    }

    /// <summary>The low limb of addend + x·y + carry; the high limb replaces <paramref name="carry"/>. (2^64-1)² + 2·(2^64-1) still fits 128 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong MultiplyAdd(ulong addend, ulong x, ulong y, ref ulong carry)
    {
        ulong high = Math.BigMul(x, y, out ulong low);
        unchecked
        {
            low += addend;
            high += low < addend ? 1UL : 0;
            low += carry;
            high += low < carry ? 1UL : 0;
        }

        carry = high;
        return low;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong AddWithCarry(ulong x, ulong y, ref ulong carry)
    {
        unchecked
        {
            ulong sum = x + y, result = sum + carry;
            carry = (sum < x ? 1UL : 0) | (result < sum ? 1UL : 0);
            return result;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong SubtractWithBorrow(ulong x, ulong y, ref ulong borrow)
    {
        unchecked
        {
            ulong difference = x - y, result = difference - borrow;
            borrow = (x < y ? 1UL : 0) | (difference < borrow ? 1UL : 0);
            return result;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static MontgomeryElement<TModulus> SubtractModulus(ulong l0, ulong l1, ulong l2, ulong l3, out ulong borrow)
    {
        borrow = 0;
        return new(
            SubtractWithBorrow(l0, TModulus.P0, ref borrow), SubtractWithBorrow(l1, TModulus.P1, ref borrow),
            SubtractWithBorrow(l2, TModulus.P2, ref borrow), SubtractWithBorrow(l3, TModulus.P3, ref borrow));
    }

    /// <summary>The canonical form of a number below 2p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static MontgomeryElement<TModulus> Reduce(ulong l0, ulong l1, ulong l2, ulong l3)
    {
        MontgomeryElement<TModulus> reduced = SubtractModulus(l0, l1, l2, l3, out ulong borrow);
        ulong keep = unchecked(0 - borrow);
        return new(
            (l0 & keep) | (reduced._l0 & ~keep), (l1 & keep) | (reduced._l1 & ~keep),
            (l2 & keep) | (reduced._l2 & ~keep), (l3 & keep) | (reduced._l3 & ~keep));
    }
}

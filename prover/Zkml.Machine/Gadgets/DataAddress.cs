using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Records;

namespace Zkml.Machine.Gadgets;

/// <summary>Columns of base + immediate, the address of a load, a store or a JALR target.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct DataAddressColumns<T> where T : unmanaged
{
    public ReadColumns<T> Base; // rs1 at clock + 0
    public T ImmediateLow;      // u16; from the ROM
    public T IsNegative;        // bool; from the ROM: the immediate's high limb is 65535·IsNegative
    public T Quarter;           // u16: (low limb of the address - offset) / 4

    /// <summary>Writes the columns.</summary>
    public static void Fill(ref DataAddressColumns<KoalaBear> columns, in ReadAccess access, uint immediate)
    {
        ReadColumns<KoalaBear>.Fill(ref columns.Base, in access);
        columns.ImmediateLow = KoalaBear.FromCanonical(immediate & 0xFFFF);
        columns.IsNegative = KoalaBear.FromCanonical(immediate >> 31);
        columns.Quarter = KoalaBear.FromCanonical((access.Value + immediate & 0xFFFF) >> 2);
    }
}

/// <summary>A byte address as word address and offset (OB-8).</summary>
public static class DataAddress
{
    static readonly KoalaBear s_inverse65536 = KoalaBear.FromCanonical(1 << 16).Inverse();
    static readonly KoalaBear s_signHigh = KoalaBear.FromCanonical(0xFFFF);

    /// <summary>The immediate as the ROM holds it: sign-extended to 32 bits, in two limbs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Word<T> Immediate<T>(in DataAddressColumns<T> c) where T : unmanaged, IAlgebra<T> =>
        new() { Lo = c.ImmediateLow, Hi = c.IsNegative * s_signHigh };

    /// <summary>
    /// Reads rs1 and returns the word address (rs1 + immediate - offset) / 4, an integer in [-2^14, 2^30 + 2^15); a row whose sum is
    /// not a multiple of 4 plus the offset has no satisfying assignment. <paramref name="offset"/> is in [0, 4) by the caller.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Constrain<TBuilder, T>(ref TBuilder b, T isReal, T rs1, T clock, in DataAddressColumns<T> c, T offset)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        Row.Read(ref b, isReal, MemorySpace.Register, rs1, in c.Base, clock + Row.Constant<T>(SubTime.Rs1));
        Row.CheckU16(ref b, isReal, c.Quarter);

        // low = 4·Quarter + offset is an integer in [0, 2^18), the limbs added are in [0, 2^16) (rs1 inherited, the immediate from the
        // ROM), so a bit carry forces low = rs1.Lo + immediate.Lo - 2^16·carry over the integers: no other multiple of 2^16 mod p is in reach.
        // With high = rs1.Hi - IsNegative + carry this gives 4·word + offset = rs1 + signed immediate over the integers. Offset is in
        // [0, 4), so the word is unique, whichever carry is taken where low may exceed 16 bits, and word is far from wrapping mod p.
        // The sum is not reduced mod 2^32 on purpose: an address that wraps ends below -2^14·4 + 2^16 or from 2^32 on, its reduction would
        // lie in the null page or past 0xC000_0000, and both are illegal (OB-4), so every legal access is one that does not wrap.
        T carry = (c.Base.Value.Lo + c.ImmediateLow - c.Quarter * KoalaBear.FromCanonical(4) - offset) * s_inverse65536;
        b.AssertBool(carry);
        T high = c.Base.Value.Hi - c.IsNegative + carry;
        return c.Quarter + high * KoalaBear.FromCanonical(1 << 14);
    }

    /// <summary>Reads the word from read-write memory, or from the read-only window where <paramref name="isReadOnly"/> is 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load<TBuilder, T>(ref TBuilder b, T isReal, T isReadOnly, T word, in ReadColumns<T> memory, T clock)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        // isReadOnly is 0 or isReal, so exactly one of the two multiplicities is 1 on a real row. Which one may be claimed is decided by
        // who holds the word: boundary rows open read-write addresses alone, the read-only table sends window addresses alone (OB-4).
        b.AssertZero(isReadOnly * (isReal - isReadOnly));
        Row.Read(ref b, isReal - isReadOnly, MemorySpace.Memory, word, in memory, clock + Row.Constant<T>(SubTime.Memory));
        b.Send(Buses.ReadOnly, isReadOnly, new TableWordMessage<T> { Word = word, Value = memory.Value });
    }
}

using System.Runtime.CompilerServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;

namespace Zkml.Machine.Gadgets;

/// <summary>The environment calls that have a chip: the value of t0 (D4). Any other number is unprovable.</summary>
public static class EcallNumber
{
    public const uint Halt = 0, Input = 1, Software = 2, Sha = 3;
}

/// <summary>The registers of the calling convention.</summary>
public static class EcallRegister
{
    public const uint T0 = 5, A0 = 10, A1 = 11, A2 = 12, A3 = 13, A4 = 14;
}

/// <summary>
/// What the head row of every environment call does. These rows are few and wide, so they ask the Transfer table for their accesses (Buses.Access):
/// one interaction each instead of three and a column.
/// </summary>
public static class Ecall
{
    static readonly KoalaBear s_inverse4 = KoalaBear.FromCanonical(4).Inverse(), s_16384 = KoalaBear.FromCanonical(1 << 14);

    /// <summary>The ROM holds an ECALL at pc4, and t0, read at clock + 0, holds <paramref name="number"/>, a small constant.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter<TBuilder, T>(ref TBuilder b, T isReal, T pc4, T clock, uint number)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        Row.Fetch(ref b, isReal, new FetchMessage<T> { Pc4 = pc4, Opcode = Row.Constant<T>((uint)Opcode.Ecall) });
        ReadRegister(ref b, isReal, EcallRegister.T0, new Word<T> { Lo = Row.Constant<T>(number) }, clock);
    }

    /// <summary>The register holds <paramref name="value"/>, whose limbs so inherit their range; a constant limb is an assertion on the register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadRegister<TBuilder, T>(ref TBuilder b, T isReal, uint register, Word<T> value, T time)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        Request(ref b, isReal, MemorySpace.Register, Row.Constant<T>(register), value, value, time);

    /// <summary>The register held <paramref name="before"/> and holds <paramref name="after"/>, which the caller range-checks (OB-9).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRegister<TBuilder, T>(ref TBuilder b, T isReal, uint register, Word<T> before, Word<T> after, T time)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        Request(ref b, isReal, MemorySpace.Register, Row.Constant<T>(register), before, after, time);

    /// <summary>The memory word holds <paramref name="value"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ReadMemory<TBuilder, T>(ref TBuilder b, T isReal, T word, Word<T> value, T time)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        Request(ref b, isReal, MemorySpace.Memory, word, value, value, time);

    /// <summary>
    /// The word address of a pointer that is a multiple of 4; another pointer has no satisfying assignment. An integer below 2^30.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T PointerWord<TBuilder, T>(ref TBuilder b, T isReal, Word<T> pointer)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        // quarter = Lo/4 in the field with quarter in [0, 2^16): then 4·quarter < 2^18 < p is Lo over the integers (Lo in [0, 2^16),
        // inherited), so Lo is a multiple of 4.
        T quarter = pointer.Lo * s_inverse4;
        Row.CheckU16(ref b, isReal, quarter);
        return quarter + pointer.Hi * s_16384;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Request<TBuilder, T>(ref TBuilder b, T isReal, uint space, T word, Word<T> before, Word<T> after, T time)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Send(Buses.Access, isReal, new AccessMessage<T> { Space = Row.Constant<T>(space), Word = word, Before = before, After = after, Time = time });
}

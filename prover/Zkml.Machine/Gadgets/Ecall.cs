using System.Runtime.CompilerServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
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

/// <summary>What the head row of every environment call does.</summary>
public static class Ecall
{
    static readonly KoalaBear s_inverse4 = KoalaBear.FromCanonical(4).Inverse(), s_16384 = KoalaBear.FromCanonical(1 << 14);

    /// <summary>The ROM holds an ECALL at pc4, and t0, read at clock + 0, holds <paramref name="number"/>, a small constant.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter<TBuilder, T>(ref TBuilder b, T isReal, T pc4, T clock, uint number, T gap)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        Row.Fetch(ref b, isReal, new FetchMessage<T> { Pc4 = pc4, Opcode = Row.Constant<T>((uint)Opcode.Ecall) });
        var access = new ReadColumns<T> { Value = { Lo = Row.Constant<T>(number) }, Gap = gap };
        Row.Read(ref b, isReal, MemorySpace.Register, Row.Constant<T>(EcallRegister.T0), in access, clock);
    }

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
}

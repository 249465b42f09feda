using System.Runtime.CompilerServices;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Records;

namespace Zkml.Machine.Gadgets;

/// <summary>The limbs of a word in <see cref="Word{T}"/> columns.</summary>
public static class WordExtensions
{
    /// <summary>Writes the two limbs of a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(this ref Word<KoalaBear> word, uint value)
    {
        word.Lo = KoalaBear.FromCanonical(value & 0xFFFF);
        word.Hi = KoalaBear.FromCanonical(value >> 16);
    }
}

/// <summary>Columns of an access that leaves the word as it was.</summary>
public struct ReadColumns<T> where T : unmanaged
{
    public Word<T> Value;   // inherits its range from the write (OB-9)
    public T Gap;           // u16: time - 1 - previous time

    /// <summary>Writes the columns of an event.</summary>
    public static void Fill(ref ReadColumns<KoalaBear> columns, in ReadAccess access)
    {
        columns.Value.Set(access.Value);
        columns.Gap = KoalaBear.FromCanonical(access.Gap);
    }
}

/// <summary>Columns of an access that replaces the word; the new value stands elsewhere in the row.</summary>
public struct WriteColumns<T> where T : unmanaged
{
    public Word<T> Previous; // inherits its range from its own write (OB-9)
    public T Gap;            // u16: time - 1 - previous time

    /// <summary>Writes the columns of an event, the new value excepted.</summary>
    public static void Fill(ref WriteColumns<KoalaBear> columns, in WriteAccess access)
    {
        columns.Previous.Set(access.Previous);
        columns.Gap = KoalaBear.FromCanonical(access.Gap);
    }
}

/// <summary>
/// What every instruction row does: pass the state token on, fetch its instruction from the ROM, access registers and memory,
/// check ranges. Each method is a handful of interactions whose multiplicity is <c>isReal</c>, so a padding row does nothing.
/// </summary>
/// <remarks>
/// Why an access is sound: the Memory bus holds one message per word. A row receives the message (…, t - 1 - gap) and sends (…, t).
/// Gap is in [0, 2^16), t &lt; 2^30 + 2^27 + 16 (OB-6a: the clock cannot wrap), so t - 1 - gap is the true integer difference or
/// negative; negative times (p - small) are sent by nobody: boundary rows check theirs below 2^30, others send clock + const.
/// Hence every word's accesses are linked in strictly increasing time, and a read returns the value of the last write.
/// </remarks>
public static class Row
{
    /// <summary>Receives the token (pc4, clock) and sends (nextPc4, clock + clockAdvance).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Step<TBuilder, T>(ref TBuilder b, T isReal, T pc4, T clock, T nextPc4, uint clockAdvance)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        b.Receive(Buses.State, isReal, new StateMessage<T> { Pc4 = pc4, Clock = clock });
        b.Send(Buses.State, isReal, new StateMessage<T> { Pc4 = nextPc4, Clock = clock + Constant<T>(clockAdvance) });
    }

    /// <summary>Reads the ROM: the row's instruction is the program's at pc4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch<TBuilder, T>(ref TBuilder b, T isReal, in FetchMessage<T> instruction)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Send(Buses.Fetch, isReal, in instruction);

    /// <summary>Reads a word at a time: register <paramref name="space"/> = Register, or memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read<TBuilder, T>(ref TBuilder b, T isReal, uint space, T word, in ReadColumns<T> access, T time)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        Access(ref b, isReal, space, word, access.Value, access.Value, access.Gap, time);

    /// <summary>Replaces a word at a time. The caller range-checks <paramref name="value"/> (OB-9).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<TBuilder, T>(ref TBuilder b, T isReal, uint space, T word, in WriteColumns<T> access, Word<T> value, T time)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        Access(ref b, isReal, space, word, access.Previous, value, access.Gap, time);

    /// <summary>x in [0, 2^16).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CheckU16<TBuilder, T>(ref TBuilder b, T isReal, T x)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.Send(Buses.U16, isReal, new U16Message<T> { X = x });

    /// <summary>Both limbs in [0, 2^16).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CheckWord<TBuilder, T>(ref TBuilder b, T isReal, Word<T> word)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        CheckU16(ref b, isReal, word.Lo);
        CheckU16(ref b, isReal, word.Hi);
    }

    /// <summary>A small constant.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Constant<T>(uint value) where T : unmanaged, IAlgebra<T> => T.FromBase(KoalaBear.FromCanonical(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Access<TBuilder, T>(ref TBuilder b, T isReal, uint space, T word, Word<T> before, Word<T> after, T gap, T time)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T>
    {
        T spaceTag = Constant<T>(space);
        b.Receive(Buses.Memory, isReal, new MemoryMessage<T> { Space = spaceTag, Word = word, Value = before, Time = time - Constant<T>(1) - gap });
        b.Send(Buses.Memory, isReal, new MemoryMessage<T> { Space = spaceTag, Word = word, Value = after, Time = time });
        CheckU16(ref b, isReal, gap);
    }
}

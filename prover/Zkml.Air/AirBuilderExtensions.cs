using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zkml.Fields;

namespace Zkml.Air;

/// <summary>The vocabulary in which constraint texts are written.</summary>
public static class AirBuilderExtensions
{
    /// <summary>x is 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AssertBool<TBuilder, T>(this ref TBuilder b, T x, [CallerArgumentExpression(nameof(x))] string label = "")
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.AssertZero(x * (x - T.FromBase(KoalaBear.One)), label);

    /// <summary>x = y on every row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AssertEqual<TBuilder, T>(this ref TBuilder b, T x, T y, [CallerArgumentExpression(nameof(x))] string label = "")
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.AssertZero(x - y, label);

    /// <summary>Where <paramref name="selector"/> is not 0, x = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AssertZeroWhen<TBuilder, T>(this ref TBuilder b, T selector, T x, [CallerArgumentExpression(nameof(x))] string label = "")
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.AssertZero(selector * x, label);

    /// <summary>Where <paramref name="selector"/> is not 0, x is 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AssertBoolWhen<TBuilder, T>(this ref TBuilder b, T selector, T x, [CallerArgumentExpression(nameof(x))] string label = "")
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> =>
        b.AssertZero(selector * (x * (x - T.FromBase(KoalaBear.One))), label);

    /// <summary>Sends <paramref name="multiplicity"/> copies of a message; the message struct has fields of type T only, in bus order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Send<TBuilder, T, TMessage>(this ref TBuilder b, Bus bus, T multiplicity, in TMessage message)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> where TMessage : unmanaged =>
        b.Interact(bus, multiplicity, Columns.AsSpan<TMessage, T>(in message));

    /// <summary>Receives <paramref name="multiplicity"/> copies of a message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Receive<TBuilder, T, TMessage>(this ref TBuilder b, Bus bus, T multiplicity, in TMessage message)
        where TBuilder : struct, IAirBuilder<T>, allows ref struct where T : unmanaged, IAlgebra<T> where TMessage : unmanaged =>
        b.Interact(bus, default(T) - multiplicity, Columns.AsSpan<TMessage, T>(in message));
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Zkml.Air;

/// <summary>Views a row as its column struct. The one place outside of kernels that reinterprets memory.</summary>
public static class Columns
{
    /// <summary>The number of columns of a column struct, given its instance with one byte per column.</summary>
    public static int Width<TColumnsOfByte>() where TColumnsOfByte : unmanaged => Unsafe.SizeOf<TColumnsOfByte>();

    /// <summary>The row as its column struct. The row must hold exactly the struct's columns or more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref TColumns View<TColumns, T>(Span<T> row) where TColumns : unmanaged where T : unmanaged
    {
        // Safe: both types are unmanaged, every field of TColumns is a T (or nests only such), and the length is checked.
        if (row.Length * Unsafe.SizeOf<T>() < Unsafe.SizeOf<TColumns>()) ThrowTooShort(row.Length);
        return ref Unsafe.As<T, TColumns>(ref MemoryMarshal.GetReference(row));
    }

    /// <inheritdoc cref="View{TColumns, T}(Span{T})"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref readonly TColumns View<TColumns, T>(ReadOnlySpan<T> row) where TColumns : unmanaged where T : unmanaged
    {
        if (row.Length * Unsafe.SizeOf<T>() < Unsafe.SizeOf<TColumns>()) ThrowTooShort(row.Length);
        return ref Unsafe.As<T, TColumns>(ref MemoryMarshal.GetReference(row));
    }

    /// <summary>A struct of T fields (a message, a column struct) as a span of its fields.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<T> AsSpan<TStruct, T>(in TStruct value) where TStruct : unmanaged where T : unmanaged =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<TStruct, T>(ref Unsafe.AsRef(in value)), Unsafe.SizeOf<TStruct>() / Unsafe.SizeOf<T>());

    static void ThrowTooShort(int length) => throw new ArgumentException($"A row of {length} cells is shorter than its column struct.");
}

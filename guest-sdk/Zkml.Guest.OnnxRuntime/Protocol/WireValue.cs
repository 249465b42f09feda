namespace Zkml.Guest.OnnxRuntime.Protocol;

/// <summary>What a value is.</summary>
enum WireKind : byte
{
    /// <summary>An optional value that is absent.</summary>
    Absent = 0,
    /// <summary>A tensor.</summary>
    Tensor = 1,
    /// <summary>Values one after another.</summary>
    Sequence = 2,
    /// <summary>Two tensors: keys, values.</summary>
    Map = 3,
}

/// <summary>A value in a frame.</summary>
/// <param name="Kind">What it is; the other members belong to a tensor, <paramref name="Items"/> to sequence and map.</param>
/// <param name="ElementType">Numbered as TensorProto.DataType.</param>
/// <param name="Dimensions">Extents, outermost first.</param>
/// <param name="Data">Row-major elements, little endian; empty for strings.</param>
/// <param name="Strings">The elements of a string tensor.</param>
/// <param name="Items">A sequence's values; a map's keys and values.</param>
sealed record WireValue(WireKind Kind, int ElementType, long[] Dimensions, ReadOnlyMemory<byte> Data, string[] Strings, WireValue[] Items)
{
    /// <summary>The number of TensorProto.DataType.STRING.</summary>
    public const int StringType = 8;

    /// <summary>An optional value that is absent.</summary>
    public static WireValue Absent { get; } = new(WireKind.Absent, 0, [], default, [], []);

    /// <summary>A tensor of numbers.</summary>
    public static WireValue OfNumbers(int elementType, long[] dimensions, ReadOnlyMemory<byte> data) => new(WireKind.Tensor, elementType, dimensions, data, [], []);

    /// <summary>A tensor of strings.</summary>
    public static WireValue OfStrings(long[] dimensions, string[] strings) => new(WireKind.Tensor, StringType, dimensions, default, strings, []);

    /// <summary>A sequence, or a map of keys and values.</summary>
    public static WireValue OfItems(WireKind kind, WireValue[] items) => new(kind, 0, [], default, [], items);
}

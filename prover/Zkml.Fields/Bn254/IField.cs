namespace Zkml.Fields.Bn254;

/// <summary>A field of the BN254 tower: Fr, Fq, Fq2, Fq6 or Fq12. Operands are passed by reference, because the wide ones are up to 384 bytes.</summary>
/// <typeparam name="T">The element type itself.</typeparam>
public interface IField<T> : IEquatable<T>
    where T : unmanaged, IField<T>
{
    /// <summary>The element 1. The element 0 is <c>default</c>.</summary>
    static abstract T One { get; }

    /// <summary>Whether this is 0.</summary>
    bool IsZero { get; }

    static abstract T operator +(in T left, in T right);

    static abstract T operator -(in T left, in T right);

    static abstract T operator -(in T value);

    static abstract T operator *(in T left, in T right);

    /// <summary>This element times itself.</summary>
    T Square();

    /// <summary>The inverse; 0 for 0.</summary>
    T Inverse();
}

/// <summary>A field whose elements are coordinates of curve points and so have the big-endian encoding of EIP-196 and EIP-197.</summary>
/// <typeparam name="T">The element type itself.</typeparam>
public interface ICoordinate<T> : IField<T>
    where T : unmanaged, ICoordinate<T>
{
    /// <summary>The length of an encoding, in bytes.</summary>
    static abstract int ByteCount { get; }

    /// <summary>Reads one encoding; false where the length is not <see cref="ByteCount"/> or a number is not below the modulus.</summary>
    static abstract bool TryReadBigEndian(ReadOnlySpan<byte> source, out T value);

    /// <summary>Writes the encoding to the first <see cref="ByteCount"/> bytes.</summary>
    void WriteBigEndian(Span<byte> destination);
}

using System.Buffers.Binary;
using System.Numerics;

namespace Zkml.Fields.Bn254;

/// <summary>
/// Number-theoretic transforms over Fr in place: between the coefficients of a polynomial and its values on the powers of a root of unity, or on a
/// coset of them, both in natural order.
/// </summary>
/// <remarks>
/// The roots are those of snarkjs: powers of 5^((r-1)/2^28). With AVX-512 the transform runs in two passes of tiles that stay in the cache, eight
/// columns or rows side by side; otherwise in plain radix-2 stages, the reference of the tests.
/// </remarks>
public static unsafe class FrNtt
{
    /// <summary>2^28 is the largest power of two that divides r - 1.</summary>
    public const int MaximumLogSize = 28;

    // (r - 1)/2^28, least significant word first.
    static ReadOnlySpan<ulong> OddPart => [0x9B9709143E1F593F, 0x181585D2833E8487, 0x131A029B85045B68, 0x000000030644E72E];

    /// <summary>The root of unity of order 2^<paramref name="logSize"/>, in [0, 28]: values are taken at its powers, from the zeroth.</summary>
    public static Fr RootOfUnity(int logSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(logSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(logSize, MaximumLogSize);
        Fr root = FieldAlgorithms.Power(Fr.FromUInt64(5), OddPart);
        for (int i = MaximumLogSize; i > logSize; i--)
            root = root.Square();
        return root;
    }

    /// <summary>Coefficients to values at the powers of the root of unity.</summary>
    /// <param name="values">2^k elements, k at most 28.</param>
    /// <param name="threads">Most threads at work, at least 1; the result does not depend on it.</param>
    /// <param name="cancellation">Looked at between tiles; the values are then unspecified.</param>
    /// <exception cref="ArgumentException">The length is no power of two in range.</exception>
    public static void Forward(Span<Fr> values, int threads, CancellationToken cancellation = default) =>
        Run(values, default, threads, static transform => transform.Forward(), cancellation);

    /// <summary>Values at the powers of the root of unity to coefficients.</summary>
    /// <inheritdoc cref="Forward(Span{Fr}, int, CancellationToken)"/>
    public static void Inverse(Span<Fr> values, int threads, CancellationToken cancellation = default) =>
        Run(values, default, threads, static transform => transform.Inverse(), cancellation);

    /// <summary>Coefficients to values at <paramref name="shift"/>, not zero, times the powers of the root of unity.</summary>
    /// <inheritdoc cref="Forward(Span{Fr}, int, CancellationToken)"/>
    public static void Forward(Span<Fr> values, in Fr shift, int threads, CancellationToken cancellation = default)
    {
        FrVectors.ScaleByPowers(values, Fr.One, shift, threads, cancellation);
        Forward(values, threads, cancellation);
    }

    /// <summary>Values at <paramref name="shift"/>, not zero, times the powers of the root of unity to coefficients.</summary>
    /// <inheritdoc cref="Forward(Span{Fr}, int, CancellationToken)"/>
    public static void Inverse(Span<Fr> values, in Fr shift, int threads, CancellationToken cancellation = default)
    {
        Inverse(values, threads, cancellation);
        FrVectors.ScaleByPowers(values, Fr.One, shift.Inverse(), threads, cancellation);
    }

    /// <summary>
    /// Values at the powers of the root of unity to values of the same polynomial at <paramref name="shift"/> times them: Inverse, then Forward on
    /// the coset, but without the two reorderings between.
    /// </summary>
    /// <inheritdoc cref="Forward(Span{Fr}, int, CancellationToken)"/>
    public static void MoveToCoset(Span<Fr> values, in Fr shift, int threads, CancellationToken cancellation = default) =>
        Run(values, shift, threads, static transform => transform.MoveToCoset(), cancellation);

    static void Run(Span<Fr> values, in Fr shift, int threads, Action<IFrTransform> action, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        if (!BitOperations.IsPow2(values.Length) || values.Length > 1 << MaximumLogSize)
            throw new ArgumentException($"Expected a power of two of elements, at most 2^{MaximumLogSize}, got {values.Length}.", nameof(values));
        int logSize = BitOperations.Log2((uint)values.Length);
        // Safe: the values stay pinned until the transform, which stays within their length, is done.
        fixed (Fr* first = values)
        {
            bool isPacked = PackedMontgomery<FrModulus>.IsSupported && logSize >= PackedFrTransform.MinimumLogSize;
            action(isPacked ? new PackedFrTransform(first, logSize, shift, threads, cancellation) : new ScalarFrTransform(first, logSize, shift, threads, cancellation));
        }
    }

    /// <summary>Exchanges each element with the one at the reversed bits of its index.</summary>
    internal static void ReverseBits(Fr* values, int logSize, int threads, CancellationToken cancellation)
    {
        ParallelRange.Run(1 << logSize, 1 << 12, threads, Exchange, cancellation);

        void Exchange(int start, int end, int worker)
        {
            for (int i = start; i < end; i++)
            {
                int reversed = ReverseBits(i, logSize);
                if (i < reversed)
                    (values[i], values[reversed]) = (values[reversed], values[i]);
            }
        }
    }

    /// <summary>The lowest <paramref name="bits"/> bits of an index in reversed order.</summary>
    internal static int ReverseBits(int index, int bits)
    {
        uint x = (uint)index;
        x = ((x & 0x55555555) << 1) | ((x >> 1) & 0x55555555);
        x = ((x & 0x33333333) << 2) | ((x >> 2) & 0x33333333);
        x = ((x & 0x0F0F0F0F) << 4) | ((x >> 4) & 0x0F0F0F0F);
        return (int)((ulong)BinaryPrimitives.ReverseEndianness(x) << 32 >> (64 - bits));
    }
}

/// <summary>A transform of one buffer, as <see cref="FrNtt"/> describes it.</summary>
interface IFrTransform
{
    void Forward();

    void Inverse();

    void MoveToCoset();
}

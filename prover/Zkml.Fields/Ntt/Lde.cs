using System.Numerics;

namespace Zkml.Fields;

/// <summary>
/// Low-degree extension of every column of a matrix. Storage row h·N + i of the result is the value at g_(bN)·ω_(bN)^(b·i + h): coset after
/// coset, each in natural order, so that the next row of the trace is the next row of the same coset.
/// </summary>
/// <remarks>
/// N = n1·n2 rows are transformed in two passes over memory. A strided pass takes the n1 rows j2, j2 + n2, …, which are a transform over the
/// coset σ·ω_N^j2·H_(n1); a blocked pass takes n2 consecutive rows. Interpolation ends and evaluation begins with the blocked pass, so that both
/// are done on a block while it is in the cache: input to coset 0 (strided), blocks to all cosets, cosets in place (strided).
/// </remarks>
public static unsafe class Lde
{
    // Rows of a matrix that is transformed block-wise only.
    const int MaxBlockLogSize = 11;

    // Words of one tile: a strided tile and the tile prefetched behind it, or the source and target block of the middle pass, share the second-level cache.
    const int MaxStridedTileWords = 1 << 17, MaxBlockTileWords = 1 << 16;

    /// <summary>
    /// Writes to <paramref name="output"/> the extension of the polynomials of degree below N whose values over inputShift·H_N, in natural order, are the
    /// columns of <paramref name="values"/>. The input is only read; no third buffer of its size is used. The output's padding becomes the extension of
    /// the input's padding, which must be canonical (zero in every rented matrix).
    /// </summary>
    /// <param name="values">[N × width], N a power of two.</param>
    /// <param name="inputShift">Not zero; 1 for a trace.</param>
    /// <param name="logBlowup">log b, with log N + log b at most 24.</param>
    /// <param name="output">[b·N × width], another matrix; any contents.</param>
    /// <param name="threads">Most threads at work, at least 1; the result does not depend on it.</param>
    /// <exception cref="ArgumentException">A shape or the shift does not fit.</exception>
    public static void Extend(FieldMatrix values, KoalaBear inputShift, int logBlowup, FieldMatrix output, int threads)
    {
        Check(values, inputShift, logBlowup, output);
        int logSize = BitOperations.Log2((uint)values.Rows), blockLogSize = logSize <= MaxBlockLogSize ? logSize : (logSize + 1) / 2;
        if (blockLogSize < logSize)
            InterpolateStrided(values, inputShift, output, blockLogSize, threads);
        ExtendBlocks(blockLogSize < logSize ? output : values, inputShift, logSize, logBlowup, output, blockLogSize, threads);
        if (blockLogSize < logSize)
            EvaluateStrided(output, logSize, logBlowup, blockLogSize, threads);
    }

    static void Check(FieldMatrix values, KoalaBear inputShift, int logBlowup, FieldMatrix output)
    {
        if (!BitOperations.IsPow2(values.Rows))
            throw new ArgumentException($"Low-degree extension: the input has {values.Rows} rows, expected a power of two.", nameof(values));
        int logSize = BitOperations.Log2((uint)values.Rows);
        if (logBlowup < 0 || logSize + logBlowup > Domains.MaxLogSize)
            throw new ArgumentException($"Low-degree extension: 2^{logSize} rows at blow-up 2^{logBlowup}, expected at most 2^{Domains.MaxLogSize} rows.", nameof(logBlowup));
        if (output.Rows != (long)values.Rows << logBlowup || output.Width != values.Width)
            throw new ArgumentException(
                $"Low-degree extension: the output is [{output.Rows} × {output.Width}], expected [{(long)values.Rows << logBlowup} × {values.Width}].", nameof(output));
        if (output.Pointer == values.Pointer)
            throw new ArgumentException("Low-degree extension: input and output are one matrix, expected two.", nameof(output));
        if (inputShift == KoalaBear.Zero)
            throw new ArgumentException("Low-degree extension: the shift of the input is 0, expected a coset.", nameof(inputShift));
    }

    /// <summary>First half of the interpolation: tile j2 from the input to coset 0 of the output.</summary>
    static void InterpolateStrided(FieldMatrix values, KoalaBear inputShift, FieldMatrix output, int blockLogSize, int threads)
    {
        int logSize = BitOperations.Log2((uint)values.Rows), tileLogSize = logSize - blockLogSize;
        var strips = new Strips(values.Stride, MaxStridedTileWords >> tileLogSize);
        var roots = new RootTable(tileLogSize, inverse: true);
        KoalaBear root = Domains.Root(logSize).Inverse(), shift = inputShift.Inverse();
        using var workers = new TileWorkers(roots, (nint)strips.Width << tileLogSize, threads);
        nint step = (nint)values.Stride << blockLogSize;
        ParallelRange.Run(1 << blockLogSize, 1, threads, (tile, _, worker) =>
        {
            CosetTwiddles twiddles = workers.Twiddles(worker);
            twiddles.Fill(shift * root.Power((ulong)tile));
            for (int strip = 0; strip < strips.Count; strip++)
            {
                nint offset = (nint)tile * values.Stride + strips.Start(strip);
                int count = strips.Length(strip);
                RowTransform.Interpolate(
                    new(values.Pointer + offset, step), new(workers.Scratch(worker), count), new(output.Pointer + offset, step), tileLogSize, count, twiddles);
            }
        });
    }

    /// <summary>Second half of the interpolation and first half of every evaluation, block by block. The source is the input, or coset 0 of the output itself.</summary>
    static void ExtendBlocks(FieldMatrix source, KoalaBear inputShift, int logSize, int logBlowup, FieldMatrix output, int blockLogSize, int threads)
    {
        var strips = new Strips(output.Stride, MaxBlockTileWords >> blockLogSize);
        ulong tileSize = 1ul << (logSize - blockLogSize);
        using var inverse = new CosetTwiddles(new RootTable(blockLogSize, inverse: true));
        inverse.Fill(inputShift.Inverse().Power(tileSize));
        inverse.SetScale(KoalaBear.FromCanonical(1u << logSize).Inverse());
        var roots = new RootTable(blockLogSize, inverse: false);
        var cosets = new CosetTwiddles[1 << logBlowup];
        for (int coset = 0; coset < cosets.Length; coset++)
        {
            cosets[coset] = new CosetTwiddles(roots);
            cosets[coset].Fill(Domains.ExtensionShift(logSize, logBlowup, coset).Power(tileSize));
        }

        nint stride = output.Stride;
        ParallelRange.Run(strips.Count << (logSize - blockLogSize), 1, threads, (item, _, _) =>
        {
            int count = strips.Length(item % strips.Count);
            nint offset = (((nint)item / strips.Count) << blockLogSize) * stride + strips.Start(item % strips.Count);
            RowSet coefficients = new(output.Pointer + offset, stride);
            RowTransform.Interpolate(new(source.Pointer + offset, stride), coefficients, coefficients, blockLogSize, count, inverse);
            // Coset 0 holds the coefficients, so it comes last.
            for (int coset = cosets.Length - 1; coset >= 0; coset--)
            {
                RowSet target = new(coefficients.Start + ((nint)coset << logSize) * stride, stride);
                RowTransform.Evaluate(coefficients, target, target, blockLogSize, count, cosets[coset]);
            }
        });
        foreach (CosetTwiddles twiddles in cosets)
            twiddles.Dispose();
    }

    /// <summary>Second half of every evaluation: tile j2 of each coset, in place.</summary>
    static void EvaluateStrided(FieldMatrix output, int logSize, int logBlowup, int blockLogSize, int threads)
    {
        int tileLogSize = logSize - blockLogSize;
        var strips = new Strips(output.Stride, MaxStridedTileWords >> tileLogSize);
        var roots = new RootTable(tileLogSize, inverse: false);
        KoalaBear root = Domains.Root(logSize);
        using var workers = new TileWorkers(roots, (nint)strips.Width << tileLogSize, threads);
        nint step = (nint)output.Stride << blockLogSize;
        ParallelRange.Run(1 << (blockLogSize + logBlowup), 1, threads, (item, _, worker) =>
        {
            int coset = item >> blockLogSize, tile = item & ((1 << blockLogSize) - 1);
            CosetTwiddles twiddles = workers.Twiddles(worker);
            twiddles.Fill(Domains.ExtensionShift(logSize, logBlowup, coset) * root.Power((ulong)tile));
            for (int strip = 0; strip < strips.Count; strip++)
            {
                int count = strips.Length(strip);
                RowSet rows = new(output.Pointer + (((nint)coset << logSize) + tile) * output.Stride + strips.Start(strip), step);
                RowTransform.Evaluate(rows, new(workers.Scratch(worker), count), rows, tileLogSize, count, twiddles);
            }
        });
    }
}

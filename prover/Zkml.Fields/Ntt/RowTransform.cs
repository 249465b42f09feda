namespace Zkml.Fields;

/// <summary>Where the rows of a transform lie: row i starts at <c>Start + i·Stride</c>.</summary>
readonly unsafe struct RowSet(KoalaBear* start, nint stride)
{
    public readonly KoalaBear* Start = start;
    public readonly nint Stride = stride;

    /// <summary>The same places from row <paramref name="row"/> on.</summary>
    public RowSet From(nint row) => new(Start + row * Stride, Stride);
}

/// <summary>
/// Transforms of 2^logSize rows at once, every column a polynomial. Depth first, so that the blocks of the inner stages stay in the cache.
/// The first step reads <c>source</c>, the last one writes <c>destination</c>, what lies between is kept in <c>scratch</c>; all three may be one place.
/// </summary>
static unsafe class RowTransform
{
    /// <summary>
    /// Values over σ·H_n in natural order to n·scale·coefficients in bit-reversed order. The twiddles are those of σ^-1; the scale is 1 unless they have one.
    /// </summary>
    /// <param name="count">Columns, a multiple of 16.</param>
    public static void Interpolate(RowSet source, RowSet scratch, RowSet destination, int logSize, int count, CosetTwiddles twiddles)
    {
        switch (logSize)
        {
            case 0:
                Copy(source, destination, count);
                return;
            case 1 when twiddles.IsScaled:
                Butterflies.ScaledFrequency2(source.Start, source.Stride, destination.Start, destination.Stride, count, twiddles.LastWords, twiddles.LastFactors);
                return;
            case 1:
                Butterflies.Frequency2(source.Start, source.Stride, destination.Start, destination.Stride, count, twiddles.Words[1], twiddles.Factors[1]);
                return;
            case 2 when twiddles.IsScaled:
                Butterflies.ScaledFrequency4(source.Start, source.Stride, destination.Start, destination.Stride, count, twiddles.LastWords, twiddles.LastFactors);
                return;
            case 2:
                Butterflies.Frequency4(source.Start, source.Stride, destination.Start, destination.Stride, count, twiddles.Words, twiddles.Factors, 1);
                return;
        }

        nint quarter = (nint)1 << (logSize - 2);
        for (nint row = 0; row < quarter; row++)
            Butterflies.Frequency4(
                source.Start + row * source.Stride, quarter * source.Stride, scratch.Start + row * scratch.Stride, quarter * scratch.Stride,
                count, twiddles.Words + row, twiddles.Factors + row, quarter);
        for (nint part = 0; part < 4 * quarter; part += quarter)
            Interpolate(scratch.From(part), scratch.From(part), destination.From(part), logSize - 2, count, twiddles);
    }

    /// <summary>Coefficients in bit-reversed order to values over σ·H_n in natural order. The twiddles are those of σ.</summary>
    /// <param name="count">Columns, a multiple of 16.</param>
    public static void Evaluate(RowSet source, RowSet scratch, RowSet destination, int logSize, int count, CosetTwiddles twiddles)
    {
        switch (logSize)
        {
            case 0:
                Copy(source, destination, count);
                return;
            case 1:
                Butterflies.Time2(source.Start, source.Stride, destination.Start, destination.Stride, count, twiddles.Words[1], twiddles.Factors[1]);
                return;
            case 2:
                Butterflies.Time4(source.Start, source.Stride, destination.Start, destination.Stride, count, twiddles.Words, twiddles.Factors, 1);
                return;
        }

        nint quarter = (nint)1 << (logSize - 2);
        for (nint part = 0; part < 4 * quarter; part += quarter)
            Evaluate(source.From(part), scratch.From(part), scratch.From(part), logSize - 2, count, twiddles);
        for (nint row = 0; row < quarter; row++)
            Butterflies.Time4(
                scratch.Start + row * scratch.Stride, quarter * scratch.Stride, destination.Start + row * destination.Stride, quarter * destination.Stride,
                count, twiddles.Words + row, twiddles.Factors + row, quarter);
    }

    static void Copy(RowSet source, RowSet destination, int count)
    {
        if (source.Start != destination.Start)
            new ReadOnlySpan<KoalaBear>(source.Start, count).CopyTo(new(destination.Start, count));
    }
}

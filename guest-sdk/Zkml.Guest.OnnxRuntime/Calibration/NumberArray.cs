namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>Numbers from a file.</summary>
/// <param name="Dimensions">Extents, outermost first; empty where the file gives none.</param>
/// <param name="Values">Row-major.</param>
sealed record NumberArray(int[] Dimensions, double[] Values)
{
    /// <summary>The most numbers that a file may hold.</summary>
    public const int MaximumCount = 1 << 27;

    /// <summary>The number of elements of a shape; throws <see cref="CalibrationException"/> where it is not in [0, <see cref="MaximumCount"/>].</summary>
    public static int CountOf(IEnumerable<long> dimensions, string file)
    {
        long count = 1;
        foreach (long extent in dimensions)
        {
            if (extent is < 0 or > MaximumCount) throw new CalibrationException($"{file}: expected extents in [0, {MaximumCount}], got {extent}.");
            count *= extent;
            if (count > MaximumCount) throw new CalibrationException($"{file}: expected at most {MaximumCount} numbers, got more.");
        }
        return (int)count;
    }
}

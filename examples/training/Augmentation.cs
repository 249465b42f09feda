namespace Zkml.Examples.Training;

/// <summary>Random small rotations, scalings, shears and shifts of training images, so that few images teach more.</summary>
public static class Augmentation
{
    const double Rotation = 0.22, Scale = 0.12, Shear = 0.15, Shift = 2.2; // largest radians, relative size, tangent, pixels

    /// <summary>Writes a distorted copy of an image [28 × 28] to <paramref name="target"/>, sampled between its pixels.</summary>
    public static void Distort(ReadOnlySpan<byte> source, Span<byte> target, Random random)
    {
        double angle = Spread(random, Rotation), shear = Spread(random, Shear);
        double scaleX = 1 + Spread(random, Scale), scaleY = 1 + Spread(random, Scale);
        double shiftX = Spread(random, Shift), shiftY = Spread(random, Shift);
        double cosine = Math.Cos(angle), sine = Math.Sin(angle), centre = (LabelledImages.Side - 1) / 2.0;
        for (int y = 0; y < LabelledImages.Side; y++)
        {
            for (int x = 0; x < LabelledImages.Side; x++)
            {
                double dx = (x - centre - shiftX) * scaleX, dy = (y - centre - shiftY) * scaleY;
                dx += shear * dy;
                target[y * LabelledImages.Side + x] = Sample(source, centre + cosine * dx - sine * dy, centre + sine * dx + cosine * dy);
            }
        }
    }

    static double Spread(Random random, double largest) => (2 * random.NextDouble() - 1) * largest;

    static byte Sample(ReadOnlySpan<byte> source, double x, double y)
    {
        int left = (int)Math.Floor(x), top = (int)Math.Floor(y);
        double right = x - left, bottom = y - top;
        double value = (1 - bottom) * ((1 - right) * At(source, left, top) + right * At(source, left + 1, top))
            + bottom * ((1 - right) * At(source, left, top + 1) + right * At(source, left + 1, top + 1));
        return (byte)(value + 0.5);
    }

    static int At(ReadOnlySpan<byte> source, int x, int y) =>
        (uint)x < LabelledImages.Side && (uint)y < LabelledImages.Side ? source[y * LabelledImages.Side + x] : 0;
}

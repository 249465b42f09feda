using Zkml.Examples.Training;
using System.Globalization;
using System.Text;

namespace Zkml.Examples.Digits.Trainer;

/// <summary>Draws the sample digits: smooth strokes of a round pen, anti-aliased, white on black.</summary>
public static class DigitDrawing
{
    const double PenRadius = 1.15; // pixels
    const int StepsPerSegment = 24;

    // Strokes of each digit as x, y pairs in pixels from the top left corner; a smooth curve goes through the points.
    static readonly double[][][] Strokes =
    [
        [[14, 5, 9, 8, 8, 14, 10, 21, 14, 23, 19, 20, 20, 14, 18, 7, 14, 5]],
        [[12, 8, 15, 5, 15, 14, 14.5, 23]],
        [[8.5, 9, 11, 5.5, 16, 5, 18.5, 9, 15, 15, 8, 22.5], [8, 22.5, 14, 22, 20.5, 22]],
        [[9, 6.5, 14, 5, 18, 8, 17, 12, 12.5, 13.5], [12.5, 13.5, 18, 15, 19, 19, 15, 23, 8.5, 21.5]],
        [[9.5, 5, 8.5, 10, 8, 15, 13, 15.5, 20, 14.5], [17.5, 6, 17, 14, 16.5, 23]],
        [[19, 5.5, 14, 5.5, 10.5, 5.5], [10.5, 5.5, 9.5, 12.5], [9.5, 12.5, 14, 11, 18.5, 14, 18, 20, 13.5, 23, 8.5, 21.5]],
        [[16.5, 5, 12, 9, 9, 16, 10, 21.5, 14, 23, 18, 20.5, 17.5, 16, 13.5, 14.5, 9.5, 18]],
        [[8, 7, 13, 6.5, 19.5, 6], [19.5, 6, 16.5, 13, 13, 23]],
        [[18.5, 7.5, 14, 5, 10, 8, 13, 12.5, 17.5, 17, 17, 21.5, 13, 23, 9.5, 20, 12, 15.5, 17, 11.5, 18.5, 7.5]],
        [[18, 9.5, 14, 5.5, 9.5, 8, 10, 12.5, 14.5, 13, 18, 9.5], [18, 9.5, 17.5, 16, 15.5, 23]],
    ];

    /// <summary>The pixels [28 × 28] of a digit in [0, 10).</summary>
    public static byte[] Draw(int digit)
    {
        double[] distances = new double[LabelledImages.PixelCount];
        Array.Fill(distances, double.MaxValue);
        foreach (double[] stroke in Strokes[digit])
        {
            int last = stroke.Length / 2 - 1;
            for (int segment = 0; segment < last; segment++)
            {
                for (int step = 0; step <= StepsPerSegment; step++)
                {
                    double t = (double)step / StepsPerSegment;
                    Touch(distances, Along(stroke, segment, last, t, 0), Along(stroke, segment, last, t, 1));
                }
            }
        }
        // A pixel at the pen's edge is half covered.
        return Array.ConvertAll(distances, distance => (byte)Math.Clamp(Math.Round((PenRadius + 0.5 - distance) * 255), 0, 255));
    }

    /// <summary>The bytes of a binary PGM file of an image [28 × 28].</summary>
    public static byte[] ToPgm(ReadOnlySpan<byte> pixels) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"P5\n{LabelledImages.Side} {LabelledImages.Side}\n255\n")), .. pixels];

    // A Catmull–Rom spline: the tangent at a point is half the way between its neighbours.
    static double Along(double[] stroke, int segment, int last, double t, int axis)
    {
        double At(int point) => stroke[2 * Math.Clamp(point, 0, last) + axis];
        double before = At(segment - 1), from = At(segment), to = At(segment + 1), after = At(segment + 2);
        return from + t * (to - before + t * (2 * before - 5 * from + 4 * to - after + t * (3 * (from - to) + after - before))) / 2;
    }

    static void Touch(double[] distances, double x, double y)
    {
        for (int row = (int)y - 3; row <= (int)y + 3; row++)
        {
            for (int column = (int)x - 3; column <= (int)x + 3; column++)
            {
                if ((uint)row >= LabelledImages.Side || (uint)column >= LabelledImages.Side) continue;
                ref double distance = ref distances[row * LabelledImages.Side + column];
                distance = Math.Min(distance, Math.Sqrt((column - x) * (column - x) + (row - y) * (row - y)));
            }
        }
    }
}

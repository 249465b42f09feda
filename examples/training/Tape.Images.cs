namespace Zkml.Examples.Training;

public sealed partial class Tape
{
    /// <summary>
    /// Convolution of images [batch × channels × height × width] with square kernels [filters × channels × side × side], zero padding of
    /// side / 2 on every border, stride 1, plus a bias [filters].
    /// </summary>
    public Variable Convolve(Variable images, Variable kernels, Variable bias)
    {
        int batch = images.Shape[0], height = images.Shape[2], width = images.Shape[3], filters = kernels.Shape[0], area = height * width;
        int taps = kernels.Count / filters, imageSize = images.Shape[1] * area;
        Variable result = new(batch, filters, height, width);
        int[] sources = Sources(images.Shape[1], height, width, kernels.Shape[3]);
        float[] patches = new float[taps * area];
        for (int i = 0; i < batch; i++)
        {
            Collect(Part(images.Values, i, imageSize), sources, patches);
            Span<float> output = Part(result.Values, i, filters * area);
            for (int f = 0; f < filters; f++) output.Slice(f * area, area).Fill(bias.Values[f]);
            Kernels.MultiplyAdd(kernels.Values, patches, output, filters, taps, area);
        }
        _backward.Add(() =>
        {
            float[] patchGradients = new float[taps * area];
            for (int i = 0; i < batch; i++)
            {
                ReadOnlySpan<float> gradient = Part(result.Gradients, i, filters * area);
                Collect(Part(images.Values, i, imageSize), sources, patches);
                Kernels.MultiplyAdd(gradient, Kernels.Transpose(patches, taps, area), kernels.Gradients, filters, area, taps);
                for (int f = 0; f < filters; f++)
                    foreach (float value in gradient.Slice(f * area, area)) bias.Gradients[f] += value;
                Array.Clear(patchGradients);
                Kernels.TransposedMultiplyAdd(kernels.Values, gradient, patchGradients, taps, filters, area);
                Span<float> imageGradient = Part(images.Gradients, i, imageSize);
                for (int j = 0; j < sources.Length; j++)
                    if (sources[j] >= 0) imageGradient[sources[j]] += patchGradients[j];
            }
        });
        return result;
    }

    /// <summary>The largest of each 2 × 2 square of images [batch × channels × height × width]; height and width are even.</summary>
    public Variable MaxPool(Variable images)
    {
        int height = images.Shape[2], width = images.Shape[3];
        Variable result = new(images.Shape[0], images.Shape[1], height / 2, width / 2);
        int[] chosen = new int[result.Count];
        for (int i = 0; i < result.Count; i++)
        {
            int row = i / (width / 2), column = i % (width / 2), first = 2 * row * width + 2 * column;
            int best = first;
            foreach (int other in (ReadOnlySpan<int>)[first + 1, first + width, first + width + 1])
                if (images.Values[other] > images.Values[best]) best = other;
            (chosen[i], result.Values[i]) = (best, images.Values[best]);
        }
        _backward.Add(() =>
        {
            for (int i = 0; i < chosen.Length; i++) images.Gradients[chosen[i]] += result.Gradients[i];
        });
        return result;
    }

    // For each tap and each pixel, the index in the image; −1 in the padding.
    static int[] Sources(int channels, int height, int width, int side)
    {
        int[] sources = new int[channels * side * side * height * width];
        int next = 0;
        for (int channel = 0; channel < channels; channel++)
            for (int tap = 0; tap < side * side; tap++)
                for (int y = tap / side - side / 2, yEnd = y + height; y < yEnd; y++)
                    for (int x = tap % side - side / 2, xEnd = x + width; x < xEnd; x++)
                        sources[next++] = (uint)y < height && (uint)x < width ? (channel * height + y) * width + x : -1;
        return sources;
    }

    static void Collect(ReadOnlySpan<float> image, int[] sources, float[] patches)
    {
        for (int i = 0; i < sources.Length; i++) patches[i] = sources[i] < 0 ? 0 : image[sources[i]];
    }
}

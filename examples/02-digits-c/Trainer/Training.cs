using Zkml.Examples.Training;
namespace Zkml.Examples.Digits.Trainer;

/// <summary>How the network is trained and measured.</summary>
public static class Training
{
    /// <summary>The first images of the file are for training.</summary>
    public const int TrainingCount = 8000;

    /// <summary>The last images of the file are for measuring only.</summary>
    public const int TestCount = 2000;

    const int HiddenCount = 64, Epochs = 150, BatchSize = 32, Seed = 2;
    const float LargestRate = 3e-3f, Smoothing = 0.05f;

    /// <summary>Trains from a fixed seed: the same images give the same network. Reports the mean loss of every tenth epoch.</summary>
    public static FloatNetwork Train(LabelledImages images, Action<int, double> report)
    {
        Random random = new(Seed);
        FloatNetwork network = new(HiddenCount, random);
        int[] order = new int[images.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        byte[] distorted = new byte[LabelledImages.PixelCount];
        int step = 0, steps = Epochs * (images.Count / BatchSize);
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            random.Shuffle(order);
            double loss = 0;
            for (int start = 0; start + BatchSize <= order.Length; start += BatchSize)
            {
                foreach (int index in order.AsSpan(start, BatchSize))
                {
                    Augmentation.Distort(images.Pixels(index), distorted, random);
                    loss += network.Learn(distorted, images.Label(index), Smoothing);
                }
                // The rate falls along half a cosine.
                network.Step(LargestRate * (float)(0.5 + 0.5 * Math.Cos(Math.PI * step++ / steps)), BatchSize);
            }
            if (epoch % 10 == 0) report(epoch, loss / order.Length);
        }
        return network;
    }

    /// <summary>The share of images that a classifier gets right, in [0, 1].</summary>
    public static double Accuracy(LabelledImages images, Func<ReadOnlySpan<byte>, int> classify)
    {
        int right = 0;
        for (int i = 0; i < images.Count; i++) right += classify(images.Pixels(i)) == images.Label(i) ? 1 : 0;
        return (double)right / images.Count;
    }
}

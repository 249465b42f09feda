using Zkml.Examples.Training;

namespace Zkml.Examples.Mnist.Trainer;

/// <summary>How the network is trained and measured.</summary>
public static class MnistTraining
{
    /// <summary>The first images of the file are for training.</summary>
    public const int TrainingCount = 8000;

    /// <summary>The last images of the file are for measuring only.</summary>
    public const int TestCount = 2000;

    const int Epochs = 30, BatchSize = 32, Seed = 4;
    const float LargestRate = 4e-3f, Smoothing = 0.05f;

    /// <summary>Trains from a fixed seed: the same images give the same network. Reports the mean loss of every epoch.</summary>
    public static ConvolutionalNetwork Train(LabelledImages images, Action<int, double> report)
    {
        Random random = new(Seed);
        ConvolutionalNetwork network = new(random);
        Adam adam = new(network.Parameters);
        int[] order = [.. Enumerable.Range(0, images.Count)];
        byte[] distorted = new byte[LabelledImages.PixelCount];
        int[] labels = new int[BatchSize];
        int step = 0, batches = images.Count / BatchSize;
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            random.Shuffle(order);
            double loss = 0;
            for (int batch = 0; batch < batches; batch++)
            {
                Variable pixels = new(BatchSize, 1, LabelledImages.Side, LabelledImages.Side);
                for (int i = 0; i < BatchSize; i++)
                {
                    int index = order[batch * BatchSize + i];
                    Augmentation.Distort(images.Pixels(index), distorted, random);
                    for (int j = 0; j < distorted.Length; j++) pixels.Values[i * distorted.Length + j] = distorted[j];
                    labels[i] = images.Label(index);
                }
                Tape tape = new();
                loss += tape.Learn(network.Evaluate(tape, pixels), labels, Smoothing) / batches;
                adam.Step(Adam.CosineRate(LargestRate, step++, Epochs * batches));
            }
            report(epoch, loss);
        }
        return network;
    }

    /// <summary>The share of images that the network gets right, in [0, 1].</summary>
    public static double Accuracy(LabelledImages images, ConvolutionalNetwork network)
    {
        int right = 0;
        for (int i = 0; i < images.Count; i++)
        {
            Variable pixels = new(1, 1, LabelledImages.Side, LabelledImages.Side);
            for (int j = 0; j < LabelledImages.PixelCount; j++) pixels.Values[j] = images.Pixels(i)[j];
            ReadOnlySpan<float> logits = network.Evaluate(new(), pixels).Values;
            int best = 0;
            for (int j = 1; j < logits.Length; j++)
                if (logits[j] > logits[best]) best = j;
            right += best == images.Label(i) ? 1 : 0;
        }
        return (double)right / images.Count;
    }
}

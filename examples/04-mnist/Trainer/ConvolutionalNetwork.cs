using Zkml.Examples.Training;

namespace Zkml.Examples.Mnist.Trainer;

/// <summary>Two convolutions of 3 × 3 with ReLU and 2 × 2 max pooling, then one dense layer: 28 × 28 gray bytes to 10 logits.</summary>
public sealed class ConvolutionalNetwork
{
    /// <summary>The number of logits.</summary>
    public const int ClassCount = 10;

    /// <summary>Filters of the first and of the second convolution.</summary>
    public const int FirstFilters = 8, SecondFilters = 16;

    /// <summary>Elements between the last pooling and the dense layer: [16 × 7 × 7].</summary>
    public const int FeatureCount = SecondFilters * 7 * 7;

    const int KernelSide = 3;

    /// <summary>Random weights (He initialisation).</summary>
    public ConvolutionalNetwork(Random random)
    {
        const int taps = KernelSide * KernelSide;
        FirstKernels = Variable.Random(random, Math.Sqrt(2.0 / taps), FirstFilters, 1, KernelSide, KernelSide);
        SecondKernels = Variable.Random(random, Math.Sqrt(2.0 / (FirstFilters * taps)), SecondFilters, FirstFilters, KernelSide, KernelSide);
        DenseWeights = Variable.Random(random, Math.Sqrt(1.0 / FeatureCount), FeatureCount, ClassCount);
    }

    /// <summary>[8 × 1 × 3 × 3].</summary>
    public Variable FirstKernels { get; }

    /// <summary>[8].</summary>
    public Variable FirstBias { get; } = new(FirstFilters);

    /// <summary>[16 × 8 × 3 × 3].</summary>
    public Variable SecondKernels { get; }

    /// <summary>[16].</summary>
    public Variable SecondBias { get; } = new(SecondFilters);

    /// <summary>[784 × 10].</summary>
    public Variable DenseWeights { get; }

    /// <summary>[10].</summary>
    public Variable DenseBias { get; } = new(ClassCount);

    /// <summary>Everything that is trained.</summary>
    public Variable[] Parameters => [FirstKernels, FirstBias, SecondKernels, SecondBias, DenseWeights, DenseBias];

    /// <summary>The logits [batch × 10] of images [batch × 1 × 28 × 28] of raw bytes, 0 to 255.</summary>
    public Variable Evaluate(Tape tape, Variable images)
    {
        Variable scaled = tape.Scale(images, 1 / 255f);
        Variable first = tape.MaxPool(tape.Relu(tape.Convolve(scaled, FirstKernels, FirstBias)));
        Variable second = tape.MaxPool(tape.Relu(tape.Convolve(first, SecondKernels, SecondBias)));
        return tape.Add(tape.MatMul(tape.Reshape(second, images.Shape[0], FeatureCount), DenseWeights), DenseBias);
    }
}

using Zkml.Guest.Onnx.Operators.Neural;

namespace Zkml.Guest.Onnx.Operators;

public static partial class OperatorTable
{
    static partial void AddNeural(Dictionary<(string Domain, string Type), Operator> table)
    {
        AddProducts(table);
        AddPools(table);
        AddNormalizations(table);
        AddRecurrent(table);
        AddSampling(table);
        AddAttention(table);
        AddSignals(table);
        AddLosses(table);
    }

    static void AddProducts(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "MatMul")] = new MatMul();
        table[("", "Gemm")] = new Gemm();
        table[("", "Einsum")] = new Einsum();
        table[("", "Conv")] = new Conv();
        table[("", "ConvTranspose")] = new ConvTranspose();
        table[("", "DeformConv")] = new DeformConv();
        table[("", "Det")] = new Determinant();
    }

    static void AddPools(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "MaxPool")] = new MaxPool();
        table[("", "AveragePool")] = new AveragePool();
        table[("", "LpPool")] = new LpPool();
        table[("", "GlobalAveragePool")] = new GlobalAveragePool();
        table[("", "GlobalMaxPool")] = new GlobalMaxPool();
        table[("", "GlobalLpPool")] = new GlobalLpPool();
        table[("", "MaxUnpool")] = new MaxUnpool();
    }

    static void AddNormalizations(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "Softmax")] = new Softmax(isLogarithm: false);
        table[("", "LogSoftmax")] = new Softmax(isLogarithm: true);
        table[("", "BatchNormalization")] = new BatchNormalization();
        table[("", "InstanceNormalization")] = new GroupNormalization(isInstance: true);
        table[("", "GroupNormalization")] = new GroupNormalization(isInstance: false);
        table[("", "LayerNormalization")] = new LayerNormalization(isRootMeanSquare: false);
        table[("", "RMSNormalization")] = new LayerNormalization(isRootMeanSquare: true);
        table[("", "MeanVarianceNormalization")] = new MeanVarianceNormalization();
        table[("", "LpNormalization")] = new LpNormalization();
        table[("", "LRN")] = new LocalResponseNormalization();
    }

    static void AddRecurrent(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "RNN")] = new Rnn();
        table[("", "LSTM")] = new Lstm();
        table[("", "GRU")] = new Gru();
    }

    static void AddSampling(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "Resize")] = new Resize(isUpsample: false);
        table[("", "Upsample")] = new Resize(isUpsample: true);
        table[("", "GridSample")] = new GridSample();
        table[("", "AffineGrid")] = new AffineGrid();
        table[("", "RoiAlign")] = new RoiAlign();
        table[("", "MaxRoiPool")] = new MaxRoiPool();
    }

    static void AddAttention(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "Attention")] = new Attention();
        table[("", "RotaryEmbedding")] = new RotaryEmbedding();
        table[("", "LinearAttention")] = new LinearAttention();
        table[("", "CausalConvWithState")] = new CausalConvWithState();
    }

    static void AddSignals(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "DFT")] = new FourierTransform();
        table[("", "STFT")] = new ShortTimeFourierTransform();
        table[("", "HannWindow")] = new CosineWindow(0.5, 0.5, 0);
        table[("", "HammingWindow")] = new CosineWindow(25.0 / 46, 21.0 / 46, 0);
        table[("", "BlackmanWindow")] = new CosineWindow(0.42, 0.5, 0.08);
        table[("", "MelWeightMatrix")] = new MelWeightMatrix();
    }

    static void AddLosses(Dictionary<(string Domain, string Type), Operator> table)
    {
        table[("", "NegativeLogLikelihoodLoss")] = new LikelihoodLoss(hasSoftmax: false);
        table[("", "SoftmaxCrossEntropyLoss")] = new LikelihoodLoss(hasSoftmax: true);
    }
}

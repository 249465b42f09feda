using Zkml.Guest.Emission;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>Cycles of integer products in the machine, for docs/design/quantization.md; the bound is the issue's.</summary>
[TestFixture]
sealed class QuantizedCostTests
{
    // Kind, channels in, channels out, extent, window, stride, padding, groups; the limit in hundredths of a cycle for a product.
    static readonly object[] s_convolutions =
    [
        new object[] { "3x3", 8, 16, 14, 3, 1, 1, 1, 350 },
        new object[] { "3x3, one input channel", 1, 8, 28, 3, 1, 1, 1, 700 },
        new object[] { "5x5", 8, 16, 14, 5, 1, 2, 1, 350 },
        new object[] { "3x3, stride 2", 8, 16, 15, 3, 2, 1, 1, 350 },
        new object[] { "1x1", 16, 32, 14, 1, 1, 0, 1, 450 },
        new object[] { "depthwise 3x3", 16, 16, 14, 3, 1, 1, 16, 700 },
        new object[] { "fully connected", 256, 64, 1, 1, 1, 0, 1, 400 },
    ];

    [TestCaseSource(nameof(s_convolutions))]
    public void Convolution_InTheMachine_StaysBelowItsLimit(string name, int inputs, int outputs, int extent, int window, int stride, int padding, int groups, int limit)
    {
        QuantizedCase made = QuantizedCases.MakeConvolution(inputs, outputs, extent, window, stride, padding, groups);
        (Tensor output, Vm.Execution.ExecutionResult result) = made.RunInMachine();
        Assert.That(QuantizedCase.Differences(made.Expected, output), Is.Zero);
        long products = (long)output.Shape.Count * (inputs / groups) * window * window;
        int instructions = GuestEmitter.Emit(OnnxCompiler.Compile(made.Model, OnnxImportOptions.Default).Program, new PlainFrame()).InstructionCount;
        TestContext.Out.WriteLine($"{name}: {result.Instructions} instructions run, {products} products, {(double)result.Instructions / products:F2} a product, {instructions} in the program");
        Assert.That(100.0 * result.Instructions / products, Is.LessThan(limit));
    }
}

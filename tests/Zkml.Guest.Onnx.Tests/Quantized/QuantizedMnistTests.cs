using Zkml.Guest.Emission;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.OnnxRuntime;
using Zkml.Guest.OnnxRuntime.Calibration;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>The shared MNIST networks, quantised by the product's own quantiser: the guest's outputs are ONNX Runtime's, bit for bit.</summary>
[TestFixture, Category("Interop")]
sealed class QuantizedMnistTests
{
    const int Calibrated = 64, Compared = 200, InMachine = 3;

    static readonly CalibrationDataOptions s_raw = new() { Count = Compared };
    static readonly CalibrationDataOptions s_normalized = new() { Count = Compared, Scale = 1 / 255.0, Mean = 0.1307, Deviation = 0.3081 };

    [TestCase("models/mnist/cntk_cnn.onnx", false, ElementType.UInt8)]
    [TestCase("models/mnist/lenet_2_4_8.onnx", true, ElementType.UInt8)]
    [TestCase("models/mnist/lenet_4_8_32.onnx", true, ElementType.UInt8)]
    [TestCase("models/mnist/lenet_2_4_8.onnx", true, ElementType.Int8)]
    public void Network_Quantized_EqualsOnnxRuntime(string path, bool isNormalized, ElementType type)
    {
        if (OnnxRuntimeLocator.TryFind() == null) Assert.Ignore("ONNX Runtime is not installed: run guest-sdk/onnxruntime/install.sh");
        byte[] model = TestFiles.Require(path);
        using OnnxRuntimeProcess process = OnnxRuntimeProcess.Start();
        OnnxRuntimePort[] inputs;
        using (OnnxRuntimeSession session = process.Load(model)) inputs = [.. session.Inputs];
        IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> images = CalibrationData.Read(TestFiles.Find("models/mnist/t10k-images-idx3-ubyte.gz")!, inputs, isNormalized ? s_normalized : s_raw);
        QuantizerResult quantized = Quantizer.Run(process, model, [.. images.Take(Calibrated)], [.. images.Take(8)], new() { Quantization = new() { Activations = type } });
        CompiledModel compiled = OnnxCompiler.Compile(quantized.Model.Span, OnnxImportOptions.Default with { Batch = 1 });
        using OnnxRuntimeSession reference = process.Load(quantized.Model.Span);
        using OnnxRuntimeSession exact = process.Load(quantized.Model.Span, ExactnessTally.Precise);
        IReadOnlyList<OnnxRuntimeResult> expected = reference.RunBatch(images), precise = exact.RunBatch(images);
        LoopMachine machine = new(compiled.Program);
        EmittedGuest guest = GuestEmitter.Emit(compiled.Program, new PlainFrame());
        ExactnessTally tally = new();
        long cycles = 0;
        for (int i = 0; i < images.Count; i++)
        {
            Tensor image = images[i][inputs[0].Name].Tensor, result = expected[i].ValuesOrThrow[0].Tensor, unsaturated = precise[i].ValuesOrThrow[0].Tensor;
            machine.Write(compiled.Program.Inputs[0], image.Data);
            machine.Run();
            tally.Add(new(result.Type, result.Shape, machine.Read(compiled.Program.Outputs[0])), result, unsaturated);
            if (i >= InMachine) continue;
            ExecutionResult run = new Executor(ElfReader.Read(guest.Elf), new() { StandardInput = image.Data.ToArray() }).Run();
            tally.Add(new(result.Type, result.Shape, run.Journal), result, unsaturated);
            cycles = run.Cycles;
        }
        NodeStatistics[] statistics = [.. compiled.Graph.Nodes.Select(NodeStatistics.Of)];
        long products = statistics.Sum(node => node.Macs), integers = statistics.Where(node => node.IsInteger).Sum(node => node.Macs);
        TestContext.Out.WriteLine($"{path} {type}: {images.Count} images, {tally}; {cycles} cycles, {products} products, {100.0 * integers / products:F1} % of integers, {guest.InstructionCount} instructions; {string.Join(' ', compiled.Graph.Nodes.Select(node => node.OperatorType))}");
        Assert.That(tally.Wrong, Is.Zero);
        Assert.That(integers, Is.GreaterThanOrEqualTo(0.95 * products));
    }
}

using System.Diagnostics;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators;
using Zkml.Guest.Onnx.Tests.NodeTests;

namespace Zkml.Guest.Onnx.Tests.Fuzz;

/// <summary>
/// Broken models never crash, hang or take memory that their size does not justify: they compile, or give an <see cref="OnnxException"/>.
/// A case is named by its seed; a failure prints it, and <see cref="Seed_Again_IsTheSame"/> repeats it.
/// </summary>
[TestFixture]
sealed class ModelFuzzTests
{
    // Graphs, expression trees and folded constants of small models; what a hostile extent would take is far above.
    const long MaximumAllocatedBytes = 1L << 30;

    static readonly string[] s_operatorTypes = [.. OperatorTable.Supported.Where(entry => entry.Domain.Length == 0).Select(entry => entry.Type).Order(StringComparer.Ordinal)];

    static readonly string[] s_trainedModels =
        ["mnist/cntk_cnn.onnx", "mnist/lenet_2_4_8.onnx", "iris/logreg_iris.onnx", "sklearn/treecl.onnx"];

    // One of our own, the models of the node tests, a few trained ones.
    static readonly Lazy<byte[][]> s_models = new(() =>
    [
        Default(),
        .. NodeTestArchive.Tests?.Where(test => test.Model.Length < 20_000).Select(test => test.Model) ?? Enumerable.Empty<byte[]>(),
        .. s_trainedModels.Select(name => TestFiles.Find("models/" + name)).OfType<string>().SelectMany(path => Enumerable.Repeat(File.ReadAllBytes(path), 10)),
    ]);

    [Test]
    public void Models_Broken_CompileOrAreRefused() => Run(1, 2_000);

    [Test, Category("Slow")]
    public void Models_BrokenInManyWays_CompileOrAreRefused() => Run(10_000, 100_000);

    [Test]
    public void Seed_Again_IsTheSame()
    {
        byte[][] first = [.. Enumerable.Range(1, 50).Select(Case)];
        Assert.That(Enumerable.Range(1, 50).Select(Case), Is.EqualTo(first));
    }

    static byte[] Case(int seed) => new ModelMutator(seed, s_operatorTypes).Mutate(s_models.Value[(int)((uint)seed * 2654435761u % (uint)s_models.Value.Length)]);

    static void Run(int firstSeed, int count)
    {
        int compiled = 0;
        Dictionary<OnnxError, int> refused = [];
        List<string> failures = [];
        (long Milliseconds, int Seed) slowest = default;
        (long Bytes, int Seed) largest = default;
        for (int seed = firstSeed; seed < firstSeed + count && failures.Count < 20; seed++)
        {
            byte[] model = Case(seed);
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            try
            {
                OnnxCompiler.Compile(model, new() { Batch = 1 });
                compiled++;
            }
            catch (OnnxException e)
            {
                Exception cause = e.GetBaseException();
                if (OnnxException.IsUnforeseen(cause)) failures.Add($"seed {seed}: {cause.GetType().Name}: {e.Message} {Place(cause)}");
                refused[e.Error] = refused.GetValueOrDefault(e.Error) + 1;
                if (e.Message.Length is 0 or > 2000) failures.Add($"seed {seed}: a message of {e.Message.Length} characters");
            }
            catch (Exception e)
            {
                failures.Add($"seed {seed}: {e.GetType().Name}: {e.Message} {Place(e)}");
            }
            long milliseconds = (long)Stopwatch.GetElapsedTime(start).TotalMilliseconds, bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            if (milliseconds > slowest.Milliseconds) slowest = (milliseconds, seed);
            if (bytes > largest.Bytes) largest = (bytes, seed);
            if (bytes > MaximumAllocatedBytes) failures.Add($"seed {seed}: allocated {bytes} bytes");
        }
        TestContext.Out.WriteLine($"seeds {firstSeed} to {firstSeed + count - 1}: {compiled} compiled, refused: {string.Join(", ", refused.Select(entry => $"{entry.Key} {entry.Value}"))}");
        TestContext.Out.WriteLine($"slowest: {slowest.Milliseconds} ms (seed {slowest.Seed}); most memory: {largest.Bytes} bytes (seed {largest.Seed})");
        Assert.That(failures, Is.Empty);
        Assert.That(compiled, Is.GreaterThan(count / 50), "Mutations must leave some models alive, or operators are never reached.");
    }

    // The first frame of ours above the loop language, which only reports what an operator wrote.
    static string Place(Exception e) => e.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Zkml.Guest.Onnx", StringComparison.Ordinal))?.Trim() ?? e.StackTrace ?? "";

    static byte[] Default() => new ModelBuilder().Input("x", ElementType.Float32, 1, 2, 8, 8)
        .Initializer("w", Tensor.Of<float>(ElementType.Float32, new(3, 2, 3, 3), new float[54])).Initializer("s", Tensor.Of(ElementType.Int64, new(2), 1L, -1L))
        .Node("Conv", ["x", "w"], ["c"]).Node("Relu", ["c"], ["r"]).Node("MaxPool", ["r"], ["p"], new Zkml.Guest.Onnx.Import.Proto.AttributeProto
        {
            Name = "kernel_shape", Type = Zkml.Guest.Onnx.Import.Proto.AttributeProto.Types.AttributeType.Ints, Ints = { 2, 2 },
        })
        .Node("Reshape", ["p", "s"], ["f"]).Node("Softmax", ["f"], ["y"]).Output("y", ElementType.Float32, 1, 75).ToBytes();
}

using Zkml.Examples.Iris.Trainer;
using Zkml.Examples.Training;
using Zkml.Examples.Transformer.Trainer;
using Zkml.Guest.Onnx;
using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Receipts;
using Zkml.Sdk;
using Zkml.Sdk.Inference;

namespace Zkml.EndToEnd.Tests;

/// <summary>The compiled models of examples/03-iris, 04-mnist and 05-transformer: reproducible, right, and provable.</summary>
[TestFixture]
sealed class ModelExamplesTests
{
    const int TestImages = 2000;

    static readonly string s_examples = Path.Combine(FindAbove("Zkml.Vm.sln") ?? "", "examples");

    [TestCase("03-iris/forest.onnx", "03-iris/forest.elf")]
    [TestCase("03-iris/logistic.onnx", "03-iris/logistic.elf")]
    [TestCase("04-mnist/model.q.onnx", "04-mnist/guest.elf")]
    [TestCase("05-transformer/model.q.onnx", "05-transformer/guest.elf")]
    public void Compile_ModelOfAnExample_GivesTheCommittedGuest(string model, string guest) =>
        Assert.That(InferenceGuest.Compile(Read(model)).Elf, Is.EqualTo(Read(guest)), $"run: ./zkvm compile examples/{model} -o examples/{guest}");

    [TestCase("forest", 3 + 47 + 100)]
    [TestCase("logistic", 2 + 48 + 97)]
    public void Iris_AllFlowers_AreNamedAsTheTrainerNamesThem(string name, int atLeast)
    {
        string data = SharedFile("models/iris/iris.csv");
        Flower[] flowers = Flowers.Read(data), training = [.. flowers.Where((_, i) => i % 3 != 2)];
        Func<float[], int> classify = name == "forest" ? new RandomForest(training).Classify : new LogisticRegression(training).Classify;
        InferenceClient guest = Open($"03-iris/{name}.elf");
        int right = 0;
        foreach (Flower flower in flowers)
        {
            long label = guest.Run([Tensor.Of<float>(ElementType.Float32, new(1, 4), flower.Features)])[0].IntegerAt(0);
            Assert.That(label, Is.EqualTo(classify(flower.Features)));
            right += label == flower.Species ? 1 : 0;
        }
        Assert.That(right, Is.GreaterThanOrEqualTo(atLeast - 5));
    }

    [Test]
    public void Mnist_DrawnDigits_AreReadAlikeInFloatAndInIntegers()
    {
        InferenceClient guest = Open("04-mnist/guest.elf"), inFloat = InferenceClient.TryOpen(InferenceGuest.Compile(Read("04-mnist/model.onnx")).Elf)!;
        int right = 0;
        for (int digit = 0; digit < 10; digit++)
        {
            Tensor[] input = InputDocument.Read(guest.Contract, Read($"02-digits-c/samples/{digit}.pgm"));
            int read = Top(guest.Run(input)[0]);
            Assert.That(read, Is.EqualTo(Top(inFloat.Run(input)[0])), $"digit {digit}");
            right += read == digit ? 1 : 0;
        }
        // The network never saw drawings; it takes the drawn 1 for another digit.
        Assert.That(right, Is.GreaterThanOrEqualTo(9));
    }

    [Test, Category("Slow")]
    public void Mnist_LastImages_AreReadAsOftenAsTheReadmeSays()
    {
        LabelledImages all = LabelledImages.Read(Path.GetDirectoryName(SharedFile("models/mnist/t10k-images-idx3-ubyte.gz"))!);
        InferenceClient guest = Open("04-mnist/guest.elf");
        int right = 0;
        for (int i = all.Count - TestImages; i < all.Count; i++)
        {
            float[] pixels = [.. all.Pixels(i).ToArray().Select(pixel => (float)pixel)];
            if (Top(guest.Run([Tensor.Of<float>(ElementType.Float32, new(1, 1, 28, 28), pixels)])[0]) == all.Label(i)) right++;
        }
        TestContext.Out.WriteLine($"{right} of {TestImages} are right.");
        Assert.That(right, Is.GreaterThanOrEqualTo(1970));
    }

    [Test]
    public void Transformer_UnseenSentences_AreUnderstood()
    {
        InferenceClient guest = Open("05-transformer/guest.elf");
        Random random = new(8);
        for (int i = 0; i < 50; i++)
        {
            Command command = CommandGrammar.Draw(random);
            long[] tokens = [.. CommandGrammar.Encode(command.Words).Select(token => (long)token)];
            Tensor intent = guest.Run([Tensor.Of<long>(ElementType.Int64, new(1, CommandGrammar.Length), tokens)])[0];
            Assert.That(Top(intent), Is.EqualTo(command.Intent), string.Join(' ', command.Words));
        }
    }

    [TestCase("03-iris/forest.elf", "03-iris/samples/virginica.json")]
    [TestCase("04-mnist/guest.elf", "02-digits-c/samples/7.pgm", Category = "Slow")]
    [TestCase("05-transformer/guest.elf", "05-transformer/samples/stake.json", Category = "Slow")]
    public void Prove_Example_GivesAReceiptThatVerifies(string guestPath, string inputPath)
    {
        InferenceClient guest = Open(guestPath);
        Tensor[] input = InputDocument.Read(guest.Contract, Read(inputPath));
        ProveResult result = ZkvmClient.Prove(guest.Program, guest.InputOf(input));
        ReceiptVerification verdict = ZkvmClient.Verify(result.Receipt, ZkvmClient.ImageIdOf(guest.Program));
        Assert.That(verdict.IsAccepted, Is.True);
        Tensor[] proved = guest.OutputsOf(result.Receipt.Journal.Span)!, executed = guest.Run(input);
        Assert.That(proved.Select(tensor => tensor.Data.ToArray()), Is.EqualTo(executed.Select(tensor => tensor.Data.ToArray())));
    }

    static InferenceClient Open(string path) => InferenceClient.TryOpen(Read(path))!;

    static byte[] Read(string path) => File.ReadAllBytes(Path.Combine(s_examples, path));

    static int Top(Tensor tensor)
    {
        int best = 0;
        for (int i = 1; i < tensor.Shape.Count; i++)
            if (tensor.NumberAt(i) > tensor.NumberAt(best)) best = i;
        return best;
    }

    static string SharedFile(string path)
    {
        string? root = FindAbove("shared");
        string file = root is null ? "" : Path.Combine(root, "shared", path);
        if (!File.Exists(file)) Assert.Ignore($"shared/{path} is not beside the repository.");
        return file;
    }

    static string? FindAbove(string name)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !Path.Exists(Path.Combine(folder.FullName, name))) folder = folder.Parent;
        return folder?.FullName;
    }
}

using Zkml.Examples.Training;
using System.Globalization;
using Zkml.Examples.Digits.Trainer;

switch (args)
{
    case ["train", string data, string header]:
        Train(data, header);
        return 0;
    case ["draw", string header, string folder]:
        return Draw(header, folder);
    default:
        Console.Error.WriteLine("""
            usage: train DATA WEIGHTS    trains on the MNIST files t10k-* in the folder DATA, measures, writes the guest's header WEIGHTS
                   draw WEIGHTS FOLDER   draws the sample digits as PGM files and classifies them
            """);
        return 1;
}

static void Train(string data, string header)
{
    LabelledImages all = LabelledImages.Read(data);
    LabelledImages training = all.Slice(0, Training.TrainingCount), test = all.Slice(all.Count - Training.TestCount, Training.TestCount);
    FloatNetwork network = Training.Train(training, (epoch, loss) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {epoch}: loss {loss:F4}")));
    IntegerNetwork quantized = IntegerNetwork.Quantize(network);
    double real = Training.Accuracy(test, pixels => IntegerNetwork.Classify(network.Evaluate(pixels)));
    double exact = Training.Accuracy(test, pixels => IntegerNetwork.Classify<int>(quantized.Evaluate(pixels)));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accuracy on the last {test.Count} images: {real:P2} in float, {exact:P2} in int8"));
    File.WriteAllText(header, quantized.ToHeader());
}

static int Draw(string header, string folder)
{
    IntegerNetwork network = IntegerNetwork.Parse(File.ReadAllText(header));
    int wrong = 0;
    for (int digit = 0; digit < FloatNetwork.OutputCount; digit++)
    {
        byte[] pixels = DigitDrawing.Draw(digit);
        int[] logits = network.Evaluate(pixels);
        int classified = IntegerNetwork.Classify<int>(logits);
        Console.WriteLine($"{digit}: classified as {classified}, logits {string.Join(' ', logits)}");
        if (classified != digit) wrong++;
        File.WriteAllBytes(Path.Combine(folder, $"{digit}.pgm"), DigitDrawing.ToPgm(pixels));
    }
    return wrong == 0 ? 0 : 2;
}

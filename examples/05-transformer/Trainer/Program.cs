using System.Globalization;
using System.Text.Json;
using Zkml.Examples.Training;
using Zkml.Examples.Transformer.Trainer;

const int Steps = 3000, BatchSize = 32, TestCount = 2000, CalibrationCount = 256;
const float LargestRate = 3e-3f, Smoothing = 0.02f;

switch (args)
{
    case ["train", string model, string calibration]:
        Train(model);
        WriteCalibration(calibration);
        return 0;
    case ["encode", .. string[] words] when words.Length > 0:
        Console.WriteLine(Encode(words));
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: train MODEL SAMPLES    trains on random sentences, measures on others, writes the float model (ONNX) and samples for its calibration (JSON)
                   encode WORD...         prints a sentence as the model's input
            """);
        return 1;
}

static string Encode(IReadOnlyList<string> words) => JsonSerializer.Serialize(new Dictionary<string, int[]> { ["words"] = CommandGrammar.Encode(words) });

static void WriteCalibration(string path)
{
    Random random = new(7);
    IEnumerable<string> samples = Enumerable.Range(0, CalibrationCount).Select(_ => Encode(CommandGrammar.Draw(random).Words));
    File.WriteAllText(path, $"[\n{string.Join(",\n", samples)}\n]\n");
}

static void Train(string model)
{
    Random random = new(5);
    TransformerNetwork network = new(random);
    Adam adam = new(network.Parameters);
    double loss = 0;
    for (int step = 1; step <= Steps; step++)
    {
        Command[] batch = [.. Enumerable.Range(0, BatchSize).Select(_ => CommandGrammar.Draw(random))];
        Tape tape = new();
        loss += tape.Learn(network.Evaluate(tape, [.. batch.SelectMany(command => CommandGrammar.Encode(command.Words))]), [.. batch.Select(command => command.Intent)], Smoothing);
        adam.Step(Adam.CosineRate(LargestRate, step, Steps));
        if (step % 500 == 0)
        {
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step}: loss {loss / 500:F4}"));
            loss = 0;
        }
    }
    Random unseen = new(6);
    int right = 0;
    for (int i = 0; i < TestCount; i++)
    {
        Command command = CommandGrammar.Draw(unseen);
        ReadOnlySpan<float> logits = network.Evaluate(new(), CommandGrammar.Encode(command.Words)).Values;
        if (Argmax(logits) == command.Intent) right++;
    }
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accuracy on {TestCount} unseen sentences: {(double)right / TestCount:P2} in float"));
    File.WriteAllBytes(model, TransformerModel.Export(network));
}

static int Argmax(ReadOnlySpan<float> values)
{
    int best = 0;
    for (int i = 1; i < values.Length; i++)
        if (values[i] > values[best]) best = i;
    return best;
}

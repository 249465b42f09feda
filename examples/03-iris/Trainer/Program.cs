using System.Globalization;
using Zkml.Examples.Iris.Trainer;

if (args is not [string data, string folder])
{
    Console.Error.WriteLine("usage: DATA FOLDER    trains on the flowers in the CSV file DATA, writes forest.onnx and logistic.onnx into FOLDER");
    return 1;
}
// Every third flower is for measuring only.
Flower[] all = Flowers.Read(data), training = [.. all.Where((_, i) => i % 3 != 2)], test = [.. all.Where((_, i) => i % 3 == 2)];
RandomForest forest = new(training);
LogisticRegression regression = new(training);
Report("forest", forest.Classify);
Report("logistic regression", regression.Classify);
File.WriteAllBytes(Path.Combine(folder, "forest.onnx"), forest.Export());
File.WriteAllBytes(Path.Combine(folder, "logistic.onnx"), regression.Export());
return 0;

void Report(string name, Func<float[], int> classify) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"{name}: {training.Count(flower => classify(flower.Features) == flower.Species)} of {training.Length} trained, {test.Count(flower => classify(flower.Features) == flower.Species)} of {test.Length} unseen flowers are right"));

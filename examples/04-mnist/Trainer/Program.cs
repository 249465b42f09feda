using System.Globalization;
using Zkml.Examples.Mnist.Trainer;
using Zkml.Examples.Training;

if (args is not [string data, string model])
{
    Console.Error.WriteLine("usage: DATA MODEL    trains on the MNIST files t10k-* in the folder DATA, measures, writes the float model MODEL (ONNX)");
    return 1;
}
LabelledImages all = LabelledImages.Read(data);
LabelledImages training = all.Slice(0, MnistTraining.TrainingCount), test = all.Slice(all.Count - MnistTraining.TestCount, MnistTraining.TestCount);
ConvolutionalNetwork network = MnistTraining.Train(training, (epoch, loss) => Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epoch {epoch}: loss {loss:F4}")));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"accuracy on the last {test.Count} images: {MnistTraining.Accuracy(test, network):P2} in float"));
File.WriteAllBytes(model, MnistModel.Export(network));
return 0;

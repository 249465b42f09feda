using Zkml.Examples.Training;
using System.Buffers.Binary;
using Zkml.Examples.Digits.Trainer;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;

namespace Zkml.EndToEnd.Tests;

/// <summary>examples/02-digits-c: the committed guest computes the integer network to the bit, and the network is as accurate as its README says.</summary>
public sealed class DigitsTests
{
    static readonly string Example = Path.Combine(FindAbove("Zkml.Vm.sln") ?? "", "examples", "02-digits-c");
    static readonly ProgramImage Guest = ElfReader.Read(File.ReadAllBytes(Path.Combine(Example, "guest.elf")));
    static readonly IntegerNetwork Network = IntegerNetwork.Parse(File.ReadAllText(Path.Combine(Example, "weights.g.h")));

    [Test]
    public void Guest_SampleDigits_ClassifiesThemRight([Range(0, 9)] int digit)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(Example, "samples", $"{digit}.pgm"));
        ExecutionResult result = Run(file);
        (int classified, int[] logits) = Read(result.Journal);
        Assert.That(classified, Is.EqualTo(digit));
        Assert.That(logits, Is.EqualTo(Network.Evaluate(file.AsSpan(file.Length - LabelledImages.PixelCount))));
        Assert.That(result.StandardOutput, Is.EqualTo(System.Text.Encoding.ASCII.GetBytes($"digit {digit}\n")));
    }

    [Test]
    public void Samples_DrawnAgain_AreTheCommittedFiles([Range(0, 9)] int digit) =>
        Assert.That(DigitDrawing.ToPgm(DigitDrawing.Draw(digit)), Is.EqualTo(File.ReadAllBytes(Path.Combine(Example, "samples", $"{digit}.pgm"))));

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(255)]
    public void Guest_UniformImage_GivesTheLogitsOfTheReference(byte gray)
    {
        byte[] pixels = new byte[LabelledImages.PixelCount];
        Array.Fill(pixels, gray);
        AssertLogits(pixels);
    }

    [Test]
    public void Guest_RandomImages_GivesTheLogitsOfTheReference()
    {
        Random random = new(3);
        byte[] pixels = new byte[LabelledImages.PixelCount];
        for (int i = 0; i < 20; i++)
        {
            random.NextBytes(pixels);
            for (int j = 0; j < pixels.Length; j++) pixels[j] = random.Next(20) < i ? (byte)0 : pixels[j];
            AssertLogits(pixels);
        }
    }

    [TestCase("")]
    [TestCase("P5")]
    [TestCase("P6 28 28 255 ")]
    [TestCase("P5 27 28 255 ")]
    [TestCase("P5 28 28 65535 ")]
    [TestCase("P5 28 28 99999999999999999999 ")]
    [TestCase("P5 28 28 255")]
    [TestCase("P5 # a comment without an end")]
    public void Guest_OtherInput_Panics(string header)
    {
        byte[] input = [.. System.Text.Encoding.ASCII.GetBytes(header), .. new byte[header.EndsWith(' ') ? LabelledImages.PixelCount : 0]];
        Assert.That(() => Run(input), Throws.InstanceOf<GuestException>().With.Message.Contains("digits: expected"));
    }

    [Test]
    public void Guest_PgmWithComments_IsRead()
    {
        byte[] pixels = DigitDrawing.Draw(3);
        (int classified, _) = Read(Run([.. "P5\n# drawn\n28\t28 # size\r\n255\n"u8, .. pixels]).Journal);
        Assert.That(classified, Is.EqualTo(3));
    }

    [Test]
    public void Network_LastImages_AreClassifiedAsTheReadmeSays()
    {
        string? root = FindAbove("shared");
        if (root is null) Assert.Ignore("The folder shared, with the MNIST files, is absent.");
        LabelledImages all = LabelledImages.Read(Path.Combine(root!, "shared", "models", "mnist"));
        LabelledImages test = all.Slice(all.Count - Training.TestCount, Training.TestCount);
        double accuracy = Training.Accuracy(test, pixels => IntegerNetwork.Classify<int>(Network.Evaluate(pixels)));
        Assert.That(accuracy, Is.EqualTo(0.9865).Within(1e-9));
    }

    static void AssertLogits(byte[] pixels)
    {
        (int classified, int[] logits) = Read(Run(pixels).Journal);
        Assert.That(logits, Is.EqualTo(Network.Evaluate(pixels)));
        Assert.That(classified, Is.EqualTo(IntegerNetwork.Classify<int>(logits)));
    }

    static ExecutionResult Run(byte[] input) => new Executor(Guest, new() { StandardInput = input }).Run();

    static (int Digit, int[] Logits) Read(byte[] journal)
    {
        Assert.That(journal, Has.Length.EqualTo(44));
        int[] logits = new int[10];
        for (int i = 0; i < logits.Length; i++) logits[i] = BinaryPrimitives.ReadInt32LittleEndian(journal.AsSpan(4 + 4 * i));
        return (BinaryPrimitives.ReadInt32LittleEndian(journal), logits);
    }

    static string? FindAbove(string name)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !Path.Exists(Path.Combine(folder.FullName, name))) folder = folder.Parent;
        return folder?.FullName;
    }
}

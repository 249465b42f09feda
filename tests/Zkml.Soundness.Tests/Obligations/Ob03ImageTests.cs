using Zkml.Air;
using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Machine.Tables;
using Zkml.Records;
using Zkml.Testing;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>OB-3: an image word cannot be claimed zero, left out, or given another value.</summary>
public sealed class Ob03ImageTests
{
    // Loads the data word 0x1234_5678 into a5, which nothing else uses.
    static MachineRun LoadsData(out uint word)
    {
        var assembler = new Assembler();
        Label data = assembler.NewLabel("data");
        assembler.Here("_start");
        assembler.La(A1, data).Lw(A5, 0, A1).HaltWith([]).In(SectionKind.Data).Mark(data).Word(0x1234_5678);
        AssembledProgram program = assembler.Assemble();
        word = program.AddressOf("data") / 4;
        return MachineRun.Of(program);
    }

    static void ReadInstead(MachineRun run, uint word, uint value)
    {
        run.Last.LoadWord.MutableItems[0].Memory.Value = value;
        run.Last.LoadWord.MutableItems[0].Result.Value = value;
        run.Entry(MemorySpace.Register, (uint)A5).FinalValue = value;
        ref BoundaryEntry entry = ref run.Entry(MemorySpace.Memory, word);
        entry.InitialValue = entry.FinalValue = value;
    }

    [Test]
    public void ImageWordClaimedZero_LeavesTheImagesMessage()
    {
        MachineRun run = LoadsData(out uint word);
        ReadInstead(run, word, 0);
        run.Entry(MemorySpace.Memory, word).IsImage = false;
        run.Check().AssertUnbalanced(Buses.Image);
    }

    [TestCase(0u)]
    [TestCase(0x1234_5679u)]
    [TestCase(0x1334_5678u)]
    public void ImageWordClaimedAnother_IsNotInTheImage(uint value)
    {
        MachineRun run = LoadsData(out uint word);
        ReadInstead(run, word, value);
        run.Check().AssertUnbalanced(Buses.Image);
    }

    [Test]
    public void PlainWordThatStartsElsewhereThanAtZero_ViolatesTheBoundary()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x300).Lw(A5, 0, A1).HaltWith([]));
        ReadInstead(run, 0x0030_0000 / 4, 5);
        run.Check().AssertViolates(RiscvMachine.Boundary, "InitialValue.Lo");
    }

    [Test]
    public void PlainWordClaimedOfTheImage_IsNotInTheImage()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x300).Lw(A5, 0, A1).HaltWith([]));
        ReadInstead(run, 0x0030_0000 / 4, 5);
        run.Entry(MemorySpace.Memory, 0x0030_0000 / 4).IsImage = true;
        run.Check().AssertUnbalanced(Buses.Image);
    }

    [Test]
    public void UntouchedImageWordLeftOut_LeavesTheImagesMessage()
    {
        MachineRun run = LoadsData(out uint word);
        uint untouched = run.Last.Boundary.Items.ToArray().First(entry => entry.IsImage && entry.Word != word && entry.FinalTime == entry.InitialTime).Word;
        run.Last.Boundary.Set(run.Last.Boundary.Items.ToArray().Where(entry => entry.Word != untouched));
        run.Check().AssertUnbalanced(Buses.Image);
    }

    [Test]
    public void ImageBitOfARegister_ViolatesTheBoundary()
    {
        MachineRun run = LoadsData(out _);
        MachineVerdict verdict = run.Check((_, check) => check.Cells<BoundaryColumns<KoalaBear>>(RiscvMachine.Boundary, 3).IsImage = KoalaBear.One);
        Assert.That(verdict.Failures.Select(failure => failure.Failure.Label), Has.Some.Contains("IsImage"));
    }

    [Test]
    public void ImagesMultiplicity_IsPreprocessedAndNeverAWitness()
    {
        ExprGraph graph = RiscvMachine.Image.Graph;
        Assert.That(RiscvMachine.Image.Width, Is.Zero);
        Assert.That(graph.Interactions, Has.Count.EqualTo(1));
        Assert.That(graph.Nodes[graph.Interactions[0].Multiplicity].Kind, Is.EqualTo(ExprKind.Preprocessed));
    }

    // The other side of the obligation: the table stands in every closing class, once, and in no other.
    [Test]
    public void ImageTable_StandsOnceInEveryClosingClassAlone()
    {
        foreach (Zkml.Machine.Shapes.ShapeClass shape in Zkml.Machine.Shapes.ShapeClasses.All)
            foreach (MachineChip chip in (MachineChip[])[RiscvMachine.Image, RiscvMachine.Rom, RiscvMachine.ReadOnly, RiscvMachine.Boundary, RiscvMachine.Halt])
                Assert.That(shape.Tables.Count(table => table.Chip == chip), Is.EqualTo(shape.IsClosing ? 1 : 0), $"{chip} in {shape}");
    }
}

using Zkml.Guest.Loops;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Emission.Tests;

/// <summary>Cycles of typical loops. The bounds hold what was reached; docs/design/emission.md has the numbers.</summary>
public class QualityTests
{
    /// <summary>A 3×3 convolution of int8 over a padded image, four output channels at a time, as the quantised operators write it.</summary>
    [Test]
    public void Convolution_OfInt8_TakesFewCyclesPerProduct()
    {
        const int channels = 16, size = 12, output = size - 2, outputChannels = 16, group = 4;
        LoopBuffer image = LoopBuffer.Create("image", BufferKind.Input, MemoryType.Int8, channels * size * size);
        LoopBuffer weights = LoopBuffer.Constant("weights", MemoryType.Int8, EmittedRun.RandomBytes(outputChannels * channels * 9, 1));
        LoopBuffer bias = LoopBuffer.Constant("bias", MemoryType.Int32, EmittedRun.RandomBytes(outputChannels * 4, 2));
        LoopBuffer sums = LoopBuffer.Create("sums", BufferKind.Output, MemoryType.Int32, outputChannels * output * output);
        LoopProgram program = EmittedRun.Program("convolution", f => f.For("o", 0, outputChannels / group, o => f.For("y", 0, output, y => f.For("x", 0, output, x =>
        {
            Local[] totals = new Local[group];
            for (int g = 0; g < group; g++) totals[g] = f.Local($"total{g}", Expression.Load(bias, o * group + g));
            f.For("c", 0, channels, c =>
            {
                for (int k = 0; k < 9; k++)
                {
                    Local value = f.Local("value", Expression.Load(image, c * (size * size) + (y + k / 3) * size + x + k % 3));
                    for (int g = 0; g < group; g++)
                        f.Assign(totals[g], totals[g] + value * Expression.Load(weights, (o * group + g) * (channels * 9) + c * 9 + k));
                }
            });
            for (int g = 0; g < group; g++) f.Store(sums, (o * group + g) * (output * output) + y * output + x, totals[g]);
        }))), [image], [sums]);
        ExpectCycles(program, outputChannels * output * output * channels * 9, 3.5);
    }

    /// <summary>A product of a matrix and a vector, four rows at a time.</summary>
    [Test]
    public void MatrixProduct_OfInt8_TakesFewCyclesPerProduct()
    {
        const int rows = 64, columns = 256, group = 4, unroll = 4;
        LoopBuffer vector = LoopBuffer.Create("vector", BufferKind.Input, MemoryType.Int8, columns);
        LoopBuffer weights = LoopBuffer.Constant("weights", MemoryType.Int8, EmittedRun.RandomBytes(rows * columns, 1));
        LoopBuffer sums = LoopBuffer.Create("sums", BufferKind.Output, MemoryType.Int32, rows);
        LoopProgram program = EmittedRun.Program("matrix", f => f.For("row", 0, rows / group, row =>
        {
            Local[] totals = [.. Enumerable.Range(0, group).Select(g => f.Local($"total{g}", Expression.Bits(0u)))];
            f.For("column", 0, columns / unroll, column =>
            {
                for (int k = 0; k < unroll; k++)
                {
                    Local value = f.Local("value", Expression.Load(vector, column * unroll + k));
                    for (int g = 0; g < group; g++)
                        f.Assign(totals[g], totals[g] + value * Expression.Load(weights, (row * group + g) * columns + column * unroll + k));
                }
            });
            for (int g = 0; g < group; g++) f.Store(sums, row * group + g, totals[g]);
        }), [vector], [sums]);
        ExpectCycles(program, rows * columns, 3.6);
    }

    /// <summary>The innermost loop as simple as it can be: two loads, a product, a sum, two pointers, a branch.</summary>
    [Test]
    public void DotProduct_NotUnrolled_TakesSevenCyclesPerProduct()
    {
        const int count = 4000;
        LoopBuffer left = LoopBuffer.Create("left", BufferKind.Input, MemoryType.Int8, count), right = LoopBuffer.Create("right", BufferKind.Input, MemoryType.Int16, count);
        LoopBuffer sum = LoopBuffer.Create("sum", BufferKind.Output, MemoryType.Int32, 1);
        LoopProgram program = EmittedRun.Program("dot", f =>
        {
            Local total = f.Local("total", Expression.Bits(0u));
            f.For("i", 0, count, i => f.Assign(total, total + Expression.Load(left, i) * Expression.Load(right, i)));
            f.Store(sum, 0, total);
        }, [left, right], [sum]);
        ExpectCycles(program, count, 7.01);
    }

    /// <summary>A table of 256 entries applied to every element.</summary>
    [Test]
    public void TableLookup_TakesFewCyclesPerElement()
    {
        const int count = 4000;
        LoopBuffer input = LoopBuffer.Create("input", BufferKind.Input, MemoryType.UInt8, count), output = LoopBuffer.Create("output", BufferKind.Output, MemoryType.UInt8, count);
        LoopBuffer table = LoopBuffer.Constant("table", MemoryType.UInt8, EmittedRun.RandomBytes(256, 3));
        LoopProgram program = EmittedRun.Program("table", f => f.For("i", 0, count, i => f.Store(output, i, Expression.Load(table, Expression.Load(input, i)))), [input], [output]);
        ExpectCycles(program, count, 7.01);
    }

    // The plain frame's own cycles are those of a program without layers.
    static void ExpectCycles(LoopProgram program, long units, double bound)
    {
        byte[] input = EmittedRun.RandomBytes(program.Inputs.Sum(buffer => buffer.ByteCount), 7);
        ExecutionResult result = EmittedRun.ExpectLikeInterpreter(program, input);
        ExecutionResult frame = EmittedRun.Execute(program with { Layers = [] }, input);
        double cycles = (result.Cycles - frame.Cycles) / (double)units;
        TestContext.Out.WriteLine($"{program.Name}: {result.Cycles - frame.Cycles} cycles, {cycles:F2} each");
        Assert.That(cycles, Is.LessThanOrEqualTo(bound));
    }
}

using Zkml.Guest.Assembly;
using Zkml.Guest.Loops;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Guest.Emission;

/// <summary>The frame without any format: the input is the bytes of all input buffers in order, the journal those of all outputs.</summary>
public sealed class PlainFrame : IGuestFrame
{
    /// <inheritdoc/>
    public IReadOnlyList<Function> Functions => [];

    /// <inheritdoc/>
    public IReadOnlyList<LoopBuffer> Buffers => [];

    /// <inheritdoc/>
    public void EmitStart(GuestFrameContext context)
    {
        long total = context.Program.Inputs.Sum(input => (long)input.ByteCount);
        foreach (LoopBuffer input in context.Program.Inputs)
            context.ReadInput(context.AddressOf(input), input.ByteCount, $"input: expected {total} bytes, got fewer; {input} is not complete");
        context.ExpectEndOfInput($"input: expected {total} bytes, got more");
    }

    /// <inheritdoc/>
    public void EmitEnd(GuestFrameContext context)
    {
        uint start = context.OutputStart, end = start;
        foreach (LoopBuffer output in context.Program.Outputs)
        {
            EmitMoveDown(context.Assembler, context.AddressOf(output), end, output.ByteCount);
            end += (uint)output.ByteCount;
        }
        context.HaltWithJournal(start, (int)(end - start));
    }

    // Outputs lie at multiples of 4; the journal has no gaps.
    static void EmitMoveDown(Assembler assembler, uint from, uint to, int byteCount)
    {
        if (from == to || byteCount == 0) return;
        bool isAligned = to % 4 == 0;
        assembler.Li(T0, from).Li(T1, to).Li(T2, from + ((uint)byteCount + (isAligned ? 3u : 0)) / (isAligned ? 4u : 1) * (isAligned ? 4u : 1));
        Label loop = assembler.Here();
        if (isAligned) assembler.Lw(T3, 0, T0).Sw(T3, 0, T1).Addi(T0, T0, 4).Addi(T1, T1, 4);
        else assembler.Lbu(T3, 0, T0).Sb(T3, 0, T1).Addi(T0, T0, 1).Addi(T1, T1, 1);
        assembler.Bne(T0, T2, loop);
    }
}

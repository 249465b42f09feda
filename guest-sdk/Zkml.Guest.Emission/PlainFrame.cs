using System.Buffers.Binary;
using System.Text;
using Zkml.Guest.Assembly;
using Zkml.Guest.Loops;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Guest.Emission;

/// <summary>
/// The frame without any format: the input is the bytes of all input buffers in order, the journal those of all outputs. An input of another
/// length ends the run with exit code 1 and a message.
/// </summary>
public sealed class PlainFrame : IGuestFrame
{
    // The machine counts words of one call and blocks of one hash in 16 bits.
    const int MaximumCount = 0xFFFF;

    // SHA-256("risc0.Output"), the journal's digest (written by the guest), no assumptions, the number of digests: 98 bytes and their padding.
    const string OutputTag = "77EAFEB366A78B47747DE0D7BB176284085FF5564887009A5BE63DA32D3559D4";

    /// <inheritdoc/>
    public void Write(FrameContext context)
    {
        Assembler code = context.Assembler;
        code.SetStackPointer();
        Label failed = code.NewLabel();
        foreach (LoopBuffer input in context.Program.Inputs) WriteRead(code, context.AddressOf(input), input.ByteCount, failed);
        // One byte more would be too many.
        code.Li(A0, 0).Li(A1, 0).Li(A3, 0).Li(A4, 1).Ecall(HostCall.Read);
        FailUnlessEqual(code, A0, Zero, failed);
        code.Call(context.Layers);
        WriteJournal(context);
        long expected = context.Program.Inputs.Sum(input => (long)input.ByteCount);
        WriteFailure(code, failed, $"input: expected exactly {expected} bytes\n");
    }

    static void WriteRead(Assembler code, Label buffer, int byteCount, Label failed)
    {
        for (int done = 0; done < byteCount;)
        {
            int bytes = Math.Min(byteCount - done, 4 * MaximumCount);
            code.La(A0, buffer, done).Li(A1, (bytes + 3) / 4).Li(A3, 0).Li(A4, bytes).Ecall(HostCall.Read).Li(T1, bytes);
            FailUnlessEqual(code, A0, T1, failed);
            done += bytes;
        }
    }

    static void FailUnlessEqual(Assembler code, Register left, Register right, Label failed)
    {
        Label ok = code.NewLabel();
        code.Beq(left, right, ok).J(failed).Mark(ok);
    }

    static void WriteFailure(Assembler code, Label label, string message)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(message);
        Label text = code.NewLabel();
        code.In(SectionKind.ReadOnlyData).Align(4).Mark(text).Byte(bytes).In(SectionKind.Text).Mark(label);
        code.Li(A0, 0).Li(A1, 0).Li(A3, 2).La(A4, text).Li(A5, bytes.Length).Ecall(HostCall.Write).HaltWith([], 1).Ebreak();
    }

    static void WriteJournal(FrameContext context)
    {
        Assembler code = context.Assembler;
        int length = context.Program.Outputs.Sum(output => output.ByteCount), padded = (length + 9 + 63) / 64 * 64;
        Label journal = code.NewLabel("journal"), state = code.NewLabel(), output = code.NewLabel(), digest = code.NewLabel();
        code.In(SectionKind.Bss).Align(4).Mark(journal).Space((uint)padded).In(SectionKind.Text);
        int offset = 0;
        foreach (LoopBuffer buffer in context.Program.Outputs)
        {
            WriteCopy(code, context.AddressOf(buffer), journal, offset, buffer.ByteCount);
            offset += buffer.ByteCount;
        }
        if (length > 0) code.CommitBytes(journal, length);
        // The rest of the padding is 0 already.
        code.La(T0, journal, length).Li(T1, 0x80).Sb(T1, 0, T0).La(T0, journal, padded - 8);
        code.Li(T1, BinaryPrimitives.ReverseEndianness((uint)(8L * length >> 32))).Sw(T1, 0, T0);
        code.Li(T1, BinaryPrimitives.ReverseEndianness((uint)(8L * length))).Sw(T1, 4, T0);
        WriteHash(code, journal, padded / 64, state, output, 32);
        WriteHash(code, output, 2, state, digest, 0);
        code.Halt(0, digest).Ebreak();
        code.In(SectionKind.ReadOnlyData).Align(4).Mark(state);
        // States lie in memory as the bytes of a digest.
        foreach (uint word in (ReadOnlySpan<uint>)[0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19])
            code.Word(BinaryPrimitives.ReverseEndianness(word));
        byte[] message = new byte[128];
        Convert.FromHexString(OutputTag).CopyTo(message, 0);
        (message[96], message[98]) = (2, 0x80);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(126), 98 * 8);
        code.In(SectionKind.Data).Align(4).Mark(output).Byte(message).In(SectionKind.Bss).Align(4).Mark(digest).Space(32).In(SectionKind.Text);
    }

    // By words where both sides are aligned.
    static void WriteCopy(Assembler code, Label from, Label to, int offset, int byteCount)
    {
        int step = offset % 4 == 0 ? 4 : 1, whole = byteCount / step * step, rest = byteCount - whole;
        code.La(T0, from).La(T1, to, offset);
        if (whole > 0)
        {
            code.La(T2, from, whole);
            Label loop = code.Here();
            if (step == 4) code.Lw(T3, 0, T0).Sw(T3, 0, T1);
            else code.Lbu(T3, 0, T0).Sb(T3, 0, T1);
            code.Addi(T0, T0, step).Addi(T1, T1, step).Bne(T0, T2, loop);
        }
        for (int i = 0; i < rest; i++) code.Lbu(T3, i, T0).Sb(T3, i, T1);
    }

    static void WriteHash(Assembler code, Label message, int blocks, Label initial, Label digest, int digestOffset)
    {
        for (int done = 0; done < blocks;)
        {
            int count = Math.Min(blocks - done, MaximumCount);
            code.La(A0, digest, digestOffset);
            if (done == 0) code.La(A1, initial);
            else code.Mv(A1, A0);
            code.La(A2, message, 64 * done).La(A3, message, 64 * done + 32).Li(A4, count).Ecall(EcallNumber.Sha);
            done += count;
        }
    }
}

using System.Buffers.Binary;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Guest.Assembly;

/// <summary>Small complete guests, for tests and benchmarks.</summary>
public static class Programs
{
    /// <summary>Cycles of one iteration of <see cref="Mixed"/>'s loop.</summary>
    public const int MixedLoopCycles = 100;

    /// <summary>Writes a constant journal and halts.</summary>
    public static AssembledProgram Halt(ReadOnlySpan<byte> journal = default, byte exitCode = 0)
    {
        Assembler assembler = new();
        assembler.Here("_start");
        return assembler.HaltWith(journal, exitCode).Assemble();
    }

    /// <summary>Counts from a number down to 0 in a loop of two instructions, then halts with an empty journal.</summary>
    public static AssembledProgram CountDown(int iterations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        Assembler assembler = new();
        assembler.Here("_start");
        assembler.Li(T1, iterations);
        Label loop = assembler.Here("loop");
        return assembler.Addi(T1, T1, -1).Bnez(T1, loop).HaltWith([]).Assemble();
    }

    /// <summary>
    /// Reads 64 · <paramref name="blocks"/> bytes of input, commits them, hashes them with the SHA ecall and halts with their output digest.
    /// </summary>
    /// <param name="blocks">In [1, 1000].</param>
    public static AssembledProgram CommitInput(int blocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blocks, 1000);
        int length = 64 * blocks;
        Assembler assembler = new();
        Label buffer = assembler.NewLabel("buffer"), padding = assembler.NewLabel("padding"), initial = assembler.NewLabel("initial");
        Label state = assembler.NewLabel("state"), output = assembler.NewLabel("output");
        assembler.Here("_start");
        assembler.La(A0, buffer).Li(A1, length / 4).Li(A3, 0).Li(A4, length).Ecall(HostCall.Read);
        assembler.CommitBytes(buffer, length);
        EmitHash(assembler, initial, output, 32, buffer, blocks);
        // The padding stands on its own, so that the input buffer needs no room behind it.
        assembler.La(A0, output, 32).Mv(A1, A0).La(A2, padding).La(A3, padding, 32).Li(A4, 1).Ecall(EcallNumber.Sha);
        EmitHash(assembler, initial, state, 0, output, 2);
        assembler.Halt(0, state);

        assembler.In(SectionKind.ReadOnlyData).Mark(initial);
        foreach (uint word in (ReadOnlySpan<uint>)[0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19])
            assembler.Word(BinaryPrimitives.ReverseEndianness(word)); // the ecall's states are bytes of a digest
        assembler.Mark(padding).Byte(Padding(length).AsSpan(0, 64));
        byte[] message = Assembler.OutputMessage([]);
        assembler.In(SectionKind.Data).Mark(output).Byte(message).Byte(Padding(message.Length).AsSpan(0, 128 - message.Length));
        assembler.In(SectionKind.Bss).Mark(state).Space(32).Mark(buffer).Space((uint)length);
        return assembler.Assemble();
    }

    /// <summary>
    /// An integer program with the instruction mix of compiled code, per 100 cycles: 16 loads, 9 stores, 13 branches, 6 MUL, 2 DIV, the rest
    /// additions, logic, shifts and comparisons. Halts with an empty journal.
    /// </summary>
    /// <param name="cycles">At least 200. The loop runs as often as fits; the program ends less than 150 cycles away from this number.</param>
    public static AssembledProgram Mixed(int cycles)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cycles, 2 * MixedLoopCycles);
        Assembler assembler = new();
        Label buffer = assembler.NewLabel("buffer");
        assembler.Here("_start");
        assembler.La(S0, buffer).Mv(T2, S0).Li(S1, cycles / MixedLoopCycles).Li(A0, 0x1234_5678).Li(A1, 0x9E37_79B9u).Li(A2, 0x0101_0107);
        Label loop = assembler.Here("loop");
        for (int group = 0; group < 10; group++) EmitMixedGroup(assembler, group);
        assembler.Addi(S1, S1, -1).Bnez(S1, loop).HaltWith([]);
        return assembler.In(SectionKind.Bss).Mark(buffer).Space(8192).Assemble();
    }

    // Ten instructions, eight in the last group, which leaves room for the loop's end.
    static void EmitMixedGroup(Assembler assembler, int group)
    {
        int offset = 64 * group;
        Label next = assembler.NewLabel();
        assembler.Lw(T1, offset, T2).Add(A0, A0, T1).Xor(A1, A1, A0);
        _ = (group % 5) switch
        {
            0 => assembler.Lbu(T3, offset + 5, T2),
            1 => assembler.Lw(T3, offset + 8, T2),
            2 => assembler.Lh(T3, offset + 14, T2),
            _ => assembler.Slli(T3, A0, 7),
        };
        _ = (group % 5) switch
        {
            4 when group == 9 => assembler.Srai(A3, A0, 3),
            4 => assembler.Sb(A1, offset + 2, T2),
            _ => assembler.Sw(A1, offset + 4, T2),
        };
        assembler.Bltu(A0, A1, next).Mark(next);
        _ = (group % 5) switch
        {
            < 3 => assembler.Mul(A2, A1, A0),
            3 => assembler.Sltu(A3, A2, A1),
            _ => assembler.Srl(A3, A1, A2),
        };
        _ = (group % 5) switch
        {
            0 => assembler.Divu(A4, A1, A2),
            1 => assembler.Sub(A4, A3, T3),
            2 => assembler.Or(A4, A3, T3),
            _ => assembler.Add(A4, A4, T3),
        };
        if (group == 9) return;
        _ = group switch
        {
            // The window that the loads and stores move over: 2 KiB to 6 KiB of the buffer.
            2 => assembler.Andi(T4, A1, 0x7FC),
            3 => assembler.Add(T2, S0, T4),
            _ => assembler.Addi(A1, A1, 0x3B5),
        };
        if (group is 1 or 6)
        {
            Label skipped = assembler.NewLabel();
            assembler.Beq(A4, A3, skipped).Mark(skipped);
        }
        else
            assembler.And(A5, A4, A1);
    }

    static void EmitHash(Assembler assembler, Label from, Label to, int toOffset, Label blocks, int count) =>
        assembler.La(A0, to, toOffset).La(A1, from).La(A2, blocks).La(A3, blocks, 32).Li(A4, count).Ecall(EcallNumber.Sha);

    // What SHA-256 appends to a message of this many bytes, followed by zeros: 0x80, zeros, the length in bits as 8 bytes, big-endian.
    static byte[] Padding(int length)
    {
        byte[] padding = new byte[128];
        padding[0] = 0x80;
        int end = 64 - length % 64;
        if (end < 9) end += 64;
        BinaryPrimitives.WriteInt64BigEndian(padding.AsSpan(end - 8), 8L * length);
        return padding;
    }
}

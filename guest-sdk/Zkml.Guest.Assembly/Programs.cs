using System.Buffers.Binary;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Guest.Assembly;

/// <summary>Small complete guests, for tests and benchmarks.</summary>
public static class Programs
{
    /// <summary>Cycles of one iteration of <see cref="Mixed"/>'s loop.</summary>
    public const int MixedLoopCycles = 128;

    const int MixedStartCycles = 20, MinimumMixedCycles = 200;

    // Six more instructions of each group of Mixed's loop: w SW, b SB, h LH, m MUL, d DIVU, s SRLI, c SLTU, a ANDI, x XOR.
    static readonly string[] s_mixedGroups = ["whmdxs", "wmxxsc", "wwhmxs", "wbmaxs", "whmdxs", "wmxxsc", "whxxxs", "wbmxxc"];

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
    /// An integer program with the instruction mix of compiled code, per 128 cycles: 20 loads, 11 stores, 16 branches, 7 MUL, 2 DIVU, 32 ADD and
    /// SUB, 16 ADDI, 14 logic, 7 shifts, 3 comparisons. Halts with an empty journal.
    /// </summary>
    /// <param name="cycles">At least 200. The loop runs as often as fits; the program ends at most 148 cycles before this number.</param>
    public static AssembledProgram Mixed(int cycles)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(cycles, MinimumMixedCycles);
        Assembler assembler = new();
        Label buffer = assembler.NewLabel("buffer");
        assembler.Here("_start");
        int iterations = (cycles - MixedStartCycles) / MixedLoopCycles;
        assembler.La(S0, buffer).Mv(T2, S0).Li(S1, iterations).Li(A0, 0x1234_5678).Li(A1, 0x9E37_79B9u).Li(A2, 0x0101_0107);
        Label loop = assembler.Here("loop");
        for (int group = 0; group < s_mixedGroups.Length; group++) EmitMixedGroup(assembler, group);
        assembler.Addi(S1, S1, -1).Bnez(S1, loop).HaltWith([]);
        return assembler.In(SectionKind.Bss).Mark(buffer).Space(8192).Assemble();
    }

    // Ten instructions, eight in the last group, which leaves room for the loop's end, and the group's extras. Results depend on what was
    // loaded, and t2 moves, so that nothing is the same in every iteration.
    static void EmitMixedGroup(Assembler assembler, int group)
    {
        bool isLast = group == s_mixedGroups.Length - 1;
        int offset = 64 * group;
        ReadOnlySpan<char> extras = s_mixedGroups[group];
        assembler.Lw(T1, offset, T2).Add(A0, A0, T1);
        foreach (char extra in extras[..3]) EmitMixedExtra(assembler, extra, offset);
        Label next = assembler.NewLabel();
        assembler.Bltu(A0, A1, next).Mark(next).Sub(A3, A3, T3);
        foreach (char extra in extras[3..]) EmitMixedExtra(assembler, extra, offset);
        assembler.Addi(A1, A1, 0x3B5).Lw(T3, offset + 8, T2).Add(A4, A4, T3);
        // The window that the loads and stores move over: the first 2 KiB of the buffer and what the offsets reach behind it.
        if (group == 3) assembler.Add(T2, S0, T4);
        else assembler.Add(A5, A5, A4);
        if (isLast) return;
        Label skipped = assembler.NewLabel();
        assembler.Beq(A4, A3, skipped).Mark(skipped).Addi(A0, A0, -77);
    }

    static void EmitMixedExtra(Assembler assembler, char extra, int offset) => _ = extra switch
    {
        'w' => assembler.Sw(A1, offset + 4, T2),
        'b' => assembler.Sb(A1, offset + 2, T2),
        'h' => assembler.Lh(T3, offset + 14, T2),
        'm' => assembler.Mul(A2, A1, A0),
        'd' => assembler.Divu(A4, A1, A2),
        's' => assembler.Srli(A3, A2, 7),
        'c' => assembler.Sltu(A3, A2, A1),
        'a' => assembler.Andi(T4, A1, 0x7FC),
        _ => assembler.Xor(A1, A1, A0),
    };

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

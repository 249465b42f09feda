using Zkml.Guest.Assembly;
using Zkml.Isa;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Testing;

/// <summary>
/// Guests of random legal instructions that always halt: every arithmetic instruction, loads and stores of every size in read-write memory
/// and loads from the read-only window, taken and untaken branches, jumps, calls, fences and ecalls. The same seed gives the same guest.
/// </summary>
public static class RandomPrograms
{
    const int DataBytes = 1024, WindowBytes = 256;

    static readonly int[] Corners = [0, 1, -1, 2, int.MinValue, int.MaxValue, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, -0x8000, 31, 32, 33];

    // s0, s1 and s2 hold the data address, the loop counter and the window address; ecalls and jumps use t3 and a0…a7, t0, t6 freely.
    static readonly Register[] Destinations =
        [Zero, Ra, Gp, Tp, T0, T1, T2, A0, A1, A2, A3, A4, A5, A6, A7, S3, S4, S5, S6, S7, S8, S9, S10, S11, T3, T4, T5, T6];

    static readonly Opcode[] Arithmetic = [.. Enum.GetValues<Opcode>().Where(opcode => opcode is >= Opcode.Add and <= Opcode.Remu)];
    static readonly Opcode[] Loads = [Opcode.Lw, Opcode.Lb, Opcode.Lbu, Opcode.Lh, Opcode.Lhu];
    static readonly Opcode[] Stores = [Opcode.Sw, Opcode.Sb, Opcode.Sh];
    static readonly Opcode[] Branches = [Opcode.Beq, Opcode.Bne, Opcode.Blt, Opcode.Bge, Opcode.Bltu, Opcode.Bgeu];

    /// <summary>
    /// A guest whose loop of <paramref name="bodyLength"/> random pieces, 1 to 12 instructions each, runs <paramref name="iterations"/> times.
    /// </summary>
    public static AssembledProgram Make(int seed, int bodyLength = 200, int iterations = 3)
    {
        Random random = new(seed);
        Assembler assembler = new();
        Label data = assembler.NewLabel("data"), window = assembler.NewLabel("window"), buffer = assembler.NewLabel("buffer");
        assembler.Here("_start");
        assembler.La(S0, data).Li(S1, iterations).La(S2, window);
        foreach (Register register in Destinations) assembler.Li(register, RandomValue(random));
        Label loop = assembler.Here("loop");
        for (int i = 0; i < bodyLength; i++) EmitPiece(assembler, random, buffer);
        // The body may be longer than a branch reaches.
        Label end = assembler.NewLabel();
        assembler.Addi(S1, S1, -1).Beqz(S1, end).J(loop).Mark(end).HaltWith([]);

        assembler.In(SectionKind.Data).Mark(data);
        for (int i = 0; i < DataBytes / 8; i++) assembler.Word((uint)RandomValue(random));
        assembler.In(SectionKind.Bss).Mark(buffer).Space(DataBytes);
        assembler.In(SectionKind.Window).Mark(window);
        for (int i = 0; i < WindowBytes / 4; i++) assembler.Word((uint)RandomValue(random));
        return assembler.Assemble();
    }

    static void EmitPiece(Assembler assembler, Random random, Label buffer)
    {
        Register rd = Pick(Destinations, random), rs1 = (Register)random.Next(32), rs2 = (Register)random.Next(32);
        switch (random.Next(20))
        {
            case < 8: EmitArithmetic(assembler, random, Pick(Arithmetic, random), rd, rs1, rs2); break;
            case < 11: EmitMemory(assembler, random, Pick(Loads, random), rd, S0, DataBytes); break;
            case 11: EmitMemory(assembler, random, Pick(Loads, random), rd, S2, WindowBytes); break;
            case < 14: EmitMemory(assembler, random, Pick(Stores, random), rs2, S0, DataBytes); break;
            case < 16:
                Label skipped = assembler.NewLabel();
                EmitBranch(assembler, Pick(Branches, random), rs1, random.Next(4) == 0 ? rs1 : rs2, skipped);
                assembler.Addi(rd, rs1, random.Next(-2048, 2048)).Mark(skipped);
                break;
            case 16: assembler.Lui(rd, (uint)random.Next(1 << 20)); break;
            case 17: assembler.Auipc(rd, (uint)random.Next(1 << 20)); break;
            case 18: EmitJump(assembler, random, rd); break;
            default: EmitCall(assembler, random, buffer); break;
        }
    }

    static void EmitArithmetic(Assembler assembler, Random random, Opcode opcode, Register rd, Register rs1, Register rs2)
    {
        (int minimum, int maximum, _) = Encoder.ImmediateRange(InstructionTable.Get(opcode).Format);
        bool isImmediate = minimum != maximum;
        assembler.Emit(new Instruction(opcode, (byte)rd, (byte)rs1, isImmediate ? (byte)0 : (byte)rs2, isImmediate ? random.Next(minimum, maximum + 1) : 0));
    }

    static void EmitMemory(Assembler assembler, Random random, Opcode opcode, Register value, Register baseRegister, int areaBytes)
    {
        int size = (int)PartialWord.AccessBytes(opcode), offset = random.Next(areaBytes / size) * size;
        bool isStore = opcode is Opcode.Sw or Opcode.Sb or Opcode.Sh;
        assembler.Emit(new Instruction(opcode, isStore ? (byte)0 : (byte)value, (byte)baseRegister, isStore ? (byte)value : (byte)0, offset));
    }

    static void EmitBranch(Assembler assembler, Opcode opcode, Register rs1, Register rs2, Label target)
    {
        switch (opcode)
        {
            case Opcode.Beq: assembler.Beq(rs1, rs2, target); break;
            case Opcode.Bne: assembler.Bne(rs1, rs2, target); break;
            case Opcode.Blt: assembler.Blt(rs1, rs2, target); break;
            case Opcode.Bge: assembler.Bge(rs1, rs2, target); break;
            case Opcode.Bltu: assembler.Bltu(rs1, rs2, target); break;
            default: assembler.Bgeu(rs1, rs2, target); break;
        }
    }

    static void EmitJump(Assembler assembler, Random random, Register rd)
    {
        Label target = assembler.NewLabel();
        if (random.Next(2) == 0) assembler.Jal(rd, target).Ebreak();
        else assembler.La(T3, target, random.Next(2)).Jalr(rd, 0, T3).Ebreak(); // bit 0 of the target is dropped
        assembler.Mark(target);
    }

    static void EmitCall(Assembler assembler, Random random, Label buffer)
    {
        switch (random.Next(6))
        {
            case 0: assembler.Fence(); break;
            case 1: assembler.Ecall(EcallNumber.Input); break;
            case 2: assembler.Li(A0, 0).Li(A1, 0).Ecall(HostCall.CycleCount); break;
            case 3: assembler.La(A0, buffer).Li(A1, random.Next(1, 9)).Ecall(HostCall.Random); break;
            case 4: assembler.La(A0, buffer, 64).Mv(A1, S0).La(A2, buffer, 128).La(A3, buffer, 256).Li(A4, random.Next(3)).Ecall(EcallNumber.Sha); break;
            default: assembler.Li(A0, 0).Li(A1, 0).Li(A3, 1).Mv(A4, S0).Li(A5, random.Next(9)).Ecall(HostCall.Write); break;
        }
    }

    static int RandomValue(Random random) => random.Next(3) == 0 ? Corners[random.Next(Corners.Length)] : (int)random.NextInt64(1L << 32);

    static T Pick<T>(T[] values, Random random) => values[random.Next(values.Length)];
}

namespace Zkml.Isa.Tests;

[TestFixture]
public sealed class DecoderTests
{
    // Words assembled by GNU as 2.40 for riscv64-unknown-elf, -march=rv32im, from the text beside them.
    [TestCase(0x00C58533u, "add a0, a1, a2")]
    [TestCase(0x40500FB3u, "sub t6, zero, t0")]
    [TestCase(0x80010113u, "addi sp, sp, -2048")]
    [TestCase(0x7FF50513u, "addi a0, a0, 2047")]
    [TestCase(0x0124A433u, "slt s0, s1, s2")]
    [TestCase(0x015A39B3u, "sltu s3, s4, s5")]
    [TestCase(0xFFF5A513u, "slti a0, a1, -1")]
    [TestCase(0x0015B513u, "sltiu a0, a1, 1")]
    [TestCase(0x00F776B3u, "and a3, a4, a5")]
    [TestCase(0x0168E833u, "or a6, a7, s6")]
    [TestCase(0x019C4BB3u, "xor s7, s8, s9")]
    [TestCase(0x0FF37293u, "andi t0, t1, 255")]
    [TestCase(0xF00E6393u, "ori t2, t3, -256")]
    [TestCase(0xFFFF4E93u, "xori t4, t5, -1")]
    [TestCase(0x00C59533u, "sll a0, a1, a2")]
    [TestCase(0x00C5D533u, "srl a0, a1, a2")]
    [TestCase(0x40C5D533u, "sra a0, a1, a2")]
    [TestCase(0x01F59513u, "slli a0, a1, 31")]
    [TestCase(0x0015D513u, "srli a0, a1, 1")]
    [TestCase(0x4105D513u, "srai a0, a1, 16")]
    [TestCase(0x02C58533u, "mul a0, a1, a2")]
    [TestCase(0x02C59533u, "mulh a0, a1, a2")]
    [TestCase(0x02C5A533u, "mulhsu a0, a1, a2")]
    [TestCase(0x02C5B533u, "mulhu a0, a1, a2")]
    [TestCase(0x02C5C533u, "div a0, a1, a2")]
    [TestCase(0x02C5D533u, "divu a0, a1, a2")]
    [TestCase(0x02C5E533u, "rem a0, a1, a2")]
    [TestCase(0x02C5F533u, "remu a0, a1, a2")]
    [TestCase(0xFFC12503u, "lw a0, -4(sp)")]
    [TestCase(0x7FF18503u, "lb a0, 2047(gp)")]
    [TestCase(0x80024503u, "lbu a0, -2048(tp)")]
    [TestCase(0x00259503u, "lh a0, 2(a1)")]
    [TestCase(0x0065D503u, "lhu a0, 6(a1)")]
    [TestCase(0x00112623u, "sw ra, 12(sp)")]
    [TestCase(0xFEA58FA3u, "sb a0, -1(a1)")]
    [TestCase(0x7FFF1F23u, "sh t6, 2046(t5)")]
    [TestCase(0x00B50463u, "beq a0, a1, .+8")]
    [TestCase(0x80B51063u, "bne a0, a1, .-4096")]
    [TestCase(0x7EB54FE3u, "blt a0, a1, .+4094")]
    [TestCase(0xFEB55EE3u, "bge a0, a1, .-4")]
    [TestCase(0x00B560E3u, "bltu a0, a1, .+2048")]
    [TestCase(0x80B570E3u, "bgeu a0, a1, .-2048")]
    [TestCase(0x7FFFF0EFu, "jal ra, .+1048574")]
    [TestCase(0x8000006Fu, "jal zero, .-1048576")]
    [TestCase(0x0010056Fu, "jal a0, .+2048")]
    [TestCase(0xFFFFF537u, "lui a0, 0xfffff")]
    [TestCase(0x12345297u, "auipc t0, 0x12345")]
    [TestCase(0xFFF500E7u, "jalr ra, -1(a0)")]
    [TestCase(0x00000073u, "ecall")]
    [TestCase(0x0310000Fu, "fence")]
    [TestCase(0x00100073u, "ebreak")]
    public void Decoder_WordOfTheGnuAssembler_DisassemblesToItsSource(uint word, string text)
    {
        Assert.That(Decoder.TryDecode(word, out Instruction instruction, out DecodeError error), Is.True, error.ToString());
        Assert.That(instruction.ToString(), Is.EqualTo(text));
        Assert.That(Encoder.Encode(instruction), Is.EqualTo(word));
    }

    [TestCase(0x00000000u, DecodeError.ZeroWord)]
    [TestCase(0x00000001u, DecodeError.Compressed)]          // c.nop
    [TestCase(0x00008082u, DecodeError.Compressed)]          // c.ret
    [TestCase(0x0000001Fu, DecodeError.LongInstruction)]     // 48 bits
    [TestCase(0x0000007Fu, DecodeError.LongInstruction)]
    [TestCase(0xFFFFFFFFu, DecodeError.LongInstruction)]
    [TestCase(0xC00022F3u, DecodeError.ControlRegister)]     // csrrs t0, cycle, x0
    [TestCase(0x30529073u, DecodeError.ControlRegister)]     // csrrw x0, mtvec, t0
    [TestCase(0x3002D073u, DecodeError.ControlRegister)]     // csrrwi
    [TestCase(0x30200073u, DecodeError.Privileged)]          // mret
    [TestCase(0x10500073u, DecodeError.Privileged)]          // wfi
    [TestCase(0x000000F3u, DecodeError.Privileged)]          // ecall with rd = 1
    [TestCase(0x00008073u, DecodeError.Privileged)]          // ecall with rs1 = 1
    [TestCase(0x00200073u, DecodeError.Privileged)]          // uret
    [TestCase(0x00004073u, DecodeError.ReservedEncoding)]    // SYSTEM, funct3 = 4
    [TestCase(0x0000100Fu, DecodeError.ReservedEncoding)]    // fence.i
    [TestCase(0x00052507u, DecodeError.UnsupportedExtension)] // flw
    [TestCase(0x00A52027u, DecodeError.UnsupportedExtension)] // fsw
    [TestCase(0x00C5F553u, DecodeError.UnsupportedExtension)] // fadd.s
    [TestCase(0x00B5252Fu, DecodeError.UnsupportedExtension)] // amoadd.w
    [TestCase(0x100526AFu, DecodeError.UnsupportedExtension)] // lr.w
    [TestCase(0x02059513u, DecodeError.ReservedEncoding)]    // slli with shamt[5]: RV64 only
    [TestCase(0x0205D513u, DecodeError.ReservedEncoding)]    // srli with shamt[5]
    [TestCase(0x4205D513u, DecodeError.ReservedEncoding)]    // srai with shamt[5]
    [TestCase(0x40059513u, DecodeError.ReservedEncoding)]    // slli with funct7 = 0x20
    [TestCase(0x40C59533u, DecodeError.ReservedEncoding)]    // sll with funct7 = 0x20
    [TestCase(0x04C58533u, DecodeError.ReservedEncoding)]    // add with funct7 = 2
    [TestCase(0x08C5C533u, DecodeError.ReservedEncoding)]    // pack (Zbkb)
    [TestCase(0x00B53503u, DecodeError.ReservedEncoding)]    // ld
    [TestCase(0x0005E503u, DecodeError.ReservedEncoding)]    // lwu
    [TestCase(0x0005F503u, DecodeError.ReservedEncoding)]
    [TestCase(0x00B53423u, DecodeError.ReservedEncoding)]    // sd
    [TestCase(0x00B52463u, DecodeError.ReservedEncoding)]    // branch, funct3 = 2
    [TestCase(0x00B53463u, DecodeError.ReservedEncoding)]    // branch, funct3 = 3
    [TestCase(0x00051567u, DecodeError.ReservedEncoding)]    // jalr, funct3 = 1
    [TestCase(0x00C5853Bu, DecodeError.UnknownOpcode)]       // addw
    [TestCase(0x0015051Bu, DecodeError.UnknownOpcode)]       // addiw
    [TestCase(0x0000000Bu, DecodeError.UnknownOpcode)]       // custom-0
    [TestCase(0x00000057u, DecodeError.UnknownOpcode)]       // vector
    public void Decoder_WordOutsideOfTheMachine_GivesItsReason(uint word, DecodeError expected)
    {
        Assert.That(Decoder.TryDecode(word, out Instruction instruction, out DecodeError error), Is.False);
        Assert.That(error, Is.EqualTo(expected));
        Assert.That(instruction, Is.EqualTo(default(Instruction)));
        Assert.That(Disassembler.FormatWord(word, 0x1_0000), Is.EqualTo($".word 0x{word:x8} ; {Decoder.Describe(error)}"));
    }

    [Test]
    public void Decoder_RandomWord_IsExactlyTheDefinitionThatMatchesAndEncodesBack()
    {
        const int Seed = 20261121;
        Random random = new(Seed);
        int decoded = 0;
        for (int i = 0; i < 300_000; i++)
        {
            uint word = (uint)random.NextInt64(1L << 32) | ((i & 7) == 0 ? 0u : 3u);
            Opcode expected = Opcode.None;
            foreach (InstructionDefinition definition in InstructionTable.All)
            {
                if ((word & definition.Mask) == definition.Match) expected = definition.Opcode;
            }
            bool isDecoded = Decoder.TryDecode(word, out Instruction instruction, out DecodeError error);
            Assert.That(instruction.Opcode, Is.EqualTo(expected), $"word 0x{word:x8}, seed {Seed}");
            Assert.That(isDecoded, Is.EqualTo(error == DecodeError.None));
            if (!isDecoded) continue;
            decoded++;
            Assert.That(Encoder.Encode(instruction), Is.EqualTo(word), $"word 0x{word:x8}, seed {Seed}");
        }
        Assert.That(decoded, Is.GreaterThan(40_000));
    }
}

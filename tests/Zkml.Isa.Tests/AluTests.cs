using System.Numerics;

namespace Zkml.Isa.Tests;

[TestFixture]
public sealed class AluTests
{
    static readonly uint[] Corners =
    [
        0, 1, 2, 3, 5, 31, 32, 33, 63, 64, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x1234_5678, 0x5555_5555,
        0x7FFF_FFFE, 0x7FFF_FFFF, 0x8000_0000, 0x8000_0001, 0xAAAA_AAAA, 0xFFFF_0000, 0xFFFF_FFE0, 0xFFFF_FFFE, 0xFFFF_FFFF,
    ];

    static IEnumerable<Opcode> AluOpcodes() => Enum.GetValues<Opcode>().Where(opcode => opcode is >= Opcode.Add and <= Opcode.Remu);

    static IEnumerable<Opcode> BranchOpcodes() => Enum.GetValues<Opcode>().Where(opcode => opcode is >= Opcode.Beq and <= Opcode.Bgeu);

    [TestCaseSource(nameof(AluOpcodes))]
    public void Evaluate_CornersAndRandomOperands_EqualsUnboundedArithmetic(Opcode opcode)
    {
        foreach ((uint left, uint right) in Operands())
            Assert.That(Alu.Evaluate(opcode, left, right), Is.EqualTo(Reference(opcode, left, right)), $"{opcode} 0x{left:x8}, 0x{right:x8}");
    }

    [TestCaseSource(nameof(BranchOpcodes))]
    public void BranchTaken_CornersAndRandomOperands_EqualsUnboundedArithmetic(Opcode opcode)
    {
        foreach ((uint left, uint right) in Operands())
        {
            int signed = Signed(left).CompareTo(Signed(right)), unsigned = left.CompareTo(right);
            bool expected = opcode switch
            {
                Opcode.Beq => unsigned == 0,
                Opcode.Bne => unsigned != 0,
                Opcode.Blt => signed < 0,
                Opcode.Bge => signed >= 0,
                Opcode.Bltu => unsigned < 0,
                _ => unsigned >= 0,
            };
            Assert.That(Alu.BranchTaken(opcode, left, right), Is.EqualTo(expected), $"{opcode} 0x{left:x8}, 0x{right:x8}");
        }
    }

    // [RISC-V unprivileged specification 20240411, table 11]
    [TestCase(Opcode.Div, 7u, 0u, 0xFFFF_FFFFu)]
    [TestCase(Opcode.Divu, 7u, 0u, 0xFFFF_FFFFu)]
    [TestCase(Opcode.Rem, 0x8000_0007u, 0u, 0x8000_0007u)]
    [TestCase(Opcode.Remu, 0x8000_0007u, 0u, 0x8000_0007u)]
    [TestCase(Opcode.Div, 0x8000_0000u, 0xFFFF_FFFFu, 0x8000_0000u)]
    [TestCase(Opcode.Rem, 0x8000_0000u, 0xFFFF_FFFFu, 0u)]
    [TestCase(Opcode.Div, 0xFFFF_FFF9u, 2u, 0xFFFF_FFFDu)]  // -7 / 2 = -3
    [TestCase(Opcode.Rem, 0xFFFF_FFF9u, 2u, 0xFFFF_FFFFu)]  // -7 rem 2 = -1
    [TestCase(Opcode.Rem, 7u, 0xFFFF_FFFEu, 1u)]            // 7 rem -2 = 1
    [TestCase(Opcode.Mulhsu, 0xFFFF_FFFFu, 0xFFFF_FFFFu, 0xFFFF_FFFFu)]
    [TestCase(Opcode.Mulhu, 0xFFFF_FFFFu, 0xFFFF_FFFFu, 0xFFFF_FFFEu)]
    [TestCase(Opcode.Mulh, 0x8000_0000u, 0x8000_0000u, 0x4000_0000u)]
    [TestCase(Opcode.Sll, 1u, 32u, 1u)]
    [TestCase(Opcode.Sra, 0x8000_0000u, 0xFFFF_FFFFu, 0xFFFF_FFFFu)]
    public void Evaluate_SpecifiedCorner_GivesTheSpecifiedResult(Opcode opcode, uint left, uint right, uint expected) =>
        Assert.That(Alu.Evaluate(opcode, left, right), Is.EqualTo(expected));

    [Test]
    public void Evaluate_NotArithmetic_Throws()
    {
        foreach (Opcode opcode in Enum.GetValues<Opcode>())
        {
            if (opcode is >= Opcode.Add and <= Opcode.Remu) continue;
            Assert.That(() => Alu.Evaluate(opcode, 1, 2), Throws.TypeOf<ArgumentOutOfRangeException>(), opcode.ToString());
        }
        Assert.That(() => Alu.BranchTaken(Opcode.Add, 1, 2), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    static IEnumerable<(uint Left, uint Right)> Operands()
    {
        foreach (uint left in Corners)
        {
            foreach (uint right in Corners) yield return (left, right);
        }
        Random random = new(9);
        for (int i = 0; i < 2000; i++) yield return ((uint)random.NextInt64(1L << 32), (uint)random.NextInt64(1L << 32) >> random.Next(32));
    }

    static BigInteger Signed(uint value) => value < 0x8000_0000 ? value : new BigInteger(value) - (BigInteger.One << 32);

    static uint Wrap(BigInteger value) => (uint)(value & uint.MaxValue);

    // Written from the specification's words on integers of any size, with no code of Alu.
    static uint Reference(Opcode opcode, uint a, uint b)
    {
        BigInteger left = a, right = b, signedLeft = Signed(a), signedRight = Signed(b);
        BigInteger power = BigInteger.Pow(2, (int)(b % 32));
        return opcode switch
        {
            Opcode.Add or Opcode.Addi => Wrap(left + right),
            Opcode.Sub => Wrap(left - right),
            Opcode.Slt or Opcode.Slti => signedLeft < signedRight ? 1u : 0u,
            Opcode.Sltu or Opcode.Sltiu => left < right ? 1u : 0u,
            Opcode.And or Opcode.Andi => Wrap(left & right),
            Opcode.Or or Opcode.Ori => Wrap(left | right),
            Opcode.Xor or Opcode.Xori => Wrap(left ^ right),
            Opcode.Sll or Opcode.Slli => Wrap(left * power),
            Opcode.Srl or Opcode.Srli => Wrap(left / power),
            Opcode.Sra or Opcode.Srai => Wrap(BigInteger.Divide(signedLeft - (((signedLeft % power) + power) % power), power)),
            Opcode.Mul => Wrap(left * right),
            Opcode.Mulh => Wrap(signedLeft * signedRight >> 32),
            Opcode.Mulhsu => Wrap(signedLeft * right >> 32),
            Opcode.Mulhu => Wrap(left * right >> 32),
            Opcode.Div => b == 0 ? uint.MaxValue : Wrap(BigInteger.Divide(signedLeft, signedRight)),
            Opcode.Divu => b == 0 ? uint.MaxValue : Wrap(left / right),
            Opcode.Rem => b == 0 ? a : Wrap(BigInteger.Remainder(signedLeft, signedRight)),
            Opcode.Remu => b == 0 ? a : Wrap(left % right),
            _ => throw new ArgumentOutOfRangeException(nameof(opcode)),
        };
    }
}

using Zkml.Guest.Assembly;

namespace Zkml.Vm.Tests;

/// <summary>
/// A second, slow implementation of the guest machine, written from the specification's text on raw instruction bits and bytes of memory,
/// without any code of Zkml.Isa or Zkml.Vm. Host calls answer as the tests' guests expect: cycle count and random words are asked for.
/// </summary>
internal sealed class ReferenceMachine
{
    readonly Dictionary<uint, byte> _memory = [];
    readonly Queue<uint> _hostWords;
    readonly Queue<(uint A0, uint A1)> _hostReplies;
    uint _pc;

    /// <param name="program">The guest.</param>
    /// <param name="hostReplies">What a0 and a1 become at each host call, in order.</param>
    /// <param name="hostWords">What the host writes, in order.</param>
    public ReferenceMachine(AssembledProgram program, IEnumerable<(uint A0, uint A1)> hostReplies, IEnumerable<uint> hostWords)
    {
        foreach (ProgramSection section in program.Sections)
        {
            for (int i = 0; i < section.Contents.Length; i++) _memory[section.Address + (uint)i] = section.Contents.Span[i];
        }
        (_pc, _hostReplies, _hostWords) = (program.Entry, new(hostReplies), new(hostWords));
    }

    public uint[] Registers { get; } = new uint[32];

    public long Instructions { get; private set; }

    public uint? ExitCode { get; private set; }

    public uint Word(uint address) =>
        (uint)(Byte(address) | Byte(address + 1) << 8 | Byte(address + 2) << 16 | Byte(address + 3) << 24);

    public void Run()
    {
        while (ExitCode is null)
        {
            Instructions++;
            uint word = Word(_pc), next = _pc + 4;
            Execute(word, ref next);
            Registers[0] = 0;
            _pc = next;
        }
    }

    byte Byte(uint address) => _memory.GetValueOrDefault(address);

    void Execute(uint word, ref uint next)
    {
        int rd = Field(word, 7, 5), rs1 = Field(word, 15, 5), rs2 = Field(word, 20, 5), funct3 = Field(word, 12, 3), funct7 = Field(word, 25, 7);
        uint left = Registers[rs1], right = Registers[rs2];
        long immediateI = Extend(Field(word, 20, 12), 12);
        switch (word & 0x7F)
        {
            case 0x33: Registers[rd] = funct7 == 1 ? Multiply(funct3, left, right) : Compute(funct3, funct7 == 0x20, left, right); break;
            case 0x13: Registers[rd] = Compute(funct3, funct3 == 5 && funct7 == 0x20, left, (uint)immediateI); break;
            case 0x03: Registers[rd] = Load(funct3, (uint)(left + immediateI)); break;
            case 0x23: Store(funct3, (uint)(left + Extend(funct7 << 5 | rd, 12)), right); break;
            case 0x63:
                int offset = Field(word, 8, 4) << 1 | Field(word, 25, 6) << 5 | Field(word, 7, 1) << 11 | Field(word, 31, 1) << 12;
                if (IsTaken(funct3, left, right)) next = (uint)(_pc + Extend(offset, 13));
                break;
            case 0x6F:
                int jump = Field(word, 21, 10) << 1 | Field(word, 20, 1) << 11 | Field(word, 12, 8) << 12 | Field(word, 31, 1) << 20;
                next = (uint)(_pc + Extend(jump, 21));
                Registers[rd] = _pc + 4;
                break;
            case 0x67:
                next = (uint)(left + immediateI) / 2 * 2;
                Registers[rd] = _pc + 4;
                break;
            case 0x37: Registers[rd] = word / 4096 * 4096; break;
            case 0x17: Registers[rd] = _pc + word / 4096 * 4096; break;
            case 0x0F: break;
            case 0x73 when word == 0x73: Call(); break;
            default: throw new InvalidOperationException($"Reference machine: illegal word 0x{word:x8} at 0x{_pc:x8}.");
        }
    }

    void Call()
    {
        uint argument0 = Registers[10], argument1 = Registers[11];
        switch (Registers[5])
        {
            case 0: ExitCode = argument0 / 256; break;
            case 1: Registers[10] = 0; break;
            case 2:
                for (uint i = 0; i < argument1; i++) Store(2, argument0 + 4 * i, _hostWords.Dequeue());
                (Registers[10], Registers[11]) = _hostReplies.Dequeue();
                break;
            default:
                // The expected state is computed by the system's SHA-256 elsewhere; here the words come from the queue.
                for (uint i = 0; i < 8; i++) Store(2, argument0 + 4 * i, _hostWords.Dequeue());
                break;
        }
    }

    static uint Compute(int funct3, bool isAlternate, uint left, uint right)
    {
        int shift = (int)(right % 32);
        switch (funct3)
        {
            case 0: return isAlternate ? (uint)((long)left - right) : (uint)((long)left + right);
            case 1: return (uint)((ulong)left << shift);
            case 2: return (int)left < (int)right ? 1u : 0;
            case 3: return left < right ? 1u : 0;
            case 4: return left ^ right;
            case 5: return isAlternate ? (uint)(long.CreateTruncating((int)left) >> shift) : (uint)((ulong)left >> shift);
            case 6: return left | right;
            default: return left & right;
        }
    }

    static uint Multiply(int funct3, uint left, uint right)
    {
        Int128 signedLeft = (int)left, signedRight = (int)right;
        switch (funct3)
        {
            case 0: return (uint)((ulong)left * right);
            case 1: return (uint)(signedLeft * signedRight >> 32);
            case 2: return (uint)(signedLeft * (Int128)right >> 32);
            case 3: return (uint)((ulong)left * right >> 32);
            case 4: return right == 0 ? uint.MaxValue : (uint)(signedLeft / signedRight);
            case 5: return right == 0 ? uint.MaxValue : left / right;
            case 6: return right == 0 ? left : (uint)(signedLeft % signedRight);
            default: return right == 0 ? left : left % right;
        }
    }

    static bool IsTaken(int funct3, uint left, uint right)
    {
        bool isTaken = (funct3 / 2) switch { 0 => left == right, 2 => (int)left < (int)right, _ => left < right };
        return isTaken != (funct3 % 2 == 1);
    }

    uint Load(int funct3, uint address) => funct3 switch
    {
        0 => (uint)Extend(Byte(address), 8),
        1 => (uint)Extend((int)(Word(address) & 0xFFFF), 16),
        2 => Word(address),
        4 => Byte(address),
        _ => Word(address) & 0xFFFF,
    };

    void Store(int funct3, uint address, uint value)
    {
        for (int i = 0; i < 1 << funct3; i++) _memory[address + (uint)i] = (byte)(value >> 8 * i);
    }

    static int Field(uint word, int start, int length) => (int)(word >> start & (1u << length) - 1);

    static long Extend(int value, int bits) => value >= 1 << bits - 1 ? value - (1L << bits) : value;
}

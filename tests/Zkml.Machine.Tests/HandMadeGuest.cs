using System.Buffers.Binary;
using Zkml.Isa;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests;

/// <summary>
/// A guest and its run, made row by row: every call adds an instruction to the ROM and its event to the record. It keeps registers and
/// memory as the machine does but knows no rules: illegal addresses, forged values and forged histories are written down as told,
/// so that tests can ask what refuses them.
/// </summary>
public sealed class HandMadeGuest
{
    /// <summary>The first instruction / 4.</summary>
    public const uint FirstPc4 = 0x5000;

    const byte NumberRegister = 5, FirstArgument = 10, SecondArgument = 11;

    readonly Dictionary<(uint Space, uint Word), (uint Value, uint Time)> _words = [];
    readonly Dictionary<(uint Space, uint Word), (uint Value, uint Time)> _first = [];
    readonly SortedDictionary<uint, uint> _image = [], _readOnly = [];
    readonly List<Step> _rom = [];
    uint _pc4 = FirstPc4;

    /// <summary>The events.</summary>
    public SegmentRecord Record { get; } = new() { IsClosing = true };

    /// <summary>The clock of the next instruction.</summary>
    public uint Clock { get; set; } = 4;

    /// <summary>Exit code and output digest of the halt; [17].</summary>
    public uint[] Claim { get; private set; } = new uint[17];

    /// <summary>Defines a word of the image or of the read-only window.</summary>
    public HandMadeGuest Define(uint address, uint value)
    {
        (MemoryMap.IsReadOnly(address) ? _readOnly : _image)[address / 4] = value;
        return this;
    }

    /// <summary>The value of a register, 0…31.</summary>
    public uint Register(byte register) => _words.TryGetValue((MemorySpace.Register, register), out var word) ? word.Value : 0;

    /// <summary>LUI with any 32-bit result.</summary>
    public HandMadeGuest Set(byte rd, uint value) => Jump(Opcode.Lui, rd, value);

    /// <summary>JAL, LUI or AUIPC. JAL goes to <paramref name="target"/>, which must lie ahead.</summary>
    public HandMadeGuest Jump(Opcode opcode, byte rd, uint value, uint? target = null)
    {
        Step step = Add(opcode, rd: rd, immediate: value, auxiliary: target ?? 0);
        Record.Jump.Add(new() { Step = step, Result = Write(MemorySpace.Register, step.Rd, value, Clock + SubTime.Rd) });
        return GoOn(target);
    }

    /// <summary>JALR to base + immediate with bit 0 cleared, which must lie ahead.</summary>
    public HandMadeGuest JumpRegister(byte rd, byte rs1, int immediate)
    {
        uint link = 4 * (_pc4 + 1), target = Register(rs1) + (uint)immediate;
        Step step = Add(Opcode.Jalr, rd: rd, rs1: rs1, immediate: (uint)immediate, auxiliary: link & 0xFFFF);
        ReadAccess source = Read(MemorySpace.Register, rs1, Clock);
        Record.JumpRegister.Add(new() { Step = step, Base = source, Result = Write(MemorySpace.Register, step.Rd, link, Clock + SubTime.Rd) });
        return GoOn(target / 4);
    }

    /// <summary>A conditional branch.</summary>
    public HandMadeGuest Branch(Opcode opcode, byte rs1, byte rs2, uint distance)
    {
        uint target = _pc4 + distance;
        Step step = Add(opcode, rs1: rs1, rs2: rs2, auxiliary: target);
        ReadAccess left = Read(MemorySpace.Register, rs1, Clock), right = Read(MemorySpace.Register, rs2, Clock + SubTime.Rs2);
        Record.Branch.Add(new() { Step = step, Left = left, Right = right });
        return GoOn(Alu.BranchTaken(opcode, left.Value, right.Value) ? target : null);
    }

    /// <summary>A load. <paramref name="word"/> is the word address accessed, the true one if absent.</summary>
    public HandMadeGuest Load(Opcode opcode, byte rd, byte rs1, int immediate, uint? word = null)
    {
        uint address = Register(rs1) + (uint)immediate, place = word ?? address / 4;
        bool isReadOnly = MemoryMap.IsReadOnly(place * 4);
        Step step = Add(opcode, rd: rd, rs1: rs1, immediate: (uint)immediate);
        ReadAccess source = Read(MemorySpace.Register, rs1, Clock);
        ReadAccess memory = isReadOnly
            ? new() { Value = _readOnly.GetValueOrDefault(place) }
            : Read(MemorySpace.Memory, place, Clock + SubTime.Memory);
        WriteAccess result = Write(MemorySpace.Register, step.Rd, PartialWord.Load(opcode, memory.Value, address), Clock + SubTime.Rd);
        (opcode == Opcode.Lw ? Record.LoadWord : Record.LoadPart).Add(new() { Step = step, Base = source, Memory = memory, Result = result, IsReadOnly = isReadOnly });
        return GoOn();
    }

    /// <summary>A store. <paramref name="word"/> is the word address accessed, the true one if absent.</summary>
    public HandMadeGuest Store(Opcode opcode, byte rs1, byte rs2, int immediate, uint? word = null)
    {
        uint address = Register(rs1) + (uint)immediate, place = word ?? address / 4;
        Step step = Add(opcode, rs1: rs1, rs2: rs2, immediate: (uint)immediate);
        ReadAccess basis = Read(MemorySpace.Register, rs1, Clock), source = Read(MemorySpace.Register, rs2, Clock + SubTime.Rs2);
        uint merged = PartialWord.Store(opcode, Current(MemorySpace.Memory, place), source.Value, address);
        WriteAccess memory = Write(MemorySpace.Memory, place, merged, Clock + SubTime.Memory);
        (opcode == Opcode.Sw ? Record.StoreWord : Record.StorePart).Add(new() { Step = step, Base = basis, Source = source, Memory = memory });
        return GoOn();
    }

    /// <summary>t0 = 1 and INPUT.</summary>
    public HandMadeGuest Input()
    {
        Set(NumberRegister, 1);
        Step step = Add(Opcode.Ecall);
        ReadAccess number = Read(MemorySpace.Register, NumberRegister, Clock);
        Record.Input.Add(new() { Step = step, T0 = number, A0 = Write(MemorySpace.Register, FirstArgument, 0, Clock + 1) });
        return GoOn();
    }

    /// <summary>t0 = 2, a0 = pointer, a1 = words.Length and SOFTWARE with its host words. The rows may be told to write another number.</summary>
    public HandMadeGuest Software(uint pointer, ReadOnlySpan<uint> words, uint firstAnswer, uint secondAnswer, int? written = null)
    {
        Set(NumberRegister, 2).Set(FirstArgument, pointer).Set(SecondArgument, (uint)words.Length);
        Step step = Add(Opcode.Ecall);
        ReadAccess number = Read(MemorySpace.Register, NumberRegister, Clock);
        WriteAccess first = Write(MemorySpace.Register, FirstArgument, firstAnswer, Clock + 1);
        Record.Software.Add(new() { Step = step, T0 = number, A0 = first, A1 = Write(MemorySpace.Register, SecondArgument, secondAnswer, Clock + 2) });
        for (int i = 0; i < (written ?? words.Length); i++)
        {
            Clock += 4;
            uint word = pointer / 4 + (uint)i;
            WriteAccess memory = Write(MemorySpace.Memory, word, i < words.Length ? words[i] : 0, Clock + SubTime.Memory);
            Record.HostWord.Add(new() { Pc4 = step.Pc4, Clock = Clock, Word = word, Remaining = (uint)(words.Length - i), Memory = memory });
        }
        return GoOn();
    }

    /// <summary>t0 = 3, a0…a3 = pointers, a4 = count and SHA with its load, blocks and store.</summary>
    public HandMadeGuest Sha(uint outAddress, uint inAddress, uint block1, uint block2, uint count)
    {
        Set(NumberRegister, 3).Set(10, outAddress).Set(11, inAddress).Set(12, block1).Set(13, block2).Set(14, count);
        ShaHeadEvent head = new() { Step = Add(Opcode.Ecall), T0 = Read(MemorySpace.Register, NumberRegister, Clock) };
        (head.A0, head.A1) = (Read(MemorySpace.Register, 10, Clock + 1), Read(MemorySpace.Register, 11, Clock + 2));
        (head.A2, head.A3) = (Read(MemorySpace.Register, 12, Clock + 3), Read(MemorySpace.Register, 13, Clock + 4));
        head.A4 = Read(MemorySpace.Register, 14, Clock + 5);
        Record.ShaHead.Add(head);
        Clock += 8;
        (uint outWord, uint word1, uint word2) = (outAddress / 4, block1 / 4, block2 / 4);
        ShaLoadEvent load = new() { Pc4 = _pc4, Clock = Clock, OutWord = outWord, InWord = inAddress / 4, Block1Word = word1, Block2Word = word2, Count = count };
        Words8 state = default;
        for (int i = 0; i < 8; i++)
        {
            load.State[i] = Read(MemorySpace.Memory, inAddress / 4 + (uint)i, Clock + (uint)i);
            state[i] = load.State[i].Value;
        }
        Record.ShaLoad.Add(load);
        Clock += 8;
        for (uint done = 0; done < count; done++)
            state = ShaBlock(new() { Pc4 = _pc4, OutWord = outWord, Block1Word = word1 + 16 * done, Block2Word = word2 + 16 * done, Remaining = count - done, StateBefore = state });
        ShaStoreEvent store = new() { Pc4 = _pc4, Clock = Clock, OutWord = outWord, Block1Word = word1 + 16 * count, Block2Word = word2 + 16 * count };
        for (int i = 0; i < 8; i++) store.State[i] = Write(MemorySpace.Memory, outWord + (uint)i, state[i], Clock + (uint)i);
        Record.ShaStore.Add(store);
        Clock += 8;
        _pc4++;
        return this;
    }

    /// <summary>A refresh of a word.</summary>
    public HandMadeGuest Bump(uint space, uint word, uint time)
    {
        uint previous = Touch(space, word, time).Time;
        uint value = Current(space, word);
        Record.Bump.Add(new() { Space = space, Word = word, Value = value, PreviousTime = previous, Time = time });
        _words[(space, word)] = (value, time);
        return this;
    }

    /// <summary>t0 = 0, a0, a1 and HALT; then the boundary.</summary>
    public HandMadeGuest Halt(uint status, uint digestAddress)
    {
        Set(NumberRegister, 0).Set(FirstArgument, status).Set(SecondArgument, digestAddress);
        HaltEvent e = new() { Step = Add(Opcode.Ecall) };
        e.T0 = Read(MemorySpace.Register, NumberRegister, Clock);
        e.A0 = Read(MemorySpace.Register, FirstArgument, Clock + 1);
        e.A1 = Read(MemorySpace.Register, SecondArgument, Clock + 2);
        Claim = [status >> 8, .. new uint[16]];
        for (int j = 0; j < 8; j++)
        {
            e.Digest[j] = Read(MemorySpace.Memory, digestAddress / 4 + (uint)j, Clock + 3 + (uint)j);
            (Claim[1 + 2 * j], Claim[2 + 2 * j]) = (e.Digest[j].Value & 0xFFFF, e.Digest[j].Value >> 16);
        }
        Record.Halt.Add(e);
        AddBoundary();
        return this;
    }

    /// <summary>The program's tables.</summary>
    public ProgramTables Program() => new()
    {
        Entry = FirstPc4 * 4,
        Rom = [.. _rom.Select(step => step with { Clock = 0 }).OrderBy(step => step.Pc4)],
        Image = [.. _image.Select(word => new InitialWord(word.Key, word.Value))],
        ReadOnly = [.. _readOnly.Select(word => new InitialWord(word.Key, word.Value))],
    };

    /// <summary>What a chip is filled from.</summary>
    public ChipSegment Segment() => new(Program(), Record);

    Words8 ShaBlock(ShaBlockEvent e)
    {
        e.Clock = Clock;
        Span<uint> before = stackalloc uint[8], block = stackalloc uint[16];
        for (int i = 0; i < 8; i++)
        {
            e.First[i] = Read(MemorySpace.Memory, e.Block1Word + (uint)i, Clock + (uint)i);
            (before[i], block[i]) = (BinaryPrimitives.ReverseEndianness(e.StateBefore[i]), BinaryPrimitives.ReverseEndianness(e.First[i].Value));
        }
        for (int i = 0; i < 8; i++)
        {
            e.Second[i] = Read(MemorySpace.Memory, e.Block2Word + (uint)i, Clock + 8 + (uint)i);
            block[8 + i] = BinaryPrimitives.ReverseEndianness(e.Second[i].Value);
        }
        uint[] after = Sha256Reference.Compress(before, block);
        for (int i = 0; i < 8; i++) e.StateAfter[i] = BinaryPrimitives.ReverseEndianness(after[i]);
        Record.ShaBlock.Add(e);
        Clock += 16;
        return e.StateAfter;
    }

    Step Add(Opcode opcode, byte? rd = null, byte rs1 = 0, byte rs2 = 0, uint immediate = 0, uint auxiliary = 0)
    {
        Step step = new()
        {
            Pc4 = _pc4, Clock = Clock, Opcode = (byte)opcode, Rd = rd is { } register ? register == 0 ? RomRow.SinkRegister : register : (byte)0,
            Rs1 = rs1, Rs2 = rs2, Immediate = immediate, Auxiliary = auxiliary,
        };
        _rom.Add(step);
        return step;
    }

    HandMadeGuest GoOn(uint? target = null)
    {
        _pc4 = target ?? _pc4 + 1;
        Clock += 4;
        return this;
    }

    uint Current(uint space, uint word) =>
        _words.TryGetValue((space, word), out var known) ? known.Value
        : space == MemorySpace.Memory ? _image.GetValueOrDefault(word) : 0;

    (uint Value, uint Time) Touch(uint space, uint word, uint time)
    {
        if (_words.TryGetValue((space, word), out var known)) return known;
        (uint Value, uint Time) first = (Current(space, word), time - 1);
        _first[(space, word)] = first;
        return _words[(space, word)] = first;
    }

    ReadAccess Read(uint space, uint word, uint time)
    {
        (uint value, uint previous) = Touch(space, word, time);
        _words[(space, word)] = (value, time);
        return new() { Value = value, Gap = (ushort)(time - 1 - previous) };
    }

    WriteAccess Write(uint space, uint word, uint value, uint time)
    {
        (uint before, uint previous) = Touch(space, word, time);
        _words[(space, word)] = (value, time);
        return new() { Previous = before, Value = value, Gap = (ushort)(time - 1 - previous) };
    }

    void AddBoundary()
    {
        for (uint register = 0; register <= RomRow.SinkRegister; register++) Touch(MemorySpace.Register, register, 1);
        foreach (uint word in _image.Keys) Touch(MemorySpace.Memory, word, 1);
        foreach (((uint space, uint word) key, (uint value, uint time)) in _words.OrderBy(entry => entry.Key))
        {
            (uint initial, uint initialTime) = _first[key];
            Record.Boundary.Add(new()
            {
                Space = key.space, Word = key.word, InitialValue = initial, InitialTime = initialTime, FinalValue = value, FinalTime = time,
                IsImage = key.space == MemorySpace.Memory && _image.ContainsKey(key.word),
            });
        }
    }
}

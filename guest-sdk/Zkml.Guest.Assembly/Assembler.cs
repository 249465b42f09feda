using System.Buffers;
using System.Buffers.Binary;
using Zkml.Isa;

namespace Zkml.Guest.Assembly;

/// <summary>
/// Builds a guest program: one method per mnemonic of the instruction table, labels with fix-ups, sections, data directives. Every method
/// returns the assembler, so that calls chain. Instructions throw <see cref="ArgumentOutOfRangeException"/> for an immediate that does not
/// fit; what depends on addresses is checked by <see cref="Assemble"/>.
/// </summary>
public sealed partial class Assembler
{
    readonly MemoryLayout _layout;
    readonly Section[] _sections = new Section[Enum.GetValues<SectionKind>().Length];
    readonly Dictionary<string, Label> _labels = [];
    readonly List<Fixup> _fixups = [];
    Label? _entry;

    /// <summary>Starts an empty program in the text section.</summary>
    public Assembler(MemoryLayout? layout = null)
    {
        _layout = layout ?? new();
        for (int i = 0; i < _sections.Length; i++) _sections[i] = new();
    }

    enum FixupKind
    {
        Branch,          // B-type: 13-bit offset from the instruction
        Jump,            // J-type: 21-bit offset from the instruction
        AbsoluteUpper,   // LUI of the upper 20 bits, rounded
        AbsoluteLower,   // the lower 12 bits, signed
        RelativeUpper,   // AUIPC of the upper 20 bits of the offset from the instruction, rounded
        RelativeLower,   // the lower 12 bits of the offset from the AUIPC one instruction before
        Word,            // the address itself
    }

    // Instruction: the one to complete with an immediate; unused for Word.
    readonly record struct Fixup(FixupKind Kind, SectionKind Section, uint Offset, Instruction Instruction, Label Target, int Addend);

    sealed class Section
    {
        public readonly ArrayBufferWriter<byte> Bytes = new(256);
        public uint BssLength;
        public uint Length => BssLength + (uint)Bytes.WrittenCount;
    }

    /// <summary>The section that instructions and data go to.</summary>
    public SectionKind CurrentSection { get; private set; }

    /// <summary>Bytes in the current section so far.</summary>
    public uint Position => Current.Length;

    Section Current => _sections[(int)CurrentSection];

    /// <summary>Continues at the end of a section.</summary>
    public Assembler In(SectionKind section)
    {
        if (!Enum.IsDefined(section)) throw new ArgumentOutOfRangeException(nameof(section), section, "Expected a defined section.");
        CurrentSection = section;
        return this;
    }

    /// <summary>
    /// A label to be placed with <see cref="Mark"/>. A name makes it a symbol of the ELF; without one it is local. Throws
    /// <see cref="AssemblyException"/> for a name that was used before.
    /// </summary>
    public Label NewLabel(string? name = null)
    {
        Label label = new(this, name ?? $".L{_labels.Count}", name != null);
        if (label.Name.Length == 0 || label.Name.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("A label's name must not be empty or hold a NUL.", nameof(name));
        if (!_labels.TryAdd(label.Name, label)) throw new AssemblyException($"Label {label.Name}: the name is already taken.");
        return label;
    }

    /// <summary>Places a label at the current position. Throws <see cref="AssemblyException"/> if it was placed before.</summary>
    public Assembler Mark(Label label)
    {
        CheckOwner(label);
        if (label.FixedAddress is uint address) throw new AssemblyException($"Label {label.Name}: it has the address 0x{address:x8} and cannot be placed.");
        if (label.Section is SectionKind section)
            throw new AssemblyException($"Label {label.Name}: placed twice, at {section}+0x{label.Offset:x} and at {CurrentSection}+0x{Position:x}.");
        label.Place(CurrentSection, Position);
        return this;
    }

    /// <summary>A new label at the current position.</summary>
    public Label Here(string? name = null)
    {
        Label label = NewLabel(name);
        Mark(label);
        return label;
    }

    /// <summary>A label without a name at an address that the caller knows, inside or outside of the sections.</summary>
    public Label At(uint address)
    {
        Label label = new(this, $".L{_labels.Count}", false) { FixedAddress = address };
        _labels.Add(label.Name, label);
        return label;
    }

    /// <summary>Makes a label of the text section the first instruction; without a call it is the start of the text.</summary>
    public Assembler Entry(Label label)
    {
        CheckOwner(label);
        _entry = label;
        return this;
    }

    /// <summary>Appends any instruction, checked by the instruction table.</summary>
    public Assembler Emit(in Instruction instruction)
    {
        EmitWord(Encoder.Encode(instruction));
        return this;
    }

    /// <summary>Places the sections, resolves the labels and returns the program. The assembler can be continued afterwards.</summary>
    public AssembledProgram Assemble()
    {
        uint[] starts = PlaceSections();
        byte[][] contents = new byte[_sections.Length][];
        for (int i = 0; i < contents.Length; i++)
        {
            contents[i] = new byte[(_sections[i].Bytes.WrittenCount + 3) & ~3];
            _sections[i].Bytes.WrittenSpan.CopyTo(contents[i]);
        }
        foreach (Fixup fixup in _fixups) Resolve(fixup, starts, contents[(int)fixup.Section]);

        List<ProgramSection> sections = [];
        foreach (SectionKind kind in Enum.GetValues<SectionKind>())
        {
            uint length = _sections[(int)kind].Length;
            if (length > 0) sections.Add(new(kind, starts[(int)kind], contents[(int)kind], (length + 3) & ~3u));
        }
        if (_sections[(int)SectionKind.Text].Length == 0) throw new AssemblyException("Section Text: expected at least one instruction, got none.");
        Dictionary<string, ProgramSymbol> symbols = [];
        foreach (Label label in _labels.Values)
        {
            if (label is { IsSymbol: true, Section: SectionKind section })
                symbols.Add(label.Name, new(label.Name, starts[(int)section] + label.Offset, section));
        }
        uint entry = _entry is null ? starts[(int)SectionKind.Text] : AddressOf(_entry, starts);
        return new(entry, sections, symbols);
    }

    uint[] PlaceSections()
    {
        if ((_layout.TextStart | _layout.DataStart) % 4 != 0)
            throw new AssemblyException($"Layout: expected multiples of 4, got text 0x{_layout.TextStart:x8}, data 0x{_layout.DataStart:x8}.");
        uint[] starts = new uint[_sections.Length];
        ulong end = MemoryMap.ReadWriteStart;
        for (int i = 0; i < starts.Length; i++)
        {
            SectionKind kind = (SectionKind)i;
            ulong start = kind switch
            {
                SectionKind.Text => _layout.TextStart,
                SectionKind.ReadOnlyData when _layout.DataStart != 0 => _layout.DataStart,
                SectionKind.Window => MemoryMap.ReadOnlyStart,
                _ => (end + MemoryLayout.PageSize - 1) / MemoryLayout.PageSize * MemoryLayout.PageSize,
            };
            ulong limit = kind == SectionKind.Window ? MemoryMap.End : MemoryMap.ReadOnlyStart;
            ulong sectionEnd = start + _sections[i].Length;
            if (start < end || sectionEnd > limit)
                throw new AssemblyException($"Section {kind}: [0x{start:x8}, 0x{sectionEnd:x8}) does not fit in [0x{end:x8}, 0x{limit:x8}).");
            starts[i] = (uint)start;
            end = sectionEnd;
        }
        return starts;
    }

    static uint AddressOf(Label label, uint[] starts) => label.FixedAddress ?? (label.Section is SectionKind section
        ? starts[(int)section] + label.Offset
        : throw new AssemblyException($"Label {label.Name}: used, but never placed."));

    static void Resolve(in Fixup fixup, uint[] starts, byte[] content)
    {
        uint place = starts[(int)fixup.Section] + fixup.Offset;
        uint target = unchecked(AddressOf(fixup.Target, starts) + (uint)fixup.Addend);
        int distance = unchecked((int)(target - place));
        int immediate = fixup.Kind switch
        {
            FixupKind.Branch or FixupKind.Jump => distance,
            FixupKind.AbsoluteUpper => UpperPart((int)target),
            FixupKind.AbsoluteLower => LowerPart((int)target),
            FixupKind.RelativeUpper => UpperPart(distance),
            FixupKind.RelativeLower => LowerPart(distance + 4),
            _ => (int)target,
        };
        uint word = fixup.Kind == FixupKind.Word ? target : Encode(fixup, immediate, place, target);
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan((int)fixup.Offset), word);
    }

    static uint Encode(in Fixup fixup, int immediate, uint place, uint target)
    {
        InstructionDefinition definition = InstructionTable.Get(fixup.Instruction.Opcode);
        (int minimum, int maximum, _) = Encoder.ImmediateRange(definition.Format);
        bool isJump = fixup.Kind is FixupKind.Branch or FixupKind.Jump;
        if (immediate < minimum || immediate > maximum || (isJump && immediate % 4 != 0))
        {
            throw new AssemblyException($"{definition.Mnemonic} at 0x{place:x8} to {fixup.Target.Name} (0x{target:x8}): "
                + $"expected an offset that is a multiple of 4 in [{minimum}, {maximum}], got {immediate}.");
        }
        return Encoder.Encode(fixup.Instruction with { Immediate = immediate });
    }

    // lui/auipc with UpperPart, then an instruction that adds LowerPart, give the value: the lower part is signed, so the upper part is rounded.
    static int UpperPart(int value) => unchecked((value + 0x800) & ~0xFFF);

    static int LowerPart(int value) => value << 20 >> 20;

    void EmitWord(uint word)
    {
        if (CurrentSection != SectionKind.Text)
            throw new InvalidOperationException($"An instruction in section {CurrentSection}: expected section {SectionKind.Text}.");
        if (Position % 4 != 0) throw new InvalidOperationException($"An instruction at offset 0x{Position:x} of the text: expected a multiple of 4.");
        AppendWord(word);
    }

    void AppendWord(uint word)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4), word);
        Current.Bytes.Advance(4);
    }

    Span<byte> Reserve(int count)
    {
        if (CurrentSection == SectionKind.Bss) throw new InvalidOperationException($"Data in section {SectionKind.Bss}: expected only space.");
        return Current.Bytes.GetSpan(count)[..count];
    }

    Assembler EmitFixup(FixupKind kind, in Instruction instruction, Label target, int addend = 0)
    {
        CheckOwner(target);
        _fixups.Add(new(kind, CurrentSection, Position, instruction, target, addend));
        EmitWord(Encoder.Encode(instruction));
        return this;
    }

    void CheckOwner(Label label)
    {
        if (label.Owner != this) throw new ArgumentException($"Label {label.Name} belongs to another assembler.", nameof(label));
    }
}

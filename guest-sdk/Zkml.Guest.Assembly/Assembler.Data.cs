using System.Buffers;
using System.Numerics;
using System.Text;

namespace Zkml.Guest.Assembly;

/// <content>Data directives, for the current section.</content>
public sealed partial class Assembler
{
    /// <summary>Appends words, least significant byte first. In the text they may be anything, instructions or not.</summary>
    public Assembler Word(params ReadOnlySpan<uint> words)
    {
        foreach (uint word in words) AppendWord(word);
        return this;
    }

    /// <summary>Appends the address of a label + addend (bytes) as a word, at a multiple of 4.</summary>
    public Assembler Word(Label target, int addend = 0)
    {
        CheckOwner(target);
        if (Position % 4 != 0) throw new InvalidOperationException($"An address at offset 0x{Position:x} of {CurrentSection}: expected a multiple of 4.");
        _fixups.Add(new(FixupKind.Word, CurrentSection, Position, default, target, addend));
        AppendWord(0);
        return this;
    }

    /// <summary>Appends half words, least significant byte first.</summary>
    public Assembler Half(params ReadOnlySpan<ushort> halves)
    {
        foreach (ushort half in halves) Byte((byte)half, (byte)(half >> 8));
        return this;
    }

    /// <summary>Appends bytes.</summary>
    public Assembler Byte(params ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Current.Bytes.Advance(bytes.Length);
        return this;
    }

    /// <summary>Appends a text in UTF-8 without an end mark.</summary>
    public Assembler Ascii(string text) => Byte(Encoding.UTF8.GetBytes(text));

    /// <summary>Appends zero bytes: the only content of <see cref="SectionKind.Bss"/>.</summary>
    public Assembler Space(uint count)
    {
        if (CurrentSection == SectionKind.Bss)
        {
            Current.BssLength = checked(Current.BssLength + count);
            return this;
        }
        Reserve(checked((int)count)).Clear();
        Current.Bytes.Advance((int)count);
        return this;
    }

    /// <summary>Appends zero bytes up to a multiple of <paramref name="unit"/>, a power of two up to the page size.</summary>
    public Assembler Align(uint unit)
    {
        if (!BitOperations.IsPow2(unit) || unit > MemoryLayout.PageSize)
            throw new ArgumentOutOfRangeException(nameof(unit), unit, $"Expected a power of two up to {MemoryLayout.PageSize}.");
        return Space(unchecked(0u - Position) & (unit - 1));
    }
}

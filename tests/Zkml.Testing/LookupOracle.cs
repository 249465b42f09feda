using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine;
using Zkml.Machine.Chips.Sha;
using Zkml.Machine.Tables;
using Zkml.Records;

namespace Zkml.Testing;

/// <summary>Which messages the lookup tables hold, by definition: independent of how the tables are filled.</summary>
public sealed class LookupOracle
{
    readonly Dictionary<uint, uint[]> _rom = [];
    readonly Dictionary<uint, uint> _readOnly, _image;

    /// <param name="program">The program whose ROM, image and read-only window are looked up.</param>
    public LookupOracle(ProgramTables program)
    {
        foreach (Step s in program.Rom)
            _rom.Add(s.Pc4, [s.Pc4, s.Opcode, s.Rd, s.Rs1, s.Rs2, s.Immediate & 0xFFFF, s.Immediate >> 16, s.Auxiliary]);
        _readOnly = program.ReadOnly.ToDictionary(word => word.Word, word => word.Value);
        _image = program.Image.ToDictionary(word => word.Word, word => word.Value);
    }

    /// <summary>The bus only checks or completes values: its messages claim nothing about the program or its memory.</summary>
    public static bool IsArithmetic(Bus bus) => bus == Buses.U16 || bus == Buses.Byte || bus == Buses.Bitwise || bus == Buses.Power || bus == Buses.ShaConstant;

    /// <summary>The bus's messages come from, or go to, a table whose content is fixed.</summary>
    public static bool IsLookup(Bus bus) => IsArithmetic(bus) || bus == Buses.Fetch || bus == Buses.ReadOnly || bus == Buses.Image;

    /// <summary>The bus asks another row for an access to a word.</summary>
    public static bool IsRequest(Bus bus) => bus == Buses.Access || bus == Buses.ShaAccess;

    /// <summary>
    /// Two requests for the same word that expect the same content before. What the word becomes, and when, is the requester's to say: the row that
    /// serves the request goes on with it.
    /// </summary>
    public static bool IsSameRequest(RowInteraction a, RowInteraction b)
    {
        if (a.Bus != b.Bus) return false;
        // Access: space, word, before, after, time. ShaAccess: isWrite, time, word, value; a write expects nothing of the word.
        ReadOnlySpan<int> elements = a.Bus == Buses.Access ? [0, 1, 2, 3] : a.Message[0] == KoalaBear.Zero ? [0, 2, 3, 4] : [0, 2];
        foreach (int element in elements)
            if (a.Message[element] != b.Message[element]) return false;
        return true;
    }

    /// <summary>The table of a lookup bus holds the message.</summary>
    public bool Holds(Bus bus, ReadOnlySpan<KoalaBear> message)
    {
        uint a = message[0].ToCanonical(), b = message.Length > 1 ? message[1].ToCanonical() : 0;
        if (bus == Buses.U16) return a < 1 << 16;
        if (bus == Buses.Byte) return a < 256 && b < 256;
        if (bus == Buses.Bitwise) return a < 256 && b < 256 && message[2].ToCanonical() == (a & b);
        if (bus == Buses.Power) return a < 32 && b == (1UL << (int)a) % KoalaBear.Modulus;
        if (bus == Buses.ShaConstant) return a < 64 && IsShaRound((int)a, message);
        if (bus == Buses.Fetch) return _rom.TryGetValue(a, out uint[]? row) && Equal(row, message);
        Dictionary<uint, uint> words = bus == Buses.ReadOnly ? _readOnly : _image;
        return words.TryGetValue(a, out uint value) && Equal([a, value & 0xFFFF, value >> 16], message);
    }

    static bool IsShaRound(int round, ReadOnlySpan<KoalaBear> message)
    {
        ShaConstantMessage<KoalaBear> expected = default;
        ShaConstantTable.FillRound(ref expected, round);
        return Columns.AsSpan<ShaConstantMessage<KoalaBear>, KoalaBear>(in expected).SequenceEqual(message);
    }

    static bool Equal(ReadOnlySpan<uint> row, ReadOnlySpan<KoalaBear> message)
    {
        for (int i = 0; i < row.Length; i++)
            if (KoalaBear.FromCanonical(row[i]) != message[i]) return false;
        return true;
    }
}

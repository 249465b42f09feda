using System.Runtime.CompilerServices;

namespace Zkml.Isa;

/// <summary>The meaning of loads and stores within one aligned memory word, once; bytes are least significant first.</summary>
public static class PartialWord
{
    /// <summary>The size of the access of a load or store: 1, 2 or 4 bytes. Its address must be a multiple of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint AccessBytes(Opcode opcode) => opcode switch
    {
        Opcode.Lb or Opcode.Lbu or Opcode.Sb => 1,
        Opcode.Lh or Opcode.Lhu or Opcode.Sh => 2,
        Opcode.Lw or Opcode.Sw => 4,
        _ => ThrowNotAccess(opcode),
    };

    /// <summary>The value that a load takes from the aligned word that contains <paramref name="address"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Load(Opcode opcode, uint word, uint address)
    {
        uint shifted = word >> (int)(address & 3) * 8;
        return opcode switch
        {
            Opcode.Lw => word,
            Opcode.Lb => (uint)(sbyte)shifted,
            Opcode.Lbu => (byte)shifted,
            Opcode.Lh => (uint)(short)shifted,
            Opcode.Lhu => (ushort)shifted,
            _ => ThrowNotAccess(opcode),
        };
    }

    /// <summary>The aligned word that contains <paramref name="address"/> after a store of <paramref name="value"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Store(Opcode opcode, uint word, uint value, uint address)
    {
        if (opcode == Opcode.Sw) return value;
        int shift = (int)(address & 3) * 8;
        uint mask = (opcode == Opcode.Sb ? 0xFFu : 0xFFFFu) << shift;
        return word & ~mask | value << shift & mask;
    }

    static uint ThrowNotAccess(Opcode opcode) =>
        throw new ArgumentOutOfRangeException(nameof(opcode), opcode, "Expected a load or store.");
}

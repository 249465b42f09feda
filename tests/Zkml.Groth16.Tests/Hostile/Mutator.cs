using System.Buffers.Binary;

namespace Zkml.Groth16.Tests.Hostile;

/// <summary>Damages files where it hurts: numbers of the frame, of headers and of points, whole sections, lengths.</summary>
sealed class Mutator(byte[] original, int seed)
{
    static readonly ulong[] s_numbers = [0, 1, 2, 3, 7, 8, 31, 32, 255, 256, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF, 1UL << 32, 1UL << 62, ulong.MaxValue - 11, ulong.MaxValue];

    readonly Random _random = new(seed);

    /// <summary>A damaged copy, by one to three changes.</summary>
    public byte[] Next()
    {
        byte[] bytes = [.. original];
        for (int i = _random.Next(3); i >= 0 && bytes.Length > 0; i--)
            bytes = Change(bytes);
        return bytes;
    }

    byte[] Change(byte[] bytes)
    {
        int position = Position(bytes);
        switch (_random.Next(10))
        {
            case 0:
                bytes[position] ^= (byte)(1 << _random.Next(8));
                return bytes;
            case 1:
                bytes[position] = (byte)_random.Next(256);
                return bytes;
            case 2:
                return Write(bytes, position, 4);
            case 3:
                return Write(bytes, position, 8);
            case 4:
                return bytes[..position];
            case 5:
                return [.. bytes, .. new byte[1 + _random.Next(40)]];
            case 6:
                return [.. bytes[..position], .. bytes[Math.Min(bytes.Length, position + 1 + _random.Next(64))..]];
            case 7:
                // A run of ones, above every modulus.
                bytes.AsSpan(position, Math.Min(32, bytes.Length - position)).Fill(0xFF);
                return bytes;
            case 8:
                return ChangeSection(bytes);
            default:
                int from = _random.Next(bytes.Length), length = Math.Min(_random.Next(1, 128), bytes.Length - Math.Max(from, position));
                bytes.AsSpan(from, length).ToArray().CopyTo(bytes.AsSpan(position));
                return bytes;
        }
    }

    byte[] Write(byte[] bytes, int position, int length)
    {
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, s_numbers[_random.Next(s_numbers.Length)]);
        number[..Math.Min(length, bytes.Length - position)].CopyTo(bytes.AsSpan(position));
        return bytes;
    }

    /// <summary>Half of all changes are in the first bytes of the file or of a section.</summary>
    int Position(byte[] bytes)
    {
        if (_random.Next(2) == 0 || bytes.Length < 24) return _random.Next(bytes.Length);
        List<int> starts = Sections(bytes);
        int start = starts.Count == 0 ? 0 : starts[_random.Next(starts.Count)];
        return Math.Min(bytes.Length - 1, start + _random.Next(96));
    }

    /// <summary>A section left out, repeated, of another type or of another length.</summary>
    byte[] ChangeSection(byte[] bytes)
    {
        List<int> starts = Sections(bytes);
        if (starts.Count < 2) return bytes;
        int index = _random.Next(starts.Count - 1), start = starts[index], end = starts[index + 1];
        switch (_random.Next(4))
        {
            case 0:
                return [.. bytes[..start], .. bytes[end..]];
            case 1:
                return [.. bytes[..end], .. bytes[start..]];
            case 2:
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(start), (uint)_random.Next(18));
                return bytes;
            default:
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(start + 4), (ulong)(end - start - 12 + _random.Next(-70, 70)));
                return bytes;
        }
    }

    static List<int> Sections(byte[] bytes)
    {
        List<int> starts = [];
        for (long position = 12; position + 12 <= bytes.Length;)
        {
            starts.Add((int)position);
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan((int)position + 4));
            if (length > (ulong)bytes.Length) break;
            position += 12 + (long)length;
        }
        return starts;
    }
}

using System.Buffers.Binary;
using Google.Protobuf;

namespace Zkml.Receipts.Tests.Format;

/// <summary>
/// Changes receipt files in ways that random bytes would not find: each message is taken apart, one of its fields, its encoding or its place is
/// changed, and the frame is put together again around it. The seed decides everything.
/// </summary>
sealed class ReceiptMutator
{
    const int PreambleBytes = 12, LengthBytes = 4;

    static readonly uint[] s_numbers = [0, 1, 2, 3, 127, 128, 255, 256, 4096, 4097, 1 << 30, 0x7F000000, 0x7F000001, int.MaxValue, 0x80000000, uint.MaxValue];

    readonly byte[] _preamble;
    readonly byte[][] _messages;

    public ReceiptMutator(byte[] file)
    {
        _preamble = file[..PreambleBytes];
        List<byte[]> messages = [];
        for (int position = PreambleBytes; position < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(position));
            messages.Add(file[(position + LengthBytes)..(position + LengthBytes + length)]);
            position += LengthBytes + length;
        }
        _messages = [.. messages];
    }

    /// <summary>The file of a seed.</summary>
    public byte[] Mutate(int seed)
    {
        var random = new Random(seed);
        byte[][] messages = [.. _messages];
        int changes = 1 + random.Next(2);
        for (int i = 0; i < changes; i++)
        {
            int index = random.Next(messages.Length);
            messages[index] = random.Next(8) switch
            {
                0 or 1 => ChangeValue(random, messages[index], index == 0),
                2 => ChangeFields(random, messages[index]),
                3 => ChangeBytes(random, messages[index]),
                4 => messages[random.Next(messages.Length)],
                5 => ChangeWord(random, messages[index]),
                6 => messages[index][..random.Next(messages[index].Length + 1)],
                _ => AppendField(random, messages[index]),
            };
        }
        byte[] file = Join(random.Next(16) == 0 ? [.. messages, messages[^1]] : messages);
        return random.Next(8) switch
        {
            0 => file[..random.Next(file.Length + 1)],
            1 => ChangeBytes(random, file),
            2 => ChangeLength(random, file),
            _ => file,
        };
    }

    byte[] Join(byte[][] messages)
    {
        using var file = new MemoryStream();
        file.Write(_preamble);
        foreach (byte[] message in messages)
        {
            file.Write(BitConverter.GetBytes(message.Length));
            file.Write(message);
        }
        return file.ToArray();
    }

    /// <summary>Another value of one field, canonically encoded.</summary>
    static byte[] ChangeValue(Random random, byte[] bytes, bool isHeader)
    {
        IMessage message;
        try
        {
            message = isHeader ? Wire.Header.Parser.ParseFrom(bytes) : Wire.Segment.Parser.ParseFrom(bytes);
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or IndexOutOfRangeException)
        {
            return bytes; // changed before, and not a message any more
        }
        IMessage target = message;
        var fields = message.Descriptor.Fields.InDeclarationOrder();
        var field = fields[random.Next(fields.Count)];
        if (field.FieldType == Google.Protobuf.Reflection.FieldType.Message && field.Accessor.GetValue(message) is IMessage inner)
        {
            target = inner;
            fields = inner.Descriptor.Fields.InDeclarationOrder();
            field = fields[random.Next(fields.Count)];
        }
        object value = field.Accessor.GetValue(target);
        switch (value)
        {
            case uint number: field.Accessor.SetValue(target, ChangeNumber(random, number)); break;
            case ByteString part: field.Accessor.SetValue(target, ByteString.CopyFrom(ChangePart(random, part.ToByteArray()))); break;
            case Google.Protobuf.Collections.RepeatedField<uint> numbers: ChangeNumbers(random, numbers); break;
            case Wire.Kind: field.Accessor.SetValue(target, (Wire.Kind)random.Next(-1, 5)); break;
            default: field.Accessor.Clear(target); break;
        }
        return message.ToByteArray();
    }

    static void ChangeNumbers(Random random, Google.Protobuf.Collections.RepeatedField<uint> numbers)
    {
        if (numbers.Count > 0 && random.Next(2) == 0) numbers[random.Next(numbers.Count)] = ChangeNumber(random, numbers[0]);
        else if (numbers.Count > 0 && random.Next(2) == 0) numbers.RemoveAt(random.Next(numbers.Count));
        else numbers.Add(s_numbers[random.Next(s_numbers.Length)]);
    }

    static uint ChangeNumber(Random random, uint number) => random.Next(3) switch
    {
        0 => unchecked(number + 1),
        1 => unchecked(number - 1),
        _ => s_numbers[random.Next(s_numbers.Length)],
    };

    static byte[] ChangePart(Random random, byte[] part) => random.Next(5) switch
    {
        0 => [],
        1 => [.. part, 0, 0, 0, 0],
        2 => part.Length < 4 ? part : part[..^4],
        3 => new byte[random.Next(1 << 12)],
        _ => ChangeWord(random, part),
    };

    /// <summary>One 32-bit word becomes a value at the edge of the field, or a neighbour of what it was.</summary>
    static byte[] ChangeWord(Random random, byte[] bytes)
    {
        if (bytes.Length < 4) return bytes;
        byte[] changed = [.. bytes];
        Span<byte> word = changed.AsSpan(random.Next(changed.Length / 4) * 4, 4);
        BinaryPrimitives.WriteUInt32LittleEndian(word, ChangeNumber(random, BinaryPrimitives.ReadUInt32LittleEndian(word)));
        return changed;
    }

    static byte[] ChangeBytes(Random random, byte[] bytes)
    {
        if (bytes.Length == 0) return [(byte)random.Next(256)];
        List<byte> changed = [.. bytes];
        int position = random.Next(changed.Count);
        switch (random.Next(4))
        {
            case 0: changed[position] ^= (byte)(1 << random.Next(8)); break;
            case 1: changed[position] = (byte)random.Next(256); break;
            case 2: changed.Insert(position, (byte)random.Next(256)); break;
            default: changed.RemoveAt(position); break;
        }
        return [.. changed];
    }

    /// <summary>The same fields in another order, one of them twice, or one missing.</summary>
    static byte[] ChangeFields(Random random, byte[] bytes)
    {
        List<byte[]> fields = SplitFields(bytes);
        if (fields.Count == 0) return bytes;
        int position = random.Next(fields.Count), other = random.Next(fields.Count);
        switch (random.Next(3))
        {
            case 0: (fields[position], fields[other]) = (fields[other], fields[position]); break;
            case 1: fields.Insert(other, fields[position]); break;
            default: fields.RemoveAt(position); break;
        }
        return [.. fields.SelectMany(field => field)];
    }

    static byte[] AppendField(Random random, byte[] bytes)
    {
        using var field = new MemoryStream();
        using (var output = new CodedOutputStream(field, leaveOpen: true))
        {
            int number = 1 + random.Next(random.Next(2) == 0 ? 16 : 1 << 20);
            switch (random.Next(5))
            {
                case 0: output.WriteTag(number, WireFormat.WireType.Varint); output.WriteUInt64((ulong)random.NextInt64()); break;
                case 1: output.WriteTag(number, WireFormat.WireType.Fixed64); output.WriteFixed64(0); break;
                case 2: output.WriteTag(number, WireFormat.WireType.LengthDelimited); output.WriteLength(random.Next(2) == 0 ? 0 : int.MaxValue); break;
                case 3: output.WriteTag(number, WireFormat.WireType.StartGroup); break;
                default: output.WriteTag(number, WireFormat.WireType.EndGroup); break;
            }
        }
        return random.Next(2) == 0 ? [.. bytes, .. field.ToArray()] : [.. field.ToArray(), .. bytes];
    }

    byte[] ChangeLength(Random random, byte[] file)
    {
        byte[] changed = [.. file];
        int position = random.Next(2) == 0 ? PreambleBytes : PreambleBytes + LengthBytes + _messages[0].Length;
        if (position + LengthBytes <= changed.Length)
            BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(position), ChangeNumber(random, BinaryPrimitives.ReadUInt32LittleEndian(changed.AsSpan(position))));
        return changed;
    }

    /// <summary>Top-level fields with their tags; what is left where the bytes are no message is one field.</summary>
    static List<byte[]> SplitFields(byte[] bytes)
    {
        List<byte[]> fields = [];
        int start = 0;
        try
        {
            var input = new CodedInputStream(bytes);
            while (input.ReadTag() != 0)
            {
                input.SkipLastField();
                fields.Add(bytes[start..(int)input.Position]);
                start = (int)input.Position;
            }
        }
        catch (Exception failure) when (failure is InvalidProtocolBufferException or IndexOutOfRangeException)
        {
            fields.Add(bytes[start..]);
        }
        return fields;
    }
}

using Zkml.Guest.OnnxRuntime.Protocol;

namespace Zkml.Guest.OnnxRuntime.Tests.Protocol;

[TestFixture]
sealed class WireTests
{
    [Test]
    public void Reader_WhatTheWriterWrote_IsTheSame()
    {
        WireValue tensor = WireValue.OfNumbers(1, [2, 1], new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 });
        WireValue map = WireValue.OfItems(WireKind.Map, [WireValue.OfStrings([1], ["ü"]), tensor]);
        WireWriter writer = new WireWriter().Byte(7).Int32(-5).Text("名").Int64s([long.MinValue, 3]).Texts(["a", ""])
            .Value(WireValue.OfItems(WireKind.Sequence, [map, WireValue.Absent]));
        WireReader reader = new(writer.Written.ToArray());

        Assert.That(reader.Byte(), Is.EqualTo(7));
        Assert.That(reader.Int32(), Is.EqualTo(-5));
        Assert.That(reader.Text(), Is.EqualTo("名"));
        Assert.That(reader.Int64s(), Is.EqualTo(new[] { long.MinValue, 3 }));
        Assert.That(reader.Texts(), Is.EqualTo(new[] { "a", "" }));
        WireValue value = reader.Value();
        Assert.That(reader.IsAtEnd);
        Assert.That(value.Items[1].Kind, Is.EqualTo(WireKind.Absent));
        Assert.That(value.Items[0].Items[0].Strings, Is.EqualTo(new[] { "ü" }));
        Assert.That(value.Items[0].Items[1].Dimensions, Is.EqualTo(new long[] { 2, 1 }));
        Assert.That(value.Items[0].Items[1].Data.ToArray(), Is.EqualTo(tensor.Data.ToArray()));
    }

    [Test]
    public void Reader_EveryPrefixAndFlippedByte_ThrowsOrReadsAValue()
    {
        WireValue tensor = WireValue.OfNumbers(3, [2], new byte[] { 1, 2 });
        byte[] frame = new WireWriter().Value(WireValue.OfItems(WireKind.Sequence, [tensor, WireValue.OfStrings([1], ["x"])])).Written.ToArray();
        int refused = 0;
        for (int i = 0; i < frame.Length; i++)
        {
            refused += IsRefused(frame[..i]) ? 1 : 0;
            for (int value = 0; value < 256; value++)
            {
                byte[] changed = [.. frame];
                changed[i] = (byte)value;
                IsRefused(changed);
            }
        }
        Assert.That(refused, Is.EqualTo(frame.Length));
    }

    [Test]
    public void Reader_ValuesInsideOfValuesWithoutEnd_Refuses()
    {
        byte[] frame = [.. Enumerable.Repeat(new byte[] { (byte)WireKind.Sequence, 1, 0, 0, 0 }, 10_000).SelectMany(bytes => bytes)];
        Assert.That(() => new WireReader(frame).Value(), Throws.InstanceOf<InvalidDataException>());
    }

    [TestCase(new byte[] { 0, 0, 0, 0 })]
    [TestCase(new byte[] { 255, 255, 255, 255 })]
    public void Frame_WithAnImpossibleLength_Refuses(byte[] header) =>
        Assert.That(() => RunnerProtocol.ReadFrame(new MemoryStream(header)), Throws.InstanceOf<InvalidDataException>());

    [Test]
    public void Frame_AtTheEndOfTheStream_IsNull() => Assert.That(RunnerProtocol.ReadFrame(new MemoryStream()), Is.Null);

    static bool IsRefused(byte[] frame)
    {
        try
        {
            new WireReader(frame).Value();
            return false;
        }
        catch (InvalidDataException)
        {
            return true;
        }
    }
}

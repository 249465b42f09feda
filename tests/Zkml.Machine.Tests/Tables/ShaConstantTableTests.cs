using System.Buffers.Binary;
using System.Security.Cryptography;
using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips.Sha;
using Zkml.Machine.Tables;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Tables;

[TestFixture]
public sealed class ShaConstantTableTests : LookupTableContract
{
    protected override MachineChip Chip { get; } = new ShaConstantTable();

    // One column: the multiplicity.
    protected override Type ColumnStruct => typeof(KoalaBear);

    protected override (int Width, int Constraints, int Interactions) Shape => (1, 0, 1);

    protected override int EntryCount => 64;

    protected override void Count(LookupCounts lookups)
    {
        foreach (int round in (int[])[0, 1, 1, 15, 16, 62, 63, 63, 63])
        {
            ShaConstantMessage<KoalaBear> message = default;
            ShaConstantTable.FillRound(ref message, round);
            lookups.Count(Buses.ShaConstant, Columns.AsSpan<ShaConstantMessage<KoalaBear>, KoalaBear>(in message));
        }
    }

    [Test]
    public void Constants_All_AreTheCubeRootsOfPrimes() =>
        Assert.That(ShaConstantTable.Constants.ToArray(), Is.EqualTo(Sha256Reference.Constants));

    [Test]
    public void Reference_OneBlockMessage_HashesAsThePlatformDoes()
    {
        byte[] message = [.. Enumerable.Range(0, 55).Select(i => (byte)(i * 73 + 5))];
        byte[] block = [.. message, 0x80, 0, 0, 0, 0, 0, 0, 55 * 8 >> 8, 55 * 8 & 0xFF];
        uint[] words = [.. Enumerable.Range(0, 16).Select(i => BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(4 * i)))];

        uint[] state = Sha256Reference.Compress([.. Sha256Reference.InitialState], words);

        var digest = new byte[32];
        for (int i = 0; i < 8; i++) BinaryPrimitives.WriteUInt32BigEndian(digest.AsSpan(4 * i), state[i]);
        Assert.That(digest, Is.EqualTo(SHA256.HashData(message)));
    }

    // A word of the schedule is sent exactly as often as later rounds take it.
    [Test]
    public void Uses_OfEachRound_AreThoseOfTheSchedule()
    {
        var uses = new int[64, 3];
        for (int t = 16; t < 64; t++)
        {
            uses[t - 16, 0]++;
            uses[t - 7, 0]++;
            uses[t - 15, 1]++;
            uses[t - 2, 2]++;
        }
        for (int t = 0; t < 64; t++)
        {
            ShaConstantMessage<KoalaBear> message = default;
            ShaConstantTable.FillRound(ref message, t);
            uint[] filled = [message.WordUses.ToCanonical(), message.SmallSigma0Uses.ToCanonical(), message.SmallSigma1Uses.ToCanonical()];
            Assert.That(filled, Is.EqualTo(new[] { uses[t, 0], uses[t, 1], uses[t, 2] }), $"Round {t}.");
            Assert.That((message.IsFirstLoad == KoalaBear.One, message.IsSecondLoad == KoalaBear.One), Is.EqualTo((t < 8, t is >= 8 and < 16)), $"Round {t}.");
        }
    }
}

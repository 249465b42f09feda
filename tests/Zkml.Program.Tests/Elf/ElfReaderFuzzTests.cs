using System.Diagnostics;
using Zkml.Guest.Assembly;
using Zkml.Program.Elf;

namespace Zkml.Program.Tests.Elf;

[TestFixture]
public sealed class ElfReaderFuzzTests
{
    static readonly uint[] Interesting =
    [
        0, 1, 2, 3, 4, 7, 16, 31, 32, 40, 52, 255, 256, 257, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x0020_0800, 0x0030_0000, 0x7FFF_FFFF,
        0x8000_0000, 0x8000_FFFC, 0x8001_0000, 0xBFFF_FFFC, 0xC000_0000, 0xFFFF_0000, 0xFFFF_FFFC, 0xFFFF_FFFF,
    ];

    [TestCase(5_000, 1)]
    public void Read_MutatedFiles_OnlyElfException(int caseCount, int seed) => Fuzz(caseCount, seed);

    [Category("Slow")]
    [TestCase(100_000, 2)]
    public void Read_ManyMutatedFiles_OnlyElfException(int caseCount, int seed) => Fuzz(caseCount, seed);

    static void Fuzz(int caseCount, int seed)
    {
        TestContext.Out.WriteLine($"seed {seed}, {caseCount} cases");
        Random random = new(seed);
        byte[][] sources =
        [
            ElfBytes.Minimal(), Programs.Halt("journal"u8).ToElf(), Programs.CommitInput(1).ToElf(),
            ElfBytes.Build(ElfBytes.Text,
                [ElfBytes.TextSegment, new(0x8001_0000, [1, 2, 3, 4], 8, 4), new(0x0040_0000, [], 4096, 6)], [("a", ElfBytes.Text, 4u)]),
        ];
        int accepted = 0;
        Dictionary<ElfError, int> errors = [];
        Stopwatch watch = new();
        for (int i = 0; i < caseCount; i++)
        {
            byte[] file = Mutate(sources[random.Next(sources.Length)], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            watch.Restart();
            try
            {
                Check(ElfReader.Read(file));
                accepted++;
            }
            catch (ElfException exception)
            {
                errors[exception.Error] = errors.GetValueOrDefault(exception.Error) + 1;
            }
            catch (Exception exception)
            {
                Assert.Fail($"seed {seed}, case {i}: {exception}\n{Convert.ToHexString(file)}");
            }
            // The read-only window's zero words are real table rows: 2^23 words at most, 32 MiB, and their flat copy.
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200L << 20), $"seed {seed}, case {i}");
            Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)), $"seed {seed}, case {i}");
        }
        Assert.That(accepted, Is.GreaterThan(caseCount / 100));
        Assert.That(errors, Has.Count.GreaterThanOrEqualTo(12), "the mutations must reach most errors");
    }

    // Everything that a caller may do with an accepted program must work too.
    static void Check(ProgramImage image)
    {
        Records.ProgramTables tables = image.ToTables();
        Assert.That(tables.Image, Has.Length.LessThanOrEqualTo(ProgramImage.MaximumImageWords));
        Assert.That(tables.ReadOnly, Has.Length.LessThanOrEqualTo(ProgramImage.MaximumReadOnlyWords));
        Assert.That(tables.Rom, Has.Length.LessThanOrEqualTo(tables.Image.Length));
        for (int i = 0; i < image.Symbols.Count; i++) image.Symbols.Describe(image.Symbols[i].Address);
    }

    static byte[] Mutate(byte[] source, Random random)
    {
        byte[] file = [.. source];
        int count = 1 + random.Next(3);
        for (int i = 0; i < count; i++)
        {
            uint value = random.Next(4) == 0
                ? (uint)random.NextInt64(1L << 32)
                : Interesting[random.Next(Interesting.Length)] + (uint)(random.Next(-4, 5) * random.Next(2));
            switch (random.Next(8))
            {
                case 0: Put(file, random.Next(13) * 4, value, 4); break;                      // file header, by word
                case 1: Put(file, 16 + 2 * random.Next(18), value, 2); break;                 // file header, by half
                case 2 or 3: Put(file, 52 + 4 * random.Next(24), value, 4); break;            // program headers
                case 4: Put(file, (int)BitConverter.ToUInt32(source, 32) + 4 * random.Next(60), value, 4); break; // section headers
                case 5: file[random.Next(file.Length)] ^= (byte)(1 << random.Next(8)); break;
                case 6: file[random.Next(7)] = (byte)random.Next(4); break;                   // identification
                default:
                    if (random.Next(2) == 0) file = file[..random.Next(file.Length + 1)];
                    else file = [.. file, .. new byte[random.Next(64)]];
                    break;
            }
            if (file.Length < 64) break;
        }
        return file;
    }

    static void Put(byte[] file, int offset, uint value, int size)
    {
        for (int i = 0; i < size && offset >= 0 && offset + i < file.Length; i++) file[offset + i] = (byte)(value >> 8 * i);
    }
}

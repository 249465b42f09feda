using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Zkml.Isa;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Assembly.Tests.CGuests;

/// <summary>The C SDK, function by function: a guest made from <c>sdk.c</c>, compared with what its journal must be.</summary>
[Category("Interop")]
public sealed class SdkTests
{
    static readonly Lazy<byte[]> Elf = new(() => CGuest.Build(CGuest.PathOf("guest-sdk", "c", "build.sh"),
        CGuest.PathOf("tests", "Zkml.Guest.Assembly.Tests", "CGuests", "sdk.c")));

    [TestCase(0)]
    [TestCase(2999)]
    [TestCase(3004)]
    [TestCase(5000)]
    [TestCase(9000)]
    public void Read_AnyAlignmentAndLength_TakesTheInputInOrder(int inputLength)
    {
        byte[] input = RandomBytes(inputLength), memory = new byte[8192];
        int taken = 0;
        List<byte> expected = [];
        foreach ((int offset, int size) in ((int, int)[])[(1, 3001), (3004, 3), (3008, 4000), (7100, 10)])
        {
            int part = Math.Min(size, inputLength - taken);
            input.AsSpan(taken, part).CopyTo(memory.AsSpan(offset));
            taken += part;
            expected.AddRange(Word(part));
        }
        Assert.That(Run(0, input).Journal, Is.EqualTo((byte[])[.. expected, .. memory]));
    }

    [TestCase(0)]
    [TestCase(3000)]
    public void Sha256_AnyLength_IsSha256(int inputLength)
    {
        byte[] input = RandomBytes(inputLength), window = new byte[150], memory = new byte[8192];
        (window[0], window[1], window[2], window[149]) = (1, 2, 3, 9);
        input.CopyTo(memory, 0);
        List<byte> expected = [];
        for (int length = 0; length <= inputLength; length += length < 200 ? 1 : 997)
            expected.AddRange(SHA256.HashData(memory.AsSpan(length % 5, length - length % 5)));
        expected.AddRange(SHA256.HashData(window));
        expected.AddRange(SHA256.HashData(window.AsSpan(1)));
        expected.AddRange(SHA256.HashData(input));
        Assert.That(Run(1, input).Journal, Is.EqualTo((byte[])[.. expected, .. window]));
    }

    [Test]
    public void HostCalls_Answers_AreCopiedAndCut()
    {
        ExecutionInput input = new()
        {
            StandardInput = Word(2),
            Arguments = ["", "exactly fifteen", "exactly sixteen."],
            Environment = new Dictionary<string, string> { ["NAME"] = "value", ["LONG"] = new string('v', 100) },
        };
        ExecutionResult result = CGuest.Run(Elf.Value, input);
        byte[] expected =
        [
            .. Word(3), .. Word(0), .. Word(15), .. "exactly fifteen"u8, .. Word(15), .. "exactly sixteen"u8,
            .. Word(5), .. "value"u8, .. Word(15), .. Encoding.ASCII.GetBytes(new string('v', 15)), .. Word(-1),
        ];
        Assert.That(result.Journal[..expected.Length], Is.EqualTo(expected));
        byte[] random = result.Journal[expected.Length..(expected.Length + 80)];
        Assert.That(random.Distinct().Count(), Is.GreaterThan(40));
        Assert.That(result.Journal[(expected.Length + 80)..], Is.EqualTo(Word(1)));
        Assert.That(result.StandardOutput, Is.EqualTo("to output"u8.ToArray()));
        Assert.That(Encoding.ASCII.GetString(result.StandardError), Is.EqualTo("to errorto log\n"));
        ProgramsTests.AssertDigestIsOfJournal(result);
    }

    [Test]
    public void MemoryFunctions_OverlapsAndAlignments_DoWhatTheStandardSays()
    {
        byte[] memory = new byte[8192];
        for (int i = 0; i < 600; i++) memory[i] = (byte)(i * 7);
        List<byte> expected = [];
        for (int from = 0; from < 4; from++)
        {
            for (int to = 0; to < 4; to++)
            {
                memory.AsSpan(from, 50 + from).CopyTo(memory.AsSpan(300 + to));
                memory.AsSpan(12 + from, 60).CopyTo(memory.AsSpan(10 + to));
                memory.AsSpan(110 + from, 61).CopyTo(memory.AsSpan(112 + to));
                memory.AsSpan(200 + to, 30 + from).Fill((byte)from);
                expected.AddRange(memory[..600]);
                expected.AddRange(Word(memory.AsSpan(to, 64).SequenceCompareTo(memory.AsSpan(from, 64)) > 0 ? 1 : 0));
            }
        }
        Assert.That(Run(3).Journal, Is.EqualTo((byte[])[.. expected, .. Word(5), .. Word(0)]));
    }

    [TestCase(4, 7)]
    [TestCase(5, 255)]
    [TestCase(99, 255)]
    public void Exit_Code_IsOneByteAndNeverZeroByAccident(int choice, int exitCode) => Assert.That(Run(choice).ExitCode, Is.EqualTo(exitCode));

    [TestCase(6, "asked to")]
    [TestCase(7, "abort")]
    [TestCase(8, "aligned to 4")]
    public void Panic_Message_ReachesTheHost(int choice, string message) => Assert.That(() => Run(choice),
        Throws.InstanceOf<GuestException>().With.Message.Contains(message).And.Property("Error").Property("Kind").EqualTo(GuestErrorKind.Panic));

    [Test]
    public void ReadExact_InputTooShort_Panics() => Assert.That(() => CGuest.Run(Elf.Value, new() { StandardInput = new byte[3] }),
        Throws.InstanceOf<GuestException>().With.Message.Contains("too short"));

    [Test]
    public void Panic_HostThatReturns_EndsAtABreakpoint()
    {
        byte[] patched = CGuest.Patch(Elf.Value, CGuest.EcallsIn(Elf.Value, "zkvm_panic"), new(Opcode.Addi, 0, 0, 0, 0));
        Assert.That(() => CGuest.Run(patched, new() { StandardInput = Word(6) }),
            Throws.InstanceOf<GuestException>().With.Property("Error").Property("Kind").EqualTo(GuestErrorKind.Breakpoint));
    }

    [Test]
    public void Read_HostThatClaimsTwoGibibytes_IsClamped()
    {
        byte[] patched = CGuest.Patch(Elf.Value, CGuest.EcallsIn(Elf.Value, "zkvm_read"), new(Opcode.Lui, 10, 0, 0, int.MinValue));
        // The choice reads as 0 without a host: read_in_pieces.
        byte[] journal = CGuest.Run(patched).Journal;
        Assert.That(journal, Has.Length.EqualTo(16 + 8192));
        Assert.That(journal[..16], Is.EqualTo((byte[])[.. Word(3001), .. Word(3), .. Word(4000), .. Word(10)]));
    }

    [Test]
    public void Texts_HostThatClaimsTwoGibibytes_AreClamped()
    {
        List<uint> ecalls = CGuest.EcallsIn(Elf.Value, "zkvm_argument", "zkvm_environment");
        byte[] patched = CGuest.Patch(Elf.Value, ecalls, new(Opcode.Lui, 10, 0, 0, int.MinValue));
        byte[] journal = CGuest.Run(patched, new() { StandardInput = Word(2), Arguments = ["x"] }).Journal;
        Assert.That(journal[..8], Is.EqualTo((byte[])[.. Word(1), .. Word(15)]));
    }

    [Test]
    public void Build_Twice_GivesTheSameBytes() => Assert.That(CGuest.Build(CGuest.PathOf("guest-sdk", "c", "build.sh"),
        CGuest.PathOf("tests", "Zkml.Guest.Assembly.Tests", "CGuests", "sdk.c")), Is.EqualTo(Elf.Value));

    static ExecutionResult Run(int choice, byte[]? input = null)
    {
        ExecutionResult result = CGuest.Run(Elf.Value, new() { StandardInput = (byte[])[.. Word(choice), .. input ?? []] });
        ProgramsTests.AssertDigestIsOfJournal(result);
        return result;
    }

    static byte[] Word(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    static byte[] RandomBytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(count + 17).NextBytes(bytes);
        return bytes;
    }
}

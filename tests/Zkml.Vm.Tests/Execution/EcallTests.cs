using System.Security.Cryptography;
using System.Text;
using Zkml.Guest.Assembly;
using Zkml.Program;
using Zkml.Records;
using Zkml.Vm.Execution;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Vm.Tests.Execution;

[TestFixture]
public sealed class EcallTests
{
    [TestCase((byte)0)]
    [TestCase((byte)1)]
    [TestCase((byte)255)]
    public void Halt_ExitCode_IsReported(byte exitCode)
    {
        ExecutionResult result = Guests.Run(Guests.Load(Programs.Halt("abc"u8, exitCode)));
        Assert.That(result.ExitCode, Is.EqualTo(exitCode));
        Assert.That(result.Journal, Is.EqualTo("abc"u8.ToArray()));
        Assert.That(result.OutputDigest.SelectMany(BitConverter.GetBytes), Is.EqualTo(Assembler.OutputDigest("abc"u8)));
    }

    [TestCase(1u)] // PAUSE
    [TestCase(2u)] // SPLIT
    [TestCase(0x0001_0000u)]
    [TestCase(0xFFFF_FF00u)]
    public void Halt_TypeOrExitCodeOutOfRange_Stops(uint argument) =>
        Assert.That(FailEcall(EcallNumber.Halt, argument, 0x0020_0800).Kind, Is.EqualTo(GuestErrorKind.UnsupportedHalt));

    [TestCase(0x0020_0801u, GuestErrorKind.MisalignedAccess)]
    [TestCase(0u, GuestErrorKind.InvalidAddress)]
    [TestCase(0x8000_FFE4u, GuestErrorKind.InvalidAddress)]
    [TestCase(0x8001_0000u, GuestErrorKind.InvalidAddress)]
    [TestCase(0xFFFF_FFFCu, GuestErrorKind.InvalidAddress)]
    public void Halt_DigestOutsideOfReadWriteMemory_Stops(uint pointer, GuestErrorKind kind) =>
        Assert.That(FailEcall(EcallNumber.Halt, 0, pointer).Kind, Is.EqualTo(kind));

    [Test]
    public void Halt_DigestInTheLastWords_IsRead()
    {
        ProgramImage program = Guests.Make(assembler => assembler.Li(A0, 0).Li(A1, 0x8000_FFE0u).Ecall(EcallNumber.Halt));
        Assert.That(Guests.Run(program).OutputDigest, Is.All.Zero);
    }

    [TestCase(4)]
    [TestCase(5)]
    [TestCase(7)]
    [TestCase(-1)]
    public void Ecall_UnknownNumber_StopsAndNamesIt(int number)
    {
        GuestError error = FailEcall((EcallNumber)number, 0, 0);
        Assert.That(error.Kind, Is.EqualTo(GuestErrorKind.UnknownEcall));
        Assert.That(error.Message, Does.Contain($"got {(uint)number}"));
        Assert.That(error.Disassembly, Is.EqualTo("ecall"));
    }

    [Test]
    public void Input_AnyIndex_GivesZero()
    {
        ProgramImage program = Guests.Make(assembler => assembler.Li(A0, 5).Ecall(EcallNumber.Input).Mv(A2, A0).HaltWith([]));
        (List<SegmentRecord> segments, _) = Guests.Record(program);
        InputEvent input = segments[0].Input.Items[0];
        Assert.That((input.T0.Value, input.A0.Previous, input.A0.Value), Is.EqualTo((1u, 5u, 0u)));
        SessionChecker.Check(program, segments);
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(5)]
    public void Sha_BlocksOfAMessage_GiveItsDigest(int blockCount)
    {
        // With the padding block behind the message, the state is the digest; no block leaves the initial state.
        byte[] message = [.. Enumerable.Range(0, 64 * Math.Max(0, blockCount - 1)).Select(i => (byte)(i * 7))];
        byte[] padded = [.. message, 0x80, .. new byte[55], .. BitConverter.GetBytes((ulong)message.Length * 8).Reverse()];
        byte[] initial = Convert.FromHexString("6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19");
        ProgramImage program = ShaProgram(initial, padded, blockCount, 32);
        SegmentRecord record = Guests.Record(program).Segments.Single();
        byte[] state = StoredState(record);
        Assert.That(state, Is.EqualTo(blockCount == 0 ? initial : SHA256.HashData(message)));
        SessionChecker.Check(program, [record]);
        Assert.That(record.ShaBlock.Count, Is.EqualTo(blockCount));
        for (int i = 0; i < blockCount; i++)
        {
            ShaBlockEvent block = record.ShaBlock.Items[i];
            Assert.That(block.Remaining, Is.EqualTo((uint)(blockCount - i)));
            Assert.That(((ReadOnlySpan<uint>)block.StateBefore).ToArray(),
                Is.EqualTo(i == 0 ? LoadedState(record) : ((ReadOnlySpan<uint>)record.ShaBlock.Items[i - 1].StateAfter).ToArray()));
        }
    }

    [Test]
    public void Sha_HalvesApartAndOutputOverInput_AreLegal()
    {
        // p1 = p2: each block is the same 32 bytes twice; the output replaces the input state.
        byte[] half = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
        byte[] initial = Convert.FromHexString("6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19");
        SegmentRecord apart = Guests.Record(ShaProgram(initial, half, 1, 0)).Segments.Single();
        SegmentRecord adjacent = Guests.Record(ShaProgram(initial, [.. half, .. half], 1, 32)).Segments.Single();
        Assert.That(StoredState(apart), Is.EqualTo(StoredState(adjacent)));
    }

    [TestCase(0x0030_0002u, 0x0030_0000u, 0x0030_0000u, 0x0030_0000u, 1u, GuestErrorKind.MisalignedAccess)]
    [TestCase(0x0030_0000u, 0x0030_0001u, 0x0030_0000u, 0x0030_0000u, 1u, GuestErrorKind.MisalignedAccess)]
    [TestCase(0x0030_0000u, 0x0030_0000u, 0x0030_0003u, 0x0030_0000u, 1u, GuestErrorKind.MisalignedAccess)]
    [TestCase(0x0030_0000u, 0x0030_0000u, 0x0030_0000u, 0x0030_0001u, 0u, GuestErrorKind.MisalignedAccess)]
    [TestCase(0x8001_0000u, 0x0030_0000u, 0x0030_0000u, 0x0030_0000u, 1u, GuestErrorKind.ReadOnlyStore)]
    [TestCase(0x0030_0000u, 0x8001_0000u, 0x0030_0000u, 0x0030_0000u, 1u, GuestErrorKind.InvalidAddress)]
    [TestCase(0x0030_0000u, 0x0030_0000u, 0x8001_0000u, 0x0030_0000u, 1u, GuestErrorKind.InvalidAddress)]
    [TestCase(0x0030_0000u, 0x0030_0000u, 0x0030_0000u, 0x8000_FFE0u, 2u, GuestErrorKind.InvalidAddress)]
    [TestCase(0x0030_0000u, 0x0030_0000u, 0x0030_0000u, 0x8000_FFA4u, 2u, GuestErrorKind.InvalidAddress)]
    [TestCase(0x0030_0000u, 0x0030_0000u, 0x0030_0000u, 0x0000_FFFCu, 1u, GuestErrorKind.InvalidAddress)]
    [TestCase(0x0030_0000u, 0x0030_0000u, 0x0030_0000u, 0x0030_0000u, 0x0001_0000u, GuestErrorKind.InvalidArgument)]
    [TestCase(0x0030_0000u, 0x0030_0000u, 0x0030_0000u, 0x0030_0000u, 0xFFFF_FFFFu, GuestErrorKind.InvalidArgument)]
    public void Sha_ArgumentOutOfRange_Stops(uint output, uint input, uint first, uint second, uint count, GuestErrorKind kind)
    {
        GuestError error = Guests.Fail(Guests.Make(assembler => assembler
            .Li(A0, output).Li(A1, input).Li(A2, first).Li(A3, second).Li(A4, count).Ecall(EcallNumber.Sha)));
        Assert.That(error.Kind, Is.EqualTo(kind), error.ToString());
    }

    [Test]
    public void Sha_LastBlockInTheLastWords_IsLegal()
    {
        ProgramImage program = Guests.Make(assembler => assembler.Li(A0, 0x8000_FFE0u).Mv(A1, A0).Li(A2, 0x8000_FFE0u - 64).Li(A3, 0x8000_FFA0u).Li(A4, 2)
            .Ecall(EcallNumber.Sha).HaltWith([]));
        Assert.That(Guests.Run(program).ExitCode, Is.Zero);
    }

    [Test]
    public void Compress_RandomMessages_EqualsTheSystem()
    {
        Random random = new(256);
        for (int length = 0; length < 200; length++)
        {
            byte[] message = new byte[length];
            random.NextBytes(message);
            byte[] padded = [.. message, 0x80, .. new byte[(119 - length % 64) % 64], .. BitConverter.GetBytes((ulong)length * 8).Reverse()];
            uint[] state = Words(Convert.FromHexString("6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"));
            for (int i = 0; i < padded.Length; i += 64) Sha256Compression.Compress(state, Words(padded[i..(i + 32)]), Words(padded[(i + 32)..(i + 64)]));
            Assert.That(state.SelectMany(BitConverter.GetBytes), Is.EqualTo(SHA256.HashData(message)), $"length {length}");
        }
    }

    [Test]
    public void CommitInput_GuestOfTheSdk_HaltsWithTheDigestOfItsJournal()
    {
        byte[] input = Encoding.ASCII.GetBytes(new string('q', 192));
        ExecutionResult result = Guests.Run(Guests.Load(Programs.CommitInput(3)), new() { StandardInput = input });
        Assert.That(result.Journal, Is.EqualTo(input));
        Assert.That(result.OutputDigest.SelectMany(BitConverter.GetBytes), Is.EqualTo(Assembler.OutputDigest(input)));
    }

    static GuestError FailEcall(EcallNumber number, uint a0, uint a1) => Guests.Fail(Guests.Make(assembler => assembler.Li(A0, a0).Li(A1, a1).Ecall(number)));

    static ProgramImage ShaProgram(byte[] initial, byte[] blocks, int blockCount, int secondOffset) => Guests.Make(assembler =>
    {
        Label state = assembler.NewLabel("state"), data = assembler.NewLabel("blocks");
        assembler.La(A0, state).Mv(A1, A0).La(A2, data).La(A3, data, secondOffset).Li(A4, blockCount).Ecall(EcallNumber.Sha).HaltWith([])
            .In(SectionKind.Data).Mark(state).Byte(initial).Mark(data).Byte(blocks);
    });

    static byte[] StoredState(SegmentRecord record)
    {
        WriteAccesses8 accesses = record.ShaStore.Items[0].State;
        return [.. Enumerable.Range(0, 8).SelectMany(i => BitConverter.GetBytes(accesses[i].Value))];
    }

    static uint[] LoadedState(SegmentRecord record)
    {
        ReadAccesses8 accesses = record.ShaLoad.Items[0].State;
        return [.. Enumerable.Range(0, 8).Select(i => accesses[i].Value)];
    }

    static uint[] Words(byte[] bytes) => [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToUInt32(bytes, 4 * i))];
}

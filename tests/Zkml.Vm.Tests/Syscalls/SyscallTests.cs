using System.Text;
using Zkml.Guest.Assembly;
using Zkml.Isa;
using Zkml.Program;
using Zkml.Records;
using Zkml.Vm.Execution;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Vm.Tests.Syscalls;

[TestFixture]
public sealed class SyscallTests
{
    static readonly byte[] Input = [.. Enumerable.Range(1, 10).Select(i => (byte)i)];

    // Bytes wanted, words of the buffer → bytes read, the buffer's bytes, the last word. The input is 1, 2, … 10.
    [TestCase(0u, 0u, 0u, "", 0u)]
    [TestCase(4u, 1u, 4u, "01020304", 0u)]
    [TestCase(8u, 2u, 8u, "0102030405060708", 0u)]
    [TestCase(7u, 1u, 7u, "01020304", 0x0007_0605u)]
    [TestCase(8u, 1u, 8u, "01020304", 0x0807_0605u)]
    [TestCase(3u, 0u, 3u, "", 0x0003_0201u)]
    [TestCase(3u, 1u, 3u, "01020300", 0u)]
    [TestCase(5u, 2u, 5u, "0102030405000000", 0u)]
    [TestCase(10u, 2u, 10u, "0102030405060708", 0x0000_0A09u)]
    [TestCase(12u, 3u, 10u, "0102030405060708090a0000", 0u)]
    [TestCase(64u, 16u, 10u, "0102030405060708090a", 0u)]
    [TestCase(64u, 1u, 4u, "01020304", 0u)]
    [TestCase(64u, 0u, 0u, "", 0u)]
    [TestCase(0xFFFF_FFFFu, 2u, 8u, "0102030405060708", 0u)]
    public void Read_BytesAndWords_FillsTheBufferAndTheLastWord(uint bytes, uint words, uint count, string buffer, uint lastWord)
    {
        ProgramImage program = Call(HostCall.Read, words, a3: 0, a4: bytes);
        (List<SegmentRecord> segments, _) = Guests.Record(program, new() { StandardInput = Input });
        SessionChecker.Check(program, segments);
        SoftwareEvent call = segments[0].Software.Items[0];
        Assert.That((call.A0.Value, call.A1.Previous, call.A1.Value), Is.EqualTo((count, words, lastWord)));
        Assert.That(segments[0].HostWord.Count, Is.EqualTo((int)words), "exactly the words that the guest asked for");
        byte[] written = [.. segments[0].HostWord.Items.ToArray().SelectMany(e => BitConverter.GetBytes(e.Memory.Value))];
        Assert.That(Convert.ToHexStringLower(written), Does.StartWith(buffer));
        Assert.That(written[(buffer.Length / 2)..], Is.All.Zero);
    }

    [Test]
    public void Read_SeveralCalls_ContinueInTheInput()
    {
        ProgramImage program = Guests.Make(assembler =>
        {
            Label buffer = assembler.NewLabel();
            foreach (int wanted in (int[])[3, 4, 2, 4, 4]) assembler.La(A0, buffer).Li(A1, 1).Li(A3, 0).Li(A4, wanted).Ecall(HostCall.Read);
            assembler.HaltWith([]).In(SectionKind.Bss).Mark(buffer).Space(4);
        });
        SegmentRecord record = Guests.Record(program, new() { StandardInput = Input }).Segments.Single();
        Assert.That(record.Software.Items.ToArray().Select(e => e.A0.Value), Is.EqualTo(new uint[] { 3, 4, 2, 1, 0 }));
        Assert.That(record.HostWord.Items.ToArray().Select(e => e.Memory.Value), Is.EqualTo(new uint[] { 0x0003_0201, 0x0706_0504, 0x0000_0908, 0x0A, 0 }));
    }

    [Test]
    public void Read_BufferCountedInBytes_StopsInsteadOfOverrunningIt()
    {
        GuestError error = Guests.Fail(Call(HostCall.Read, 16, a3: 0, a4: 16), new() { StandardInput = Input });
        Assert.That(error.Kind, Is.EqualTo(GuestErrorKind.InvalidArgument));
        Assert.That(error.Message, Does.Contain("whole words, at most 4"));
    }

    [Test]
    public void Write_EachDescriptor_ReachesItsStream()
    {
        ProgramImage program = Guests.Make(assembler =>
        {
            Label text = assembler.NewLabel(), window = assembler.NewLabel();
            for (int descriptor = 1; descriptor <= 3; descriptor++)
                assembler.Li(A0, 0).Li(A1, 0).Li(A3, descriptor).La(A4, text, descriptor).Li(A5, 3).Ecall(HostCall.Write);
            assembler.Li(A0, 0).Li(A1, 0).La(A3, window, 1).Li(A4, 5).Ecall(HostCall.Log);
            assembler.HaltWith([]).In(SectionKind.ReadOnlyData).Mark(text).Ascii("abcdefgh").In(SectionKind.Window).Mark(window).Ascii("123456789");
        });
        ExecutionResult result = Guests.Run(program);
        Assert.That(Encoding.ASCII.GetString(result.StandardOutput), Is.EqualTo("bcd"));
        Assert.That(Encoding.ASCII.GetString(result.StandardError), Is.EqualTo("cde23456\n"));
        Assert.That(Encoding.ASCII.GetString(result.Journal), Is.EqualTo("def"));
    }

    [TestCase("SYS_READ")]
    [TestCase("risc0_zkvm_platform::syscall::nr::SYS_READ")]
    public void Call_ByNameAlone_IsUnderstood(string name)
    {
        // Guests of older RISC Zero releases pass the name in a2 and leave anything in t6.
        ProgramImage program = Guests.Make(assembler =>
        {
            Label buffer = assembler.NewLabel(), text = assembler.NewLabel();
            assembler.La(A0, buffer).Li(A1, 1).La(A2, text).Li(A3, 0).Li(A4, 4).Li(T6, (int)HostCall.Panic).Li(T0, 2).Ecall().HaltWith([])
                .In(SectionKind.ReadOnlyData).Mark(text).Ascii(name).Byte(0).In(SectionKind.Bss).Mark(buffer).Space(4);
        });
        Assert.That(Guests.Record(program, new() { StandardInput = Input }).Segments[0].HostWord.Items[0].Memory.Value, Is.EqualTo(0x0403_0201));
    }

    [TestCase(0)]
    [TestCase(4)]   // exit
    [TestCase(14)]  // verify_integrity
    [TestCase(17)]
    [TestCase(-1)]
    public void Call_UnknownNumber_StopsAndNamesIt(int number)
    {
        GuestError error = Guests.Fail(Call((HostCall)number, 0));
        Assert.That(error.Kind, Is.EqualTo(GuestErrorKind.UnknownSyscall));
        Assert.That(error.Message, Does.Contain($"number {(uint)number} "));
    }

    [Test]
    public void Arguments_CountLengthAndText_AreGiven()
    {
        ExecutionInput input = new() { Arguments = ["first", "zweites ä"] };
        Assert.That(Reply(HostCall.ArgumentCount, 0, input).A0.Value, Is.EqualTo(2));
        SegmentRecord record = Guests.Record(Call(HostCall.Argument, 2, a3: 1), input).Segments.Single();
        Assert.That(record.Software.Items[0].A0.Value, Is.EqualTo(10), "the length in bytes, more than the buffer holds");
        Assert.That(record.HostWord.Items.ToArray().SelectMany(e => BitConverter.GetBytes(e.Memory.Value)), Is.EqualTo("zweites "u8.ToArray()));
        Assert.That(Guests.Fail(Call(HostCall.Argument, 0, a3: 2), input).Kind, Is.EqualTo(GuestErrorKind.InvalidArgument));
    }

    [Test]
    public void Environment_SetAndUnset_AreToldApart()
    {
        ExecutionInput input = new() { Environment = new Dictionary<string, string> { ["NAME"] = "value", ["OTHER"] = "" } };
        SegmentRecord record = Guests.Record(CallWithText(HostCall.Environment, "NAME", 2), input).Segments.Single();
        Assert.That(record.Software.Items[0].A0.Value, Is.EqualTo(5));
        Assert.That(record.HostWord.Items.ToArray().SelectMany(e => BitConverter.GetBytes(e.Memory.Value)), Is.EqualTo("value\0\0\0"u8.ToArray()));
        Assert.That(Guests.Record(CallWithText(HostCall.Environment, "OTHER", 0), input).Segments[0].Software.Items[0].A0.Value, Is.Zero);
        Assert.That(Guests.Record(CallWithText(HostCall.Environment, "NAM", 0), input).Segments[0].Software.Items[0].A0.Value, Is.EqualTo(uint.MaxValue));
    }

    [Test]
    public void CycleCount_Call_GivesTheCyclesBeforeIt()
    {
        ProgramImage program = Call(HostCall.CycleCount, 0);
        SegmentRecord record = Guests.Record(program).Segments.Single();
        SoftwareEvent call = record.Software.Items[0];
        Assert.That((call.A0.Value, call.A1.Value), Is.EqualTo((0u, (call.Step.Clock - 4) / 4)));
    }

    [Test]
    public void Random_SameSeed_GivesTheSameWordsAndNeverRepeats()
    {
        uint[] words = RandomWords(new byte[32]);
        Assert.That(RandomWords(new byte[32]), Is.EqualTo(words));
        Assert.That(words, Is.Unique);
        Assert.That(RandomWords([.. Enumerable.Repeat((byte)1, 32)]).Intersect(words), Is.Empty);

        static uint[] RandomWords(byte[] seed)
        {
            ProgramImage program = Guests.Make(assembler =>
            {
                Label buffer = assembler.NewLabel();
                for (int i = 0; i < 2; i++) assembler.La(A0, buffer).Li(A1, 13).Ecall(HostCall.Random);
                assembler.HaltWith([]).In(SectionKind.Bss).Mark(buffer).Space(52);
            });
            return [.. Guests.Record(program, new() { RandomSeed = seed }).Segments[0].HostWord.Items.ToArray().Select(e => e.Memory.Value)];
        }
    }

    [TestCase("out of cheese", "the guest panicked: out of cheese")]
    [TestCase("", "the guest panicked: (no message)")]
    [TestCase("\u001b[31mred", "the guest panicked: ?[31mred")]
    public void Panic_Message_StopsTheGuestWithIt(string text, string expected)
    {
        GuestError error = Guests.Fail(CallWithText(HostCall.Panic, text, 0));
        Assert.That((error.Kind, error.Message), Is.EqualTo((GuestErrorKind.Panic, expected)));
        Assert.That(error.Symbol, Does.StartWith("_start"));
    }

    [Test]
    public void Panic_HostileLengthAndAddress_StillIsAPanic()
    {
        Assert.That(Guests.Fail(Call(HostCall.Panic, 0, a3: 0x0020_0800, a4: 0xFFFF_FFFF)).Kind, Is.EqualTo(GuestErrorKind.Panic));
        Assert.That(Guests.Fail(Call(HostCall.Panic, 0, a3: 0, a4: 100)).Kind, Is.EqualTo(GuestErrorKind.Panic));
    }

    // Buffer address, words, error: whatever the call, the buffer is checked first.
    [TestCase(0x0030_0000u, 0x0001_0000u, GuestErrorKind.InvalidArgument)]
    [TestCase(0x0030_0000u, 0xFFFF_FFFFu, GuestErrorKind.InvalidArgument)]
    [TestCase(0x0030_0002u, 1u, GuestErrorKind.MisalignedAccess)]
    [TestCase(0u, 1u, GuestErrorKind.InvalidAddress)]
    [TestCase(0x8001_0000u, 1u, GuestErrorKind.ReadOnlyStore)]
    [TestCase(0x8000_FFFCu, 2u, GuestErrorKind.ReadOnlyStore)]
    [TestCase(0xFFFF_FFFCu, 2u, GuestErrorKind.InvalidAddress)]
    public void Call_BufferOutsideOfReadWriteMemory_Stops(uint address, uint words, GuestErrorKind kind)
    {
        foreach (HostCall call in Enum.GetValues<HostCall>())
        {
            GuestError error = Guests.Fail(Guests.Make(assembler => assembler.Li(A0, address).Li(A1, words).Ecall(call)));
            Assert.That(error.Kind, Is.EqualTo(kind), $"{call}: {error}");
        }
    }

    [TestCase(1u, 0x0020_0800u, 0xFFFF_FFFFu, GuestErrorKind.OutputLimit)]
    [TestCase(3u, 0x0020_0800u, 0x0400_0001u, GuestErrorKind.OutputLimit)]
    [TestCase(1u, 0u, 1u, GuestErrorKind.InvalidAddress)]
    [TestCase(1u, 0x8000_FFFFu, 2u, GuestErrorKind.InvalidAddress)]
    [TestCase(0u, 0x0020_0800u, 1u, GuestErrorKind.InvalidArgument)]
    [TestCase(4u, 0x0020_0800u, 1u, GuestErrorKind.InvalidArgument)]
    public void Write_HostileArguments_Stop(uint descriptor, uint address, uint length, GuestErrorKind kind) =>
        Assert.That(Guests.Fail(Call(HostCall.Write, 0, descriptor, address, length)).Kind, Is.EqualTo(kind));

    [Test]
    public void Read_OtherDescriptor_Stops() => Assert.That(Guests.Fail(Call(HostCall.Read, 0, a3: 3)).Kind, Is.EqualTo(GuestErrorKind.InvalidArgument));

    [Test]
    public void Environment_HugeName_Stops() =>
        Assert.That(Guests.Fail(Call(HostCall.Environment, 0, a3: 0x0020_0800, a4: 0x7FFF_FFFF)).Kind, Is.EqualTo(GuestErrorKind.InvalidArgument));

    [Test]
    public void Write_InALoop_StopsAtTheOutputLimit()
    {
        ProgramImage program = Guests.Make(assembler =>
        {
            Label loop = assembler.Here();
            assembler.Li(A0, 0).Li(A1, 0).Li(A3, 1).Li(A4, 0x0100_0000).Li(A5, 100).Ecall(HostCall.Write).J(loop);
        });
        Assert.That(Guests.Fail(program, new() { OutputLimitBytes = 1050 }).Kind, Is.EqualTo(GuestErrorKind.OutputLimit));
        Executor executor = new(program, new() { OutputLimitBytes = 1050 });
        Assert.That(() => executor.Run(), Throws.TypeOf<GuestException>());
        Assert.That(executor.StandardOutput, Has.Length.EqualTo(1000), "what came before the failure can be shown");
    }

    [Test]
    public void HelloExample_WithInput_GreetsAndHalts()
    {
        DirectoryInfo? directory = new(TestContext.CurrentContext.TestDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Zkml.Vm.sln"))) directory = directory.Parent;
        Assert.That(directory, Is.Not.Null);
        ProgramImage program = Program.Elf.ElfReader.Read(File.ReadAllBytes(Path.Combine(directory!.FullName, "examples", "01-hello-c", "guest.elf")));
        ExecutionInput input = new() { StandardInput = "Ada\n"u8.ToArray() };
        ExecutionResult result = Guests.Run(program, input);
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(Encoding.UTF8.GetString(result.Journal), Does.Contain("Ada"));
        Assert.That(result.OutputDigest.SelectMany(BitConverter.GetBytes), Is.EqualTo(Assembler.OutputDigest(result.Journal)));
        SessionChecker.Check(program, Guests.Record(program, input).Segments);
    }

    static SoftwareEvent Reply(HostCall call, uint words, ExecutionInput input) => Guests.Record(Call(call, words), input).Segments[0].Software.Items[0];

    static ProgramImage Call(HostCall call, uint words, uint a3 = 0, uint a4 = 0, uint a5 = 0) => Guests.Make(assembler =>
    {
        Label buffer = assembler.NewLabel("buffer");
        assembler.La(A0, buffer).Li(A1, words).Li(A3, a3).Li(A4, a4).Li(A5, a5).Ecall(call).HaltWith([]).In(SectionKind.Bss).Mark(buffer).Space(256);
    });

    static ProgramImage CallWithText(HostCall call, string text, uint words) => Guests.Make(assembler =>
    {
        Label buffer = assembler.NewLabel("buffer"), data = assembler.NewLabel();
        assembler.La(A0, buffer).Li(A1, words).La(A3, data).Li(A4, Encoding.UTF8.GetByteCount(text)).Ecall(call).HaltWith([])
            .In(SectionKind.ReadOnlyData).Mark(data).Ascii(text).Byte(0).In(SectionKind.Bss).Mark(buffer).Space(256);
    });
}

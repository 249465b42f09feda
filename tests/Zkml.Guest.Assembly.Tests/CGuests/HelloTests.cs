using System.Text;
using Zkml.Isa;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Assembly.Tests.CGuests;

/// <summary>The committed hello example, run.</summary>
public sealed class HelloTests
{
    static readonly byte[] Elf = File.ReadAllBytes(CGuest.PathOf("examples", "01-hello-c", "guest.elf"));

    [TestCase("", "Hello, world!")]
    [TestCase("\n", "Hello, world!")]
    [TestCase("Ada\n", "Hello, Ada!")]
    [TestCase("Ada\r\nGrace", "Hello, Ada!")]
    [TestCase("Ada Lovelace", "Hello, Ada Lovelace!")]
    public void Hello_Name_IsGreetedAndCommitted(string input, string greeting)
    {
        ExecutionResult result = CGuest.Run(Elf, new() { StandardInput = Encoding.UTF8.GetBytes(input) });
        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(Encoding.UTF8.GetString(result.Journal), Is.EqualTo(greeting));
        Assert.That(Encoding.UTF8.GetString(result.StandardOutput), Is.EqualTo(greeting + "\n"));
        ProgramsTests.AssertDigestIsOfJournal(result);
    }

    [Test]
    public void Hello_NameLongerThanTheLine_IsCut()
    {
        ExecutionResult result = CGuest.Run(Elf, new() { StandardInput = Encoding.UTF8.GetBytes(new string('x', 1000)) });
        Assert.That(Encoding.UTF8.GetString(result.Journal), Is.EqualTo("Hello, " + new string('x', 71) + "!"));
        ProgramsTests.AssertDigestIsOfJournal(result);
    }

    [Test]
    public void Hello_HaltThatReturns_EndsAtABreakpoint()
    {
        byte[] patched = CGuest.Patch(Elf, [CGuest.EcallsIn(Elf, "zkvm_exit")[^1]], new(Opcode.Addi, 0, 0, 0, 0));
        Assert.That(() => CGuest.Run(patched), Throws.InstanceOf<GuestException>().With.Property("Error").Property("Kind").EqualTo(GuestErrorKind.Breakpoint));
    }
}

namespace Zkml.Guest.Assembly.Tests.CGuests;

/// <summary>The committed ELF files are what their sources compile to.</summary>
[Category("Interop")]
public sealed class CommittedGuestTests
{
    [TestCase("01-hello-c")]
    [TestCase("02-digits-c")]
    public void Build_Example_GivesTheCommittedBytes(string example)
    {
        byte[] built = CGuest.Build(CGuest.PathOf("examples", example, "build.sh"));
        Assert.That(built.AsSpan().SequenceEqual(File.ReadAllBytes(CGuest.PathOf("examples", example, "guest.elf"))), Is.True);
    }
}

using Zkml.Guest.Assembly;
using Zkml.Program;
using Zkml.Program.Elf;

namespace Zkml.EndToEnd.Tests;

/// <summary>The guests of the end-to-end tests.</summary>
static class Guests
{
    /// <summary>examples/01-hello-c.</summary>
    public static ProgramImage Hello { get; } = Example("01-hello-c");

    /// <summary>examples/02-digits-c.</summary>
    public static ProgramImage Digits { get; } = Example("02-digits-c");

    /// <summary>A sample input of the digits example.</summary>
    public static byte[] Digit(int digit) => File.ReadAllBytes(Path.Combine(Root(), "examples", "02-digits-c", "samples", $"{digit}.pgm"));

    /// <summary>An integer program of about this many cycles.</summary>
    public static ProgramImage Mixed(int cycles) => ElfReader.Read(Programs.Mixed(cycles).ToElf());

    static ProgramImage Example(string name) => ElfReader.Read(File.ReadAllBytes(Path.Combine(Root(), "examples", name, "guest.elf")));

    static string Root()
    {
        for (DirectoryInfo? folder = new(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Zkml.Vm.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("No folder above the tests holds Zkml.Vm.sln.");
    }
}

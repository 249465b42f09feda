using System.Diagnostics;
using Zkml.Isa;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Assembly.Tests.CGuests;

/// <summary>Where the C guests are, how they are compiled and run.</summary>
static class CGuest
{
    /// <summary>The compiler whose bytes the committed files have: Debian 12's gcc-riscv64-unknown-elf.</summary>
    const string Compiler = "riscv64-unknown-elf-gcc", Version = "12.2.0";

    const uint EcallWord = 0x0000_0073;

    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>Runs a build script and returns the ELF it wrote. Skips the test where the compiler is absent or another version.</summary>
    public static byte[] Build(string script, params string[] sources)
    {
        RequireCompiler();
        string output = Path.Combine(Path.GetTempPath(), $"guest-{Guid.NewGuid():N}.elf");
        try
        {
            (int exitCode, string text) = Start("sh", [script, output, .. sources]);
            Assert.That(exitCode, Is.Zero, text);
            return File.ReadAllBytes(output);
        }
        finally
        {
            File.Delete(output);
        }
    }

    public static ExecutionResult Run(byte[] elf, ExecutionInput? input = null) => new Executor(ElfReader.Read(elf), input ?? new()).Run();

    /// <summary>The addresses of the ECALLs inside of some functions of an ELF with symbols.</summary>
    public static List<uint> EcallsIn(byte[] elf, params string[] functions)
    {
        ProgramImage image = ElfReader.Read(elf);
        List<uint> addresses = [];
        foreach (string function in functions)
        {
            Assert.That(image.Symbols.TryFind(function, out Symbol symbol), Is.True, function);
            for (uint address = symbol.Address; address < symbol.Address + symbol.Size; address += 4)
            {
                if (image.InitialWordAt(address / 4) == EcallWord) addresses.Add(address);
            }
        }
        Assert.That(addresses, Is.Not.Empty);
        return addresses;
    }

    /// <summary>A copy of the ELF with another instruction at some addresses: a host that answers as no honest host does.</summary>
    public static byte[] Patch(byte[] elf, List<uint> addresses, Instruction instruction)
    {
        byte[] patched = [.. elf];
        uint headers = BitConverter.ToUInt32(elf, 28);
        for (int i = 0; i < BitConverter.ToUInt16(elf, 44); i++)
        {
            int header = (int)headers + 32 * i;
            uint offset = BitConverter.ToUInt32(elf, header + 4), start = BitConverter.ToUInt32(elf, header + 8), size = BitConverter.ToUInt32(elf, header + 16);
            foreach (uint address in addresses)
            {
                if (address - start < size) BitConverter.TryWriteBytes(patched.AsSpan((int)(offset + address - start)), Encoder.Encode(instruction));
            }
        }
        return patched;
    }

    static void RequireCompiler()
    {
        try
        {
            (_, string version) = Start(Compiler, ["-dumpfullversion"]);
            if (version.Trim() != Version) Assert.Ignore($"{Compiler}: expected version {Version}, got {version.Trim()}.");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Ignore($"{Compiler} is not installed (Debian: gcc-riscv64-unknown-elf).");
        }
    }

    static (int ExitCode, string Output) Start(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Zkml.Vm.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The repository's root, with Zkml.Vm.sln, was not found above the tests.");
    }
}

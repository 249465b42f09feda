using Zkml.Guest.Onnx.Contract;
using Zkml.Program;
using Zkml.Program.Elf;

namespace Zkml.Cli.Input;

/// <summary>A guest program.</summary>
/// <param name="Program">What runs.</param>
/// <param name="Contract">What a compiled model agrees on with its host; null for every other guest.</param>
sealed record GuestFile(ProgramImage Program, ModelContract? Contract);

/// <summary>Files named on the command line, with one clear line for each way in which they can be wrong.</summary>
static class InputFiles
{
    // Larger than any program that the machine takes, symbols included.
    const long MaximumElfBytes = 256L << 20;
    const int MaximumInputBytes = 1 << 30;

    /// <summary>Reads a guest program. Throws <see cref="CommandException"/>.</summary>
    public static ProgramImage ReadProgram(string path) => ReadGuest(path).Program;

    /// <summary>Reads a guest program, and the contract of a compiled model. Throws <see cref="CommandException"/>.</summary>
    public static GuestFile ReadGuest(string path)
    {
        byte[] file = ReadFile(path, "guest program", MaximumElfBytes);
        try
        {
            return new(ElfReader.Read(file), ElfReader.ReadNote(file, ModelContract.NoteName) is { } note ? ModelContract.FromNote(note) : null);
        }
        catch (Exception exception) when (exception is ElfException or InvalidDataException)
        {
            throw CommandException.Usage($"{path}: {exception.Message}");
        }
    }

    /// <summary>Reads a whole file of at most <paramref name="maximumBytes"/> bytes.</summary>
    public static byte[] ReadFile(string path, string what, long maximumBytes)
    {
        using FileStream stream = Open(path, what);
        try
        {
            if (stream.CanSeek && stream.Length > maximumBytes)
                throw CommandException.Usage($"{path}: {what}: expected at most {maximumBytes} bytes, got {stream.Length}.");
            return ReadToEnd(stream, maximumBytes, $"{path}: {what}");
        }
        catch (IOException exception)
        {
            throw CommandException.Usage($"{path}: {what} cannot be read: {exception.Message}");
        }
    }

    /// <summary>Opens a file for reading.</summary>
    public static FileStream Open(string path, string what)
    {
        CheckExists(path, what);
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"{path}: {what} cannot be read: {exception.Message}");
        }
    }

    /// <summary>The guest's private input from at most one of a file ("-" is standard input) and hexadecimal digits; empty without either.</summary>
    public static byte[] ReadInput(string? path, string? hex, Stream standardInput)
    {
        if (path is not null && hex is not null) throw CommandException.Usage("expected --input or --input-hex, got both.");
        if (hex is not null) return ParseHex(hex);
        if (path is null) return [];
        return path == "-" ? ReadToEnd(standardInput, MaximumInputBytes, "standard input") : ReadFile(path, "input", MaximumInputBytes);
    }

    /// <summary>Throws where a file does not exist or is a folder.</summary>
    public static void CheckExists(string path, string what)
    {
        if (Directory.Exists(path)) throw CommandException.Usage($"{path}: expected a {what}, got a folder.");
        if (!File.Exists(path)) throw CommandException.Usage($"{path}: {what} not found.");
    }

    static byte[] ParseHex(string hex)
    {
        string digits = hex.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? hex[2..] : hex;
        try
        {
            return Convert.FromHexString(digits);
        }
        catch (FormatException)
        {
            throw CommandException.Usage($"--input-hex: expected an even number of hexadecimal digits, got \"{Shorten(hex)}\".");
        }
    }

    static byte[] ReadToEnd(Stream stream, long maximumBytes, string what)
    {
        using MemoryStream bytes = new();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > maximumBytes) throw CommandException.Usage($"{what}: expected at most {maximumBytes} bytes, got more.");
        }
        return bytes.ToArray();
    }

    static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}

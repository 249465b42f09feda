using System.CommandLine;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Program;
using Zkml.Sdk;

namespace Zkml.Cli.Commands;

/// <summary>zkvm image-id: the name of a program.</summary>
static class ImageIdCommand
{
    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string> guest = StandardOptions.Guest();
        Option<bool> json = StandardOptions.Json();
        VerbCommand command = new("image-id", "Print the image ID of a guest program.", "zkvm image-id examples/01-hello-c/guest.elf") { guest, json };
        command.SetAction(parsed =>
        {
            string imageId = Compute(parsed.GetRequiredValue(guest)).ToString();
            if (parsed.GetValue(json)) new Report().Add("imageId", null, imageId).Write(terminal.Output, isJson: true);
            else terminal.Output.WriteLine(imageId);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The image ID of an ELF file. Throws <see cref="CommandException"/> where the file is no program, or one that is too large.</summary>
    public static ImageId Compute(string path) => Compute(path, InputFiles.ReadProgram(path));

    /// <summary>The image ID of a program that was read from a file.</summary>
    public static ImageId Compute(string path, ProgramImage program)
    {
        try
        {
            return ZkvmClient.ImageIdOf(program, Environment.ProcessorCount);
        }
        catch (ArgumentException exception)
        {
            throw CommandException.Usage($"{path}: {exception.Message}");
        }
    }
}

using System.CommandLine;
using Zkml.Cli.Input;
using Zkml.Isa;
using Zkml.Program;
using Symbol = Zkml.Program.Symbol;

namespace Zkml.Cli.Commands;

/// <summary>zkvm disasm: the instructions of a guest as text.</summary>
static class DisassembleCommand
{
    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string> guest = StandardOptions.Guest();
        Option<string?> symbol = new("--symbol") { Description = "Only this function.", HelpName = "NAME" };
        VerbCommand command = new("disasm", "Print the instructions of a guest program with its symbols.", "zkvm disasm examples/01-hello-c/guest.elf --symbol main") { guest, symbol };
        command.SetAction(parsed =>
        {
            ProgramImage program = InputFiles.ReadProgram(parsed.GetRequiredValue(guest));
            (uint start, uint end) = parsed.GetValue(symbol) is string name ? RangeOf(program, name) : (0u, uint.MaxValue);
            Write(program, start, end, terminal.Output);
            return ExitCode.Ok;
        });
        return command;
    }

    // A symbol without a size ends at the next one.
    static (uint Start, uint End) RangeOf(ProgramImage program, string name)
    {
        if (!program.Symbols.TryFind(name, out Symbol symbol))
            throw CommandException.Usage($"--symbol: the program has no symbol \"{name}\".");
        if (symbol.Size > 0) return (symbol.Address, symbol.Address + symbol.Size);
        for (int i = 0; i < program.Symbols.Count; i++)
        {
            if (program.Symbols[i].Address > symbol.Address) return (symbol.Address, program.Symbols[i].Address);
        }
        return (symbol.Address, uint.MaxValue);
    }

    static void Write(ProgramImage program, uint start, uint end, TextWriter writer)
    {
        int nextSymbol = 0;
        foreach (ProgramRegion region in program.Image)
        {
            if (!region.IsExecutable) continue;
            ReadOnlySpan<uint> words = region.Words.Span;
            for (int i = 0; i < words.Length; i++)
            {
                uint address = 4 * (region.StartWord + (uint)i);
                if (address < start || address >= end) continue;
                for (; nextSymbol < program.Symbols.Count && program.Symbols[nextSymbol].Address <= address; nextSymbol++)
                {
                    if (program.Symbols[nextSymbol].Address == address) writer.WriteLine($"{Environment.NewLine}{program.Symbols[nextSymbol].Name}:");
                }
                writer.WriteLine($"  {address:x8}:  {words[i]:x8}  {Disassembler.FormatWord(words[i], address)}{TargetComment(program, words[i], address)}");
            }
        }
    }

    static string TargetComment(ProgramImage program, uint word, uint address)
    {
        if (!Decoder.TryDecode(word, out Instruction instruction, out _)) return "";
        if (InstructionTable.Get(instruction.Opcode).Format is not (InstructionFormat.Branch or InstructionFormat.Jump)) return "";
        return program.Symbols.Describe(unchecked(address + (uint)instruction.Immediate)) is string name ? $"  # {name}" : "";
    }
}

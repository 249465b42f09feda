namespace Zkml.Cli;

static class Program
{
    static async Task<int> Main(string[] arguments)
    {
        using Stream input = Console.OpenStandardInput();
        using CancellationTokenSource cancellation = new();
        Console.CancelKeyPress += (_, press) =>
        {
            press.Cancel = true;
            cancellation.Cancel();
        };
        Terminal terminal = new(Console.Out, Console.Error, input, IsInteractive: !Console.IsErrorRedirected);
        return await CommandLine.RunAsync(arguments, terminal, cancellation.Token);
    }
}

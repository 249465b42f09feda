using System.Diagnostics;
using Zkml.Chain.Contracts;

namespace Zkml.Examples.ScoreAttestation;

/// <summary>An anvil of its own on a free port, ended with this.</summary>
public sealed class LocalNode : IDisposable
{
    const string Mark = "Listening on ";

    readonly Process _process;

    LocalNode(Process process, Uri endpoint) => (_process, Endpoint) = (process, endpoint);

    /// <summary>Where it listens.</summary>
    public Uri Endpoint { get; }

    /// <summary>Whether anvil and solc are installed.</summary>
    /// <param name="home">Where install.sh put them; null for its default.</param>
    public static bool IsInstalled(string? home = null) => File.Exists(Executable(home)) && SolidityCompiler.TryFind(home) is not null;

    /// <summary>Starts it.</summary>
    /// <param name="home">Where install.sh put it; null for its default.</param>
    /// <exception cref="InvalidOperationException">It is not installed, or it ended before it listened.</exception>
    public static async Task<LocalNode> StartAsync(string? home = null)
    {
        string executable = Executable(home);
        if (!File.Exists(executable)) throw new InvalidOperationException($"anvil is not installed: expected {executable}. Install it by prover/Zkml.Chain/install.sh --anvil.");
        Process process = Process.Start(new ProcessStartInfo(executable, ["--port", "0"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            int at = line.IndexOf(Mark, StringComparison.Ordinal);
            if (at < 0) continue;
            // Whoever does not read the pipe stops the node once it is full.
            _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return new(process, new Uri("http://" + line[(at + Mark.Length)..].Trim()));
        }
        process.Dispose();
        throw new InvalidOperationException("anvil ended before it listened.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    static string Executable(string? home) =>
        Path.Combine(home ?? SolidityCompiler.DefaultHome, "chain", "anvil-1.7.1", "node_modules", "@foundry-rs", "anvil-linux-amd64", "bin", "anvil");
}

using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zkml.Chain.Contracts;

/// <summary>Runs solc, the npm package that <c>prover/Zkml.Chain/install.sh</c> installs, with settings that are fixed for every contract.</summary>
public sealed class SolidityCompiler
{
    /// <summary>The version of solc.</summary>
    public const string Version = "0.8.37";

    const int MaximumOutputBytes = 1 << 26;
    static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    readonly string _package;

    SolidityCompiler(string package) => _package = package;

    /// <summary>The folder that ZKVM_HOME names where it is set: <c>~/.cache/zkvm</c>.</summary>
    public static string DefaultHome => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "zkvm");

    /// <summary>The compiler below <paramref name="home"/> (default <see cref="DefaultHome"/>); null where there is none.</summary>
    public static SolidityCompiler? TryFind(string? home = null)
    {
        string package = Package(home);
        return Directory.Exists(package) ? new(package) : null;
    }

    /// <summary>The compiler. Throws <see cref="ContractException"/> that says how to install it.</summary>
    public static SolidityCompiler Find(string? home = null) => TryFind(home)
        ?? throw new ContractException($"solc is not installed: expected {Package(home)}. Install it by prover/Zkml.Chain/install.sh (npm), or set ZKVM_HOME to where it is.");

    /// <summary>The standard JSON that solc gets: the sources with the optimiser at 1,000,000 runs, through the IR, the EVM of Cancun, without a metadata hash.</summary>
    public static string StandardInput(IReadOnlyDictionary<string, string> sources)
    {
        JsonObject files = [];
        foreach ((string name, string text) in sources) files[name] = new JsonObject { ["content"] = text };
        JsonObject input = new()
        {
            ["language"] = "Solidity",
            ["sources"] = files,
            ["settings"] = new JsonObject
            {
                ["optimizer"] = new JsonObject { ["enabled"] = true, ["runs"] = 1_000_000 },
                ["evmVersion"] = "cancun",
                // 150 gas less for a verification than the legacy code generator.
                ["viaIR"] = true,
                // The bytecode is that of the code alone, whatever the sources' comments say.
                ["metadata"] = new JsonObject { ["bytecodeHash"] = "none", ["appendCBOR"] = false },
                ["outputSelection"] = new JsonObject
                {
                    ["*"] = new JsonObject { ["*"] = new JsonArray("abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences") },
                },
            },
        };
        return input.ToJsonString(s_indented);
    }

    /// <summary>Compiles every contract of the sources; by contract name. Throws <see cref="ContractException"/> with solc's own errors.</summary>
    public async Task<IReadOnlyDictionary<string, CompiledContract>> CompileAsync(IReadOnlyDictionary<string, string> sources, CancellationToken cancellation = default)
    {
        byte[] output = await RunAsync(StandardInput(sources), cancellation);
        try
        {
            using JsonDocument document = JsonDocument.Parse(output, new JsonDocumentOptions { MaxDepth = 64 });
            ThrowErrors(document.RootElement);
            Dictionary<string, CompiledContract> contracts = new(StringComparer.Ordinal);
            foreach (JsonProperty file in document.RootElement.GetProperty("contracts").EnumerateObject())
            {
                foreach (JsonProperty contract in file.Value.EnumerateObject()) contracts[contract.Name] = CompiledContract.FromSolc(contract.Name, contract.Value);
            }
            return contracts;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new ContractException($"solc: expected standard JSON, got something else: {exception.Message}");
        }
    }

    static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    static string Package(string? home) => Path.Combine(home ?? DefaultHome, "chain", $"solc-{Version}", "node_modules", "solc");

    static void ThrowErrors(JsonElement root)
    {
        if (!root.TryGetProperty("errors", out JsonElement errors)) return;
        foreach (JsonElement error in errors.EnumerateArray())
        {
            if (error.GetProperty("severity").GetString() == "error") throw new ContractException($"solc: {error.GetProperty("formattedMessage").GetString()?.Trim()}");
        }
    }

    async Task<byte[]> RunAsync(string input, CancellationToken cancellation)
    {
        ProcessStartInfo start = new("node") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in (string[])["-e", EmbeddedText.Read("compile.js"), _package]) start.ArgumentList.Add(argument);
        using var process = StartNode(start);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_limit);
        try
        {
            Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
            Task<byte[]> output = ReadAsync(process.StandardOutput.BaseStream, limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            byte[] bytes = await output;
            await process.WaitForExitAsync(limit.Token);
            if (process.ExitCode != 0) throw new ContractException($"solc ended with code {process.ExitCode}: {(await error).Trim()}");
            return bytes;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ContractException($"solc: no answer after {s_limit.TotalMinutes} minutes.");
        }
        catch (IOException exception)
        {
            throw new ContractException($"solc: {exception.Message}");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    static Process StartNode(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new ContractException("node did not start.");
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new ContractException($"node, which runs solc, did not start: {exception.Message}. Install Node.js.");
        }
    }

    static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        using MemoryStream bytes = new();
        byte[] buffer = new byte[1 << 16];
        for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MaximumOutputBytes) throw new ContractException($"solc: expected at most {MaximumOutputBytes} bytes of output, got more.");
        }
        return bytes.ToArray();
    }
}

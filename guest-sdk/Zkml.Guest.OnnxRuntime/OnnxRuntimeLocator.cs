namespace Zkml.Guest.OnnxRuntime;

/// <summary>Finds what <c>guest-sdk/onnxruntime/install.sh</c> installed.</summary>
public static class OnnxRuntimeLocator
{
    /// <summary>The version of the npm package that the runner is built from; it carries ONNX Runtime 1.29.</summary>
    public const string PackageVersion = "0.4.9";

    const string RunnerName = "Zkml.Guest.OnnxRuntime.Runner.dll";

    /// <summary>The folder that ZKVM_HOME names where it is set: <c>~/.cache/zkvm</c>.</summary>
    public static string DefaultHome => Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "zkvm");

    /// <summary>The path of the runner below <paramref name="home"/> (default <see cref="DefaultHome"/>); null where there is none.</summary>
    public static string? TryFind(string? home = null)
    {
        string path = RunnerPath(home);
        return File.Exists(path) ? path : null;
    }

    /// <summary>The path of the runner. Throws <see cref="OnnxRuntimeException"/> that says how to install it.</summary>
    public static string Find(string? home = null) =>
        TryFind(home) ?? throw new OnnxRuntimeException(
            OnnxRuntimeError.NotInstalled,
            $"ONNX Runtime is not installed: expected {RunnerPath(home)}. Install it by guest-sdk/onnxruntime/install.sh (Linux x64, npm; 150 MB), or set ZKVM_HOME to where it is.");

    static string RunnerPath(string? home) => Path.Combine(home ?? DefaultHome, "onnxruntime", PackageVersion, "runner", RunnerName);
}

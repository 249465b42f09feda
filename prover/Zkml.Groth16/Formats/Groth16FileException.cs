namespace Zkml.Groth16.Formats;

/// <summary>A file that is not what it should be. The message names the file, the place, what was expected and what was found.</summary>
public sealed class Groth16FileException(string file, string message) : Exception($"{file}: {message}")
{
    /// <summary>The file's name.</summary>
    public string FileName { get; } = file;
}

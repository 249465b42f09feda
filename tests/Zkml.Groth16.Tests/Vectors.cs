namespace Zkml.Groth16.Tests;

/// <summary>The files of other implementations: see INDEX.md beside them. Tests that need them are skipped where they are absent.</summary>
static class Vectors
{
    static readonly string? s_folder = Find();

    /// <summary>The path of a file of vectors/groth16.</summary>
    public static string Path(string name)
    {
        if (s_folder is null) Assert.Ignore("shared/vectors/groth16 is not there.");
        return System.IO.Path.Combine(s_folder!, name);
    }

    /// <summary>The bytes of a file.</summary>
    public static byte[] Read(string name) => File.ReadAllBytes(Path(name));

    static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (string shared in new[] { "shared", "../shared", "../../shared" })
            {
                string candidate = System.IO.Path.Combine(folder.FullName, shared, "vectors", "groth16");
                if (Directory.Exists(candidate)) return candidate;
            }
        }
        return null;
    }
}

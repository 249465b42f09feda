namespace Zkml.Soundness.Tests;

/// <summary>Files of the repository, found by walking up from the test directory.</summary>
static class Repository
{
    /// <summary>The bytes of a file given by its path from the root.</summary>
    public static byte[] Read(string path) => File.ReadAllBytes(Path.Combine(Root, path));

    /// <summary>The root directory.</summary>
    public static string Root { get; } = FindRoot();

    static string FindRoot()
    {
        for (DirectoryInfo? directory = new(TestContext.CurrentContext.TestDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Zkml.Vm.sln")))
                return directory.FullName;
        throw new DirectoryNotFoundException("The repository's root was not found.");
    }
}

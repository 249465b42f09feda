namespace Zkml.Chain.Tests;

/// <summary>Files of the folder shared next to the repository; the test is skipped where there is none.</summary>
static class VectorFiles
{
    public static byte[] Read(string path)
    {
        for (DirectoryInfo? folder = new(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
        {
            string file = Path.Combine(folder.FullName, "shared", path);
            if (File.Exists(file)) return File.ReadAllBytes(file);
        }
        Assert.Ignore($"shared/{path} is not there.");
        return [];
    }
}

namespace Zkml.Guest.Onnx.Tests;

/// <summary>Files of the folder "shared" beside the repository.</summary>
static class TestFiles
{
    /// <summary>The path of a shared file or folder; null where it is absent.</summary>
    public static string? Find(string relative)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", relative);
            if (Path.Exists(path)) return path;
        }
        return null;
    }

    /// <summary>The bytes of a shared file, or the end of the running test with a message.</summary>
    public static byte[] Require(string relative)
    {
        if (Find(relative) is { } path) return File.ReadAllBytes(path);
        Assert.Ignore($"needs shared/{relative} beside the repository");
        return [];
    }
}

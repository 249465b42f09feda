using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Zkml.Conformance.Tests;

/// <summary>A project file of the repository.</summary>
/// <param name="Name">Its name without the ending.</param>
/// <param name="Path">Relative to the root, with forward slashes.</param>
/// <param name="References">Names of the projects that it references.</param>
/// <param name="Packages">Packages that reach whoever references it; analyzers and build tools are not among them.</param>
/// <param name="Properties">Its own properties.</param>
sealed record ProjectFile(
    string Name, string Path, IReadOnlyList<string> References, IReadOnlyList<string> Packages, IReadOnlyDictionary<string, string> Properties)
{
    /// <summary>The name, for the names of test cases.</summary>
    public override string ToString() => Name;
}

/// <summary>The files of the repository that the tests were built from.</summary>
static partial class Repository
{
    static readonly string[] SourceFolders = ["vm", "prover", "guest-sdk", "examples", "tests"];

    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>All projects of the solution by name: those in a folder with package versions of its own stand apart.</summary>
    public static IReadOnlyDictionary<string, ProjectFile> Projects { get; } =
        FilesWithEnding(".csproj").Where(path => !StandsApart(path)).Select(ReadProject).ToDictionary(project => project.Name);

    /// <summary>The projects of the product: everything but tests and examples.</summary>
    public static IEnumerable<ProjectFile> ProductProjects =>
        Projects.Values.Where(project => !project.Path.StartsWith("tests/", StringComparison.Ordinal) && !project.Path.StartsWith("examples/", StringComparison.Ordinal));

    /// <summary>Paths of C# files, relative to the root; generated ones are left out.</summary>
    public static IReadOnlyList<string> CodeFiles { get; } =
        [.. FilesWithEnding(".cs").Where(path => !path.EndsWith(".g.cs", StringComparison.Ordinal))];

    /// <summary>Paths of Markdown files, relative to the root.</summary>
    public static IReadOnlyList<string> MarkdownFiles { get; } =
    [
        .. Directory.EnumerateFiles(Root, "*.md").Select(path => Path.GetFileName(path)!),
        .. FilesWithEnding(".md"),
        .. FilesIn("docs", ".md"),
    ];

    /// <summary>The text of a file, lines separated by \n.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path)).Replace("\r\n", "\n", StringComparison.Ordinal);

    /// <summary>The projects that a project reaches through references, itself left out.</summary>
    public static IReadOnlySet<string> Closure(string project)
    {
        SortedSet<string> reached = new(StringComparer.Ordinal);
        Queue<string> open = new(Projects[project].References);
        while (open.TryDequeue(out string? name))
        {
            if (!reached.Add(name)) continue;
            foreach (string next in Projects[name].References) open.Enqueue(next);
        }
        return reached;
    }

    // Built by a script of its own from sources that are fetched then, such as guest-sdk/onnxruntime: neither in the solution nor locked with it.
    static bool StandsApart(string path)
    {
        for (string folder = Path.GetDirectoryName(path)!; folder.Length > 0; folder = Path.GetDirectoryName(folder)!)
        {
            if (File.Exists(Path.Combine(Root, folder, "Directory.Packages.props"))) return true;
        }
        return false;
    }

    static IEnumerable<string> FilesWithEnding(string ending) => SourceFolders.SelectMany(folder => FilesIn(folder, ending));

    static IEnumerable<string> FilesIn(string folder, string ending)
    {
        string start = Path.Combine(Root, folder);
        if (!Directory.Exists(start)) return [];
        return Directory.EnumerateFiles(start, "*" + ending, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !BuildOutput().IsMatch(path))
            .Order(StringComparer.Ordinal);
    }

    static ProjectFile ReadProject(string path)
    {
        XDocument xml = XDocument.Parse(Read(path));
        Dictionary<string, string> properties = [];
        foreach (XElement property in xml.Descendants("PropertyGroup").Elements()) properties[property.Name.LocalName] = property.Value;
        return new ProjectFile(
            Path.GetFileNameWithoutExtension(path),
            path,
            [.. xml.Descendants("ProjectReference").Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))],
            [.. xml.Descendants("PackageReference").Where(package => (string?)package.Attribute("PrivateAssets") != "all").Select(package => package.Attribute("Include")!.Value)],
            properties);
    }

    static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Zkml.Vm.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Tests: expected Zkml.Vm.sln in a folder above the test assembly.");
    }

    [GeneratedRegex("(^|/)(bin|obj|node_modules|TestResults)/")]
    private static partial Regex BuildOutput();
}

using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Zkml.Conformance.Tests;

/// <summary>The Markdown files agree with the repository.</summary>
[TestFixture]
sealed partial class DocumentTests
{
    static readonly string[] s_houseFiles =
        ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", ".ci/run", "zkvm", ".editorconfig", "global.json"];

    static IEnumerable<string> Documents => Repository.MarkdownFiles;

    [TestCaseSource(nameof(s_houseFiles))]
    public void House_File_Exists(string path) => Assert.That(File.Exists(Path.Combine(Repository.Root, path)), Is.True);

    [TestCaseSource(nameof(Documents))]
    public void Links_InADocument_LeadToFiles(string document)
    {
        string folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        List<string> broken = [];
        foreach (Match match in Link().Matches(CodeBlock().Replace(Repository.Read(document), "")))
        {
            string target = match.Groups[1].Value.Split('#')[0];
            if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal)) continue;
            string path = Path.Combine(folder, target);
            if (!File.Exists(path) && !Directory.Exists(path)) broken.Add(target);
        }
        Assert.That(broken, Is.Empty);
    }

    [Test]
    public void Readme_NamesEveryPackageThatAProjectReferences()
    {
        string readme = Repository.Read("README.md");
        IEnumerable<string> packages = Repository.Projects.Values
            .SelectMany(project => XDocument.Parse(Repository.Read(project.Path)).Descendants("PackageReference"))
            .Concat(XDocument.Parse(Repository.Read("tests/Directory.Build.props")).Descendants("PackageReference"))
            .Select(package => package.Attribute("Include")!.Value).Distinct();
        Assert.That(packages.Where(package => !readme.Contains(package, StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Architecture_NamesEveryProjectOfTheProduct()
    {
        string architecture = Repository.Read("ARCHITECTURE.md");
        Assert.That(
            Repository.ProductProjects.Select(project => project.Name).Where(name => !architecture.Contains(name["Zkml.".Length..], StringComparison.Ordinal)),
            Is.Empty);
    }

    [Test]
    public void Decisions_HaveConsecutiveNumbers()
    {
        string[] numbers = [.. Repository.MarkdownFiles.Where(path => path.StartsWith("docs/decisions/", StringComparison.Ordinal)).Select(path => Path.GetFileName(path)[..4])];
        Assert.That(numbers, Is.EqualTo(Enumerable.Range(1, numbers.Length).Select(number => $"{number:0000}")));
    }

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("(?s)```.*?```")]
    private static partial Regex CodeBlock();
}

using System.Text.RegularExpressions;

namespace Zkml.Conformance.Tests;

/// <summary>What ARCHITECTURE.md never allows, as far as a scan of the text can tell.</summary>
[TestFixture]
sealed partial class CodeStyleTests
{
    const int MaximumFileLines = 500, MaximumMethodLines = 60;

    // A file that is longer says why, in a comment that starts with this in its first lines.
    const string LengthReason = "// Length:";

    static readonly HashSet<string> s_forbiddenNames = ["Core", "Common", "Utils", "Util", "Helpers", "Helper", "Manager", "Misc", "Shared", "New", "V2", "Legacy"];

    static readonly string[] s_unsafePlaces =
        ["prover/Zkml.Fields/", "prover/Zkml.Hashing/", "prover/Zkml.Gpu/", "prover/Zkml.Stark.Prover/Backends/", "prover/Zkml.Air/Columns.cs", "prover/Zkml.Groth16/Formats/", "tests/"];

    [Test]
    public void Files_OfCode_AreShort() =>
        Assert.That(Repository.CodeFiles.Select(path => (path, lines: Lines(path).Length)).Where(file => file.lines > MaximumFileLines && !HasReason(file.path)), Is.Empty);

    [Test]
    public void Methods_OfTheProduct_AreShort()
    {
        List<string> tooLong = [];
        foreach (string path in Repository.CodeFiles)
        {
            if (HasReason(path)) continue;
            foreach ((int line, int length, string header) in Blocks(Lines(path)))
            {
                if (length > MaximumMethodLines && !TypeDeclaration().IsMatch(header)) tooLong.Add($"{path}:{line}: {length} lines");
            }
        }
        Assert.That(tooLong, Is.Empty);
    }

    [Test]
    public void Methods_Scan_FindsALongMethodInASample()
    {
        string[] sample = ["class Sample", "{", "    void Long(", "        int value)", "    {", .. Enumerable.Repeat("        Run();", 61), "    }", "}"];
        (int Line, int Length, string Header) block = Blocks(sample).Single(block => !TypeDeclaration().IsMatch(block.Header));
        Assert.That(block.Length, Is.EqualTo(61));
        Assert.That(block.Header, Does.Contain("void Long("));
    }

    [Test]
    public void Names_OfTypesFilesAndFolders_SayWhatTheThingIs()
    {
        List<string> bad = [];
        foreach (string path in Repository.CodeFiles)
        {
            IEnumerable<string> parts = path.Split('/').SelectMany(part => part.Split('.'));
            IEnumerable<string> types = TypeName().Matches(Repository.Read(path)).Select(match => match.Groups[1].Value);
            foreach (string name in parts.Concat(types))
            {
                if (Words().Matches(name).Any(word => s_forbiddenNames.Contains(word.Value))) bad.Add($"{path}: {name}");
            }
        }
        Assert.That(bad, Is.Empty);
    }

    [Test]
    public void Code_Everywhere_HasNothingUnfinished() =>
        Assert.That(Matches(Unfinished(), Repository.CodeFiles.Where(path => !path.EndsWith("CodeStyleTests.cs", StringComparison.Ordinal))), Is.Empty);

    [Test]
    public void Code_OutsideOfKernels_IsSafe() =>
        Assert.That(Matches(UnsafeKeyword(), Repository.CodeFiles.Where(path => !s_unsafePlaces.Any(place => path.StartsWith(place, StringComparison.Ordinal)))), Is.Empty);

    [Test]
    public void Code_OfLibraries_ReadsNoEnvironmentVariables() =>
        Assert.That(
            Matches(AmbientConfiguration(), Repository.CodeFiles.Where(path => !path.StartsWith("tests/", StringComparison.Ordinal) && !path.StartsWith("prover/Zkml.Cli/", StringComparison.Ordinal))),
            Is.Empty);

    static bool HasReason(string path) => Lines(path).Take(20).Any(line => line.StartsWith(LengthReason, StringComparison.Ordinal));

    static string[] Lines(string path) => Repository.Read(path).TrimEnd('\n').Split('\n');

    static List<string> Matches(Regex pattern, IEnumerable<string> paths)
    {
        List<string> found = [];
        foreach (string path in paths)
        {
            string[] lines = Lines(path);
            for (int i = 0; i < lines.Length; i++)
            {
                if (pattern.IsMatch(lines[i])) found.Add($"{path}:{i + 1}: {lines[i].Trim()}");
            }
        }
        return found;
    }

    // Formatted code has a block's braces alone on lines of the same indentation, and members at one or two levels.
    static IEnumerable<(int Line, int Length, string Header)> Blocks(string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i] is not ("    {" or "        {")) continue;
            string end = lines[i].Replace('{', '}');
            int last = Array.FindIndex(lines, i, line => line.StartsWith(end, StringComparison.Ordinal));
            int first = i;
            while (first > 0 && lines[first - 1].Length > 0 && lines[first - 1][^1] is not (';' or '}' or '{')) first--;
            yield return (i + 1, last - i - 1, string.Join(' ', lines[first..i].Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))));
        }
    }

    [GeneratedRegex(@"\b(class|struct|interface|enum|record|namespace|extension)\b")]
    private static partial Regex TypeDeclaration();

    [GeneratedRegex(@"(?m)^\s*(?:\[.*\]\s*)?(?:(?:public|internal|private|protected|static|sealed|abstract|partial|readonly|ref|file)\s+)*(?:class|struct|interface|enum|record|record struct)\s+([A-Z]\w*)")]
    private static partial Regex TypeName();

    [GeneratedRegex("[A-Z][a-z]*[0-9]*")]
    private static partial Regex Words();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException|^\s*#region|^\s*//\s*[-=*#]{4,}")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"^(?!\s*//).*\bunsafe\b")]
    private static partial Regex UnsafeKeyword();

    [GeneratedRegex(@"Environment\.GetEnvironmentVariable|AppContext\.GetData")]
    private static partial Regex AmbientConfiguration();
}

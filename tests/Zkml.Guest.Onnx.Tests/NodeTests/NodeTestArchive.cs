using System.Formats.Tar;
using System.IO.Compression;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Tests.NodeTests;

/// <summary>One folder of the ONNX backend node tests: a model, what goes in, what comes out (each a message of its type).</summary>
sealed record NodeTest(string Name, string Operator, byte[] Model, byte[][] Inputs, byte[][] Outputs);

/// <summary>The ONNX backend node tests, unpacked into memory.</summary>
static class NodeTestArchive
{
    static readonly Lazy<IReadOnlyList<NodeTest>?> s_tests = new(Load);

    /// <summary>The tests by name; null where the folder of shared models is absent.</summary>
    public static IReadOnlyList<NodeTest>? Tests => s_tests.Value;

    /// <summary>The operators that the tests are for, in order; empty where the tests are absent.</summary>
    public static IEnumerable<string> Operators => Tests?.Select(test => test.Operator).Distinct().Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>();

    /// <summary>The tests, or the end of the running test with a message.</summary>
    public static IReadOnlyList<NodeTest> Require()
    {
        if (Tests == null) Assert.Ignore("needs shared/models/onnx-node-tests.tar.gz beside the repository");
        return Tests!;
    }

    static List<NodeTest>? Load()
    {
        if (TestFiles.Find("models/onnx-node-tests.tar.gz") is not { } path) return null;
        Dictionary<string, Dictionary<string, byte[]>> folders = [];
        using FileStream file = File.OpenRead(path);
        using GZipStream unpacked = new(file, CompressionMode.Decompress);
        using TarReader tar = new(unpacked);
        while (tar.GetNextEntry() is { } entry)
        {
            string[] parts = entry.Name.Split('/');
            int folder = Array.FindIndex(parts, part => part.StartsWith("test_", StringComparison.Ordinal));
            if (folder < 0 || entry.DataStream == null) continue;
            byte[] content = new byte[entry.Length];
            entry.DataStream.ReadExactly(content);
            if (!folders.TryGetValue(parts[folder], out Dictionary<string, byte[]>? files)) folders[parts[folder]] = files = [];
            files[parts[^1]] = content;
        }
        Dictionary<string, string> operators = folders.ToDictionary(folder => folder.Key, folder => OperatorOf(folder.Value["model.onnx"]));
        return
        [
            .. folders.OrderBy(folder => folder.Key, StringComparer.Ordinal).Select(folder => new NodeTest(
                folder.Key, OperatorOf(folder.Key, operators), folder.Value["model.onnx"], Numbered(folder.Value, "input"), Numbered(folder.Value, "output"))),
        ];
    }

    static byte[][] Numbered(Dictionary<string, byte[]> files, string kind) =>
        [.. Enumerable.Range(0, files.Count).Select(i => files.GetValueOrDefault($"{kind}_{i}.pb")).TakeWhile(content => content != null).Select(content => content!)];

    // An expanded test computes its operator by others; it belongs to the operator that it expands.
    static string OperatorOf(string name, Dictionary<string, string> operators)
    {
        int expanded = name.IndexOf("_expanded", StringComparison.Ordinal);
        return expanded > 0 && operators.TryGetValue(name[..expanded], out string? original) ? original : operators[name];
    }

    static string OperatorOf(byte[] model)
    {
        NodeProto node = OnnxImporter.Parse(model).Graph.Node[^1];
        return node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}.{node.OpType}";
    }
}

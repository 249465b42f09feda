using System.Text.Json;
using Zkml.Fields;

namespace Zkml.Hashing.Tests;

/// <summary>The published Poseidon2 vectors of <c>shared/vectors/koalabear-plonky3.json</c> (computed with Plonky3, canonical integers).</summary>
sealed class KoalaBearVectors
{
    KoalaBearVectors(JsonElement section)
    {
        External = [.. Flatten(section.GetProperty("externalInitial")), .. Flatten(section.GetProperty("externalFinal"))];
        Internal = Elements(section.GetProperty("internal"));
        Diagonal = Elements(section.GetProperty("internalDiagonal"));
        Permutations = [.. section.GetProperty("vectors").EnumerateArray().Select(v => (Elements(v.GetProperty("in")), Elements(v.GetProperty("out"))))];
    }

    public KoalaBear[] External { get; }

    public KoalaBear[] Internal { get; }

    public KoalaBear[] Diagonal { get; }

    public (KoalaBear[] Input, KoalaBear[] Output)[] Permutations { get; }

    public static KoalaBearVectors Read(int width)
    {
        string? path = Find();
        if (path is null)
            Assert.Ignore("The vectors shared/vectors/koalabear-plonky3.json are not beside this checkout.");
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path!));
        return new KoalaBearVectors(document.RootElement.GetProperty($"poseidon2_{width}"));
    }

    static string? Find()
    {
        for (DirectoryInfo? folder = new(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "vectors", "koalabear-plonky3.json");
            if (File.Exists(path))
                return path;
        }
        return null;
    }

    static KoalaBear[] Elements(JsonElement list) => [.. list.EnumerateArray().Select(v => KoalaBear.FromCanonical(v.GetUInt32()))];

    static IEnumerable<KoalaBear> Flatten(JsonElement rounds) => rounds.EnumerateArray().SelectMany(Elements);
}

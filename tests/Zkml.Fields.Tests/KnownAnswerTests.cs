using System.Text.Json;

namespace Zkml.Fields.Tests;

/// <summary>Vectors computed with Plonky3: shared/vectors/koalabear-plonky3.json, canonical integers.</summary>
sealed class KnownAnswerTests
{
    [Test]
    public void Constants_Plonky3Vectors_AreEqual()
    {
        using JsonDocument vectors = Load();
        Assert.That(vectors.RootElement.GetProperty("modulus").GetUInt32(), Is.EqualTo(KoalaBear.Modulus));
        Assert.That(vectors.RootElement.GetProperty("generator").GetUInt32(), Is.EqualTo(KoalaBear.Generator.ToCanonical()));
        KoalaBear[] roots = Elements(vectors.RootElement.GetProperty("twoAdicGenerators"));
        Assert.That(roots, Has.Length.EqualTo(25));
        for (int logOrder = 0; logOrder < roots.Length; logOrder++)
            Assert.That(KoalaBear.TwoAdicRoot(logOrder), Is.EqualTo(roots[logOrder]), $"order 2^{logOrder}");
    }

    [Test]
    public void Extension_Plonky3Vectors_AreEqual()
    {
        using JsonDocument vectors = Load();
        int count = 0;
        foreach (JsonElement vector in vectors.RootElement.GetProperty("quintic").GetProperty("vectors").EnumerateArray())
        {
            KoalaBear5 a = Extension(vector, "a"), b = Extension(vector, "b");
            Assert.That(a * b, Is.EqualTo(Extension(vector, "product")));
            Assert.That(a.Inverse(), Is.EqualTo(Extension(vector, "inverseA")));
            Assert.That((PackedKoalaBear5.FromExtension(a) * PackedKoalaBear5.FromExtension(b))[5], Is.EqualTo(a * b));
            count++;
        }

        Assert.That(count, Is.EqualTo(16));
    }

    [Test]
    public void Transform_Plonky3Vector_IsEqual()
    {
        using JsonDocument vectors = Load();
        JsonElement vector = vectors.RootElement.GetProperty("dft16");
        KoalaBear[] values = Elements(vector.GetProperty("coefficients"));
        Ntt.Evaluate<KoalaBear>(values, KoalaBear.One);
        Assert.That(values, Is.EqualTo(Elements(vector.GetProperty("evaluationsNaturalOrder"))));
    }

    [Test]
    public void CosetExtension_Plonky3Vector_IsEqual()
    {
        using JsonDocument vectors = Load();
        JsonElement vector = vectors.RootElement.GetProperty("cosetLde16");
        var values = new KoalaBear[32];
        Elements(vector.GetProperty("evaluations")).CopyTo(values, 0);
        Ntt.Interpolate(values.AsSpan(0, 16), KoalaBear.One);
        Ntt.Evaluate<KoalaBear>(values, KoalaBear.FromCanonical(vector.GetProperty("shift").GetUInt32()));
        Assert.That(values, Is.EqualTo(Elements(vector.GetProperty("lde"))));
    }

    static JsonDocument Load()
    {
        for (DirectoryInfo? directory = new(TestContext.CurrentContext.TestDirectory); directory is not null; directory = directory.Parent)
        {
            string path = Path.Combine(directory.FullName, "shared", "vectors", "koalabear-plonky3.json");
            if (File.Exists(path))
                return JsonDocument.Parse(File.ReadAllBytes(path));
        }

        Assert.Ignore("shared/vectors/koalabear-plonky3.json stands in no directory above the tests.");
        throw new InvalidOperationException("Assert.Ignore returns never.");
    }

    static KoalaBear[] Elements(JsonElement array) => [.. array.EnumerateArray().Select(element => KoalaBear.FromCanonical(element.GetUInt32()))];

    static KoalaBear5 Extension(JsonElement vector, string name) => KoalaBear5.FromCoefficients(Elements(vector.GetProperty(name)));
}

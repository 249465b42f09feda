using System.Globalization;

namespace Zkml.Examples.Iris.Trainer;

/// <summary>Four lengths of a flower in centimetres, and its species.</summary>
/// <param name="Features">Sepal length, sepal width, petal length, petal width.</param>
/// <param name="Species">Index into <see cref="Flowers.Species"/>.</param>
public sealed record Flower(float[] Features, int Species);

/// <summary>Fisher's iris data.</summary>
public static class Flowers
{
    /// <summary>Features of a flower.</summary>
    public const int FeatureCount = 4;

    /// <summary>The classes.</summary>
    public static IReadOnlyList<string> Species { get; } = ["Iris-setosa", "Iris-versicolor", "Iris-virginica"];

    /// <summary>Reads lines of four numbers and a species. Throws <see cref="InvalidDataException"/> for anything else.</summary>
    public static Flower[] Read(string path) => [.. File.ReadLines(path).Where(line => line.Length > 0).Select(Parse)];

    static Flower Parse(string line)
    {
        string[] parts = line.Split(',');
        int species = Species.ToList().IndexOf(parts[^1].Trim());
        float[] features = new float[FeatureCount];
        bool isRead = parts.Length == FeatureCount + 1 && species >= 0;
        for (int i = 0; isRead && i < FeatureCount; i++) isRead = float.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out features[i]);
        return isRead ? new(features, species) : throw new InvalidDataException($"Expected four numbers and a species, got '{line}'.");
    }
}

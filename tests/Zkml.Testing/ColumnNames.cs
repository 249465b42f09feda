using System.Reflection;
using System.Runtime.CompilerServices;
using Zkml.Fields;

namespace Zkml.Testing;

/// <summary>The names of a chip's columns, from its column struct: the field path of each cell, in layout order.</summary>
public static class ColumnNames
{
    /// <summary>Names such as <c>Left.Value.Lo</c> or <c>State[3].Gap</c>.</summary>
    /// <param name="columns">The column struct over <see cref="KoalaBear"/>; all its fields are cells or structs of cells.</param>
    public static string[] Of(Type columns)
    {
        var names = new List<string>();
        Collect(columns, "", names);
        return [.. names];
    }

    static void Collect(Type type, string path, List<string> names)
    {
        if (type == typeof(KoalaBear))
        {
            names.Add(path);
            return;
        }
        // Reflection returns fields in declaration order, which sequential layout makes the order in memory.
        FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        if (type.GetCustomAttribute<InlineArrayAttribute>() is { } array)
        {
            for (int i = 0; i < array.Length; i++) Collect(fields[0].FieldType, $"{path}[{i}]", names);
            return;
        }
        if (fields.Length == 0) throw new ArgumentException($"{type.Name} is neither a cell nor a struct of cells.");
        foreach (FieldInfo field in fields)
            Collect(field.FieldType, path.Length == 0 ? field.Name : $"{path}.{field.Name}", names);
    }
}

using System.Reflection;
using System.Runtime.CompilerServices;
using Zkml.Machine;

namespace Zkml.Cli.Reference;

/// <summary>The columns of a chip by name, read from its column struct.</summary>
static class ColumnNames
{
    /// <summary>Names such as "Result.Lo" in the order of the row; an array of n columns reads "Bits[n]". Empty where the chip has no such struct.</summary>
    public static IReadOnlyList<string> Of(MachineChip chip)
    {
        Type? columns = typeof(MachineChip).Assembly.GetTypes().FirstOrDefault(type => type.Name == $"{chip.Name}Columns`1");
        if (columns is null) return [];
        List<string> names = [];
        Add(columns.MakeGenericType(typeof(byte)), "", names);
        return names;
    }

    static void Add(Type type, string prefix, List<string> names)
    {
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(field => field.MetadataToken))
        {
            string name = prefix + field.Name;
            Type element = field.FieldType;
            if (element.GetCustomAttribute<InlineArrayAttribute>() is { } array)
            {
                name += $"[{array.Length}]";
                element = element.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)[0].FieldType;
            }
            if (element == typeof(byte)) names.Add(name);
            else Add(element, name + ".", names);
        }
    }
}

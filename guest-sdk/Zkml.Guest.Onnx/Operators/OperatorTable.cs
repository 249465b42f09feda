using System.Diagnostics.CodeAnalysis;

namespace Zkml.Guest.Onnx.Operators;

/// <summary>All operators by domain and type. Each family lists its own in <c>Add…</c>.</summary>
public static partial class OperatorTable
{
    static readonly Dictionary<(string Domain, string Type), Operator> s_operators = Build();

    /// <summary>The operators that are supported, as (domain, type).</summary>
    public static IReadOnlyCollection<(string Domain, string Type)> Supported => s_operators.Keys;

    /// <summary>Looks an operator up. Domain "ai.onnx" is "".</summary>
    public static bool TryGet(string domain, string type, [MaybeNullWhen(false)] out Operator found) => s_operators.TryGetValue((domain, type), out found);

    static Dictionary<(string, string), Operator> Build()
    {
        Dictionary<(string, string), Operator> table = [];
        AddElementwise(table);
        AddDataMovement(table);
        AddNeural(table);
        AddQuantized(table);
        AddMachineLearning(table);
        return table;
    }

    static partial void AddElementwise(Dictionary<(string Domain, string Type), Operator> table);
    static partial void AddDataMovement(Dictionary<(string Domain, string Type), Operator> table);
    static partial void AddNeural(Dictionary<(string Domain, string Type), Operator> table);
    static partial void AddQuantized(Dictionary<(string Domain, string Type), Operator> table);
    static partial void AddMachineLearning(Dictionary<(string Domain, string Type), Operator> table);
}

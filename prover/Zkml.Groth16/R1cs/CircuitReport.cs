using System.Globalization;
using System.Text;

namespace Zkml.Groth16.R1cs;

/// <summary>The constraints of one gadget at one place of a circuit.</summary>
/// <param name="Path">The gadget and those around it, from the outside, with slashes between.</param>
/// <param name="Depth">0 for the circuit itself.</param>
/// <param name="Uses">How often it is used there.</param>
/// <param name="Constraints">Its constraints, those of gadgets within it included.</param>
public sealed record GadgetCount(string Path, int Depth, int Uses, int Constraints)
{
    /// <summary>Constraints of one use, rounded up.</summary>
    public int Each => (Constraints + Uses - 1) / Uses;
}

/// <summary>Constraints by gadget.</summary>
/// <param name="Gadgets">The circuit first, each gadget before those within it.</param>
public sealed record CircuitReport(IReadOnlyList<GadgetCount> Gadgets)
{
    /// <summary>A table: path, uses, constraints of one use, constraints.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        int width = Gadgets.Max(gadget => gadget.Path.Length);
        text.Append(CultureInfo.InvariantCulture, $"{"gadget".PadRight(width)} {"uses",8} {"each",10} {"constraints",12}\n");
        foreach (GadgetCount gadget in Gadgets)
            text.Append(CultureInfo.InvariantCulture, $"{gadget.Path.PadRight(width)} {gadget.Uses,8} {gadget.Each,10} {gadget.Constraints,12}\n");
        return text.ToString();
    }

    internal static CircuitReport Of(List<GadgetNode> gadgets, List<int> gadgetOfConstraint)
    {
        int[] counts = new int[gadgets.Count];
        foreach (int gadget in gadgetOfConstraint)
        {
            for (int outer = gadget; outer >= 0; outer = gadgets[outer].Outer)
                counts[outer]++;
        }
        List<GadgetCount> rows = [];
        Add(0, 0);
        return new(rows);

        void Add(int index, int depth)
        {
            rows.Add(new(CircuitBuilder.Path(gadgets, index), depth, Math.Max(1, gadgets[index].Uses), counts[index]));
            foreach (int child in gadgets[index].Children.Values)
                Add(child, depth + 1);
        }
    }
}

using Zkml.Fields.Bn254;

namespace Zkml.Groth16.R1cs;

/// <summary>
/// Looks for signals that the constraints leave open. With the inputs fixed, it follows what a small change of each other signal does: the derivative of
/// each constraint at a witness is a linear equation in the changes, and a signal that can change is one that these equations do not hold at 0.
/// </summary>
/// <remarks>
/// It finds whole families of witnesses, the usual fault: a hint without its constraint. It cannot find a second witness that is isolated from the first,
/// such as w + r in a decomposition that is too long; tests of the gadgets try those.
/// </remarks>
public static class WitnessFreedom
{
    /// <summary>The signals, other than inputs and those that may be free, that can change while the inputs stay; empty for a sound circuit.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="witness">A witness that satisfies it.</param>
    public static IReadOnlyList<int> Find(Circuit circuit, ReadOnlySpan<Fr> witness)
    {
        R1csSystem system = circuit.System;
        bool[] isFixed = new bool[system.SignalCount];
        for (int i = 0; i < isFixed.Length; i++)
            isFixed[i] = circuit.Signals[i].Kind is SignalKind.Constant or SignalKind.PublicInput or SignalKind.PrivateInput;
        List<SortedDictionary<int, Fr>> rows = [];
        // Constraints stand in the order in which their signals were made, so most rows determine one more signal at once.
        for (int i = 0; i < system.ConstraintCount; i++)
        {
            SortedDictionary<int, Fr> row = Differentiate(system, i, witness, isFixed);
            if (row.Count == 1)
                isFixed[row.Keys.First()] = true;
            else if (row.Count > 1)
                rows.Add(row);
        }
        Eliminate(rows, isFixed);
        List<int> free = [];
        for (int i = 0; i < isFixed.Length; i++)
        {
            if (!isFixed[i] && !circuit.Signals[i].MayBeFree) free.Add(i);
        }
        return free;
    }

    static SortedDictionary<int, Fr> Differentiate(R1csSystem system, int constraint, ReadOnlySpan<Fr> witness, bool[] isFixed)
    {
        SortedDictionary<int, Fr> row = [];
        Add(row, system.A.Row(constraint), system.B.Evaluate(constraint, witness), isFixed);
        Add(row, system.B.Row(constraint), system.A.Evaluate(constraint, witness), isFixed);
        Add(row, system.C.Row(constraint), -Fr.One, isFixed);
        return row;
    }

    static void Add(SortedDictionary<int, Fr> row, ReadOnlySpan<R1csTerm> terms, in Fr factor, bool[] isFixed)
    {
        foreach (R1csTerm term in terms)
        {
            if (!isFixed[term.Signal]) Add(row, term.Signal, term.Coefficient * factor);
        }
    }

    static void Add(SortedDictionary<int, Fr> row, int signal, in Fr value)
    {
        Fr sum = row.GetValueOrDefault(signal) + value;
        if (sum.IsZero)
            row.Remove(signal);
        else
            row[signal] = sum;
    }

    /// <summary>Gauss–Jordan over what is left: a signal is held at 0 if a reduced row names it alone.</summary>
    static void Eliminate(List<SortedDictionary<int, Fr>> rows, bool[] isFixed)
    {
        Dictionary<int, SortedDictionary<int, Fr>> pivots = [];
        foreach (SortedDictionary<int, Fr> row in rows)
        {
            foreach (int signal in row.Keys.ToArray())
            {
                if (isFixed[signal])
                    row.Remove(signal);
                else if (pivots.TryGetValue(signal, out SortedDictionary<int, Fr>? pivotRow) && row.TryGetValue(signal, out Fr coefficient))
                    Subtract(row, pivotRow, coefficient);
            }
            if (row.Count == 0) continue;
            (int pivot, Fr leading) = row.Last();
            Fr inverse = leading.Inverse();
            foreach (int signal in row.Keys.ToArray())
                row[signal] *= inverse;
            foreach (SortedDictionary<int, Fr> other in pivots.Values)
            {
                if (other.TryGetValue(pivot, out Fr coefficient)) Subtract(other, row, coefficient);
            }
            pivots.Add(pivot, row);
        }
        foreach ((int pivot, SortedDictionary<int, Fr> row) in pivots)
        {
            foreach (int signal in row.Keys.Where(signal => isFixed[signal]).ToArray())
                row.Remove(signal);
            if (row.Count == 1) isFixed[pivot] = true;
        }
    }

    static void Subtract(SortedDictionary<int, Fr> row, SortedDictionary<int, Fr> other, in Fr factor)
    {
        foreach ((int signal, Fr value) in other)
            Add(row, signal, -(value * factor));
    }
}

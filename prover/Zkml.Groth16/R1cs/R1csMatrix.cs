using Zkml.Fields.Bn254;

namespace Zkml.Groth16.R1cs;

/// <summary>A sparse matrix over Fr: a row for each constraint.</summary>
public sealed class R1csMatrix
{
    readonly int[] _starts;
    readonly R1csTerm[] _terms;

    /// <summary>A matrix of terms row by row.</summary>
    /// <param name="starts">The first term of each row, then the number of terms: ascending from 0.</param>
    /// <param name="terms">All terms. Both arrays are kept, not copied.</param>
    /// <exception cref="ArgumentException">The starts are not as described.</exception>
    public R1csMatrix(int[] starts, R1csTerm[] terms)
    {
        if (starts.Length == 0 || starts[0] != 0 || starts[^1] != terms.Length)
            throw new ArgumentException($"Expected starts from 0 to {terms.Length}.", nameof(starts));
        for (int i = 1; i < starts.Length; i++)
        {
            if (starts[i] < starts[i - 1]) throw new ArgumentException($"Row {i - 1} ends before it starts.", nameof(starts));
        }
        (_starts, _terms) = (starts, terms);
    }

    /// <summary>The number of rows.</summary>
    public int RowCount => _starts.Length - 1;

    /// <summary>The number of terms of all rows.</summary>
    public int TermCount => _terms.Length;

    /// <summary>The terms of row <paramref name="index"/>.</summary>
    public ReadOnlySpan<R1csTerm> Row(int index) => _terms.AsSpan(_starts[index].._starts[index + 1]);

    /// <summary>The product of a row and the signals.</summary>
    public Fr Evaluate(int index, ReadOnlySpan<Fr> signals)
    {
        Fr sum = default;
        foreach (R1csTerm term in Row(index))
            sum += term.Coefficient * signals[term.Signal];
        return sum;
    }
}

/// <summary>Collects the rows of a matrix.</summary>
public sealed class R1csMatrixBuilder
{
    readonly List<int> _starts = [0];
    readonly List<R1csTerm> _terms = [];

    /// <summary>Adds a row.</summary>
    public void AddRow(ReadOnlySpan<R1csTerm> terms)
    {
        _terms.AddRange(terms);
        _starts.Add(_terms.Count);
    }

    /// <summary>The matrix of the rows so far.</summary>
    public R1csMatrix Build() => new([.. _starts], [.. _terms]);
}

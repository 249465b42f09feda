namespace Zkml.Guest.Emission.Selection;

/// <summary>A register that a linear form refers to, as it was when the form was made.</summary>
readonly record struct Term(int Register, int Version, int Coefficient);

/// <summary>A sum of registers times constants plus a constant, modulo 2^32. Terms are sorted by register and no coefficient is 0.</summary>
sealed class LinearForm(Term[] terms, int constant) : IEquatable<LinearForm>
{
    public static LinearForm Of(int constant) => new([], constant);

    public ReadOnlySpan<Term> Terms => terms;

    public int Constant => constant;

    public static LinearForm Add(LinearForm left, LinearForm right)
    {
        if (right.Terms.IsEmpty) return new(left.Terms.ToArray(), unchecked(left.Constant + right.Constant));
        List<Term> sum = new(left.Terms.Length + right.Terms.Length);
        int i = 0, j = 0;
        while (i < left.Terms.Length || j < right.Terms.Length)
        {
            if (j == right.Terms.Length || (i < left.Terms.Length && left.Terms[i].Register < right.Terms[j].Register)) sum.Add(left.Terms[i++]);
            else if (i == left.Terms.Length || right.Terms[j].Register < left.Terms[i].Register) sum.Add(right.Terms[j++]);
            else
            {
                Term term = left.Terms[i++];
                int coefficient = unchecked(term.Coefficient + right.Terms[j++].Coefficient);
                if (coefficient != 0) sum.Add(term with { Coefficient = coefficient });
            }
        }
        return new([.. sum], unchecked(left.Constant + right.Constant));
    }

    public LinearForm Times(int factor)
    {
        if (factor == 1) return this;
        List<Term> product = new(terms.Length);
        foreach (Term term in terms)
        {
            int coefficient = unchecked(term.Coefficient * factor);
            if (coefficient != 0) product.Add(term with { Coefficient = coefficient });
        }
        return new([.. product], unchecked(constant * factor));
    }

    /// <summary>The same terms with another constant.</summary>
    public LinearForm With(int newConstant) => new(terms, newConstant);

    /// <summary>The coefficient of a register, 0 where it does not occur.</summary>
    public int CoefficientOf(int register)
    {
        foreach (Term term in terms)
            if (term.Register == register) return term.Coefficient;
        return 0;
    }

    /// <summary>This form without one register.</summary>
    public LinearForm Without(int register) => new([.. terms.Where(term => term.Register != register)], constant);

    public bool Equals(LinearForm? other) => other != null && constant == other.Constant && Terms.SequenceEqual(other.Terms);

    public override bool Equals(object? obj) => Equals(obj as LinearForm);

    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(constant);
        foreach (Term term in terms) hash.Add(term);
        return hash.ToHashCode();
    }
}

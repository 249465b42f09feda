using Zkml.Fields;

namespace Zkml.Stark.Prover;

/// <summary>
/// Where a malicious prover would deviate: each member sees data just before it is committed or observed and may change it, and the proof goes on from
/// the changed data. For soundness tests; the honest prover has none.
/// </summary>
internal class ProverTampering
{
    /// <summary>The main traces, before their extension.</summary>
    public virtual void Main(TreeMatrices traces) { }

    /// <summary>The permutation traces and the sums, before the extension.</summary>
    public virtual void Permutation(TreeMatrices traces, Span<KoalaBear5> sums) { }

    /// <summary>The values of q_0 and q_1, [N × 10], before their extension.</summary>
    public virtual void Quotient(FieldMatrix quotient) { }

    /// <summary>The opened values, before they are observed.</summary>
    public virtual void Openings(Span<KoalaBear5> openings) { }

    /// <summary>A FRI layer before its commitment; past the last layer the codeword of the final polynomial.</summary>
    public virtual void Layer(int index, Codeword codeword) { }

    /// <summary>The final polynomial, before it is observed.</summary>
    public virtual void FinalPolynomial(Span<KoalaBear5> coefficients) { }
}

using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Verifier;

/// <summary>
/// What the verifier's text computes with: native values, counted operations, or wires of a circuit. The text branches on shapes and parameters only,
/// so one run over any proof of a shape does the same operations as every other.
/// </summary>
/// <typeparam name="TBase">An element of F.</typeparam>
/// <typeparam name="TExtension">An element of K.</typeparam>
public interface IVerifierArithmetic<TBase, TExtension> : IPermutation<TBase>
    where TBase : unmanaged, IAlgebra<TBase>
    where TExtension : unmanaged, IExtensionAlgebra<TExtension, TBase>, IExtensionAlgebra<TExtension, TExtension>
{
    /// <summary>A check has failed already: the text may stop. Never true where no values are known.</summary>
    bool IsRejected { get; }

    /// <summary>Takes an element of the proof; each is taken once.</summary>
    TBase Read(KoalaBear value);

    /// <summary>The low bits of the canonical value in [0, p), least significant first, each 0 or 1; at most 24 of them.</summary>
    void Bits(TBase value, Span<TBase> bits);

    /// <summary>The five coefficients, least significant first.</summary>
    void Coefficients(TExtension value, Span<TBase> coefficients);

    /// <summary>The inverse; rejects 0.</summary>
    TExtension Inverse(TExtension value, CheckSite site);

    /// <summary>Rejects an element of F.</summary>
    void AssertOutsideBase(TExtension value, CheckSite site);

    /// <summary>Rejects two different values.</summary>
    void AssertEqual(TBase expected, TBase actual, CheckSite site);

    /// <summary>Rejects two different values.</summary>
    void AssertEqual(TExtension expected, TExtension actual, CheckSite site);
}

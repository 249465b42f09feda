using System.Text;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Verifier;

/// <summary>A key that verifies the proofs of one circuit. Its points were checked: in their groups, α, β, γ, δ not at infinity.</summary>
public sealed class Groth16VerifyingKey
{
    // The scalars of development keys come from these names, so that nobody can pass such a key off as another: α stays in every later phase.
    static readonly G1Affine s_developmentAlpha = (G1.Generator * ScalarOf("Zkml.Vm Groth16 development setup: alpha")).ToAffine();

    readonly G1Affine[] _inputBases;

    Groth16VerifyingKey(in G1Affine alpha, in G2Affine beta, in G2Affine gamma, in G2Affine delta, G1Affine[] inputBases)
    {
        (Alpha, Beta, Gamma, Delta, _inputBases) = (alpha, beta, gamma, delta, inputBases);
    }

    /// <summary>The most public inputs that a key may have.</summary>
    public const int MaximumInputs = 1 << 20;

    /// <summary>α in G1.</summary>
    public G1Affine Alpha { get; }

    /// <summary>β in G2.</summary>
    public G2Affine Beta { get; }

    /// <summary>γ in G2; the generator in keys of snarkjs and of this project.</summary>
    public G2Affine Gamma { get; }

    /// <summary>δ in G2, the work of phase 2.</summary>
    public G2Affine Delta { get; }

    /// <summary>The constant term IC0, then one base for each public input.</summary>
    public ReadOnlySpan<G1Affine> InputBases => _inputBases;

    /// <summary>The number of public inputs.</summary>
    public int InputCount => _inputBases.Length - 1;

    /// <summary>
    /// Whether this key, or the key that it was contributed to, came from the development setup. Its secrets are public: anyone can forge proofs.
    /// The stamp is α itself, so it cannot be removed.
    /// </summary>
    public bool IsDevelopment => Alpha == s_developmentAlpha;

    /// <summary>The α of every development setup, an element of Fr.</summary>
    public static Fr DevelopmentAlphaScalar => ScalarOf("Zkml.Vm Groth16 development setup: alpha");

    /// <summary>Makes a key of points from outside; null unless accepted.</summary>
    public static Groth16Result TryCreate(
        in G1Affine alpha, in G2Affine beta, in G2Affine gamma, in G2Affine delta, ReadOnlySpan<G1Affine> inputBases, out Groth16VerifyingKey? key)
    {
        key = null;
        if (inputBases.Length is < 1 or > MaximumInputs + 1)
            return new(Groth16Error.InputCount, $"key, IC: expected 1 to {MaximumInputs + 1} points, got {inputBases.Length}.");
        Groth16Result result = Check("key, α", alpha.Check(), alpha.IsInfinity);
        if (result.IsAccepted) result = Check("key, β", beta.Check(), beta.IsInfinity);
        if (result.IsAccepted) result = Check("key, γ", gamma.Check(), gamma.IsInfinity);
        if (result.IsAccepted) result = Check("key, δ", delta.Check(), delta.IsInfinity);
        for (int i = 0; result.IsAccepted && i < inputBases.Length; i++)
            result = PointCheck.Describe($"key, IC[{i}]", inputBases[i].Check());
        if (result.IsAccepted) key = new(alpha, beta, gamma, delta, inputBases.ToArray());
        return result;
    }

    /// <summary>
    /// Whether the key may be published or put into a contract: δ is neither γ nor the generator, and so phase 2 took place. γ is the generator in
    /// good keys. A development key is accepted here; see <see cref="IsDevelopment"/>.
    /// </summary>
    public Groth16Result CheckForExport()
    {
        if (Delta == Gamma || Delta == -Gamma)
            return new(Groth16Error.UnsafeKey, "key: δ equals ±γ, so anyone can forge proofs; phase 2 has no contribution.");
        return Delta == G2Affine.Generator || Delta == -G2Affine.Generator
            ? new(Groth16Error.UnsafeKey, "key: δ is ± the generator, so anyone can forge proofs; phase 2 has no contribution.")
            : Groth16Result.Accepted;
    }

    static Groth16Result Check(string where, PointError error, bool isInfinity) =>
        error == PointError.None && isInfinity ? new(Groth16Error.Infinity, $"{where}: the point is at infinity.") : PointCheck.Describe(where, error);

    /// <summary>A public scalar for a name: the first of SHA-256(counter, name), 254 bits of it, that is below r and above 1.</summary>
    static Fr ScalarOf(string name)
    {
        byte[] text = [0, .. Encoding.UTF8.GetBytes(name)];
        Fr scalar;
        do
        {
            byte[] hash = System.Security.Cryptography.SHA256.HashData(text);
            hash[0] &= 0x3F;
            text[0]++;
            if (Fr.TryReadBigEndian(hash, out scalar) && !scalar.IsZero && scalar != Fr.One) return scalar;
        }
        while (text[0] != 0);
        throw new InvalidOperationException("256 hashes above r in a row.");
    }
}

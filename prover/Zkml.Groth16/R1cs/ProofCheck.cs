using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.Prover;
using Zkml.Groth16.Setup;
using Zkml.Groth16.Verifier;

namespace Zkml.Groth16.R1cs;

/// <summary>Proves assignments of a circuit with a development key that lives in a folder until the check is over.</summary>
sealed class ProofCheck : IDisposable
{
    const ulong Seed = 1;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("zkml-circuit-");
    readonly ProvingKeyFile _key;

    public ProofCheck(R1csSystem system)
    {
        try
        {
            string path = Path.Combine(_folder.FullName, "circuit.zkey");
            DevelopmentSetup.Write(system, Seed, path, Environment.ProcessorCount);
            _key = ProvingKeyFile.Open(path);
        }
        catch
        {
            _folder.Delete(recursive: true);
            throw;
        }
    }

    public Groth16VerifyingKey Key => _key.VerifyingKey;

    /// <summary>A proof; null with the reason where the prover refuses the witness.</summary>
    public Groth16Proof? TryProve(Fr[] witness, out string reason)
    {
        string path = Path.Combine(_folder.FullName, "circuit.wtns");
        WitnessFile.Write(witness, path);
        using WitnessFile file = WitnessFile.Open(path);
        try
        {
            reason = "";
            return Groth16Prover.Prove(_key, file).Proof;
        }
        catch (Groth16ProvingException error)
        {
            reason = error.Message;
            return null;
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }
}

namespace Zkml.Receipts;

/// <summary>The state of a machine between instructions.</summary>
/// <param name="Pc">Address of the next instruction; 0 after a halt.</param>
/// <param name="MerkleRoot">Digest of the memory; zero after a halt, when nothing will read it.</param>
public readonly record struct SystemState(uint Pc, Sha256Digest MerkleRoot)
{
    /// <summary>The state after a halt.</summary>
    public static SystemState Halted => default;

    /// <summary>The tagged digest "risc0.SystemState".</summary>
    public Sha256Digest Digest => TaggedDigest.Structure("risc0.SystemState", [MerkleRoot], Pc);
}

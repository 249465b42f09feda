using Zkml.Hashing;
using Zkml.Stark;

namespace Zkml.Receipts;

/// <summary>What a verifier assumes of the machine whose receipts it checks. The RISC-V machine in the product, small machines in tests.</summary>
interface IReceiptMachine
{
    /// <summary>The digest over everything that a verifier of a profile takes for granted.</summary>
    Digest ParameterDigest(SecurityProfile profile);

    /// <summary>Whether a program of this key can exist on the machine; the methods below ask for one.</summary>
    bool IsWellFormed(ProgramKey program);

    /// <summary>The image ID of a program.</summary>
    Digest ImageId(ProgramKey program);

    /// <summary>The rules of a profile's sessions of a program.</summary>
    SessionRules Rules(SecurityProfile profile, ProgramKey program);
}

using System.Collections.Concurrent;
using Zkml.Hashing;
using Zkml.Stark;

namespace Zkml.Receipts;

/// <summary>The RISC-V machine, as receipts see it.</summary>
sealed class RiscvReceiptMachine : IReceiptMachine
{
    public static readonly RiscvReceiptMachine Instance = new();

    // A constant of the build, of one value a profile; computed once because it walks every constraint.
    readonly ConcurrentDictionary<SecurityProfile, Digest> _parameterDigests = [];

    RiscvReceiptMachine() { }

    public Digest ParameterDigest(SecurityProfile profile) => _parameterDigests.GetOrAdd(profile, RiscvSession.ParameterDigest);

    public bool IsWellFormed(ProgramKey program) => program.IsWellFormed;

    public Digest ImageId(ProgramKey program) => program.ImageId();

    public SessionRules Rules(SecurityProfile profile, ProgramKey program) => RiscvSession.Rules(profile, program);
}

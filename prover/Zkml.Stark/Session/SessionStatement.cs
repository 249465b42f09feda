using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>What a session proof proves: a program ran from its entry and ended with this exit code and output digest.</summary>
/// <param name="ImageId">The program.</param>
/// <param name="ExitCode">The code passed to HALT; one byte.</param>
/// <param name="OutputLimbs">The output digest passed to HALT, 16 bits a limb, least significant byte of the digest first; [16].</param>
public sealed record SessionStatement(Digest ImageId, byte ExitCode, ushort[] OutputLimbs)
{
    /// <summary>Limbs of the output digest.</summary>
    public const int OutputLimbCount = 16;
}

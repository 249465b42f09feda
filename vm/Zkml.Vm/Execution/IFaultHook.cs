using System.Runtime.CompilerServices;
using Zkml.Records;

namespace Zkml.Vm.Execution;

/// <summary>
/// A dishonest execution, for the soundness tests: each method may replace what the interpreter computed, and the events record the
/// lie. Implemented by structs, so that <see cref="NoFaults"/> costs nothing.
/// </summary>
internal interface IFaultHook
{
    /// <summary>False compiles every call away.</summary>
    static abstract bool IsActive { get; }

    /// <summary>True: the instruction leaves no event and no effect, and the next one follows 4 ticks later.</summary>
    bool SkipInstruction(in Step step);

    /// <summary>The result written by an arithmetic, logic, upper-immediate or link instruction.</summary>
    uint Result(in Step step, uint result);

    /// <summary>Whether a branch is taken.</summary>
    bool BranchTaken(in Step step, bool isTaken);

    /// <summary>The byte address of a load or store.</summary>
    uint Address(in Step step, uint address);

    /// <summary>The value that a load writes to its register.</summary>
    uint LoadedValue(in Step step, uint value);

    /// <summary>The whole word that a store sends to memory.</summary>
    uint StoredWord(in Step step, uint word);

    /// <summary>The register that is written.</summary>
    byte Destination(in Step step, byte register);

    /// <summary>The place of the next instruction, byte address / 4.</summary>
    uint NextPc4(in Step step, uint pc4);

    /// <summary>The word in a0 at HALT: type | exit code &lt;&lt; 8.</summary>
    uint HaltArgument(uint value);
}

/// <summary>The honest execution.</summary>
internal readonly struct NoFaults : IFaultHook
{
    public static bool IsActive => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] public bool SkipInstruction(in Step step) => false;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public uint Result(in Step step, uint result) => result;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public bool BranchTaken(in Step step, bool isTaken) => isTaken;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public uint Address(in Step step, uint address) => address;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public uint LoadedValue(in Step step, uint value) => value;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public uint StoredWord(in Step step, uint word) => word;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public byte Destination(in Step step, byte register) => register;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public uint NextPc4(in Step step, uint pc4) => pc4;
    [MethodImpl(MethodImplOptions.AggressiveInlining)] public uint HaltArgument(uint value) => value;
}

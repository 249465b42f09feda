using Zkml.Records;
using Zkml.Vm.Execution;

namespace Zkml.Soundness.Tests.Faults;

/// <summary>What a dishonest executor lies about.</summary>
public enum FaultKind
{
    /// <summary>An instruction leaves no trace.</summary>
    Skip,

    /// <summary>The result of an arithmetic, logic, upper-immediate or link instruction has other bits.</summary>
    Result,

    /// <summary>A branch goes the other way.</summary>
    Branch,

    /// <summary>A load or store goes to another address.</summary>
    Address,

    /// <summary>A load gives its register other bits.</summary>
    Load,

    /// <summary>A store sends other bits to memory.</summary>
    Store,

    /// <summary>Another register is written.</summary>
    Destination,

    /// <summary>The program goes on elsewhere.</summary>
    NextPc,

    /// <summary>The exit code is another one.</summary>
    ExitCode,
}

/// <summary>One lie: at the <paramref name="position"/>-th occasion of its kind, by <paramref name="change"/>.</summary>
/// <param name="kind">What is lied about.</param>
/// <param name="position">Occasions before the lie.</param>
/// <param name="change">Bits to flip, or a distance in bytes (addresses) or words (places), or the register to write.</param>
struct Fault(FaultKind kind, int position, uint change) : IFaultHook
{
    int _occasions;

    public static bool IsActive => true;

    /// <summary>The lie was told, and differs from the truth.</summary>
    public bool IsTold { get; private set; }

    /// <summary>Occasions met so far.</summary>
    public readonly int Occasions => _occasions;

    public bool SkipInstruction(in Step step) => IsNow(FaultKind.Skip) && Tell(true);

    public uint Result(in Step step, uint result) => IsNow(FaultKind.Result) ? Tell(result, result ^ change) : result;

    public bool BranchTaken(in Step step, bool isTaken) => IsNow(FaultKind.Branch) ? Tell(true) ^ isTaken : isTaken;

    public uint Address(in Step step, uint address) => IsNow(FaultKind.Address) ? Tell(address, address + change) : address;

    public uint LoadedValue(in Step step, uint value) => IsNow(FaultKind.Load) ? Tell(value, value ^ change) : value;

    public uint StoredWord(in Step step, uint word) => IsNow(FaultKind.Store) ? Tell(word, word ^ change) : word;

    public byte Destination(in Step step, byte register) => IsNow(FaultKind.Destination) ? (byte)Tell(register, change) : register;

    public uint NextPc4(in Step step, uint pc4) => IsNow(FaultKind.NextPc) ? Tell(pc4, pc4 + change) : pc4;

    public uint HaltArgument(uint value) => IsNow(FaultKind.ExitCode) ? Tell(value, value ^ change) : value;

    bool IsNow(FaultKind asked) => asked == kind && _occasions++ == position;

    bool Tell(bool lie) => IsTold = lie;

    uint Tell(uint truth, uint lie)
    {
        IsTold = truth != lie;
        return lie;
    }
}

namespace Zkml.Records;

/// <summary>An arithmetic or logic instruction. For immediate forms <see cref="Right"/>.Value is the immediate and nothing is accessed (Gap = 0).</summary>
public struct AluEvent
{
    public Step Step;
    public ReadAccess Left;     // rs1 at clock + 0
    public ReadAccess Right;    // rs2 at clock + 1, or the immediate
    public WriteAccess Result;  // rd at clock + 3
}

/// <summary>LW, LB, LBU, LH or LHU. Address = Base.Value + Step.Immediate mod 2^32.</summary>
public struct LoadEvent
{
    public Step Step;
    public ReadAccess Base;     // rs1 at clock + 0
    public ReadAccess Memory;   // the whole aligned word at clock + 2; from the read-only window nothing is accessed (Gap = 0)
    public WriteAccess Result;  // rd at clock + 3
    public bool IsReadOnly;     // the address lies in the read-only window
}

/// <summary>SW, SB or SH: one access that receives the old word and sends the merged word.</summary>
public struct StoreEvent
{
    public Step Step;
    public ReadAccess Base;     // rs1 at clock + 0
    public ReadAccess Source;   // rs2 at clock + 1
    public WriteAccess Memory;  // the whole aligned word at clock + 2
}

/// <summary>A conditional branch; the target is Step.Auxiliary.</summary>
public struct BranchEvent
{
    public Step Step;
    public ReadAccess Left;     // rs1 at clock + 0
    public ReadAccess Right;    // rs2 at clock + 1
}

/// <summary>JAL, LUI or AUIPC: rd takes Step.Immediate; JAL goes on at Step.Auxiliary.</summary>
public struct JumpEvent
{
    public Step Step;
    public WriteAccess Result;  // rd at clock + 3
}

/// <summary>JALR: rd takes the link value 4(pc4 + 1); target = Base.Value + Step.Immediate with bit 0 cleared.</summary>
public struct JumpRegisterEvent
{
    public Step Step;
    public ReadAccess Base;     // rs1 at clock + 0
    public WriteAccess Result;  // rd at clock + 3
}

/// <summary>A refresh of a word whose last access is too old for a 16-bit gap (machine.md OB-1).</summary>
public struct BumpEvent
{
    public uint Space;          // MemorySpace
    public uint Word;
    public uint Value;
    public uint PreviousTime;
    public uint Time;           // PreviousTime < Time ≤ PreviousTime + 2^29
}

namespace Zkml.Records;

/// <summary>Everything the chips need to fill the tables of one segment: one event stream per chip. Written by the VM, read by Zkml.Machine.</summary>
public sealed class SegmentRecord
{
    /// <summary>Index of the segment in its session, from 0.</summary>
    public int Index { get; set; }

    public EventList<AluEvent> AddSub { get; } = new();        // ADD, SUB
    public EventList<AluEvent> AddImmediate { get; } = new();  // ADDI, FENCE (as ADDI sink, x0, 0)
    public EventList<AluEvent> LessThan { get; } = new();      // SLT, SLTU, SLTI, SLTIU
    public EventList<AluEvent> Bitwise { get; } = new();       // AND, OR, XOR and immediate forms
    public EventList<AluEvent> Shift { get; } = new();         // SLL, SRL, SRA and immediate forms
    public EventList<AluEvent> Multiply { get; } = new();      // MUL, MULH, MULHSU, MULHU
    public EventList<AluEvent> Divide { get; } = new();        // DIV, DIVU, REM, REMU
    public EventList<LoadEvent> LoadWord { get; } = new();     // LW
    public EventList<LoadEvent> LoadPart { get; } = new();     // LB, LBU, LH, LHU
    public EventList<StoreEvent> StoreWord { get; } = new();   // SW
    public EventList<StoreEvent> StorePart { get; } = new();   // SB, SH
    public EventList<BranchEvent> Branch { get; } = new();     // BEQ, BNE, BLT, BGE, BLTU, BGEU
    public EventList<JumpEvent> Jump { get; } = new();         // JAL, LUI, AUIPC
    public EventList<JumpRegisterEvent> JumpRegister { get; } = new(); // JALR
    public EventList<HaltEvent> Halt { get; } = new();
    public EventList<InputEvent> Input { get; } = new();
    public EventList<SoftwareEvent> Software { get; } = new();
    public EventList<HostWordEvent> HostWord { get; } = new();
    public EventList<ShaHeadEvent> ShaHead { get; } = new();
    public EventList<ShaLoadEvent> ShaLoad { get; } = new();
    public EventList<ShaBlockEvent> ShaBlock { get; } = new();
    public EventList<ShaStoreEvent> ShaStore { get; } = new();
    public EventList<BumpEvent> Bump { get; } = new();

    /// <summary>Every word of both spaces that the session touched, and every image word: only in the closing segment, sorted by (space, word).</summary>
    public EventList<BoundaryEntry> Boundary { get; } = new();

    /// <summary>True in the session's last segment, which holds the program and boundary tables.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Forgets every event and keeps the storage, for the next segment.</summary>
    public void Clear()
    {
        (Index, IsClosing) = (0, false);
        AddSub.Clear();
        AddImmediate.Clear();
        LessThan.Clear();
        Bitwise.Clear();
        Shift.Clear();
        Multiply.Clear();
        Divide.Clear();
        LoadWord.Clear();
        LoadPart.Clear();
        StoreWord.Clear();
        StorePart.Clear();
        Branch.Clear();
        Jump.Clear();
        JumpRegister.Clear();
        Halt.Clear();
        Input.Clear();
        Software.Clear();
        HostWord.Clear();
        ShaHead.Clear();
        ShaLoad.Clear();
        ShaBlock.Clear();
        ShaStore.Clear();
        Bump.Clear();
        Boundary.Clear();
    }
}

/// <summary>The life of one word over the whole session.</summary>
public struct BoundaryEntry
{
    public uint Space;
    public uint Word;
    public uint InitialValue;   // the image word, else 0
    public uint InitialTime;    // free, below 2^30: first access - 1, so that the first gap is 0; equal to FinalTime if never accessed
    public uint FinalValue;
    public uint FinalTime;
    public bool IsImage;        // the initial value comes from the image table
}

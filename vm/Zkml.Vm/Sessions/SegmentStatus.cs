namespace Zkml.Vm.Sessions;

/// <summary>Why a segment ended.</summary>
public enum SegmentStatus
{
    /// <summary>The next row does not fit; the session goes on in the next segment.</summary>
    Full,

    /// <summary>The guest halted; the session is over.</summary>
    Halted,
}

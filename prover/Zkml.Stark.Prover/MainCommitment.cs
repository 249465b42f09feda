using Zkml.Hashing;

namespace Zkml.Stark.Prover;

/// <summary>
/// The committed main traces of a segment, waiting for the session's challenges. A session that has no room to keep them notes the cap, disposes the commitment
/// and makes the same one again from traces filled anew.
/// </summary>
public sealed class MainCommitment : IDisposable
{
    internal MainCommitment(SegmentLayout layout, SegmentTraces traces, Commitment commitment)
    {
        Layout = layout;
        Traces = traces;
        Commitment = commitment;
        Cap = [.. commitment.Tree.Cap];
    }

    /// <summary>The segment's layout.</summary>
    public SegmentLayout Layout { get; }

    /// <summary>The cap of the main tree, part of the session's statement. Stays valid after disposal.</summary>
    public IReadOnlyList<Digest> Cap { get; }

    internal SegmentTraces Traces { get; }

    internal Commitment Commitment { get; }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Commitment.Dispose();
        Traces.Dispose();
    }
}

namespace Zkml.Air;

/// <summary>
/// A bus of the LogUp argument: what is sent on it must equal, as a multiset, what is received on it.
/// </summary>
/// <param name="Tag">The constant coordinate of every message, in [1, 256): the domain separation between buses.</param>
/// <param name="Name">The name in documentation and errors.</param>
/// <param name="Arity">The number of elements in a message; fixed per bus (OB-16).</param>
/// <param name="IsLocal">
/// A local bus balances inside each segment: its tag becomes Tag + 2^8 · segment index (OB-6). A global bus balances over the session.
/// </param>
public sealed record Bus(int Tag, string Name, int Arity, bool IsLocal)
{
    /// <summary>The constant coordinate in segment <paramref name="segmentIndex"/> (at most 2^12 segments, so below 2^20 + 2^8 &lt; p).</summary>
    public uint TagInSegment(int segmentIndex) => (uint)(IsLocal ? Tag + (segmentIndex << 8) : Tag);
}

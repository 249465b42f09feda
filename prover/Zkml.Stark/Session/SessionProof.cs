namespace Zkml.Stark;

/// <summary>A segment of a session proof: the index of its shape class, and its proof.</summary>
public sealed record SegmentEntry(int ClassIndex, SegmentProof Proof);

/// <summary>The proof of a session: every segment's, in order, and the nonce of the LogUp grind.</summary>
/// <param name="Nonce">0 where the profile has no proof of work.</param>
/// <param name="Segments">At least one.</param>
public sealed record SessionProof(uint Nonce, SegmentEntry[] Segments);

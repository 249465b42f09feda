namespace Zkml.Sdk;

/// <summary>The guest passed an output digest to HALT that is not that of what it wrote to the journal: no receipt of it could be accepted.</summary>
public sealed class GuestOutputException() : Exception(
    "guest: the output digest given to HALT is not that of the journal; commit through the guest library, which hashes what it writes.");

namespace Zkml.Guest.Emission;

/// <summary>A program that cannot become a guest: too large for the machine, recursive, or with an input that does not fit.</summary>
public sealed class EmissionException(string message) : Exception(message);

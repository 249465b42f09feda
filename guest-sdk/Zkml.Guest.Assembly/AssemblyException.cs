namespace Zkml.Guest.Assembly;

/// <summary>A program that cannot be assembled: a label that is not placed, a target out of reach, a section that does not fit.</summary>
public sealed class AssemblyException(string message) : Exception(message);

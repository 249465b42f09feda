namespace Zkml.Chain.Contracts;

/// <summary>A contract cannot be made of a key, or cannot be compiled. The message says what was expected and what was found.</summary>
public sealed class ContractException(string message) : Exception(message);

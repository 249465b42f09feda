namespace Zkml.Chain.Ethereum;

/// <summary>A keystore file cannot be opened. The message never has any part of a key or a password.</summary>
public sealed class KeystoreException(string message) : Exception(message);

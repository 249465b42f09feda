namespace Zkml.Groth16.R1cs;

/// <summary>A circuit cannot be built, or a witness does not exist for what was given.</summary>
public sealed class CircuitException : Exception
{
    /// <summary>An error with its reason.</summary>
    public CircuitException(string message)
        : base(message)
    {
    }
}

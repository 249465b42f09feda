namespace Zkml.Groth16.Verifier;

/// <summary>What a check came to.</summary>
/// <param name="Error">None where accepted.</param>
/// <param name="Message">What was expected, what was found and where; empty where accepted.</param>
public readonly record struct Groth16Result(Groth16Error Error, string Message)
{
    /// <summary>Nothing is wrong.</summary>
    public static Groth16Result Accepted { get; } = new(Groth16Error.None, "");

    /// <summary>Whether nothing is wrong.</summary>
    public bool IsAccepted => Error == Groth16Error.None;
}

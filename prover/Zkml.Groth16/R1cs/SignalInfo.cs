namespace Zkml.Groth16.R1cs;

/// <summary>What a signal of a circuit is for.</summary>
public enum SignalKind
{
    /// <summary>The constant 1, signal 0.</summary>
    Constant,

    /// <summary>A public value that the circuit computes.</summary>
    PublicOutput,

    /// <summary>A public value that is given.</summary>
    PublicInput,

    /// <summary>A private value that is given.</summary>
    PrivateInput,

    /// <summary>A value that the witness program computes.</summary>
    Internal,
}

/// <summary>A signal of a circuit.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Name">For messages: the input's name and index, or the gadget that made it.</param>
/// <param name="MayBeFree">
/// Whether the constraints may leave it open in some witnesses because nothing depends on it there, such as the inverse that shows that a value is not
/// zero where the value is zero.
/// </param>
public sealed record SignalInfo(SignalKind Kind, string Name, bool MayBeFree);

using Zkml.Fields.Bn254;

namespace Zkml.Groth16.R1cs;

/// <summary>
/// Computes values outside of the constraint system, such as an inverse or bits. Nothing about them is proved by the hint: whoever asks for
/// them adds the constraints that determine them.
/// </summary>
/// <param name="inputs">The values of the wires that the hint reads.</param>
/// <param name="outputs">The values of the new signals.</param>
public delegate void Hint(ReadOnlySpan<Fr> inputs, Span<Fr> outputs);

/// <summary>A step of the program that solves a witness: a product where there is no hint, with the two factors as inputs.</summary>
/// <param name="Inputs">What the step reads.</param>
/// <param name="FirstSignal">The first signal that it writes, in the order of creation.</param>
/// <param name="Count">How many signals it writes.</param>
/// <param name="Compute">The hint; null for a product.</param>
sealed record WitnessStep(Wire[] Inputs, int FirstSignal, int Count, Hint? Compute);

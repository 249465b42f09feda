using Zkml.Fields.Bn254;

namespace Zkml.Groth16.R1cs;

/// <summary>A coefficient times a signal, one entry of a row.</summary>
/// <param name="Signal">In [0, signals); signal 0 is the constant 1.</param>
/// <param name="Coefficient">Not zero in what this project writes; zero is read.</param>
public readonly record struct R1csTerm(int Signal, Fr Coefficient);

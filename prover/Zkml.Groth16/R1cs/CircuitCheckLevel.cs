namespace Zkml.Groth16.R1cs;

/// <summary>How far a check of a circuit goes; each level does those before it too.</summary>
public enum CircuitCheckLevel
{
    /// <summary>The witness program and the constraints it must meet or violate.</summary>
    Witness,

    /// <summary>Every signal is changed, and the freedom of the witness is computed.</summary>
    Constraints,

    /// <summary>System and witness are written as .r1cs and .wtns and read back.</summary>
    Files,

    /// <summary>A proof with a development key is accepted for its public values and for no others; invalid assignments are not proved.</summary>
    Proof,

    /// <summary>A contract accepts the same proofs; needs <see cref="CircuitCheck.Contract"/>.</summary>
    Contract,
}

using System.Runtime.InteropServices;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Formats;

/// <summary>An entry of the matrices A and B in a .zkey, 44 bytes as they are in the file.</summary>
/// <param name="Matrix">0 for A, 1 for B.</param>
/// <param name="Row">The row, below the number of rows.</param>
/// <param name="Signal">The signal.</param>
/// <param name="Value">The coefficient k as the integer k·R² mod r. So the Montgomery product of these limbs and those of an integer x is k·x in Montgomery form.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
readonly record struct RowCoefficient(uint Matrix, uint Row, uint Signal, Fr Value);

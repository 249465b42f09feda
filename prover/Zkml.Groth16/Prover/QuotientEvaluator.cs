using System.Runtime.InteropServices;
using Zkml.Fields;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;

namespace Zkml.Groth16.Prover;

/// <summary>
/// The values of A·B - C on the odd coset of the rows. A and B are what the key's matrices make of the witness; C is their product row by row, so a wrong
/// witness is not seen here.
/// </summary>
static class QuotientEvaluator
{
    const int ChunkLength = 1 << 12;

    /// <summary>A·z and B·z for each row, and their products.</summary>
    public static (Fr[] A, Fr[] B, Fr[] C) EvaluateRows(ProvingKeyFile key, WitnessFile witness, int threads, CancellationToken cancellation)
    {
        int rows = key.Header.DomainSize;
        (Fr[] a, Fr[] b) = (new Fr[rows], new Fr[rows]);
        Fr[] c = GC.AllocateUninitializedArray<Fr>(rows);
        int isUnordered = 0;
        ParallelRange.Run(key.Coefficients.Length, ChunkLength, threads, AddChunk, cancellation);
        if (isUnordered != 0)
        {
            // A file of another program: rows may return, so one thread adds them all.
            Array.Clear(a);
            Array.Clear(b);
            Add(key, witness, 0, key.Coefficients.Length, a, b);
        }
        ParallelRange.Run(rows, ChunkLength, threads, Multiply, cancellation);
        return (a, b, c);

        void AddChunk(int start, int end, int worker)
        {
            // The rows of files from snarkjs ascend: a chunk then has all entries of each row that begins in it.
            ReadOnlySpan<RowCoefficient> all = key.Coefficients;
            while (start > 0 && start < all.Length && all[start].Row == all[start - 1].Row)
                start++;
            while (end < all.Length && end > 0 && all[end].Row == all[end - 1].Row)
                end++;
            if (start < end && (!Add(key, witness, start, end, a, b) || (start > 0 && all[start].Row < all[start - 1].Row))) Volatile.Write(ref isUnordered, 1);
        }

        void Multiply(int start, int end, int worker)
        {
            for (int i = start; i < end; i++)
                c[i] = a[i] * b[i];
        }
    }

    /// <summary>Turns values on the rows into those of A·B - C on the odd coset, in the place of A.</summary>
    public static void MoveToOddCoset(Fr[] a, Fr[] b, Fr[] c, int domainLog, int threads, CancellationToken cancellation)
    {
        Fr shift = FrNtt.RootOfUnity(domainLog + 1);
        FrNtt.MoveToCoset(a, shift, threads, cancellation);
        FrNtt.MoveToCoset(b, shift, threads, cancellation);
        FrNtt.MoveToCoset(c, shift, threads, cancellation);
        FrVectors.MultiplySubtract(a, b, c, threads, cancellation);
    }

    /// <summary>Adds a run of entries to their rows; false where the rows do not ascend.</summary>
    static bool Add(ProvingKeyFile key, WitnessFile witness, int start, int end, Fr[] a, Fr[] b)
    {
        // Integers below r, taken for Montgomery forms: the product with an entry's value then is in Montgomery form (RowCoefficient).
        ReadOnlySpan<Fr> values = MemoryMarshal.Cast<WitnessValue, Fr>(witness.Values);
        ReadOnlySpan<RowCoefficient> entries = key.Coefficients[start..end];
        bool isOrdered = true;
        uint last = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            ref readonly RowCoefficient entry = ref entries[i];
            if (entry.Row >= (uint)a.Length || entry.Signal >= (uint)values.Length || entry.Matrix > 1)
                throw key.Failure($"coefficient {start + i}: expected matrix 0 or 1, a row below {a.Length} and a signal below {values.Length}, got {entry.Matrix}, {entry.Row}, {entry.Signal}.");
            Fr value = entry.Value;
            if (!MontgomeryPoints.IsBelow<FrModulus>(MemoryMarshal.Cast<Fr, ulong>(new ReadOnlySpan<Fr>(in value))))
                throw key.Failure($"coefficient {start + i}: expected a value below r.");
            isOrdered &= entry.Row >= last;
            last = entry.Row;
            Fr[] target = entry.Matrix == 0 ? a : b;
            target[entry.Row] += value * values[(int)entry.Signal];
        }
        return isOrdered;
    }
}

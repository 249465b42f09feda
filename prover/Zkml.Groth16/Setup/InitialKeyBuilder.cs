using Zkml.Fields;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Setup;

/// <summary>Makes the key before phase 2 from a circuit and the Lagrange points of a .ptau, point for point as snarkjs does.</summary>
static class InitialKeyBuilder
{
    // snarkjs hashes the points of H in runs of this length and does not shorten the last one.
    const int HashRun = 1 << 14;

    /// <summary>Checks the powers, then combines them.</summary>
    public static InitialKey Build(R1csSystem system, PowersOfTauFile powers, MsmOptions options, IProgress<string>? progress)
    {
        int log = system.DomainLog;
        PowersOfTau.VerifyForKey(powers, log, options, progress);
        progress?.Report("A");
        ColumnSums columns = new(system, powers, log, options);
        G1Affine[] a = columns.SumA();
        progress?.Report("B");
        G1Affine[] b1 = columns.SumB();
        G2Affine[] b2 = columns.SumBInG2();
        progress?.Report("C");
        G1Affine[] combined = columns.SumCombined();
        G1Affine[] quotient = new G1Affine[1 << log];
        for (int i = 0; i < quotient.Length; i++)
            quotient[i] = powers.LagrangeG1(log + 1)[2 * i + 1];
        InitialKey key = new()
        {
            Header = new(
                system.SignalCount, system.PublicCount, log, powers.Alpha[0], powers.Beta[0], powers.BetaG2, G2Affine.Generator, G1Affine.Generator, G2Affine.Generator),
            Coefficients = InitialKey.ReadCoefficients(system),
            InputBases = combined[..(system.PublicCount + 1)],
            A = a,
            B1 = b1,
            B2 = b2,
            Private = combined[(system.PublicCount + 1)..],
            Quotient = quotient,
            CircuitHash = new byte[64],
        };
        Hash(key, powers).CopyTo(key.CircuitHash, 0);
        return key;
    }

    /// <summary>The hash of all points, which names the circuit.</summary>
    static byte[] Hash(InitialKey key, PowersOfTauFile powers)
    {
        Blake2b hasher = new();
        hasher.Add(key.Header.Alpha);
        hasher.Add(key.Header.BetaInG1);
        hasher.Add(key.Header.Beta);
        hasher.Add(key.Header.Gamma);
        hasher.Add(key.Header.DeltaInG1);
        hasher.Add(key.Header.Delta);
        AddRun<G1Curve, Fq>(hasher, key.InputBases);
        HashQuotient(hasher, key.Header.DomainSize, powers);
        AddRun<G1Curve, Fq>(hasher, key.Private);
        AddRun<G1Curve, Fq>(hasher, key.A);
        AddRun<G1Curve, Fq>(hasher, key.B1);
        AddRun<G2Curve, Fq2>(hasher, key.B2);
        return hasher.Finish();
    }

    static void AddRun<TCurve, TField>(Blake2b hasher, ReadOnlySpan<AffinePoint<TCurve, TField>> points)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>
    {
        hasher.AddUInt32((uint)points.Length);
        hasher.Add(points);
    }

    /// <summary>The points (τ^(n+i) - τ^i)·G1: those of H before they were transformed.</summary>
    static void HashQuotient(Blake2b hasher, int rows, PowersOfTauFile powers)
    {
        hasher.AddUInt32((uint)rows - 1);
        ReadOnlySpan<G1Affine> tau = powers.TauG1;
        int count = rows - 1 <= HashRun ? rows - 1 : rows;
        // Where the file has no power beyond, snarkjs hashes bytes of the next section; such a hash is of this project only.
        count = Math.Min(count, tau.Length - rows);
        G1[] differences = new G1[Math.Min(count, HashRun)];
        G1Affine[] affine = new G1Affine[differences.Length];
        for (int start = 0; start < count; start += HashRun)
        {
            int length = Math.Min(HashRun, count - start);
            for (int i = 0; i < length; i++)
                differences[i] = tau[rows + start + i].ToJacobian() - tau[start + i].ToJacobian();
            G1.ToAffine(differences.AsSpan(0, length), affine.AsSpan(0, length));
            hasher.Add<G1Curve, Fq>(affine.AsSpan(0, length));
        }
    }
}

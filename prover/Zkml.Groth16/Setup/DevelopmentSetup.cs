using System.Buffers.Binary;
using System.Text;
using Zkml.Fields;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.R1cs;
using Zkml.Groth16.Verifier;

namespace Zkml.Groth16.Setup;

/// <summary>
/// A setup for development: its secrets come from a seed, so whoever has the seed forges proofs. It needs no file of phase 1 and takes seconds. Keys
/// are stamped by their α (<see cref="Groth16VerifyingKey.IsDevelopment"/>), which no later phase changes.
/// </summary>
public static class DevelopmentSetup
{
    /// <summary>Makes a key and writes it as a .zkey.</summary>
    /// <param name="system">The circuit; 2^27 rows at most.</param>
    /// <param name="seed">Any number; the same seed gives the same key.</param>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="threads">Most threads at work, at least 1.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    public static void Write(R1csSystem system, ulong seed, string path, int threads, CancellationToken cancellation = default) =>
        Create(system, DevelopmentSecrets.FromSeed(seed), threads, cancellation).Write(path);

    /// <summary>Makes a key in memory.</summary>
    internal static InitialKey Create(R1csSystem system, DevelopmentSecrets secrets, int threads, CancellationToken cancellation)
    {
        if (system.DomainLog >= FrNtt.MaximumLogSize)
            throw new ArgumentException($"Expected at most 2^{FrNtt.MaximumLogSize - 1} rows, got 2^{system.DomainLog}.", nameof(system));
        Fr[] lagrange = Lagrange(secrets.Tau, system.DomainLog, first: 0, step: 1);
        (Fr[] a, Fr[] b, Fr[] c) = Columns(system, lagrange);
        Fr inverseDelta = secrets.Delta.Inverse();
        int publicCount = system.PublicCount;
        Fr[] combined = new Fr[system.SignalCount];
        for (int i = 0; i < combined.Length; i++)
            combined[i] = (secrets.Beta * a[i] + secrets.Alpha * b[i] + c[i]) * (i <= publicCount ? Fr.One : inverseDelta);
        Fr[] quotient = Lagrange(secrets.Tau, system.DomainLog + 1, first: 1, step: 2);
        FrVectors.ScaleByPowers(quotient, inverseDelta, Fr.One, threads, cancellation);
        MsmOptions options = new() { Threads = threads, Cancellation = cancellation };
        G1Affine[] privates = Multiply(combined.AsSpan(publicCount + 1), options);
        G2Affine[] b2 = new G2Affine[b.Length];
        FixedBase.Multiply(G2Affine.Generator, b, b2, options);
        return new()
        {
            Header = secrets.Header(system),
            Coefficients = InitialKey.ReadCoefficients(system),
            InputBases = Multiply(combined.AsSpan(0, publicCount + 1), options),
            A = Multiply(a, options),
            B1 = Multiply(b, options),
            B2 = b2,
            Private = privates,
            Quotient = Multiply(quotient, options),
            CircuitHash = Blake2b.Hash("Zkml.Vm Groth16 development setup"u8),
        };
    }

    static G1Affine[] Multiply(ReadOnlySpan<Fr> scalars, MsmOptions options)
    {
        G1Affine[] points = new G1Affine[scalars.Length];
        FixedBase.Multiply(G1Affine.Generator, scalars, points, options);
        return points;
    }

    /// <summary>
    /// The values at τ of the Lagrange polynomials of the roots of unity of order n = 2^log with the numbers first, first + step, …:
    /// (τⁿ - 1)/n · wⁱ/(τ - wⁱ).
    /// </summary>
    static Fr[] Lagrange(in Fr tau, int log, int first, int step)
    {
        Fr root = FrNtt.RootOfUnity(log), ratio = FieldAlgorithms.Power(root, [(ulong)step]), power = FieldAlgorithms.Power(root, [(ulong)first]);
        Fr factor = (FieldAlgorithms.Power(tau, [1UL << log]) - Fr.One) * Fr.FromUInt64(1UL << log).Inverse();
        Fr[] values = new Fr[(1 << log) / step], numerators = new Fr[values.Length];
        for (int i = 0; i < values.Length; i++, power *= ratio)
        {
            numerators[i] = power * factor;
            values[i] = tau - power;
        }
        FieldAlgorithms.InvertInPlace<Fr>(values);
        for (int i = 0; i < values.Length; i++)
            values[i] *= numerators[i];
        return values;
    }

    static (Fr[] A, Fr[] B, Fr[] C) Columns(R1csSystem system, Fr[] lagrange)
    {
        (Fr[] a, Fr[] b, Fr[] c) = (new Fr[system.SignalCount], new Fr[system.SignalCount], new Fr[system.SignalCount]);
        for (int row = 0; row < system.ConstraintCount; row++)
        {
            AddRow(system.A.Row(row), lagrange[row], a);
            AddRow(system.B.Row(row), lagrange[row], b);
            AddRow(system.C.Row(row), lagrange[row], c);
        }
        for (int signal = 0; signal <= system.PublicCount; signal++)
            a[signal] += lagrange[system.ConstraintCount + signal];
        return (a, b, c);
    }

    static void AddRow(ReadOnlySpan<R1csTerm> row, in Fr value, Fr[] columns)
    {
        foreach (R1csTerm term in row)
            columns[term.Signal] += term.Coefficient * value;
    }
}

/// <summary>What must be forgotten in a real setup.</summary>
/// <param name="Tau">Where the polynomials are evaluated.</param>
/// <param name="Alpha">The same in every development setup.</param>
/// <param name="Beta">β.</param>
/// <param name="Delta">δ; γ is 1.</param>
readonly record struct DevelopmentSecrets(Fr Tau, Fr Alpha, Fr Beta, Fr Delta)
{
    public static DevelopmentSecrets FromSeed(ulong seed)
    {
        byte[] input = new byte[8 + 32];
        BinaryPrimitives.WriteUInt64BigEndian(input, seed);
        Encoding.ASCII.GetBytes("Zkml.Vm Groth16 development seed").CopyTo(input, 8);
        TranscriptRandom random = new(Blake2b.Hash(input));
        Fr tau;
        do
            tau = random.NextElement<FrModulus>();
        while (tau.IsZero || FieldAlgorithms.Power(tau, [1UL << FrNtt.MaximumLogSize]) == Fr.One);
        return new(tau, Groth16VerifyingKey.DevelopmentAlphaScalar, Next(random), Next(random));
    }

    public ProvingKeyHeader Header(R1csSystem system) => new(
        system.SignalCount, system.PublicCount, system.DomainLog, InG1(Alpha), InG1(Beta), InG2(Beta), G2Affine.Generator, InG1(Delta), InG2(Delta));

    static G1Affine InG1(in Fr scalar) => (G1.Generator * scalar).ToAffine();

    static G2Affine InG2(in Fr scalar) => (G2.Generator * scalar).ToAffine();

    static Fr Next(TranscriptRandom random)
    {
        Fr scalar;
        do
            scalar = random.NextElement<FrModulus>();
        while (scalar.IsZero || scalar == Fr.One || scalar == -Fr.One);
        return scalar;
    }
}

using System.Numerics;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Formats;

/// <summary>What a .zkey says of its circuit, and the points that are not of one signal.</summary>
/// <param name="SignalCount">Signals, the constant included.</param>
/// <param name="PublicCount">Public inputs of a proof.</param>
/// <param name="DomainLog">The rows are the 2^DomainLog powers of a root of unity.</param>
/// <param name="Alpha">α in G1.</param>
/// <param name="BetaInG1">β in G1.</param>
/// <param name="Beta">β in G2.</param>
/// <param name="Gamma">γ in G2.</param>
/// <param name="DeltaInG1">δ in G1.</param>
/// <param name="Delta">δ in G2.</param>
sealed record ProvingKeyHeader(
    int SignalCount, int PublicCount, int DomainLog, G1Affine Alpha, G1Affine BetaInG1, G2Affine Beta, G2Affine Gamma, G1Affine DeltaInG1, G2Affine Delta)
{
    public int DomainSize => 1 << DomainLog;

    public static ProvingKeyHeader Read(Section section)
    {
        section.ReadModulus<FqModulus>("modulus of coordinates");
        section.ReadModulus<FrModulus>("modulus of scalars");
        uint signals = section.ReadUInt32("signals"), publics = section.ReadUInt32("public inputs"), domain = section.ReadUInt32("rows");
        if (signals is 0 or > R1cs.R1csSystem.MaximumSize)
            throw section.Failure($"signals: expected 1 to {R1cs.R1csSystem.MaximumSize}, got {signals}.");
        if (publics >= signals || publics > Verifier.Groth16VerifyingKey.MaximumInputs)
            throw section.Failure($"public inputs: expected less than {signals} signals and at most {Verifier.Groth16VerifyingKey.MaximumInputs}, got {publics}.");
        // The quotient needs a root of unity of twice the order.
        if (!BitOperations.IsPow2(domain) || domain < 2 || domain >= 1u << FrNtt.MaximumLogSize)
            throw section.Failure($"rows: expected a power of two from 2 to 2^{FrNtt.MaximumLogSize - 1}, got {domain}.");
        ProvingKeyHeader header = new(
            (int)signals, (int)publics, BitOperations.Log2(domain), MontgomeryPoints.ReadG1(section, "α"), MontgomeryPoints.ReadG1(section, "β in G1"),
            MontgomeryPoints.ReadG2(section, "β"), MontgomeryPoints.ReadG2(section, "γ"), MontgomeryPoints.ReadG1(section, "δ in G1"), MontgomeryPoints.ReadG2(section, "δ"));
        section.End();
        return header;
    }

    public void Write(SectionWriter writer)
    {
        writer.WriteModulus<FqModulus>();
        writer.WriteModulus<FrModulus>();
        writer.WriteUInt32((uint)SignalCount);
        writer.WriteUInt32((uint)PublicCount);
        writer.WriteUInt32((uint)DomainSize);
        writer.WriteValues<G1Affine>([Alpha, BetaInG1]);
        writer.WriteValues<G2Affine>([Beta, Gamma]);
        writer.WriteValues<G1Affine>([DeltaInG1]);
        writer.WriteValues<G2Affine>([Delta]);
    }
}

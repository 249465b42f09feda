using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Setup;

/// <summary>All of a proving key, in memory: before phase 2, or from the development setup.</summary>
sealed class InitialKey
{
    public required ProvingKeyHeader Header { get; init; }

    public required RowCoefficient[] Coefficients { get; init; }

    public required G1Affine[] InputBases { get; init; }

    public required G1Affine[] A { get; init; }

    public required G1Affine[] B1 { get; init; }

    public required G2Affine[] B2 { get; init; }

    public required G1Affine[] Private { get; init; }

    public required G1Affine[] Quotient { get; init; }

    public required byte[] CircuitHash { get; init; }

    /// <summary>Writes the key, its sections in the order of snarkjs.</summary>
    public void Write(string path)
    {
        using SectionWriter writer = new(path, "zkey", 1, 10);
        ProvingKeyWriter.WriteStart(writer, Header);
        ProvingKeyWriter.WriteCoefficients(writer, Coefficients);
        ProvingKeyWriter.WritePoints<G1Affine>(writer, ProvingKeyFile.InputSection, InputBases);
        ProvingKeyWriter.WritePoints<G1Affine>(writer, ProvingKeyFile.QuotientSection, Quotient);
        ProvingKeyWriter.WritePoints<G1Affine>(writer, ProvingKeyFile.PrivateSection, Private);
        ProvingKeyWriter.WritePoints<G1Affine>(writer, ProvingKeyFile.ASection, A);
        ProvingKeyWriter.WritePoints<G1Affine>(writer, ProvingKeyFile.B1Section, B1);
        ProvingKeyWriter.WritePoints<G2Affine>(writer, ProvingKeyFile.B2Section, B2);
        ProvingKeyWriter.WriteTranscript(writer, new(CircuitHash, []));
        writer.Commit();
    }

    /// <summary>The entries of A and B row by row, then a row of A for the constant and each public signal, which makes those independent.</summary>
    public static RowCoefficient[] ReadCoefficients(R1csSystem system)
    {
        RowCoefficient[] coefficients = new RowCoefficient[system.A.TermCount + system.B.TermCount + system.PublicCount + 1];
        Fr radix = Radix();
        int next = 0;
        for (int row = 0; row < system.ConstraintCount; row++)
        {
            foreach (R1csTerm term in system.A.Row(row))
                coefficients[next++] = new(0, (uint)row, (uint)term.Signal, term.Coefficient * radix);
            foreach (R1csTerm term in system.B.Row(row))
                coefficients[next++] = new(1, (uint)row, (uint)term.Signal, term.Coefficient * radix);
        }
        for (int signal = 0; signal <= system.PublicCount; signal++)
            coefficients[next++] = new(0, (uint)(system.ConstraintCount + signal), (uint)signal, radix);
        return coefficients;
    }

    /// <summary>R as an element: k·R in Montgomery form has the limbs of the integer k·R² mod r, which the file holds.</summary>
    static Fr Radix()
    {
        Fr radix = Fr.One;
        for (int i = 0; i < 256; i++)
            radix += radix;
        return radix;
    }
}

/// <summary>The sections of a .zkey.</summary>
static class ProvingKeyWriter
{
    public static void WriteStart(SectionWriter writer, ProvingKeyHeader header)
    {
        writer.Start(ProvingKeyFile.ProtocolSection);
        writer.WriteUInt32(ProvingKeyFile.Groth16);
        writer.End();
        writer.Start(ProvingKeyFile.HeaderSection);
        header.Write(writer);
        writer.End();
    }

    public static void WriteCoefficients(SectionWriter writer, ReadOnlySpan<RowCoefficient> coefficients)
    {
        writer.Start(ProvingKeyFile.CoefficientSection);
        writer.WriteUInt32((uint)coefficients.Length);
        writer.WriteValues(coefficients);
        writer.End();
    }

    public static void WritePoints<T>(SectionWriter writer, uint section, ReadOnlySpan<T> points)
        where T : unmanaged
    {
        writer.Start(section);
        writer.WriteValues(points);
        writer.End();
    }

    public static void WriteTranscript(SectionWriter writer, Phase2Transcript transcript)
    {
        writer.Start(ProvingKeyFile.TranscriptSection);
        transcript.Write(writer);
        writer.End();
    }
}

using System.Buffers.Binary;
using Zkml.Fields.Bn254;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Formats;

/// <summary>The .r1cs files of circom: a constraint system over Fr, little-endian, coefficients as integers.</summary>
public static class R1csFile
{
    const uint HeaderSection = 1, ConstraintSection = 2, LabelSection = 3, CustomGateSection = 4, CustomGateUseSection = 5;
    const int TermBytes = 36;

    /// <summary>Reads a system.</summary>
    /// <exception cref="Groth16FileException">The file is not what it should be.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static R1csSystem Read(string path) => Read(FileBytes.Map(path));

    /// <summary>Reads a system from memory; <paramref name="name"/> is for messages.</summary>
    /// <exception cref="Groth16FileException">The bytes are not what they should be.</exception>
    public static R1csSystem Read(byte[] bytes, string name) => Read(new FileBytes(bytes, name));

    static R1csSystem Read(FileBytes bytes)
    {
        using SectionFile file = SectionFile.Read(bytes, "r1cs", 1);
        Section header = file.Required(HeaderSection, "header");
        header.ReadModulus<FrModulus>("modulus");
        int signals = ReadCount(header, "signals"), outputs = ReadCount(header, "public outputs"), inputs = ReadCount(header, "public inputs");
        int privateInputs = ReadCount(header, "private inputs");
        header.ReadUInt64("labels");
        int constraints = ReadCount(header, "constraints");
        header.End();
        if (1L + outputs + inputs + privateInputs > signals)
            throw header.Failure($"signals: expected at least {1L + outputs + inputs + privateInputs}, the constant, the outputs and the inputs, got {signals}.");
        if (file.Find(CustomGateSection) is { Length: > 4 } || file.Find(CustomGateUseSection) is { Length: > 4 })
            throw file.Failure("custom gates are for PLONK; expected a system without them.");
        if (file.Find(LabelSection) is { } labels && labels.Length != 8L * signals)
            throw labels.Failure($"labels: expected {signals} of 8 bytes, got {labels.Length} bytes.");
        Section section = file.Required(ConstraintSection, "constraints");
        // The least row is three counts of zero terms.
        if (section.Length / 12 < constraints) throw section.Failure($"expected at least 12 bytes for each of {constraints} constraints, got {section.Length}.");
        return new(signals, outputs, inputs, privateInputs, ReadMatrices(section, constraints, signals, out R1csMatrix b, out R1csMatrix c), b, c);
    }

    static int ReadCount(Section header, string what)
    {
        uint count = header.ReadUInt32(what);
        return count <= R1csSystem.MaximumSize ? (int)count : throw header.Failure($"{what}: expected at most {R1csSystem.MaximumSize}, got {count}.");
    }

    static R1csMatrix ReadMatrices(Section section, int constraints, int signals, out R1csMatrix b, out R1csMatrix c)
    {
        int[][] starts = [new int[constraints + 1], new int[constraints + 1], new int[constraints + 1]];
        for (int row = 0; row < constraints; row++)
        {
            foreach (int[] of in starts)
            {
                uint count = section.ReadUInt32("terms of a constraint");
                section.Skip((long)count * TermBytes, $"constraint {row}, {count} terms");
                long end = of[row] + (long)count;
                of[row + 1] = end < Array.MaxLength ? (int)end : throw section.Failure($"expected at most {Array.MaxLength} terms.");
            }
        }
        section.End();
        section.Rewind();
        R1csTerm[][] terms = [new R1csTerm[starts[0][^1]], new R1csTerm[starts[1][^1]], new R1csTerm[starts[2][^1]]];
        for (int row = 0; row < constraints; row++)
        {
            for (int matrix = 0; matrix < 3; matrix++)
            {
                section.Skip(4, "terms of a constraint");
                for (int i = starts[matrix][row]; i < starts[matrix][row + 1]; i++)
                    terms[matrix][i] = ReadTerm(section, row, signals);
            }
        }
        b = new(starts[1], terms[1]);
        c = new(starts[2], terms[2]);
        return new(starts[0], terms[0]);
    }

    static R1csTerm ReadTerm(Section section, int row, int signals)
    {
        ReadOnlySpan<byte> bytes = section.ReadBytes(TermBytes, "term");
        uint signal = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        if (signal >= (uint)signals) throw section.Failure($"constraint {row}: expected a signal below {signals}, got {signal}.");
        if (!Fr.TryReadLittleEndian(bytes[4..], out Fr coefficient)) throw section.Failure($"constraint {row}: expected a coefficient below r, got 0x{Convert.ToHexString(bytes[4..])}, least significant byte first.");
        return new((int)signal, coefficient);
    }

    /// <summary>Writes a system; each signal gets its number as its label.</summary>
    public static void Write(R1csSystem system, string path)
    {
        using SectionWriter writer = new(path, "r1cs", 1, 3);
        writer.Start(HeaderSection);
        writer.WriteModulus<FrModulus>();
        writer.WriteUInt32((uint)system.SignalCount);
        writer.WriteUInt32((uint)system.PublicOutputCount);
        writer.WriteUInt32((uint)system.PublicInputCount);
        writer.WriteUInt32((uint)system.PrivateInputCount);
        writer.WriteUInt64((ulong)system.SignalCount);
        writer.WriteUInt32((uint)system.ConstraintCount);
        writer.End();
        writer.Start(ConstraintSection);
        Span<byte> bytes = stackalloc byte[TermBytes];
        for (int row = 0; row < system.ConstraintCount; row++)
        {
            WriteRow(writer, system.A.Row(row), bytes);
            WriteRow(writer, system.B.Row(row), bytes);
            WriteRow(writer, system.C.Row(row), bytes);
        }
        writer.End();
        writer.Start(LabelSection);
        for (int i = 0; i < system.SignalCount; i++)
            writer.WriteUInt64((ulong)i);
        writer.End();
        writer.Commit();
    }

    static void WriteRow(SectionWriter writer, ReadOnlySpan<R1csTerm> row, Span<byte> bytes)
    {
        writer.WriteUInt32((uint)row.Length);
        foreach (R1csTerm term in row)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)term.Signal);
            term.Coefficient.WriteLittleEndian(bytes[4..]);
            writer.Write(bytes);
        }
    }
}

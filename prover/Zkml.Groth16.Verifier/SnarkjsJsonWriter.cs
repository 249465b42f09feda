using System.Numerics;
using System.Text.Json;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Verifier;

/// <summary>Writes what <see cref="SnarkjsJson"/> reads, in the form that snarkjs writes.</summary>
static class SnarkjsJsonWriter
{
    // snarkjs raises its pairing values to this power more, 2t(6t² + 3t + 1): docs/design/bn254.md.
    static readonly BigInteger s_parameter = new(4965661367192848881UL);
    static readonly BigInteger s_extraPower = 2 * s_parameter * (6 * s_parameter * s_parameter + 3 * s_parameter + 1);

    public static byte[] WriteKey(Groth16VerifyingKey key) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("protocol", "groth16");
        json.WriteString("curve", "bn128");
        json.WriteNumber("nPublic", key.InputCount);
        WriteG1(json, "vk_alpha_1", key.Alpha);
        WriteG2(json, "vk_beta_2", key.Beta);
        WriteG2(json, "vk_gamma_2", key.Gamma);
        WriteG2(json, "vk_delta_2", key.Delta);
        json.WritePropertyName("vk_alphabeta_12");
        Fq12 value = FieldAlgorithms.Power(Pairing.Compute(key.Alpha, key.Beta), Limbs(s_extraPower));
        json.WriteStartArray();
        foreach (Fq6 half in new[] { value.C0, value.C1 })
        {
            json.WriteStartArray();
            foreach (Fq2 coefficient in new[] { half.C0, half.C1, half.C2 })
                WriteFq2(json, coefficient);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteStartArray("IC");
        foreach (G1Affine point in key.InputBases)
            WriteG1(json, null, point);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static byte[] WriteProof(Groth16Proof proof) => Write(json =>
    {
        json.WriteStartObject();
        WriteG1(json, "pi_a", proof.A);
        WriteG2(json, "pi_b", proof.B);
        WriteG1(json, "pi_c", proof.C);
        json.WriteString("protocol", "groth16");
        json.WriteString("curve", "bn128");
        json.WriteEndObject();
    });

    public static byte[] WriteInputs(ReadOnlySpan<Fr> inputs)
    {
        Fr[] elements = inputs.ToArray();
        return Write(json =>
        {
            json.WriteStartArray();
            foreach (Fr input in elements)
                json.WriteStringValue(Decimal(input));
            json.WriteEndArray();
        });
    }

    static byte[] Write(Action<Utf8JsonWriter> content)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, IndentSize = 1 }))
            content(json);
        return stream.ToArray();
    }

    static void WriteG1(Utf8JsonWriter json, string? name, in G1Affine point)
    {
        if (name is not null) json.WritePropertyName(name);
        json.WriteStartArray();
        json.WriteStringValue(Decimal(point.X));
        json.WriteStringValue(point.IsInfinity ? "1" : Decimal(point.Y));
        json.WriteStringValue(point.IsInfinity ? "0" : "1");
        json.WriteEndArray();
    }

    static void WriteG2(Utf8JsonWriter json, string name, in G2Affine point)
    {
        json.WriteStartArray(name);
        WriteFq2(json, point.X);
        WriteFq2(json, point.IsInfinity ? Fq2.One : point.Y);
        WriteFq2(json, point.IsInfinity ? default : Fq2.One);
        json.WriteEndArray();
    }

    static void WriteFq2(Utf8JsonWriter json, in Fq2 value)
    {
        json.WriteStartArray();
        json.WriteStringValue(Decimal(value.C0));
        json.WriteStringValue(Decimal(value.C1));
        json.WriteEndArray();
    }

    static string Decimal<T>(in T value)
        where T : unmanaged, ICoordinate<T>
    {
        Span<byte> bytes = stackalloc byte[32];
        value.WriteBigEndian(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    static ulong[] Limbs(BigInteger value)
    {
        ulong[] limbs = new ulong[(value.GetByteCount(isUnsigned: true) + 7) / 8];
        for (int i = 0; i < limbs.Length; i++)
            limbs[i] = (ulong)(value >> (64 * i) & ulong.MaxValue);
        return limbs;
    }
}

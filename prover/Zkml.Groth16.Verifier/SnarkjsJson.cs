using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Verifier;

/// <summary>
/// verification_key.json, proof.json and public.json of snarkjs, read strictly and written. Coordinates are decimal, without a sign or leading zeros,
/// and below their modulus; third coordinates are 1, or 0 for infinity.
/// </summary>
public static class SnarkjsJson
{
    /// <summary>The longest text that is read, in bytes.</summary>
    public const int MaximumBytes = 1 << 26;

    static readonly JsonDocumentOptions s_options = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    /// <summary>Reads a verification_key.json; the key is null unless accepted. What is derived from other fields (vk_alphabeta_12) is not read.</summary>
    public static Groth16Result TryReadKey(ReadOnlyMemory<byte> json, out Groth16VerifyingKey? key)
    {
        key = null;
        try
        {
            using JsonDocument document = Parse(json, "verification key");
            JsonElement root = Object(document.RootElement, "verification key");
            CheckProtocol(root, isCurveRequired: true);
            JsonElement bases = Member(root, "IC", JsonValueKind.Array);
            int count = bases.GetArrayLength();
            JsonElement declared = Member(root, "nPublic", JsonValueKind.Number);
            if (!declared.TryGetInt32(out int inputCount) || inputCount != count - 1)
                throw new JsonFailure(Groth16Error.InputCount, $"nPublic: expected {count - 1}, one less than the points of IC, got {declared}.");
            G1Affine[] inputBases = new G1Affine[count];
            int index = 0;
            foreach (JsonElement point in bases.EnumerateArray())
            {
                inputBases[index] = ReadG1(point, $"IC[{index}]");
                index++;
            }
            return Groth16VerifyingKey.TryCreate(
                ReadG1(Member(root, "vk_alpha_1"), "vk_alpha_1"), ReadG2(Member(root, "vk_beta_2"), "vk_beta_2"),
                ReadG2(Member(root, "vk_gamma_2"), "vk_gamma_2"), ReadG2(Member(root, "vk_delta_2"), "vk_delta_2"), inputBases, out key);
        }
        catch (JsonFailure failure)
        {
            return failure.Result;
        }
    }

    /// <summary>Reads a proof.json; the proof is null unless accepted.</summary>
    public static Groth16Result TryReadProof(ReadOnlyMemory<byte> json, out Groth16Proof? proof)
    {
        proof = null;
        try
        {
            using JsonDocument document = Parse(json, "proof");
            JsonElement root = Object(document.RootElement, "proof");
            CheckProtocol(root, isCurveRequired: false);
            Groth16Proof candidate = new(
                ReadG1(Member(root, "pi_a"), "pi_a"), ReadG2(Member(root, "pi_b"), "pi_b"), ReadG1(Member(root, "pi_c"), "pi_c"));
            Groth16Result result = candidate.CheckPoints();
            if (result.IsAccepted) proof = candidate;
            return result;
        }
        catch (JsonFailure failure)
        {
            return failure.Result;
        }
    }

    /// <summary>Reads a public.json; the inputs are null unless accepted.</summary>
    public static Groth16Result TryReadInputs(ReadOnlyMemory<byte> json, out Fr[]? inputs)
    {
        inputs = null;
        try
        {
            using JsonDocument document = Parse(json, "public inputs");
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                throw new JsonFailure(Groth16Error.Malformed, $"public inputs: expected an array, got {document.RootElement.ValueKind}.");
            if (document.RootElement.GetArrayLength() > Groth16VerifyingKey.MaximumInputs)
                throw new JsonFailure(Groth16Error.InputCount, $"public inputs: expected at most {Groth16VerifyingKey.MaximumInputs}, got {document.RootElement.GetArrayLength()}.");
            Fr[] elements = new Fr[document.RootElement.GetArrayLength()];
            int index = 0;
            foreach (JsonElement input in document.RootElement.EnumerateArray())
            {
                if (!Fr.TryReadBigEndian(ReadNumber(input, $"public input {index}", Groth16Error.InputNotCanonical), out elements[index]))
                    throw new JsonFailure(Groth16Error.InputNotCanonical, $"public input {index}: expected a number below r, got {input}.");
                index++;
            }
            inputs = elements;
            return Groth16Result.Accepted;
        }
        catch (JsonFailure failure)
        {
            return failure.Result;
        }
    }

    /// <summary>The text of a verification_key.json that snarkjs takes.</summary>
    public static byte[] WriteKey(Groth16VerifyingKey key) => SnarkjsJsonWriter.WriteKey(key);

    /// <summary>The text of a proof.json.</summary>
    public static byte[] WriteProof(Groth16Proof proof) => SnarkjsJsonWriter.WriteProof(proof);

    /// <summary>The text of a public.json.</summary>
    public static byte[] WriteInputs(ReadOnlySpan<Fr> inputs) => SnarkjsJsonWriter.WriteInputs(inputs);

    static JsonDocument Parse(ReadOnlyMemory<byte> json, string what)
    {
        if (json.Length > MaximumBytes)
            throw new JsonFailure(Groth16Error.WrongLength, $"{what}: expected at most {MaximumBytes} bytes, got {json.Length}.");
        try
        {
            return JsonDocument.Parse(json, s_options);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new JsonFailure(Groth16Error.Malformed, $"{what}: not JSON: {exception.Message}");
        }
    }

    static JsonElement Object(JsonElement element, string what) =>
        element.ValueKind == JsonValueKind.Object ? element : throw new JsonFailure(Groth16Error.Malformed, $"{what}: expected an object, got {element.ValueKind}.");

    static void CheckProtocol(JsonElement root, bool isCurveRequired)
    {
        Require(root, "protocol", "groth16", isRequired: true);
        Require(root, "curve", "bn128", isCurveRequired);
    }

    static void Require(JsonElement root, string name, string expected, bool isRequired)
    {
        if (!root.TryGetProperty(name, out JsonElement value) && !isRequired) return;
        string got = value.ValueKind == JsonValueKind.String ? Text(value, name) : value.ValueKind.ToString();
        if (got != expected)
            throw new JsonFailure(Groth16Error.Malformed, $"{name}: expected \"{expected}\", got {(got.Length > 40 ? got[..40] + "…" : got)}.");
    }

    static JsonElement Member(JsonElement root, string name, JsonValueKind kind = JsonValueKind.Array)
    {
        if (!root.TryGetProperty(name, out JsonElement value))
            throw new JsonFailure(Groth16Error.Malformed, $"{name}: not there.");
        return value.ValueKind == kind ? value : throw new JsonFailure(Groth16Error.Malformed, $"{name}: expected {kind}, got {value.ValueKind}.");
    }

    static JsonElement[] Three(JsonElement point, string where)
    {
        if (point.ValueKind != JsonValueKind.Array || point.GetArrayLength() != 3)
            throw new JsonFailure(Groth16Error.Malformed, $"{where}: expected an array of three coordinates.");
        return [.. point.EnumerateArray()];
    }

    static G1Affine ReadG1(JsonElement point, string where)
    {
        JsonElement[] coordinates = Three(point, where);
        Fq x = ReadFq(coordinates[0], where), y = ReadFq(coordinates[1], where), z = ReadFq(coordinates[2], where);
        if (z == Fq.One) return new(x, y);
        return z.IsZero ? default : throw new JsonFailure(Groth16Error.Malformed, $"{where}: expected 1 or 0 as the third coordinate, got {z}.");
    }

    static G2Affine ReadG2(JsonElement point, string where)
    {
        JsonElement[] coordinates = Three(point, where);
        Fq2 x = ReadFq2(coordinates[0], where), y = ReadFq2(coordinates[1], where), z = ReadFq2(coordinates[2], where);
        if (z == Fq2.One) return new(x, y);
        return z.IsZero ? default : throw new JsonFailure(Groth16Error.Malformed, $"{where}: expected [1, 0] or [0, 0] as the third coordinate, got {z}.");
    }

    static Fq2 ReadFq2(JsonElement element, string where)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() != 2)
            throw new JsonFailure(Groth16Error.Malformed, $"{where}: expected two numbers as a coordinate.");
        return new(ReadFq(element[0], where), ReadFq(element[1], where));
    }

    static Fq ReadFq(JsonElement element, string where) =>
        Fq.TryReadBigEndian(ReadNumber(element, where, Groth16Error.CoordinateNotCanonical), out Fq value)
            ? value
            : throw new JsonFailure(Groth16Error.CoordinateNotCanonical, $"{where}: expected coordinates below q.");

    /// <summary>The 32 bytes of a decimal number, most significant first.</summary>
    static byte[] ReadNumber(JsonElement element, string where, Groth16Error tooLarge)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw new JsonFailure(Groth16Error.Malformed, $"{where}: expected a decimal number in quotes, got {element.ValueKind}.");
        string text = Text(element, where);
        // 2^256 has 78 digits.
        if (text.Length is 0 or > 78 || text.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0 || (text[0] == '0' && text.Length > 1))
            throw new JsonFailure(text.Length > 78 ? tooLarge : Groth16Error.Malformed, $"{where}: expected a decimal number of at most 78 digits without leading zeros.");
        byte[] bytes = new byte[32];
        BigInteger value = BigInteger.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
        int length = value.GetByteCount(isUnsigned: true);
        if (length > 32)
            throw new JsonFailure(tooLarge, $"{where}: expected a number of at most 256 bits.");
        value.TryWriteBytes(bytes.AsSpan(32 - length), out _, isUnsigned: true, isBigEndian: true);
        return bytes;
    }

    static string Text(JsonElement element, string where)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An escape that stands for half a character.
            throw new JsonFailure(Groth16Error.Malformed, $"{where}: the text is not Unicode.");
        }
    }

    sealed class JsonFailure(Groth16Error error, string message) : Exception(message)
    {
        public Groth16Result Result => new(error, Message);
    }
}

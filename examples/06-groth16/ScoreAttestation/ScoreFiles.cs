using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Zkml.Examples.ScoreAttestation;

/// <summary>Reads models and values from JSON.</summary>
static class ScoreFiles
{
    static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>A model: <c>{ "weights": [8 numbers], "threshold": number }</c>.</summary>
    public static ScoreModel ReadModel(string path) => Read<ScoreModel>(path);

    /// <summary>Values: <c>{ "values": [8 numbers] }</c>.</summary>
    public static IReadOnlyList<int> ReadValues(string path) => Read<ValueFile>(path).Values;

    /// <summary>The number of an address, 0x and 40 hexadecimal digits.</summary>
    public static Fr ReadAddress(string text) =>
        Zkml.Chain.Ethereum.EthereumAddress.TryParse(text, out Zkml.Chain.Ethereum.EthereumAddress address)
            ? AddressNumber(address)
            : throw new ArgumentException($"address: expected 0x and 40 hexadecimal digits, got {text}.");

    /// <summary>The number of an address, below 2^160.</summary>
    public static Fr AddressNumber(Zkml.Chain.Ethereum.EthereumAddress address) =>
        Zkml.Groth16.R1cs.FrIntegers.FromInteger(new BigInteger(address.Bytes, isUnsigned: true, isBigEndian: true));

    static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), s_options) ?? throw new ArgumentException($"{path}: expected an object, got null.");
        }
        catch (JsonException error)
        {
            throw new ArgumentException($"{path}: {error.Message}");
        }
    }

    sealed record ValueFile(IReadOnlyList<int> Values);
}

using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zkml.Chain.Ethereum;

/// <summary>Keystore files of version 3 (Web3 Secret Storage): a private key under a password, by scrypt or PBKDF2, AES-128-CTR and Keccak-256.</summary>
public static class Keystore
{
    /// <summary>The longest file that is read, in bytes.</summary>
    public const int MaximumBytes = 1 << 16;

    // 128·N·r bytes are what scrypt needs; a hostile file must not take all memory or hours.
    const long MaximumScryptBytes = 1L << 30;
    const int MaximumParallel = 16, MaximumIterations = 10_000_000, KeyBytes = 32;

    static readonly JsonDocumentOptions s_options = new() { MaxDepth = 16 };

    /// <summary>Opens a keystore file. Throws <see cref="KeystoreException"/> where it is not one, or the password is wrong.</summary>
    public static EthereumAccount Open(ReadOnlyMemory<byte> json, string password)
    {
        if (json.Length > MaximumBytes) throw new KeystoreException($"keystore: expected at most {MaximumBytes} bytes, got {json.Length}.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, s_options);
            return Open(document.RootElement, Encoding.UTF8.GetBytes(password));
        }
        catch (JsonException exception)
        {
            throw new KeystoreException($"keystore: not JSON: {exception.Message}");
        }
    }

    /// <summary>Writes a keystore file under scrypt (N = <paramref name="cost"/>, a power of two, r = 8, p = 1).</summary>
    public static byte[] Write(EthereumAccount account, string password, int cost = 1 << 18)
    {
        if (cost < 2 || (cost & (cost - 1)) != 0 || 1024L * cost > MaximumScryptBytes) throw new ArgumentOutOfRangeException(nameof(cost), cost, "expected a power of two from 2 to 2^20.");
        byte[] salt = RandomNumberGenerator.GetBytes(32), iv = RandomNumberGenerator.GetBytes(16);
        byte[] derived = Scrypt.Derive(Encoding.UTF8.GetBytes(password), salt, cost, 8, 1, KeyBytes);
        byte[] key = account.CopyKey();
        byte[] cipher = Counter(derived.AsSpan(0, 16), iv, key);
        CryptographicOperations.ZeroMemory(key);
        JsonObject file = new()
        {
            ["version"] = 3,
            ["id"] = Guid.NewGuid().ToString(),
            ["address"] = Convert.ToHexStringLower(account.Address.Bytes),
            ["crypto"] = new JsonObject
            {
                ["cipher"] = "aes-128-ctr",
                ["cipherparams"] = new JsonObject { ["iv"] = Convert.ToHexStringLower(iv) },
                ["ciphertext"] = Convert.ToHexStringLower(cipher),
                ["kdf"] = "scrypt",
                ["kdfparams"] = new JsonObject { ["dklen"] = KeyBytes, ["n"] = cost, ["r"] = 8, ["p"] = 1, ["salt"] = Convert.ToHexStringLower(salt) },
                ["mac"] = Convert.ToHexStringLower(Keccak256.Hash([.. derived.AsSpan(16, 16), .. cipher])),
            },
        };
        return Encoding.UTF8.GetBytes(file.ToJsonString());
    }

    static EthereumAccount Open(JsonElement root, byte[] password)
    {
        if (root.ValueKind != JsonValueKind.Object) throw new KeystoreException($"keystore: expected an object, got {root.ValueKind}.");
        if (Integer(root, "version") is not 3 and var version) throw new KeystoreException($"keystore: expected version 3, got {version}.");
        JsonElement crypto = root.TryGetProperty("crypto", out _) ? Member(root, "crypto", JsonValueKind.Object) : Member(root, "Crypto", JsonValueKind.Object);
        if (Text(crypto, "cipher") is not "aes-128-ctr" and var name) throw new KeystoreException($"keystore, cipher: expected aes-128-ctr, got {Shorten(name)}.");
        byte[] iv = Hex(Member(crypto, "cipherparams", JsonValueKind.Object), "iv", 16, 16);
        byte[] cipher = Hex(crypto, "ciphertext", KeyBytes, KeyBytes), mac = Hex(crypto, "mac", 32, 32);
        byte[] derived = Derive(crypto, password);
        byte[] key = [];
        try
        {
            if (!CryptographicOperations.FixedTimeEquals(Keccak256.Hash([.. derived.AsSpan(16, 16), .. cipher]), mac))
                throw new KeystoreException("keystore: wrong password, or a damaged file.");
            key = Counter(derived.AsSpan(0, 16), iv, cipher);
            EthereumAccount account = new(key);
            CheckAddress(root, account);
            return account;
        }
        catch (ArgumentException exception)
        {
            throw new KeystoreException($"keystore: {exception.Message}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            CryptographicOperations.ZeroMemory(derived);
        }
    }

    static void CheckAddress(JsonElement root, EthereumAccount account)
    {
        if (!root.TryGetProperty("address", out JsonElement address) || address.ValueKind != JsonValueKind.String) return;
        string text = Text(root, "address");
        string digits = text.StartsWith("0x", StringComparison.Ordinal) ? text[2..] : text;
        if (!string.Equals(digits, Convert.ToHexStringLower(account.Address.Bytes), StringComparison.OrdinalIgnoreCase))
            throw new KeystoreException($"keystore: its address is {Shorten(text)}, but its key belongs to {account.Address}.");
    }

    static byte[] Derive(JsonElement crypto, byte[] password)
    {
        JsonElement parameters = Member(crypto, "kdfparams", JsonValueKind.Object);
        if (Integer(parameters, "dklen") is not KeyBytes and var length) throw new KeystoreException($"keystore, dklen: expected {KeyBytes}, got {length}.");
        byte[] salt = Hex(parameters, "salt", 0, 1024);
        switch (Text(crypto, "kdf"))
        {
            case "scrypt":
                long n = Integer(parameters, "n"), r = Integer(parameters, "r"), p = Integer(parameters, "p");
                if (n < 2 || n > MaximumScryptBytes / 128 || (n & (n - 1)) != 0 || r is < 1 or > 1 << 10 || p is < 1 or > MaximumParallel || 128 * n * r > MaximumScryptBytes)
                    throw new KeystoreException($"keystore, scrypt: expected n a power of two, p at most {MaximumParallel} and 128·n·r at most {MaximumScryptBytes}, got n = {n}, r = {r}, p = {p}.");
                return Scrypt.Derive(password, salt, (int)n, (int)r, (int)p, KeyBytes);
            case "pbkdf2":
                if (Text(parameters, "prf") is not "hmac-sha256" and var prf) throw new KeystoreException($"keystore, prf: expected hmac-sha256, got {Shorten(prf)}.");
                long count = Integer(parameters, "c");
                if (count is < 1 or > MaximumIterations) throw new KeystoreException($"keystore, c: expected 1 to {MaximumIterations}, got {count}.");
                return Rfc2898DeriveBytes.Pbkdf2(password, salt, (int)count, HashAlgorithmName.SHA256, KeyBytes);
            case var other:
                throw new KeystoreException($"keystore, kdf: expected scrypt or pbkdf2, got {Shorten(other)}.");
        }
    }

    // AES-128 in counter mode: the counter is the whole block, most significant byte first. Decrypting is the same.
    static byte[] Counter(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv, ReadOnlySpan<byte> data)
    {
        using var aes = Aes.Create();
        aes.Key = key.ToArray();
        byte[] counter = iv.ToArray(), result = data.ToArray();
        for (int at = 0; at < result.Length; at += 16)
        {
            byte[] stream = aes.EncryptEcb(counter, PaddingMode.None);
            for (int i = 0; i < Math.Min(16, result.Length - at); i++) result[at + i] ^= stream[i];
            for (int i = 15; i >= 0 && ++counter[i] == 0; i--) { }
        }
        return result;
    }

    static JsonElement Member(JsonElement parent, string name, JsonValueKind kind)
    {
        if (!parent.TryGetProperty(name, out JsonElement value)) throw new KeystoreException($"keystore: {name} is missing.");
        return value.ValueKind == kind ? value : throw new KeystoreException($"keystore, {name}: expected {kind}, got {value.ValueKind}.");
    }

    static long Integer(JsonElement parent, string name)
    {
        JsonElement value = Member(parent, name, JsonValueKind.Number);
        return value.TryGetInt64(out long number) ? number : throw new KeystoreException($"keystore, {name}: expected an integer of 64 bits, got {Shorten(value.ToString())}.");
    }

    static string Text(JsonElement parent, string name)
    {
        try
        {
            return Member(parent, name, JsonValueKind.String).GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new KeystoreException($"keystore, {name}: not UTF-8.");
        }
    }

    static byte[] Hex(JsonElement parent, string name, int least, int most)
    {
        string text = Text(parent, name);
        byte[] bytes = new byte[text.Length / 2];
        if (text.Length % 2 != 0 || bytes.Length < least || bytes.Length > most || Convert.FromHexString(text, bytes, out _, out _) != OperationStatus.Done)
            throw new KeystoreException($"keystore, {name}: expected {(least == most ? $"{2 * least}" : $"at most {2 * most}")} hexadecimal digits, got {text.Length} characters.");
        return bytes;
    }

    static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";
}

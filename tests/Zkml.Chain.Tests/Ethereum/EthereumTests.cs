using System.Numerics;
using System.Text;
using Zkml.Chain.Ethereum;

namespace Zkml.Chain.Tests.Ethereum;

/// <summary>Encodings and signatures against published vectors.</summary>
[TestFixture]
sealed class EthereumTests
{
    // The Keccak team's and EIP-55's values.
    [TestCase("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [TestCase("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")]
    [TestCase("transfer(address,uint256)", "a9059cbb2ab09eb219583f4a59a5d0623ade346d962bcd4e46b11da047c9049b")]
    public void Keccak_OfKnownTexts_IsTheirHash(string text, string hash) =>
        Assert.That(Convert.ToHexStringLower(Keccak256.Hash(Encoding.UTF8.GetBytes(text))), Is.EqualTo(hash));

    // Ethereum's RLP page.
    [Test]
    public void Rlp_OfKnownValues_IsTheirEncoding()
    {
        Assert.That(Hex(Rlp.Bytes("dog"u8)), Is.EqualTo("83646f67"));
        Assert.That(Hex(Rlp.List(Rlp.Bytes("cat"u8), Rlp.Bytes("dog"u8))), Is.EqualTo("c88363617483646f67"));
        Assert.That(Hex(Rlp.Bytes([])), Is.EqualTo("80"));
        Assert.That(Hex(Rlp.List()), Is.EqualTo("c0"));
        Assert.That(Hex(Rlp.Number(0)), Is.EqualTo("80"));
        Assert.That(Hex(Rlp.Bytes([0])), Is.EqualTo("00"));
        Assert.That(Hex(Rlp.Number(15)), Is.EqualTo("0f"));
        Assert.That(Hex(Rlp.Number(127)), Is.EqualTo("7f"));
        Assert.That(Hex(Rlp.Number(128)), Is.EqualTo("8180"));
        Assert.That(Hex(Rlp.Number(1024)), Is.EqualTo("820400"));
        Assert.That(Hex(Rlp.List(Rlp.List(), Rlp.List(Rlp.List()), Rlp.List(Rlp.List(), Rlp.List(Rlp.List())))), Is.EqualTo("c7c0c1c0c3c0c1c0"));
        Assert.That(Hex(Rlp.Bytes("Lorem ipsum dolor sit amet, consectetur adipisicing elit"u8)), Does.StartWith("b8384c6f72656d20"));
        Assert.That(Hex(Rlp.Bytes(new byte[55])), Does.StartWith("b700"));
        Assert.That(Hex(Rlp.Bytes(new byte[1024])), Does.StartWith("b9040000"));
        Assert.That(Hex(Rlp.List(Rlp.Bytes(new byte[70000]))), Does.StartWith("fa011174ba011170"));
        Assert.That(() => Rlp.Number(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    // EIP-55.
    [TestCase("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")]
    [TestCase("0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359")]
    [TestCase("0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB")]
    [TestCase("0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb")]
    public void Address_WithItsChecksum_IsRead(string text)
    {
        Assert.That(EthereumAddress.TryParse(text, out EthereumAddress address), Is.True);
        Assert.That(address.ToString(), Is.EqualTo(text));
        Assert.That(EthereumAddress.TryParse("0x" + text[2..].ToLowerInvariant(), out EthereumAddress lower), Is.True);
        Assert.That(lower, Is.EqualTo(address));
        char[] wrong = text.ToCharArray();
        int letter = Array.FindIndex(wrong, 2, char.IsAsciiLetter);
        wrong[letter] = char.IsAsciiLetterUpper(wrong[letter]) ? char.ToLowerInvariant(wrong[letter]) : char.ToUpperInvariant(wrong[letter]);
        Assert.That(EthereumAddress.TryParse(new string(wrong), out _), Is.False);
        Assert.That(EthereumAddress.TryParse(text[..^1], out _), Is.False);
        Assert.That(EthereumAddress.TryParse(text[..^1] + "g", out _), Is.False);
        Assert.That(EthereumAddress.TryParse(text[2..], out _), Is.False);
    }

    // The first contract of the first account of the mnemonic "test test … junk", as every local node shows it.
    [Test]
    public void Address_OfAFirstContract_IsTheWellKnownOne()
    {
        using EthereumAccount account = new(Convert.FromHexString(LocalChain.FirstKey));
        Assert.That(account.Address.ToString(), Is.EqualTo("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
        Assert.That(EthereumAddress.OfContract(account.Address, 0).ToString(), Is.EqualTo("0x5FbDB2315678afecb367f032d93F642f64180aa3"));
    }

    // RFC 6979 with SHA-256 on secp256k1; the widely used vector of key 1.
    [Test]
    public void Signature_OfKeyOne_IsDeterministic()
    {
        using EthereumAccount account = new([.. new byte[31], 1]);
        byte[] hash = System.Security.Cryptography.SHA256.HashData("Satoshi Nakamoto"u8);
        EthereumSignature signature = account.Sign(hash);
        Assert.That(Hex(signature.R), Is.EqualTo("934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"));
        Assert.That(Hex(signature.S), Is.EqualTo("2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"));
        Assert.That(EthereumAccount.Recover(hash, signature), Is.EqualTo(account.Address));
        Assert.That(EthereumAccount.Recover(hash, signature with { Parity = !signature.Parity }), Is.Not.EqualTo(account.Address));
        hash[0] ^= 1;
        Assert.That(EthereumAccount.Recover(hash, signature), Is.Not.EqualTo(account.Address));
        Assert.That(EthereumAccount.Recover(hash, signature with { R = new byte[32] }), Is.Null);
    }

    [Test]
    public void Account_OfABadKey_IsRefused()
    {
        byte[] order = Convert.FromHexString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
        foreach (byte[] key in (byte[][])[[], new byte[31], new byte[32], order, new byte[33]]) Assert.That(() => new EthereumAccount(key), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void Transaction_Signed_RecoversToItsSender()
    {
        using EthereumAccount account = new(Convert.FromHexString(LocalChain.FirstKey));
        Eip1559Transaction transaction = new() { ChainId = 1, Nonce = 0, MaxPriorityFeePerGas = 1, MaxFeePerGas = BigInteger.Pow(10, 10), GasLimit = 21000, To = account.Address, Data = new byte[] { 1, 2 } };
        byte[] signed = transaction.Sign(account);
        Assert.That(signed[0], Is.EqualTo(2));
        Assert.That(EthereumAccount.Recover(transaction.SigningHash(), account.Sign(transaction.SigningHash())), Is.EqualTo(account.Address));
        Assert.That(transaction.Sign(account), Is.EqualTo(signed));
        Assert.That((transaction with { ChainId = 2 }).SigningHash(), Is.Not.EqualTo(transaction.SigningHash()));
    }

    static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}

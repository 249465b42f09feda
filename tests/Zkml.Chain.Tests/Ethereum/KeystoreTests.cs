using System.Text;
using Zkml.Chain.Ethereum;

namespace Zkml.Chain.Tests.Ethereum;

/// <summary>Keystore files: the vectors of the Web3 Secret Storage definition, and hostile ones.</summary>
[TestFixture]
sealed class KeystoreTests
{
    const string Password = "testpassword";
    const string Address = "008aeeda4d805471df9b2a5b0f38a0c3bcba786b";

    const string Pbkdf2 = """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
        "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
        "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """;

    const string Scrypt = """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt",
        "kdfparams":{"dklen":32,"n":262144,"p":8,"r":1,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
        "mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """;

    [TestCase(Pbkdf2)]
    [TestCase(Scrypt)]
    public void Open_OfThePublishedVectors_GivesTheirKey(string json)
    {
        using EthereumAccount account = Keystore.Open(Encoding.UTF8.GetBytes(json), Password);
        Assert.That(account.Address.ToString(), Is.EqualTo("0x" + Address).IgnoreCase);
        using EthereumAccount expected = new(Convert.FromHexString("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d"));
        Assert.That(account.Address, Is.EqualTo(expected.Address));
    }

    // RFC 7914, section 12.
    [TestCase("", "", 16, 1, 1, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")]
    [TestCase("password", "NaCl", 1024, 8, 16, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")]
    public void Scrypt_OfThePublishedVectors_GivesTheirKey(string password, string salt, int n, int r, int p, string key) =>
        Assert.That(Convert.ToHexStringLower(Zkml.Chain.Ethereum.Scrypt.Derive(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(salt), n, r, p, 64)), Is.EqualTo(key));

    [Test]
    public void Open_OfAWrongPasswordOrAddress_IsRefused()
    {
        using EthereumAccount account = new(Convert.FromHexString(LocalChain.FirstKey));
        byte[] file = Keystore.Write(account, "right", cost: 1 << 4);
        using (EthereumAccount again = Keystore.Open(file, "right")) Assert.That(again.Address, Is.EqualTo(account.Address));
        Assert.That(() => Keystore.Open(file, "wrong"), Throws.TypeOf<KeystoreException>().With.Message.Contains("password"));
        string other = Encoding.UTF8.GetString(file).Replace(Convert.ToHexStringLower(account.Address.Bytes), Address);
        Assert.That(() => Keystore.Open(Encoding.UTF8.GetBytes(other), "right"), Throws.TypeOf<KeystoreException>().With.Message.Contains("belongs to"));
        Assert.That(Encoding.UTF8.GetString(file), Does.Not.Contain(LocalChain.FirstKey));
    }

    [TestCase("\"n\":16", "\"n\":1099511627776")]
    [TestCase("\"n\":16", "\"n\":15")]
    [TestCase("\"n\":16", "\"n\":-16")]
    [TestCase("\"r\":8", "\"r\":2147483647")]
    [TestCase("\"r\":8", "\"r\":0")]
    [TestCase("\"p\":1", "\"p\":1000000")]
    [TestCase("\"dklen\":32", "\"dklen\":2147483647")]
    [TestCase("\"version\":3", "\"version\":1")]
    [TestCase("aes-128-ctr", "aes-128-cbc")]
    [TestCase("\"kdf\":\"scrypt\"", "\"kdf\":\"argon2\"")]
    [TestCase("\"mac\":\"", "\"mac\":\"00")]
    [TestCase("\"salt\":\"", "\"salt\":\"zz")]
    [TestCase("\"n\":16", "\"n\":1e400")]
    [TestCase("\"crypto\":{", "\"secrets\":{")]
    public void Open_OfAHostileFile_IsRefused(string part, string replacement)
    {
        string text = SmallFile();
        Assert.That(text, Does.Contain(part));
        Assert.That(() => Keystore.Open(Encoding.UTF8.GetBytes(text.Replace(part, replacement)), "right"), Throws.TypeOf<KeystoreException>());
    }

    [Test]
    public void Open_OfRandomlyChangedFiles_IsRefusedOrOpens()
    {
        Random random = new(20261121);
        byte[] file = Encoding.UTF8.GetBytes(SmallFile());
        int refused = 0;
        for (int round = 0; round < 2000; round++)
        {
            byte[] changed = [.. file];
            for (int i = random.Next(1, 4); i > 0; i--) changed[random.Next(changed.Length)] = (byte)random.Next(256);
            if (round % 7 == 0) changed = changed[..random.Next(changed.Length)];
            try
            {
                Keystore.Open(changed, "right").Dispose();
            }
            catch (KeystoreException)
            {
                refused++;
            }
        }
        Assert.That(refused, Is.GreaterThan(1000));
    }

    static string SmallFile()
    {
        using EthereumAccount account = new(Convert.FromHexString(LocalChain.FirstKey));
        return Encoding.UTF8.GetString(Keystore.Write(account, "right", cost: 1 << 4));
    }
}

using System.Text;
using System.Text.Json;
using Zkml.Chain.Rpc;

namespace Zkml.Chain.Tests.Rpc;

/// <summary>A node's answers are hostile: each ends in a value or an <see cref="RpcException"/>.</summary>
[TestFixture]
sealed class JsonRpcFuzzTests
{
    const string Receipt =
        """{"jsonrpc":"2.0","id":7,"result":{"transactionHash":"0x1111111111111111111111111111111111111111111111111111111111111111","status":"0x1","gasUsed":"0x5208","blockNumber":"0x10","contractAddress":"0x5fbdb2315678afecb367f032d93f642f64180aa3"}}""";

    static readonly byte[] s_hash = [.. Enumerable.Repeat((byte)0x11, 32)];

    static readonly string[] s_answers =
    [
        Receipt,
        """{"jsonrpc":"2.0","id":7,"error":{"code":3,"message":"execution reverted","data":"0x439cc0cd"}}""",
        """{"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"x","data":{"data":"0x01"}}}""",
        """{"jsonrpc":"2.0","id":7,"result":"0x7a69"}""",
    ];

    static readonly string[] s_pieces =
        ["null", "{}", "[]", "\"\"", "\"0x\"", "\"0x0\"", "-1", "1e999", "\"0xzz\"", "true", "\"\\ud800\"", "\"0x" + new string('f', 65) + "\"", "{\"data\":{\"data\":{\"data\":{\"data\":1}}}}", "7"];

    [Test]
    public void Receipt_OfAnHonestNode_IsRead()
    {
        TransactionReceipt receipt = EthereumClient.ReadReceipt(JsonRpcClient.ParseAnswer(Encoding.UTF8.GetBytes(Receipt), 7, "m"), s_hash);
        Assert.That(receipt.Succeeded, Is.True);
        Assert.That(receipt.GasUsed, Is.EqualTo(21000));
        Assert.That(receipt.Contract!.Value.ToString(), Is.EqualTo("0x5FbDB2315678afecb367f032d93F642f64180aa3"));
    }

    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("")]
    [TestCase("{\"id\":8,\"result\":\"0x1\"}")]
    [TestCase("{\"id\":7}")]
    [TestCase("{\"id\":7,\"id\":7,\"result\":1}")]
    public void Answer_ThatIsNone_IsBad(string answer)
    {
        RpcException? exception = Assert.Throws<RpcException>(() => JsonRpcClient.ParseAnswer(Encoding.UTF8.GetBytes(answer), 7, "m"));
        Assert.That(exception!.Error, Is.EqualTo(RpcError.BadAnswer));
    }

    [Test]
    public void Error_WithRevertData_IsARevert()
    {
        RpcException? exception = Assert.Throws<RpcException>(() => JsonRpcClient.ParseAnswer(Encoding.UTF8.GetBytes(s_answers[1]), 7, "m"));
        Assert.That(exception!.Error, Is.EqualTo(RpcError.Reverted));
        Assert.That(exception.RevertData.ToArray(), Is.EqualTo(new byte[] { 0x43, 0x9C, 0xC0, 0xCD }));
    }

    // Structure-aware: values are replaced by others, keys are removed or doubled, then bytes are changed in a third of the cases.
    [Test]
    public void Answers_ChangedAtRandom_EndInAValueOrATypedError()
    {
        Random random = new(4);
        int refused = 0, read = 0;
        for (int round = 0; round < 100_000; round++)
        {
            byte[] answer = Change(s_answers[random.Next(s_answers.Length)], random);
            try
            {
                JsonElement result = JsonRpcClient.ParseAnswer(answer, 7, "m");
                if (result.ValueKind == JsonValueKind.String) HexValue.Number(result, "m");
                else EthereumClient.ReadReceipt(result, s_hash);
                read++;
            }
            catch (RpcException)
            {
                refused++;
            }
        }
        Assert.That(refused, Is.GreaterThan(10_000));
        Assert.That(read, Is.GreaterThan(100));
    }

    [Test]
    public async Task Endpoint_ThatDoesNotListen_IsUnreachable()
    {
        using JsonRpcClient client = new(new Uri("http://127.0.0.1:1"), TimeSpan.FromSeconds(5));
        RpcException? exception = await Assert.ThrowsAsync<RpcException>(() => client.CallAsync("eth_chainId", []));
        Assert.That(exception!.Error, Is.EqualTo(RpcError.Unreachable));
        Assert.That(() => new JsonRpcClient(new Uri("file:///etc/hosts")), Throws.InstanceOf<ArgumentException>());
    }

    static byte[] Change(string answer, Random random)
    {
        string text = answer;
        for (int i = random.Next(1, 3); i > 0; i--)
        {
            int[] colons = [.. text.Select((character, at) => (character, at)).Where(pair => pair.character == ':').Select(pair => pair.at)];
            if (colons.Length == 0) break;
            int start = colons[random.Next(colons.Length)] + 1;
            int end = text.IndexOfAny([',', '}'], start);
            if (end < 0) break;
            text = text[..start] + s_pieces[random.Next(s_pieces.Length)] + text[end..];
        }
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (random.Next(3) == 0) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        if (random.Next(20) == 0) bytes = bytes[..random.Next(bytes.Length)];
        return bytes;
    }
}

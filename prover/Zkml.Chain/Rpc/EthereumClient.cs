using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Zkml.Chain.Ethereum;

namespace Zkml.Chain.Rpc;

/// <summary>Prices of EIP-1559, wei for one gas.</summary>
public sealed record FeeEstimate(BigInteger MaxPriorityFeePerGas, BigInteger MaxFeePerGas);

/// <summary>A transaction that is in a block.</summary>
/// <param name="Hash">Its hash, 32 bytes.</param>
/// <param name="Succeeded">Whether it did not revert.</param>
/// <param name="GasUsed">The gas that it paid.</param>
/// <param name="BlockNumber">The block.</param>
/// <param name="Contract">The contract that it created.</param>
public sealed record TransactionReceipt(ReadOnlyMemory<byte> Hash, bool Succeeded, ulong GasUsed, ulong BlockNumber, EthereumAddress? Contract);

/// <summary>The methods of a node that we use. Every answer is checked; see <see cref="RpcException"/>.</summary>
public sealed class EthereumClient(JsonRpcClient rpc)
{
    static readonly BigInteger s_leastPriorityFee = BigInteger.Pow(10, 6);

    /// <summary>The node's chain.</summary>
    public async Task<ulong> ChainIdAsync(CancellationToken cancellation = default) => HexValue.Number(await rpc.CallAsync("eth_chainId", [], cancellation), "eth_chainId");

    /// <summary>The code at an address; empty where there is no contract.</summary>
    public async Task<byte[]> CodeAsync(EthereumAddress address, CancellationToken cancellation = default) =>
        HexValue.Bytes(await rpc.CallAsync("eth_getCode", [address.ToString(), "latest"], cancellation), "eth_getCode");

    /// <summary>The next nonce of an account, transactions that wait included.</summary>
    public async Task<ulong> NonceAsync(EthereumAddress address, CancellationToken cancellation = default) =>
        HexValue.Number(await rpc.CallAsync("eth_getTransactionCount", [address.ToString(), "pending"], cancellation), "eth_getTransactionCount");

    /// <summary>An account's wei.</summary>
    public async Task<BigInteger> BalanceAsync(EthereumAddress address, CancellationToken cancellation = default) =>
        HexValue.Quantity(await rpc.CallAsync("eth_getBalance", [address.ToString(), "latest"], cancellation), "eth_getBalance");

    /// <summary>A fee that pays twice the base fee of the latest block and the priority fee that the node suggests.</summary>
    public async Task<FeeEstimate> FeesAsync(CancellationToken cancellation = default)
    {
        JsonElement block = await rpc.CallAsync("eth_getBlockByNumber", ["latest", false], cancellation);
        BigInteger baseFee = HexValue.Quantity(Member(block, "baseFeePerGas", "eth_getBlockByNumber"), "eth_getBlockByNumber");
        BigInteger priority = BigInteger.Max(s_leastPriorityFee, HexValue.Quantity(await rpc.CallAsync("eth_maxPriorityFeePerGas", [], cancellation), "eth_maxPriorityFeePerGas"));
        return new(priority, (2 * baseFee) + priority);
    }

    /// <summary>Runs a call without a transaction and returns what it returns; throws <see cref="RpcError.Reverted"/> where it reverts.</summary>
    public async Task<byte[]> CallAsync(EthereumAddress to, ReadOnlyMemory<byte> data, EthereumAddress? from = null, CancellationToken cancellation = default) =>
        HexValue.Bytes(await rpc.CallAsync("eth_call", [Transaction(from, to, data), "latest"], cancellation), "eth_call");

    /// <summary>The least gas limit with which a transaction succeeds.</summary>
    public async Task<ulong> EstimateGasAsync(EthereumAddress? from, EthereumAddress? to, ReadOnlyMemory<byte> data, CancellationToken cancellation = default) =>
        HexValue.Number(await rpc.CallAsync("eth_estimateGas", [Transaction(from, to, data)], cancellation), "eth_estimateGas");

    /// <summary>Sends a signed transaction and returns its hash, which the node cannot choose.</summary>
    public async Task<byte[]> SendAsync(ReadOnlyMemory<byte> signed, CancellationToken cancellation = default)
    {
        byte[] hash = Keccak256.Hash(signed.Span);
        byte[] given = HexValue.Bytes(await rpc.CallAsync("eth_sendRawTransaction", [HexValue.Of(signed.Span)], cancellation), "eth_sendRawTransaction", 32);
        return given.AsSpan().SequenceEqual(hash)
            ? hash : throw JsonRpcClient.Bad("eth_sendRawTransaction", $"expected the hash {HexValue.Of(hash)}, got {HexValue.Of(given)}");
    }

    /// <summary>Waits until a transaction is in a block; throws <see cref="RpcError.TimedOut"/> after <paramref name="limit"/>.</summary>
    public async Task<TransactionReceipt> WaitAsync(ReadOnlyMemory<byte> hash, TimeSpan limit, CancellationToken cancellation = default)
    {
        long end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        TimeSpan pause = TimeSpan.FromMilliseconds(50);
        while (true)
        {
            JsonElement receipt = await rpc.CallAsync("eth_getTransactionReceipt", [HexValue.Of(hash.Span)], cancellation);
            if (receipt.ValueKind != JsonValueKind.Null) return ReadReceipt(receipt, hash);
            if (Environment.TickCount64 >= end)
                throw new RpcException(RpcError.TimedOut, $"transaction {HexValue.Of(hash.Span)} is in no block after {limit.TotalSeconds:0.#} s; it may still get there.");
            await Task.Delay(pause, cancellation);
            pause = TimeSpan.FromMilliseconds(Math.Min(2000, pause.TotalMilliseconds * 1.5));
        }
    }

    internal static TransactionReceipt ReadReceipt(JsonElement receipt, ReadOnlyMemory<byte> hash)
    {
        const string Method = "eth_getTransactionReceipt";
        byte[] given = HexValue.Bytes(Member(receipt, "transactionHash", Method), Method, 32);
        if (!given.AsSpan().SequenceEqual(hash.Span)) throw JsonRpcClient.Bad(Method, $"expected the receipt of {HexValue.Of(hash.Span)}, got that of {HexValue.Of(given)}");
        ulong status = HexValue.Number(Member(receipt, "status", Method), Method);
        if (status > 1) throw JsonRpcClient.Bad(Method, $"expected status 0 or 1, got {status}");
        EthereumAddress? contract = receipt.TryGetProperty("contractAddress", out JsonElement address) && address.ValueKind != JsonValueKind.Null
            ? new EthereumAddress(HexValue.Bytes(address, Method, EthereumAddress.ByteCount)) : null;
        return new(given, status == 1, HexValue.Number(Member(receipt, "gasUsed", Method), Method), HexValue.Number(Member(receipt, "blockNumber", Method), Method), contract);
    }

    static JsonElement Member(JsonElement parent, string name, string method)
    {
        if (parent.ValueKind != JsonValueKind.Object) throw JsonRpcClient.Bad(method, $"expected an object, got {parent.ValueKind}");
        return parent.TryGetProperty(name, out JsonElement value) ? value : throw JsonRpcClient.Bad(method, $"{name} is missing");
    }

    static JsonObject Transaction(EthereumAddress? from, EthereumAddress? to, ReadOnlyMemory<byte> data)
    {
        JsonObject transaction = new() { ["data"] = HexValue.Of(data.Span) };
        if (from is EthereumAddress sender) transaction["from"] = sender.ToString();
        if (to is EthereumAddress callee) transaction["to"] = callee.ToString();
        return transaction;
    }
}

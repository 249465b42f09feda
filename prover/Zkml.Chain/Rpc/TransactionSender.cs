using System.Numerics;
using Zkml.Chain.Ethereum;

namespace Zkml.Chain.Rpc;

/// <summary>Signs and sends the transactions of one account on one chain, which the node must be on.</summary>
/// <param name="client">The node.</param>
/// <param name="account">Who pays.</param>
/// <param name="chainId">The chain that the caller means.</param>
public sealed class TransactionSender(EthereumClient client, EthereumAccount account, ulong chainId)
{
    /// <summary>How long a transaction may take to get into a block.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>The most wei to pay for one gas; a node that asks for more gets nothing signed.</summary>
    public BigInteger MaximumFeePerGas { get; init; } = 500 * BigInteger.Pow(10, 9);

    /// <summary>Sends a transaction and waits for its block. A revert that can be foreseen costs nothing: it throws before anything is sent.</summary>
    /// <param name="to">The callee; null creates a contract.</param>
    /// <param name="data">The call, or the code that creates a contract.</param>
    /// <param name="gasLimit">The most gas; null for the node's estimate and a fifth more.</param>
    /// <param name="cancellation">Stops waiting; what was sent stays sent.</param>
    public async Task<TransactionReceipt> SendAsync(EthereumAddress? to, ReadOnlyMemory<byte> data, ulong? gasLimit = null, CancellationToken cancellation = default)
    {
        ulong present = await client.ChainIdAsync(cancellation);
        if (present != chainId) throw new RpcException(RpcError.WrongTarget, $"expected a node of chain {chainId}, got one of chain {present}.");
        ulong gas = gasLimit ?? WithMargin(await client.EstimateGasAsync(account.Address, to, data, cancellation));
        FeeEstimate fees = await client.FeesAsync(cancellation);
        if (fees.MaxFeePerGas > MaximumFeePerGas)
            throw new RpcException(RpcError.Refused, $"the node asks for {fees.MaxFeePerGas} wei for one gas; the limit is {MaximumFeePerGas}.");
        Eip1559Transaction transaction = new()
        {
            ChainId = chainId,
            Nonce = await client.NonceAsync(account.Address, cancellation),
            MaxPriorityFeePerGas = fees.MaxPriorityFeePerGas,
            MaxFeePerGas = fees.MaxFeePerGas,
            GasLimit = gas,
            To = to,
            Data = data,
        };
        byte[] hash = await client.SendAsync(transaction.Sign(account), cancellation);
        TransactionReceipt receipt = await client.WaitAsync(hash, Limit, cancellation);
        if (to is null && receipt.Succeeded && receipt.Contract != EthereumAddress.OfContract(account.Address, transaction.Nonce))
            throw JsonRpcClient.Bad("eth_getTransactionReceipt", "the created contract is not at the address of sender and nonce");
        return receipt;
    }

    static ulong WithMargin(ulong gas) => gas <= ulong.MaxValue / 2 ? gas + (gas / 5) : throw JsonRpcClient.Bad("eth_estimateGas", "expected less than 2^63 gas");
}

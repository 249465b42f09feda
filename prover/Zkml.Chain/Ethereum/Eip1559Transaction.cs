using System.Numerics;

namespace Zkml.Chain.Ethereum;

/// <summary>A transaction of type 2 (EIP-1559) with an empty access list.</summary>
public sealed record Eip1559Transaction
{
    /// <summary>The chain that it is for; on every other it is invalid.</summary>
    public required ulong ChainId { get; init; }

    /// <summary>The number of transactions that the sender sent before.</summary>
    public required ulong Nonce { get; init; }

    /// <summary>The most that the block's producer gets, wei for one gas.</summary>
    public required BigInteger MaxPriorityFeePerGas { get; init; }

    /// <summary>The most that is paid in all, wei for one gas.</summary>
    public required BigInteger MaxFeePerGas { get; init; }

    /// <summary>The most gas.</summary>
    public required ulong GasLimit { get; init; }

    /// <summary>The callee; null creates a contract.</summary>
    public EthereumAddress? To { get; init; }

    /// <summary>Wei to transfer.</summary>
    public BigInteger Value { get; init; }

    /// <summary>The call's data, or the code that creates a contract.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Keccak-256 of what is signed.</summary>
    public byte[] SigningHash() => Keccak256.Hash([2, .. Rlp.List(Fields())]);

    /// <summary>The signed transaction as eth_sendRawTransaction takes it.</summary>
    public byte[] Sign(EthereumAccount account)
    {
        EthereumSignature signature = account.Sign(SigningHash());
        return [2, .. Rlp.List([
            .. Fields(), Rlp.Number(signature.Parity ? 1 : 0),
            Rlp.Number(new BigInteger(signature.R, isUnsigned: true, isBigEndian: true)), Rlp.Number(new BigInteger(signature.S, isUnsigned: true, isBigEndian: true))])];
    }

    byte[][] Fields() =>
    [
        Rlp.Number(ChainId), Rlp.Number(Nonce), Rlp.Number(MaxPriorityFeePerGas), Rlp.Number(MaxFeePerGas), Rlp.Number(GasLimit),
        Rlp.Bytes(To is EthereumAddress to ? to.Bytes : []), Rlp.Number(Value), Rlp.Bytes(Data.Span), Rlp.List(),
    ];
}

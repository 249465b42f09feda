namespace Zkml.Chain.Rpc;

/// <summary>What went wrong between us and a node.</summary>
public enum RpcError
{
    /// <summary>No connection, or it broke.</summary>
    Unreachable,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>The answer is not what JSON-RPC or the method's result should be, or is too long.</summary>
    BadAnswer,

    /// <summary>The node answered with an error.</summary>
    Refused,

    /// <summary>The contract reverted; <see cref="RpcException.RevertData"/> says how.</summary>
    Reverted,

    /// <summary>The node is on another chain, or an address has other code than expected.</summary>
    WrongTarget,
}

/// <summary>A node could not be asked, or its answer cannot be used.</summary>
public sealed class RpcException(RpcError error, string message, byte[]? revertData = null) : Exception(message)
{
    /// <summary>What went wrong.</summary>
    public RpcError Error { get; } = error;

    /// <summary>What the contract gave with its revert, ABI-encoded; empty where it gave nothing or did not revert.</summary>
    public ReadOnlyMemory<byte> RevertData { get; } = revertData ?? [];
}

namespace Zkml.Guest.OnnxRuntime;

/// <summary>Why ONNX Runtime gave no answer.</summary>
public enum OnnxRuntimeError
{
    /// <summary>There is no runner where it was looked for, or it speaks another protocol.</summary>
    NotInstalled,
    /// <summary>The runner ended by itself: a native crash, out of memory, or killed.</summary>
    Crashed,
    /// <summary>A request took longer than allowed; the runner was killed.</summary>
    TimedOut,
    /// <summary>ONNX Runtime refuses the model.</summary>
    ModelRefused,
    /// <summary>ONNX Runtime refuses the inputs, or an operator failed.</summary>
    RunFailed,
    /// <summary>A value that cannot be sent or was not understood.</summary>
    Value,
}

/// <summary>ONNX Runtime gave no answer: the reason and what it said.</summary>
public sealed class OnnxRuntimeException(OnnxRuntimeError error, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The reason.</summary>
    public OnnxRuntimeError Error { get; } = error;
}

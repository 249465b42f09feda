using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Onnx.Operators;

namespace Zkml.Guest.Onnx.Graph;

/// <summary>
/// Runs nodes whose inputs are constants on the host, with the very loops that the guest would run. The budget counts steps, not time, so
/// that the same model folds alike on every machine; what is beyond it stays for the guest.
/// </summary>
sealed class ConstantFolder
{
    const long MaximumResultBytes = 1 << 26, MaximumMemory = 1 << 28, MaximumBytes = 1 << 28;

    long _stepsLeft = 1L << 30, _bytesLeft = MaximumBytes;

    /// <summary>Throws <see cref="OnnxError.Limit"/> where operators that must fold have taken what all of a model may take.</summary>
    public void CheckBudget()
    {
        if (_bytesLeft < 0) throw new OnnxException(OnnxError.Limit, $"constants computed at compile time take more than {MaximumBytes} bytes");
    }

    /// <summary>Counts what an operator read and wrote that folded itself during inference.</summary>
    public void Charge(Node node)
    {
        _bytesLeft -= node.Inputs.Concat(node.Outputs).Sum(value => value?.Constant is { } constant ? Math.Max(constant.Data.Length, 32L * constant.Strings.Count) : 0L);
        CheckBudget();
    }

    /// <summary>Folds if it fits into the budget. Throws where the guest would fail whatever its input is.</summary>
    public void TryFold(Node node, Operator found)
    {
        long bytes = node.Outputs.Sum(output => output == null ? 0L : (long)output.Shape!.Count * output.Type.Memory.ElementBytes);
        if (bytes > Math.Min(MaximumResultBytes, _bytesLeft) || _stepsLeft <= 0) return;
        LoopProgram program = GraphLowering.LowerAlone(node, found);
        LoopMachine machine = new(program, MaximumMemory);
        try
        {
            _stepsLeft -= machine.Run(_stepsLeft);
        }
        catch (LoopException e) when (e.Error is LoopError.OutOfSteps or LoopError.OutOfMemory)
        {
            if (e.Error == LoopError.OutOfSteps) _stepsLeft = 0;
            return;
        }
        catch (LoopException e)
        {
            throw new OnnxException(OnnxError.Malformed, $"its inputs are constant and make it fail: {e.Message}", e);
        }
        _bytesLeft -= bytes;
        int next = 0;
        foreach (Value output in node.Outputs.OfType<Value>())
            output.SetContent(new(output.Type, output.Shape!, machine.Read(program.Outputs[next++])));
    }
}

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
    const long MaximumResultBytes = 1 << 26, MaximumMemory = 1 << 28;

    long _stepsLeft = 1L << 30;

    /// <summary>Folds if it fits into the budget. Throws where the guest would fail whatever its input is.</summary>
    public void TryFold(Node node, Operator found)
    {
        long bytes = node.Outputs.Sum(output => output == null ? 0L : (long)output.Shape!.Count * output.Type.Memory.ElementBytes);
        if (bytes > MaximumResultBytes || _stepsLeft <= 0) return;
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
        int next = 0;
        foreach (Value output in node.Outputs.OfType<Value>())
            output.SetContent(new(output.Type, output.Shape!, machine.Read(program.Outputs[next++])));
    }
}

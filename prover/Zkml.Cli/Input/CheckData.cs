using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime;
using Zkml.Guest.OnnxRuntime.Calibration;

namespace Zkml.Cli.Input;

/// <summary>Real inputs for comparing a guest with ONNX Runtime.</summary>
static class CheckData
{
    /// <summary>Reads inputs in the order of a contract from a file or folder. Throws <see cref="CommandException"/>.</summary>
    public static IReadOnlyList<Tensor[]> Read(string path, ModelContract contract, int count)
    {
        OnnxRuntimePort[] ports = [.. contract.Inputs.Select(input => new OnnxRuntimePort(input.Name, input.Type, [.. input.Shape.Select(extent => (long)extent)]))];
        try
        {
            return [.. CalibrationData.Read(path, ports, new() { Count = count }).Select(sample => ports.Select(port => sample[port.Name].Tensor).ToArray())];
        }
        catch (CalibrationException exception)
        {
            throw CommandException.Usage(exception.Message);
        }
    }
}

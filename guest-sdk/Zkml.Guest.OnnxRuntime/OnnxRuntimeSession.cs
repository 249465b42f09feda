using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime.Protocol;

namespace Zkml.Guest.OnnxRuntime;

/// <summary>A model that is loaded in ONNX Runtime.</summary>
public sealed class OnnxRuntimeSession : IDisposable
{
    // Large enough to hide the pipe's round trip, small beside the memory of a machine.
    const int BatchBytes = 16 << 20;

    readonly OnnxRuntimeProcess _process;
    readonly int _number;
    bool _isOwner, _isDisposed;

    OnnxRuntimeSession(OnnxRuntimeProcess process, int number, OnnxRuntimePort[] inputs, OnnxRuntimePort[] outputs, byte[] optimizedModel) =>
        (_process, _number, Inputs, Outputs, OptimizedModel) = (process, number, inputs, outputs, optimizedModel);

    /// <summary>The inputs, in the model's order; initialisers are not among them.</summary>
    public IReadOnlyList<OnnxRuntimePort> Inputs { get; }

    /// <summary>The outputs, in the model's order; extra outputs stand last.</summary>
    public IReadOnlyList<OnnxRuntimePort> Outputs { get; }

    /// <summary>The model as ONNX Runtime rewrote it; empty unless <see cref="OnnxRuntimeOptions.KeepOptimizedModel"/> asked for it.</summary>
    public ReadOnlyMemory<byte> OptimizedModel { get; }

    /// <summary>Starts a process for one model; <see cref="Dispose"/> ends it. Throws <see cref="OnnxRuntimeException"/>.</summary>
    public static OnnxRuntimeSession Start(ReadOnlySpan<byte> model, OnnxRuntimeOptions? options = null, string? runnerPath = null, TimeSpan? timeout = null)
    {
        OnnxRuntimeProcess process = OnnxRuntimeProcess.Start(runnerPath, timeout);
        try
        {
            OnnxRuntimeSession session = process.Load(model, options);
            session._isOwner = true;
            return session;
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Runs on inputs in the model's order and returns tensors in the order of <see cref="Outputs"/>. Throws <see cref="OnnxRuntimeException"/>.</summary>
    public Tensor[] Run(params ReadOnlySpan<Tensor> inputs)
    {
        if (inputs.Length > Inputs.Count) throw new OnnxRuntimeException(OnnxRuntimeError.Value, $"Run: expected at most {Inputs.Count} inputs, got {inputs.Length}.");
        Dictionary<string, OnnxRuntimeValue> named = [];
        for (int i = 0; i < inputs.Length; i++) named[Inputs[i].Name] = inputs[i];
        return [.. Run(named).Select(value => value.Tensor)];
    }

    /// <summary>Runs on inputs by name and returns values in the order of <see cref="Outputs"/>. Throws <see cref="OnnxRuntimeException"/>.</summary>
    public IReadOnlyList<OnnxRuntimeValue> Run(IReadOnlyDictionary<string, OnnxRuntimeValue> inputs) => RunBatch([inputs])[0].ValuesOrThrow;

    /// <summary>
    /// Runs case after case with few round trips. <paramref name="outputs"/> names the wanted ones (default: all). A case that fails has an error in
    /// its result; throws <see cref="OnnxRuntimeException"/> where the process fails.
    /// </summary>
    public IReadOnlyList<OnnxRuntimeResult> RunBatch(IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> cases, IReadOnlyList<string>? outputs = null)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        List<OnnxRuntimeResult> results = new(cases.Count);
        for (int first = 0; first < cases.Count;)
        {
            WireWriter body = new();
            int last = first;
            while (last < cases.Count && (last == first || body.Written.Length < BatchBytes)) Write(body, cases[last++]);
            WireWriter request = new WireWriter().Byte((byte)RunnerRequest.Run).Int32(_number).Texts([.. outputs ?? []]).Int32(last - first).Raw(body.Written);
            ReadResults(_process.Ask(request, OnnxRuntimeError.RunFailed), results);
            first = last;
        }
        return results;
    }

    /// <summary>Frees the model, and ends the process if <see cref="Start"/> started it.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        if (_isOwner)
        {
            _process.Dispose();
            return;
        }
        try
        {
            _process.Ask(new WireWriter().Byte((byte)RunnerRequest.Unload).Int32(_number), OnnxRuntimeError.RunFailed);
        }
        catch (OnnxRuntimeException)
        {
            // The process has ended, and the model with it.
        }
    }

    /// <summary>Reads the reply to a load.</summary>
    internal static OnnxRuntimeSession Read(OnnxRuntimeProcess process, WireReader reply) =>
        new(process, reply.Int32(), ReadPorts(reply), ReadPorts(reply), reply.Bytes().ToArray());

    static void Write(WireWriter body, IReadOnlyDictionary<string, OnnxRuntimeValue> inputs)
    {
        body.Int32(inputs.Count);
        foreach ((string name, OnnxRuntimeValue value) in inputs) body.Text(name).Value(WireValues.ToWire(value));
    }

    static void ReadResults(WireReader reply, List<OnnxRuntimeResult> results)
    {
        int outputs = reply.Texts().Length, cases = reply.Count(1);
        for (int i = 0; i < cases; i++)
        {
            if (reply.Byte() == 0)
            {
                results.Add(new([], $"ONNX Runtime: {reply.Text()}"));
                continue;
            }
            OnnxRuntimeValue[] values = new OnnxRuntimeValue[outputs];
            foreach (ref OnnxRuntimeValue value in values.AsSpan()) value = WireValues.FromWire(reply.Value());
            results.Add(new(values, null));
        }
    }

    static OnnxRuntimePort[] ReadPorts(WireReader reply)
    {
        OnnxRuntimePort[] ports = new OnnxRuntimePort[reply.Count(12)];
        foreach (ref OnnxRuntimePort port in ports.AsSpan()) port = new(reply.Text(), (ElementType)reply.Int32(), reply.Int64s());
        return ports;
    }
}

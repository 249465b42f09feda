using Microsoft.ML.OnnxRuntime;
using Zkml.Guest.OnnxRuntime.Protocol;

namespace Zkml.Guest.OnnxRuntime.Runner;

/// <summary>A model in ONNX Runtime.</summary>
sealed class LoadedModel : IDisposable
{
    readonly InferenceSession _session;
    readonly RunOptions _runOptions = new();
    readonly byte[] _optimized;

    LoadedModel(InferenceSession session, byte[] optimized) => (_session, _optimized) = (session, optimized);

    /// <summary>
    /// Reads optimisation level, threads, whether the optimised model is wanted, session settings, fixed extents of symbolic dimensions, and the model.
    /// </summary>
    public static LoadedModel Load(WireReader request)
    {
        using SessionOptions options = new()
        {
            GraphOptimizationLevel = (GraphOptimizationLevel)request.Int32(),
            IntraOpNumThreads = request.Int32(),
            InterOpNumThreads = 1,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        string? optimizedPath = request.Byte() == 0 ? null : Path.GetTempFileName();
        try
        {
            if (optimizedPath is not null) options.OptimizedModelFilePath = optimizedPath;
            string[] settings = request.Texts(), extents = request.Texts();
            for (int i = 0; i + 1 < settings.Length; i += 2) options.AddSessionConfigEntry(settings[i], settings[i + 1]);
            for (int i = 0; i + 1 < extents.Length; i += 2) options.AddFreeDimensionOverrideByName(extents[i], long.Parse(extents[i + 1]));
            InferenceSession session = new(request.Bytes().ToArray(), options);
            return new(session, optimizedPath is null ? [] : File.ReadAllBytes(optimizedPath));
        }
        finally
        {
            if (optimizedPath is not null) File.Delete(optimizedPath);
        }
    }

    /// <summary>Writes inputs, outputs, and the optimised model.</summary>
    public void Describe(WireWriter reply)
    {
        Describe(reply, _session.InputNames, _session.InputMetadata);
        Describe(reply, _session.OutputNames, _session.OutputMetadata);
        reply.Bytes(_optimized);
    }

    /// <summary>Runs a batch; each case has values of its own, or an error of its own.</summary>
    public void Run(WireReader request, WireWriter reply)
    {
        string[] wanted = request.Texts();
        IReadOnlyCollection<string> outputs = wanted.Length == 0 ? _session.OutputNames : wanted;
        int cases = request.Count(4);
        reply.Texts(outputs).Int32(cases);
        for (int i = 0; i < cases; i++)
        {
            (string Name, WireValue Value)[] inputs = new (string, WireValue)[request.Count(5)];
            foreach (ref (string Name, WireValue Value) input in inputs.AsSpan()) input = (request.Text(), request.Value());
            RunOne(inputs, outputs, reply);
        }
    }

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        _session.Dispose();
        _runOptions.Dispose();
    }

    /// <summary>What went wrong, in one line.</summary>
    public static string Message(Exception exception)
    {
        Exception cause = exception;
        while (cause is TypeInitializationException && cause.InnerException is Exception inner) cause = inner;
        return $"{cause.Message.ReplaceLineEndings(" ").Trim()}";
    }

    void RunOne((string Name, WireValue Value)[] inputs, IReadOnlyCollection<string> outputs, WireWriter reply)
    {
        Dictionary<string, OrtValue> values = new(inputs.Length);
        try
        {
            foreach ((string name, WireValue value) in inputs) values[name] = NativeValues.Create(value);
            using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(_runOptions, values, outputs);
            WireValue[] read = [.. results.Select(result => NativeValues.Read(result))];
            reply.Byte(1);
            foreach (WireValue value in read) reply.Value(value);
        }
        catch (Exception exception)
        {
            reply.Byte(0).Text(Message(exception));
        }
        finally
        {
            foreach (OrtValue value in values.Values) value.Dispose();
        }
    }

    static void Describe(WireWriter reply, IReadOnlyList<string> names, IReadOnlyDictionary<string, NodeMetadata> metadata)
    {
        reply.Int32(names.Count);
        foreach (string name in names)
        {
            NodeMetadata port = metadata[name];
            reply.Text(name).Int32(port.IsTensor ? (int)port.ElementDataType : 0).Int64s(port.IsTensor ? [.. port.Dimensions.Select(extent => (long)extent)] : []);
        }
    }
}

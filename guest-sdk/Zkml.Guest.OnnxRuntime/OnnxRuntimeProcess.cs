using System.Diagnostics;
using Zkml.Guest.OnnxRuntime.Protocol;

namespace Zkml.Guest.OnnxRuntime;

/// <summary>
/// ONNX Runtime in a process of its own: a crash of native code or a hostile model ends that process and becomes an
/// <see cref="OnnxRuntimeException"/> here. Safe to use from several threads; requests run one after another.
/// </summary>
public sealed class OnnxRuntimeProcess : IDisposable
{
    const int KeptErrorCharacters = 4096;

    // The .NET runtime and a library of 30 MB start on a busy machine.
    static readonly TimeSpan s_startTimeout = TimeSpan.FromMinutes(2);

    readonly Process _process;
    readonly Lock _lock = new();
    readonly StringBuilderTail _errors = new(KeptErrorCharacters);
    TimeSpan _timeout = s_startTimeout;
    OnnxRuntimeException? _failure;

    OnnxRuntimeProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _errors.Append(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>ONNX Runtime's version, for example "1.29.0".</summary>
    public string Version { get; private set; } = "";

    /// <summary>The operating system's number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>
    /// Starts the runner at <paramref name="runnerPath"/> (default: <see cref="OnnxRuntimeLocator.Find"/>). A request that takes longer than
    /// <paramref name="timeout"/> (default 10 minutes) kills it. Throws <see cref="OnnxRuntimeException"/>.
    /// </summary>
    public static OnnxRuntimeProcess Start(string? runnerPath = null, TimeSpan? timeout = null)
    {
        string path = runnerPath ?? OnnxRuntimeLocator.Find();
        if (!File.Exists(path)) throw new OnnxRuntimeException(OnnxRuntimeError.NotInstalled, $"ONNX Runtime: expected the runner at {path}, there is no file.");
        ProcessStartInfo start = new(DotnetPath(), [path])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new OnnxRuntimeException(OnnxRuntimeError.NotInstalled, $"ONNX Runtime: cannot start {start.FileName}: {exception.Message}.", exception);
        }
        OnnxRuntimeProcess runner = new(process);
        try
        {
            WireReader reply = runner.Ask(new WireWriter().Byte((byte)RunnerRequest.Version), OnnxRuntimeError.NotInstalled);
            int protocol = reply.Int32();
            if (protocol != RunnerProtocol.Number)
            {
                throw new OnnxRuntimeException(
                    OnnxRuntimeError.NotInstalled,
                    $"ONNX Runtime: expected a runner of protocol {RunnerProtocol.Number}, got {protocol} at {path}; run guest-sdk/onnxruntime/install.sh again.");
            }
            runner.Version = reply.Text();
            runner._timeout = timeout ?? TimeSpan.FromMinutes(10);
            return runner;
        }
        catch
        {
            runner.Dispose();
            throw;
        }
    }

    /// <summary>Loads a model. Throws <see cref="OnnxRuntimeException"/> where ONNX Runtime refuses it.</summary>
    public OnnxRuntimeSession Load(ReadOnlySpan<byte> model, OnnxRuntimeOptions? options = null)
    {
        options ??= new();
        WireWriter request = new WireWriter().Byte((byte)RunnerRequest.Load)
            .Int32((int)options.Optimization)
            .Int32(options.Threads)
            .Byte(options.KeepOptimizedModel ? (byte)1 : (byte)0)
            .Texts([.. options.Settings.SelectMany(setting => (string[])[setting.Key, setting.Value])])
            .Texts([.. options.Extents.SelectMany(extent => (string[])[extent.Key, extent.Value.ToString()])])
            .Bytes(ModelOutputs.Add(model, options.ExtraOutputs));
        return OnnxRuntimeSession.Read(this, Ask(request, OnnxRuntimeError.ModelRefused));
    }

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _failure ??= new OnnxRuntimeException(OnnxRuntimeError.Crashed, "ONNX Runtime: the process was ended by its owner.");
            Kill();
            _process.Dispose();
        }
    }

    /// <summary>Sends a request and reads the reply behind its status. An error that the runner reports becomes <paramref name="error"/>.</summary>
    internal WireReader Ask(WireWriter request, OnnxRuntimeError error)
    {
        byte[] reply;
        lock (_lock)
        {
            if (_failure is not null) throw new OnnxRuntimeException(_failure.Error, _failure.Message);
            reply = Exchange(request.Written);
        }
        WireReader reader = new(reply);
        return reader.Byte() == 1 ? reader : throw new OnnxRuntimeException(error, $"ONNX Runtime: {reader.Text()}");
    }

    byte[] Exchange(ReadOnlySpan<byte> request)
    {
        bool isLate = false;
        using Timer timer = new(
            _ =>
            {
                isLate = true;
                Kill();
            },
            null,
            _timeout,
            Timeout.InfiniteTimeSpan);
        try
        {
            RunnerProtocol.WriteFrame(_process.StandardInput.BaseStream, request);
            return RunnerProtocol.ReadFrame(_process.StandardOutput.BaseStream) ?? throw new EndOfStreamException();
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            Kill();
            _failure = isLate
                ? new OnnxRuntimeException(OnnxRuntimeError.TimedOut, $"ONNX Runtime: no answer after {_timeout.TotalSeconds:0.#} s; the process was ended.", exception)
                : new OnnxRuntimeException(OnnxRuntimeError.Crashed, $"ONNX Runtime: the process ended without an answer. {_errors}".TrimEnd(), exception);
            throw _failure;
        }
    }

    void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
    }

    // Where this program runs in the dotnet host, that host is there for certain; it need not be on the path.
    static string DotnetPath() =>
        Environment.ProcessPath is string path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    /// <summary>The last characters of a text that grows line by line.</summary>
    sealed class StringBuilderTail(int capacity)
    {
        readonly System.Text.StringBuilder _text = new();

        public void Append(string? line)
        {
            if (line is null) return;
            lock (_text)
            {
                if (_text.Length > 0) _text.Append(' ');
                _text.Append(line);
                if (_text.Length > capacity) _text.Remove(0, _text.Length - capacity);
            }
        }

        public override string ToString()
        {
            lock (_text) return _text.ToString();
        }
    }
}

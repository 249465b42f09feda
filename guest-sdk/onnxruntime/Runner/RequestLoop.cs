using Microsoft.ML.OnnxRuntime;
using Zkml.Guest.OnnxRuntime.Protocol;

namespace Zkml.Guest.OnnxRuntime.Runner;

/// <summary>Answers requests until the stream ends. Every failure of a request is a reply; a broken frame ends the process.</summary>
sealed class RequestLoop(Stream requests, Stream replies) : IDisposable
{
    readonly Dictionary<int, LoadedModel> _models = [];
    int _lastNumber;

    /// <summary>Reads requests and answers them.</summary>
    public void Run()
    {
        while (RunnerProtocol.ReadFrame(requests) is byte[] frame)
        {
            WireReader request = new(frame);
            RunnerRequest kind = (RunnerRequest)request.Byte();
            if (kind == RunnerRequest.Quit) return;
            RunnerProtocol.WriteFrame(replies, Answer(kind, request).Written);
        }
    }

    /// <summary>Frees the models.</summary>
    public void Dispose()
    {
        foreach (LoadedModel model in _models.Values) model.Dispose();
    }

    WireWriter Answer(RunnerRequest kind, WireReader request)
    {
        WireWriter reply = new WireWriter().Byte(1);
        try
        {
            switch (kind)
            {
                case RunnerRequest.Version:
                    return reply.Int32(RunnerProtocol.Number).Text(OrtEnv.Instance().GetVersionString());
                case RunnerRequest.Load:
                    LoadedModel loaded = LoadedModel.Load(request);
                    _models.Add(++_lastNumber, loaded);
                    loaded.Describe(reply.Int32(_lastNumber));
                    return reply;
                case RunnerRequest.Run:
                    Model(request).Run(request, reply);
                    return reply;
                case RunnerRequest.Unload:
                    int number = request.Int32();
                    if (_models.Remove(number, out LoadedModel? model)) model.Dispose();
                    return reply;
                default:
                    throw new InvalidDataException($"Request {(byte)kind}: expected one of 1 to 5.");
            }
        }
        catch (Exception exception)
        {
            return new WireWriter().Byte(0).Text(LoadedModel.Message(exception));
        }
    }

    LoadedModel Model(WireReader request)
    {
        int number = request.Int32();
        return _models.TryGetValue(number, out LoadedModel? model) ? model : throw new InvalidDataException($"Session {number}: expected a loaded one.");
    }
}

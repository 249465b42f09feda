using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Zkml.Chain.Rpc;

/// <summary>JSON-RPC 2.0 over HTTP, one call at a time. Whatever the other side sends ends in a result or an <see cref="RpcException"/>.</summary>
public sealed class JsonRpcClient : IDisposable
{
    /// <summary>The longest answer that is read, in bytes.</summary>
    public const int MaximumAnswerBytes = 16 << 20;

    const int MaximumDepth = 64, MaximumTextLength = 300;

    readonly HttpClient _http;
    readonly TimeSpan _timeout;
    long _lastId;

    /// <summary>A client of one endpoint, http or https.</summary>
    /// <param name="endpoint">Its address; throws <see cref="ArgumentException"/> for other schemes.</param>
    /// <param name="timeout">The time for one call; 30 seconds if null.</param>
    public JsonRpcClient(Uri endpoint, TimeSpan? timeout = null)
    {
        if (!endpoint.IsAbsoluteUri || endpoint.Scheme is not ("http" or "https")) throw new ArgumentException("endpoint: expected an http or https address.", nameof(endpoint));
        Endpoint = endpoint;
        _timeout = timeout ?? TimeSpan.FromSeconds(30);
        // A redirect could send a signed transaction anywhere.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Where the node is.</summary>
    public Uri Endpoint { get; }

    /// <summary>Calls a method and returns its result, which may be JSON null.</summary>
    public async Task<JsonElement> CallAsync(string method, JsonArray parameters, CancellationToken cancellation = default)
    {
        long id = Interlocked.Increment(ref _lastId);
        JsonObject request = new() { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters };
        byte[] answer = await ExchangeAsync(JsonSerializer.SerializeToUtf8Bytes(request), method, cancellation);
        return ParseAnswer(answer, id, method);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>The result in an answer's bytes.</summary>
    internal static JsonElement ParseAnswer(ReadOnlyMemory<byte> answer, long id, string method)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer, new JsonDocumentOptions { MaxDepth = MaximumDepth, AllowDuplicateProperties = false });
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw Bad(method, $"expected an object, got {root.ValueKind}");
            if (root.TryGetProperty("error", out JsonElement error) && error.ValueKind != JsonValueKind.Null) throw Refused(method, error);
            if (!root.TryGetProperty("id", out JsonElement given) || given.ValueKind != JsonValueKind.Number || !given.TryGetInt64(out long number) || number != id)
                throw Bad(method, $"expected an answer to request {id}");
            return root.TryGetProperty("result", out JsonElement result) ? result.Clone() : throw Bad(method, "expected a result, got none");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Bad(method, "not JSON: " + Shorten(exception.Message));
        }
    }

    /// <summary>An exception for an answer that the method cannot have.</summary>
    internal static RpcException Bad(string method, string what) => new(RpcError.BadAnswer, $"{method}: {what}.");

    async Task<byte[]> ExchangeAsync(byte[] request, string method, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_timeout);
        try
        {
            using ByteArrayContent content = new(request);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using HttpRequestMessage message = new(HttpMethod.Post, Endpoint) { Content = content };
            using HttpResponseMessage response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            byte[] answer = await ReadAsync(response, method, limit.Token);
            // Some nodes send errors of JSON-RPC with another status than 200.
            if (!response.IsSuccessStatusCode && (answer.Length == 0 || answer[0] != '{'))
                throw new RpcException(RpcError.Refused, $"{method}: the endpoint answered with HTTP status {(int)response.StatusCode}.");
            return answer;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RpcException(RpcError.TimedOut, $"{method}: no answer from {Endpoint.Authority} after {_timeout.TotalSeconds:0.#} s.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw new RpcException(RpcError.Unreachable, $"{method}: {Endpoint.Authority}: {Shorten(exception.Message)}");
        }
    }

    static async Task<byte[]> ReadAsync(HttpResponseMessage response, string method, CancellationToken cancellation)
    {
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellation);
        using MemoryStream bytes = new();
        byte[] buffer = new byte[1 << 14];
        for (int read; (read = await stream.ReadAsync(buffer, cancellation)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MaximumAnswerBytes) throw Bad(method, $"expected at most {MaximumAnswerBytes} bytes, got more");
        }
        return bytes.ToArray();
    }

    static RpcException Refused(string method, JsonElement error)
    {
        string message = error.ValueKind == JsonValueKind.Object && error.TryGetProperty("message", out JsonElement text) && text.ValueKind == JsonValueKind.String
            ? text.GetString()! : error.ValueKind == JsonValueKind.String ? error.GetString()! : "an error without a message";
        byte[]? data = RevertDataOf(error);
        bool isRevert = data is not null || message.Contains("revert", StringComparison.OrdinalIgnoreCase);
        return new RpcException(isRevert ? RpcError.Reverted : RpcError.Refused, $"{method}: {Shorten(message)}", data);
    }

    // Nodes put it into data, or into an object below it.
    static byte[]? RevertDataOf(JsonElement error)
    {
        JsonElement data = error;
        for (int depth = 0; depth < 3; depth++)
        {
            if (data.ValueKind != JsonValueKind.Object || !data.TryGetProperty("data", out data)) return null;
            if (data.ValueKind == JsonValueKind.String) return HexValue.TryBytes(data.GetString()!, out byte[]? bytes) ? bytes : null;
        }
        return null;
    }

    // A node's text goes to a terminal: no control characters, not endless.
    static string Shorten(string text)
    {
        string printable = string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));
        return printable.Length <= MaximumTextLength ? printable : printable[..MaximumTextLength] + "…";
    }
}

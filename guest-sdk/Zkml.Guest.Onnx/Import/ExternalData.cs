using System.Globalization;
using Google.Protobuf.Collections;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Import;

/// <summary>
/// Bytes of tensors that lie in files beside the model. A location is a relative path without "..", and no part of it is a link, so that
/// a model reads nothing but files of its own folder.
/// </summary>
static class ExternalData
{
    public static byte[] Read(string? folder, RepeatedField<StringStringEntryProto> entries, long expectedBytes, string what)
    {
        string location = Find(entries, "location") ?? throw OnnxException.Malformed($"{what}: external data without a location");
        long offset = Number(entries, "offset", what) ?? 0;
        long? length = Number(entries, "length", what);
        if (length is { } stated && stated != expectedBytes)
            throw OnnxException.Malformed($"{what}: expected {expectedBytes} bytes of external data, its length is stated as {stated}");
        if (folder == null) throw OnnxException.Malformed($"{what}: its data lies in file {location}, but the model was given without a folder");
        string path = Resolve(folder, location, what);
        if (expectedBytes == 0) return [];
        try
        {
            FileInfo file = new(path);
            if (!file.Exists) throw OnnxException.Malformed($"{what}: external file {location} does not exist");
            if (offset > file.Length - expectedBytes)
                throw OnnxException.Malformed($"{what}: expected {expectedBytes} bytes at {offset} of external file {location}, it has {file.Length}");
            using FileStream stream = file.OpenRead();
            stream.Position = offset;
            byte[] bytes = new byte[expectedBytes];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OnnxException(OnnxError.Malformed, $"{what}: external file {location} cannot be read: {e.Message}", e);
        }
    }

    static string Resolve(string folder, string location, string what)
    {
        string[] parts = location.Split('/', '\\');
        if (Path.IsPathRooted(location) || location.Contains(':', StringComparison.Ordinal) || location.Contains('\0', StringComparison.Ordinal)
            || parts.Any(part => part is "" or ".."))
            throw OnnxException.Malformed($"{what}: expected external data in the model's folder, got path '{location}'");
        string path = folder;
        foreach (string part in parts)
        {
            path = Path.Combine(path, part);
            FileSystemInfo entry = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            if (entry.LinkTarget != null) throw OnnxException.Malformed($"{what}: external file {location} goes through a link, which is refused");
        }
        return path;
    }

    static long? Number(RepeatedField<StringStringEntryProto> entries, string key, string what)
    {
        if (Find(entries, key) is not { } text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw OnnxException.Malformed($"{what}: external data: expected a number of bytes as {key}, got '{text}'");
    }

    static string? Find(RepeatedField<StringStringEntryProto> entries, string key) => entries.FirstOrDefault(entry => entry.Key == key)?.Value;
}

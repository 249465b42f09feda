using Zkml.Receipts;

namespace Zkml.Cli.Output;

/// <summary>A receipt on its way to disk: written beside its place and moved there when it is complete.</summary>
sealed class ReceiptFile : IDisposable
{
    readonly string _path, _temporaryPath;
    readonly FileStream _stream;

    ReceiptFile(string path, string temporaryPath, FileStream stream) => (_path, _temporaryPath, _stream) = (path, temporaryPath, stream);

    /// <summary>Checks that the file can be written. Throws <see cref="CommandException"/> where it cannot.</summary>
    public static ReceiptFile Create(string path)
    {
        string temporaryPath = path + ".part";
        try
        {
            if (Directory.Exists(path)) throw new IOException("it is a folder.");
            return new ReceiptFile(path, temporaryPath, new FileStream(temporaryPath, FileMode.Create, FileAccess.Write));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CommandException.Usage($"--output: {path} cannot be written: {exception.Message}");
        }
    }

    /// <summary>Writes the receipt and puts the file in its place.</summary>
    public void Write(Receipt receipt)
    {
        using (BufferedStream buffered = new(_stream, 1 << 20)) receipt.Write(buffered);
        File.Move(_temporaryPath, _path, overwrite: true);
    }

    /// <summary>Removes what was not completed.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        File.Delete(_temporaryPath);
    }
}

using System.Buffers.Binary;

namespace Zkml.Guest.OnnxRuntime.Protocol;

/// <summary>The first byte of a request.</summary>
enum RunnerRequest : byte
{
    /// <summary>→ protocol number, ONNX Runtime's version.</summary>
    Version = 1,
    /// <summary>Options and a model → session number, inputs, outputs, the optimised model if it was asked for.</summary>
    Load = 2,
    /// <summary>Session number, output names, a batch of named inputs → for each of the batch its values or an error.</summary>
    Run = 3,
    /// <summary>Session number → nothing.</summary>
    Unload = 4,
    /// <summary>Ends the runner; there is no reply.</summary>
    Quit = 5,
}

/// <summary>
/// How zkvm and the runner of ONNX Runtime talk: frames over standard input and output, each a length (4 bytes, least significant first)
/// and that many bytes. A reply starts with 1, or with 0 and a message. Both ends are compiled from this folder.
/// </summary>
static class RunnerProtocol
{
    /// <summary>Changes with every change of the frames.</summary>
    public const int Number = 1;

    /// <summary>Largest frame, in bytes.</summary>
    public const int MaximumFrameBytes = 0x7FFFFFC7;

    /// <summary>Sequences and maps inside of each other, at most.</summary>
    public const int MaximumDepth = 8;

    /// <summary>The next frame; null at the end of the stream. Throws <see cref="InvalidDataException"/> or <see cref="EndOfStreamException"/> for a broken one.</summary>
    public static byte[]? ReadFrame(Stream stream)
    {
        Span<byte> header = stackalloc byte[4];
        int read = stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        if (read == 0) return null;
        if (read < header.Length) throw new EndOfStreamException("Frame: expected a length of 4 bytes, the stream ended.");
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length is 0 or > MaximumFrameBytes) throw new InvalidDataException($"Frame: expected a length in [1, {MaximumFrameBytes}], got {length}.");
        byte[] frame = GC.AllocateUninitializedArray<byte>((int)length);
        stream.ReadExactly(frame);
        return frame;
    }

    /// <summary>Sends a frame.</summary>
    public static void WriteFrame(Stream stream, ReadOnlySpan<byte> frame)
    {
        Span<byte> header = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)frame.Length);
        stream.Write(header);
        stream.Write(frame);
        stream.Flush();
    }
}

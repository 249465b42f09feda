using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Zkml.Vm.Execution;

namespace Zkml.Vm.Syscalls;

/// <summary>What a system call gives back: two registers, and the words for the guest's buffer.</summary>
internal readonly record struct SyscallReply(uint A0, uint A1);

/// <summary>
/// The host's side of ECALL 2. Nothing here is proved, and every argument comes from a guest that may be hostile: sizes are checked
/// against limits before anything is allocated or copied. Deterministic in the program and its input.
/// </summary>
internal sealed class SyscallHost(ExecutionInput input)
{
    const int A2 = 12, A3 = 13, A4 = 14, A5 = 15, T6 = 31;
    const int MaximumNameBytes = 1024, MaximumPanicBytes = 1 << 16;

    static readonly (string Suffix, SyscallNumber Number)[] Names =
    [
        ("SYS_ARGC", SyscallNumber.ArgumentCount), ("SYS_ARGV", SyscallNumber.Argument), ("SYS_CYCLE_COUNT", SyscallNumber.CycleCount),
        ("SYS_GETENV", SyscallNumber.Environment), ("SYS_LOG", SyscallNumber.Log), ("SYS_PANIC", SyscallNumber.Panic),
        ("SYS_RANDOM", SyscallNumber.Random), ("SYS_READ", SyscallNumber.Read), ("SYS_WRITE", SyscallNumber.Write),
    ];

    readonly byte[][] _arguments = [.. input.Arguments.Select(Encoding.UTF8.GetBytes)];
    readonly List<byte> _output = [], _error = [], _journal = [];
    int _inputPosition;
    ulong _randomBlock;

    public byte[] StandardOutput => [.. _output];

    public byte[] StandardError => [.. _error];

    public byte[] Journal => [.. _journal];

    /// <summary>Executes the call that the registers describe. <paramref name="buffer"/>, zeroed, is what the guest's buffer will hold.</summary>
    public SyscallReply Execute(GuestState state, Span<uint> buffer)
    {
        uint[] registers = state.Registers;
        switch (Identify(state))
        {
            case SyscallNumber.ArgumentCount:
                return new((uint)_arguments.Length, 0);
            case SyscallNumber.Argument:
                uint index = registers[A3];
                if (index >= (uint)_arguments.Length)
                    state.Fail(GuestErrorKind.InvalidArgument, $"argument {index} of {_arguments.Length} does not exist.");
                return CopyText(_arguments[index], buffer);
            case SyscallNumber.CycleCount:
                return new((uint)(state.Cycles >> 32), (uint)state.Cycles);
            case SyscallNumber.Environment:
                string name = Encoding.UTF8.GetString(TakeBytes(state, registers[A3], registers[A4], MaximumNameBytes, "name of an environment variable"));
                return input.Environment.TryGetValue(name, out string? value)
                    ? CopyText(Encoding.UTF8.GetBytes(value), buffer)
                    : new(uint.MaxValue, 0);
            case SyscallNumber.Log:
                Append(state, _error, registers[A3], registers[A4], 1);
                _error.Add((byte)'\n');
                return default;
            case SyscallNumber.Panic:
                Panic(state, registers[A3], registers[A4]);
                return default;
            case SyscallNumber.Random:
                for (int i = 0; i < buffer.Length; i += 8) FillRandom(buffer[i..Math.Min(i + 8, buffer.Length)]);
                return default;
            case SyscallNumber.Read:
                return Read(state, registers[A3], registers[A4], buffer);
            default:
                Append(state, WriteStream(state, registers[A3]), registers[A4], registers[A5], 0);
                return default;
        }
    }

    // The name in a2 comes first: guests of older releases pass only the name, and t6 holds anything.
    static SyscallNumber Identify(GuestState state)
    {
        uint number = state.Registers[T6];
        if (TryReadName(state, state.Registers[A2], out string name))
        {
            foreach ((string suffix, SyscallNumber known) in Names)
            {
                if (name.EndsWith("::" + suffix, StringComparison.Ordinal) || name == suffix) return known;
            }
        }
        if (number is < (uint)SyscallNumber.ArgumentCount or > (uint)SyscallNumber.Write || !Enum.IsDefined((SyscallNumber)number))
        {
            string alias = name.Length > 0 ? $"\"{name}\" (t6 = {number})" : $"number {number}";
            state.Fail(GuestErrorKind.UnknownSyscall,
                $"system call {alias} does not exist; the host has {string.Join(", ", Names.Select(line => line.Suffix))}.");
        }
        return (SyscallNumber)number;
    }

    static bool TryReadName(GuestState state, uint address, out string name)
    {
        Span<byte> bytes = stackalloc byte[128];
        int length = state.Memory.CopyOut(address, bytes);
        int end = bytes[..length].IndexOf((byte)0);
        bool isText = end > 0 && bytes[..end].IndexOfAnyExceptInRange((byte)0x21, (byte)0x7E) < 0;
        name = isText ? Encoding.ASCII.GetString(bytes[..end]) : "";
        return isText;
    }

    static SyscallReply CopyText(byte[] text, Span<uint> buffer)
    {
        int count = Math.Min(text.Length, 4 * buffer.Length);
        for (int i = 0; i < count; i++) buffer[i / 4] |= (uint)text[i] << 8 * (i & 3);
        return new((uint)text.Length, 0);
    }

    SyscallReply Read(GuestState state, uint descriptor, uint wantedBytes, Span<uint> buffer)
    {
        if (descriptor != 0) state.Fail(GuestErrorKind.InvalidArgument, $"read: expected file descriptor 0, got {descriptor}.");
        // Whole words are written, so a buffer counted in bytes would be overrun: that is how guests of RISC Zero 3 call.
        long wantedWords = (wantedBytes + 3L) / 4;
        if (buffer.Length > wantedWords)
        {
            state.Fail(GuestErrorKind.InvalidArgument,
                $"read: a1 must count whole words, at most {wantedWords} for the {wantedBytes} bytes of a4, got {buffer.Length}.");
        }
        ReadOnlySpan<byte> rest = input.StandardInput.Span[_inputPosition..];
        int bufferBytes = (int)Math.Min(wantedBytes, 4L * buffer.Length), count = Math.Min(bufferBytes, rest.Length);
        for (int i = 0; i < count; i++) buffer[i / 4] |= (uint)rest[i] << 8 * (i & 3);
        uint lastWord = 0, beyond = wantedBytes - (uint)count;
        if (beyond <= 4)
        {
            int extra = Math.Min((int)beyond, rest.Length - count);
            for (int i = 0; i < extra; i++) lastWord |= (uint)rest[count + i] << 8 * i;
            count += extra;
        }
        _inputPosition += count;
        return new((uint)count, lastWord);
    }

    List<byte> WriteStream(GuestState state, uint descriptor)
    {
        switch (descriptor)
        {
            case 1: return _output;
            case 2: return _error;
            case 3: return _journal;
            default:
                state.Fail(GuestErrorKind.InvalidArgument, $"write: expected file descriptor 1, 2 or 3, got {descriptor}.");
                return _output;
        }
    }

    void Append(GuestState state, List<byte> stream, uint address, uint length, int extraBytes)
    {
        long written = (long)_output.Count + _error.Count + _journal.Count;
        if (written + length + extraBytes > input.OutputLimitBytes)
            state.Fail(GuestErrorKind.OutputLimit, $"output: expected at most {input.OutputLimitBytes} bytes in all, got {written + length + extraBytes}.");
        stream.AddRange(TakeBytes(state, address, length, int.MaxValue, "output"));
    }

    static byte[] TakeBytes(GuestState state, uint address, uint length, int maximum, string what)
    {
        if (length > maximum) state.Fail(GuestErrorKind.InvalidArgument, $"{what}: expected at most {maximum} bytes, got {length}.");
        byte[] bytes = new byte[length];
        int copied = state.Memory.CopyOut(address, bytes);
        if (copied < bytes.Length) state.FailAddress(address + (uint)copied, isStore: false, $"{what} of {length} bytes from 0x{address:x8}");
        return bytes;
    }

    [DoesNotReturn]
    static void Panic(GuestState state, uint address, uint length)
    {
        byte[] bytes = new byte[Math.Min(length, MaximumPanicBytes)];
        int copied = state.Memory.CopyOut(address, bytes);
        // Escape sequences of a hostile guest must not reach a terminal.
        string text = string.Concat(Encoding.UTF8.GetString(bytes, 0, copied).Select(c => char.IsControl(c) && c != '\n' ? '?' : c));
        state.Fail(GuestErrorKind.Panic, $"the guest panicked: {(text.Length == 0 ? "(no message)" : text)}");
    }

    void FillRandom(Span<uint> words)
    {
        Span<byte> block = stackalloc byte[40], digest = stackalloc byte[32];
        input.RandomSeed.Span.CopyTo(block);
        BinaryPrimitives.WriteUInt64LittleEndian(block[32..], _randomBlock++);
        SHA256.HashData(block, digest);
        for (int i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(digest[(4 * i)..]);
    }
}

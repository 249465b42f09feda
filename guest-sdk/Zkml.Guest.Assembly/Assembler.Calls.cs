using System.Security.Cryptography;

namespace Zkml.Guest.Assembly;

/// <content>Calls of the machine and the host, and the two ends of every program.</content>
public sealed partial class Assembler
{
    /// <summary>Sets t0 and calls the machine.</summary>
    public Assembler Ecall(EcallNumber number) => Li(Register.T0, (int)number).Ecall();

    /// <summary>Sets t0, t6 and a2 (no name) and calls the host.</summary>
    public Assembler Ecall(HostCall number) => Li(Register.T6, (int)number).Li(Register.A2, 0).Ecall(EcallNumber.Software);

    /// <summary>sp = top of the stack.</summary>
    public Assembler SetStackPointer() => Li(Register.Sp, MemoryLayout.StackTop);

    /// <summary>Ends the run with an exit code and the output digest at a label, which lies in read-write memory.</summary>
    public Assembler Halt(byte exitCode, Label outputDigest) =>
        Li(Register.A0, exitCode << 8).La(Register.A1, outputDigest).Ecall(EcallNumber.Halt);

    /// <summary>
    /// Writes a constant journal (unless it is empty) and ends the run. The journal and the output digest, computed here, become constants
    /// of the program.
    /// </summary>
    public Assembler HaltWith(ReadOnlySpan<byte> journal, byte exitCode = 0)
    {
        Label bytes = NewLabel(), digest = NewLabel();
        In(SectionKind.ReadOnlyData).Align(4).Mark(digest).Byte(OutputDigest(journal)).Mark(bytes).Byte(journal).In(SectionKind.Text);
        if (!journal.IsEmpty) CommitBytes(bytes, journal.Length);
        return Halt(exitCode, digest);
    }

    /// <summary>Writes bytes at a label to the journal's file. The program must hash them itself and pass their output digest to the halt.</summary>
    public Assembler CommitBytes(Label bytes, int count) => Li(Register.A0, 0).Li(Register.A1, 0)
        .Li(Register.A3, 3).La(Register.A4, bytes).Li(Register.A5, count).Ecall(HostCall.Write);

    /// <summary>
    /// The 32 bytes that HALT must point to for a journal without assumptions: the RISC Zero tagged struct
    /// SHA-256(SHA-256("risc0.Output") ‖ SHA-256(journal) ‖ 32 zero bytes ‖ number of digests, 2, as 16 bits).
    /// </summary>
    public static byte[] OutputDigest(ReadOnlySpan<byte> journal) => SHA256.HashData(OutputMessage(journal));

    /// <summary>The message of 98 bytes whose SHA-256 is <see cref="OutputDigest"/>; the digest of the journal is at [32, 64).</summary>
    public static byte[] OutputMessage(ReadOnlySpan<byte> journal)
    {
        byte[] message = new byte[98];
        SHA256.HashData("risc0.Output"u8, message);
        SHA256.HashData(journal, message.AsSpan(32));
        message[96] = 2;
        return message;
    }
}

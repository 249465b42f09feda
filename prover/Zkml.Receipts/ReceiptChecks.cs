using System.Buffers.Binary;
using Zkml.Hashing;
using Zkml.Program;
using Zkml.Stark;

namespace Zkml.Receipts;

/// <summary>The cheap checks of a receipt, made before any proof is looked at.</summary>
static class ReceiptChecks
{
    /// <summary>Checks that the receipt was made for this machine: only then can its proofs be read.</summary>
    public static ReceiptFailure CheckMachine(IReceiptMachine machine, ReceiptHeader header)
    {
        Digest expected = machine.ParameterDigest(header.Profile);
        if (header.ParameterDigest != expected)
            return new(ReceiptError.OtherParameters,
                $"Receipt: made with other parameters, by another version: expected parameter digest {expected}, got {header.ParameterDigest}.");
        return machine.IsWellFormed(header.Program)
            ? ReceiptFailure.None
            : new(ReceiptError.Program, $"Receipt: expected a program that the machine can have, got size {header.Program.SizeIndex}, entry {header.Program.EntryPc4}.");
    }

    /// <summary>Checks profile, parameters, program and exit code against what the caller asks for; cheapest first.</summary>
    /// <param name="imageId">The receipt's image ID, when there is no failure.</param>
    public static ReceiptFailure Check(IReceiptMachine machine, ReceiptHeader header, ImageId expected, VerifyOptions options, out Digest imageId)
    {
        imageId = default;
        if (header.Profile == SecurityProfile.Test)
        {
            if (!options.AllowTestProfile)
                return new(ReceiptError.TestProfile, "Receipt: made with the TEST profile, which proves nothing; it is refused unless TEST is asked for by name.");
        }
        else if (header.Profile < options.MinimumProfile)
            return new(ReceiptError.WeakProfile, $"Receipt: expected profile {options.MinimumProfile} or stronger, got {header.Profile}.");
        if (expected.IsZero) return new(ReceiptError.ZeroImageId, "Image ID: expected the ID of a program, got zero, which names none.");
        if (CheckMachine(machine, header) is { IsNone: false } failure) return failure;
        imageId = machine.ImageId(header.Program);
        if (!imageId.ToBytes().AsSpan().SequenceEqual(expected.ToArray()))
            return new(ReceiptError.OtherImageId, $"Receipt: made for another program: expected image ID {expected}, got {imageId}.");
        if (header.ExitCode != options.ExitCode)
            return new(ReceiptError.ExitCode, $"Receipt: expected exit code {options.ExitCode}, but the guest ended with {header.ExitCode}.");
        return ReceiptFailure.None;
    }

    /// <summary>
    /// What the proofs must prove: exit code as the receipt has it, output as recomputed from its journal, no assumptions (OB-14). The receipt has no
    /// field for an output digest that could differ.
    /// </summary>
    public static SessionStatement Statement(ReceiptHeader header, Digest imageId) =>
        new(imageId, header.ExitCode, OutputLimbs(ClaimOutput.OfJournal(header.Journal.Span).Digest));

    static ushort[] OutputLimbs(Sha256Digest output)
    {
        ReadOnlySpan<byte> bytes = output;
        var limbs = new ushort[SessionStatement.OutputLimbCount];
        for (int i = 0; i < limbs.Length; i++) limbs[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]);
        return limbs;
    }
}

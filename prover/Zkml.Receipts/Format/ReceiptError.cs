namespace Zkml.Receipts;

/// <summary>Why a receipt is refused; one value per check.</summary>
public enum ReceiptError
{
    /// <summary>The receipt is accepted.</summary>
    None,

    /// <summary>The file does not start as a receipt does.</summary>
    NotAReceipt,

    /// <summary>The file has another version of the format.</summary>
    UnsupportedVersion,

    /// <summary>The receipt is of a kind that this version does not know or not verify.</summary>
    UnsupportedKind,

    /// <summary>The file ends inside of a message.</summary>
    Truncated,

    /// <summary>Bytes follow the last message.</summary>
    TrailingBytes,

    /// <summary>A message is longer than its kind may be.</summary>
    MessageTooLarge,

    /// <summary>The file is longer than the caller allows.</summary>
    FileTooLarge,

    /// <summary>The journal is longer than 16 MiB.</summary>
    JournalTooLarge,

    /// <summary>A message is not well-formed protobuf.</summary>
    Malformed,

    /// <summary>A message is not encoded the one way in which this version would encode it.</summary>
    NotCanonical,

    /// <summary>A part of a message is missing.</summary>
    MissingPart,

    /// <summary>A number is out of its range.</summary>
    NumberRange,

    /// <summary>A part of a message does not have the length that the shape class asks for.</summary>
    PartLength,

    /// <summary>A field element is not below p.</summary>
    ElementRange,

    /// <summary>The number of segments is 0 or too large.</summary>
    SegmentCount,

    /// <summary>A segment names a shape class that this program does not have.</summary>
    UnknownClass,

    /// <summary>The receipt names a profile that does not exist.</summary>
    UnknownProfile,

    /// <summary>The receipt was made with the TEST profile, which proves nothing, and the caller did not ask for it.</summary>
    TestProfile,

    /// <summary>The receipt's profile proves fewer bits than the caller asks for.</summary>
    WeakProfile,

    /// <summary>The receipt was made with other parameters: another version of the machine or of the proof system.</summary>
    OtherParameters,

    /// <summary>The receipt describes a program that this machine cannot have.</summary>
    Program,

    /// <summary>The expected image ID is all zeros, which names no program.</summary>
    ZeroImageId,

    /// <summary>The receipt is of another program.</summary>
    OtherImageId,

    /// <summary>The guest ended with another exit code.</summary>
    ExitCode,

    /// <summary>The proof does not hold.</summary>
    Proof,
}

/// <summary>A check that a receipt does not pass.</summary>
/// <param name="Error">Which; None where there is no failure.</param>
/// <param name="Message">What, expected, got, where, in one line; empty where there is no failure.</param>
public readonly record struct ReceiptFailure(ReceiptError Error, string Message)
{
    /// <summary>No failure.</summary>
    public static ReceiptFailure None => new(ReceiptError.None, "");

    /// <summary>Whether there is no failure.</summary>
    public bool IsNone => Error == ReceiptError.None;

    public override string ToString() => IsNone ? "None" : $"{Error}: {Message}";
}

using Zkml.Air;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>A shape class of a session: the shape of its segments, and whether such a segment ends the session.</summary>
public sealed record SegmentClass(SegmentShape Shape, bool IsClosing);

/// <summary>A message that the verifier itself puts on a bus, sent (1) or received (-1).</summary>
public sealed record SessionTerm(Bus Bus, KoalaBear Multiplicity, KoalaBear[] Message);

/// <summary>
/// Everything that prover and verifier of a session agree on beforehand: parameters, shape classes, and what the machine adds to the buses. Made
/// for one program (the closing classes hold its tables); nothing in it comes from a proof.
/// </summary>
public sealed class SessionRules
{
    /// <summary>The largest number of segments (D10).</summary>
    public const int MaxSegmentCount = 1 << 12;

    /// <summary>
    /// log2 of the most interaction rows (Σ interactions · height) of a session: the LogUp error of every profile is computed for it. 2^27 cycles of
    /// about 16 interactions, padded, are about 2^32.
    /// </summary>
    public const int LogMaxInteractionRows = 34;

    readonly SegmentLayout?[] _layouts;

    /// <summary>Rules of a machine for one program.</summary>
    /// <param name="parameters">The profile's parameters.</param>
    /// <param name="parameterDigest">Binds the parameters and everything below into G.</param>
    /// <param name="imageId">The program; statements of another one are refused.</param>
    /// <param name="classes">By index; null where a class does not exist for this program.</param>
    /// <param name="tokens">The buses that pass the control token on.</param>
    /// <param name="lookups">Bounds that preprocessed tables vouch for.</param>
    /// <param name="terms">The verifier's messages for a statement.</param>
    public SessionRules(
        FriParameters parameters, Digest parameterDigest, Digest imageId, SegmentClass?[] classes, TokenBus[] tokens, LookupMaxima[] lookups,
        Func<SessionStatement, IReadOnlyList<SessionTerm>> terms)
    {
        Parameters = parameters;
        ParameterDigest = parameterDigest;
        ImageId = imageId;
        Classes = classes;
        Terms = terms;
        _layouts = new SegmentLayout?[classes.Length];
        Bounds = classes.OfType<SegmentClass>().SelectMany(segmentClass => segmentClass.Shape.Tables).Select(table => table.Chip).Distinct()
            .ToDictionary(chip => chip, chip => new ChipBounds(chip, tokens, lookups));
    }

    /// <summary>The profile's parameters.</summary>
    public FriParameters Parameters { get; }

    /// <summary>Binds the parameters, the classes and the machine into G.</summary>
    public Digest ParameterDigest { get; }

    /// <summary>The program whose tables the closing classes hold.</summary>
    public Digest ImageId { get; }

    /// <summary>The classes by index; null where a class does not exist for this program.</summary>
    public IReadOnlyList<SegmentClass?> Classes { get; }

    /// <summary>The verifier's messages for a statement.</summary>
    public Func<SessionStatement, IReadOnlyList<SessionTerm>> Terms { get; }

    /// <summary>The integer bounds of every chip.</summary>
    public IReadOnlyDictionary<Chip, ChipBounds> Bounds { get; }

    /// <summary>The class of an index, null when there is none for this program.</summary>
    public SegmentClass? FindClass(int index) => (uint)index < (uint)Classes.Count ? Classes[index] : null;

    /// <summary>The layout of a class that exists.</summary>
    public SegmentLayout Layout(int classIndex) => _layouts[classIndex] ??= new SegmentLayout(
        FindClass(classIndex)?.Shape ?? throw new ArgumentOutOfRangeException(nameof(classIndex), classIndex, "Unknown shape class."), Parameters);
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark;

namespace Zkml.Receipts;

/// <summary>
/// A segment's proof as a message and back. All lengths come from the layout, and are checked before anything of their size is allocated; all
/// elements are canonical.
/// </summary>
static class SegmentCodec
{
    const int ElementBytes = sizeof(uint), DigestBytes = Digest.ByteLength, ExtensionBytes = KoalaBear5.Degree * ElementBytes;

    /// <summary>The message of a segment whose proof has the lengths of its layout.</summary>
    public static Wire.Segment Encode(SegmentEntry entry)
    {
        SegmentProof proof = entry.Proof;
        FriProof fri = proof.Fri;
        var message = new Wire.Segment
        {
            ClassIndex = (uint)entry.ClassIndex,
            MainCap = Bytes(Elements(proof.MainCap)),
            PermutationCap = Bytes(Elements(proof.PermutationCap)),
            QuotientCap = Bytes(Elements(proof.QuotientCap)),
            Sums = Bytes(Elements(proof.Sums)),
            Openings = Bytes(Elements(proof.Openings)),
            BatchNonce = fri.BatchNonce,
            FinalPolynomial = Bytes(Elements(fri.FinalPolynomial)),
            QueryNonce = fri.QueryNonce,
        };
        message.FoldNonces.AddRange(fri.FoldNonces);
        var layers = new ElementWriter(fri.LayerCaps.Sum(cap => cap.Length) * DigestBytes);
        WalkLayerCaps(fri, ref layers);
        message.LayerCaps = layers.ToByteString();
        var queries = new ElementWriter(fri.Queries.Sum(QueryBytes));
        WalkQueries(fri, ref queries);
        message.Queries = queries.ToByteString();
        return message;
    }

    /// <summary>The segment of a message; null and the failure where a part does not have the length of the layout or an element is p or more.</summary>
    public static SegmentEntry? Decode(Wire.Segment message, SegmentLayout layout, string where, out ReceiptFailure failure)
    {
        failure = CheckLengths(message, layout, where);
        if (!failure.IsNone) return null;
        SegmentProof blank = BlankProof.Of(layout);
        FriProof blankFri = blank.Fri;
        failure = FirstOf(
            Read(message.MainCap, Elements(blank.MainCap), where, "main cap"),
            Read(message.PermutationCap, Elements(blank.PermutationCap), where, "permutation cap"),
            Read(message.QuotientCap, Elements(blank.QuotientCap), where, "quotient cap"),
            Read(message.Sums, Elements(blank.Sums), where, "sums"),
            Read(message.Openings, Elements(blank.Openings), where, "openings"),
            Read(message.FinalPolynomial, Elements(blankFri.FinalPolynomial), where, "final polynomial"));
        var layers = new ElementReader(message.LayerCaps.Span);
        WalkLayerCaps(blankFri, ref layers);
        var queries = new ElementReader(message.Queries.Span);
        WalkQueries(blankFri, ref queries);
        failure = FirstOf(failure, layers.Failure(where, "layer caps"), queries.Failure(where, "queries"));
        if (!failure.IsNone) return null;
        return new SegmentEntry((int)message.ClassIndex, new SegmentProof
        {
            MainCap = blank.MainCap,
            PermutationCap = blank.PermutationCap,
            QuotientCap = blank.QuotientCap,
            Sums = blank.Sums,
            Openings = blank.Openings,
            Fri = new FriProof
            {
                BatchNonce = message.BatchNonce,
                LayerCaps = blankFri.LayerCaps,
                FoldNonces = [.. message.FoldNonces],
                FinalPolynomial = blankFri.FinalPolynomial,
                QueryNonce = message.QueryNonce,
                Queries = blankFri.Queries,
            },
        });
    }

    static ReceiptFailure CheckLengths(Wire.Segment message, SegmentLayout layout, string where)
    {
        int permutationCap = layout.PermutationTree < 0 ? 0 : layout.Trees[layout.PermutationTree].Merkle.CapLength;
        return FirstOf(
            Length(where, "main cap", layout.Trees[layout.MainTree].Merkle.CapLength * DigestBytes, message.MainCap.Length),
            Length(where, "permutation cap", permutationCap * DigestBytes, message.PermutationCap.Length),
            Length(where, "quotient cap", layout.Trees[layout.QuotientTree].Merkle.CapLength * DigestBytes, message.QuotientCap.Length),
            Length(where, "sums", layout.SumCount * ExtensionBytes, message.Sums.Length),
            Length(where, "openings", layout.OpeningCount * ExtensionBytes, message.Openings.Length),
            Length(where, "layer caps", layout.Layers.Sum(layer => layer.CapLength) * DigestBytes, message.LayerCaps.Length),
            Length(where, "fold nonces", layout.Layers.Length, message.FoldNonces.Count, "numbers"),
            Length(where, "final polynomial", layout.FinalLength * ExtensionBytes, message.FinalPolynomial.Length),
            Length(where, "queries", layout.Parameters.QueryCount * QueryBytes(layout), message.Queries.Length));
    }

    static ReceiptFailure Length(string where, string part, int expected, int actual, string unit = "bytes") => expected == actual
        ? ReceiptFailure.None
        : new(ReceiptError.PartLength, $"{where}, {part}: expected {expected} {unit}, got {actual}.");

    static int QueryBytes(SegmentLayout layout) =>
        layout.Trees.Sum(tree => tree.Merkle.RowLength * ElementBytes + tree.Merkle.PathLength * DigestBytes)
        + layout.Layers.Sum(layer => (FriParameters.Arity - 1) * ExtensionBytes + layer.PathLength * DigestBytes);

    static int QueryBytes(QueryProof query) =>
        query.Trees.Sum(tree => tree.Rows.Length * ElementBytes + tree.Path.Length * DigestBytes)
        + query.Layers.Sum(layer => layer.Siblings.Length * ExtensionBytes + layer.Path.Length * DigestBytes);

    // The order of elements stands in these two walks alone: writing and reading both take it from here.
    static void WalkLayerCaps<TVisitor>(FriProof fri, ref TVisitor visitor) where TVisitor : struct, IElementVisitor, allows ref struct
    {
        foreach (Digest[] cap in fri.LayerCaps) visitor.Visit(Elements(cap));
    }

    static void WalkQueries<TVisitor>(FriProof fri, ref TVisitor visitor) where TVisitor : struct, IElementVisitor, allows ref struct
    {
        foreach (QueryProof query in fri.Queries)
        {
            foreach (TreeOpening tree in query.Trees)
            {
                visitor.Visit(tree.Rows);
                visitor.Visit(Elements(tree.Path));
            }
            foreach (LayerOpening layer in query.Layers)
            {
                visitor.Visit(Elements(layer.Siblings));
                visitor.Visit(Elements(layer.Path));
            }
        }
    }

    static ReceiptFailure Read(ByteString bytes, Span<KoalaBear> elements, string where, string part)
    {
        var reader = new ElementReader(bytes.Span);
        reader.Visit(elements);
        return reader.Failure(where, part);
    }

    static ByteString Bytes(Span<KoalaBear> elements)
    {
        var writer = new ElementWriter(elements.Length * ElementBytes);
        writer.Visit(elements);
        return writer.ToByteString();
    }

    static Span<KoalaBear> Elements(Digest[] digests) => MemoryMarshal.Cast<Digest, KoalaBear>(digests.AsSpan());

    static Span<KoalaBear> Elements(KoalaBear5[] values) => MemoryMarshal.Cast<KoalaBear5, KoalaBear>(values.AsSpan());

    static ReceiptFailure FirstOf(params ReadOnlySpan<ReceiptFailure> failures)
    {
        foreach (ReceiptFailure failure in failures)
            if (!failure.IsNone) return failure;
        return ReceiptFailure.None;
    }

    interface IElementVisitor
    {
        void Visit(Span<KoalaBear> elements);
    }

    struct ElementWriter(int byteCount) : IElementVisitor
    {
        readonly byte[] _bytes = new byte[byteCount];
        int _position;

        public void Visit(Span<KoalaBear> elements)
        {
            Span<byte> destination = _bytes.AsSpan(_position, elements.Length * ElementBytes);
            for (int i = 0; i < elements.Length; i++)
                BinaryPrimitives.WriteUInt32LittleEndian(destination[(i * ElementBytes)..], elements[i].ToCanonical());
            _position += destination.Length;
        }

        public readonly ByteString ToByteString() => UnsafeByteOperations.UnsafeWrap(_bytes);
    }

    /// <summary>Fills elements from bytes whose number is known to fit, and remembers the first word that is no element.</summary>
    ref struct ElementReader(ReadOnlySpan<byte> bytes) : IElementVisitor
    {
        readonly ReadOnlySpan<byte> _bytes = bytes;
        int _position;
        int _firstBad = -1;

        public void Visit(Span<KoalaBear> elements)
        {
            ReadOnlySpan<byte> source = _bytes.Slice(_position, elements.Length * ElementBytes);
            for (int i = 0; i < elements.Length; i++)
            {
                uint word = BinaryPrimitives.ReadUInt32LittleEndian(source[(i * ElementBytes)..]);
                if (word >= KoalaBear.Modulus && _firstBad < 0) _firstBad = _position / ElementBytes + i;
                elements[i] = KoalaBear.FromCanonical(word);
            }
            _position += source.Length;
        }

        public readonly ReceiptFailure Failure(string where, string part) => _firstBad < 0
            ? ReceiptFailure.None
            : new(ReceiptError.ElementRange, $"{where}, {part}: expected elements below {KoalaBear.Modulus}, element {_firstBad} is not.");
    }
}

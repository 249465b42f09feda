using System.Runtime.InteropServices;
using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Receipts.Tests.Samples;
using Zkml.Stark;

namespace Zkml.Receipts.Tests.Format;

/// <summary>
/// Pins the bytes of version 1: a change here is a new version of the format. The pinned file was taken apart by a separate script, written from
/// docs/reference/proof-format.md, which found every element in its place.
/// </summary>
public class GoldenFormatTests
{
    [Test]
    public void Write_CountedElements_GivesThePinnedBytes()
    {
        var machine = SampleMachine.Instance;
        SessionRules rules = machine.Rules(SecurityProfile.Test, new ProgramKey(default, 0, 3));
        var counter = new ElementCounter();
        SegmentEntry[] segments = [Counted(rules, SampleMachine.ExecutingClass, ref counter), Counted(rules, SampleMachine.ClosingClass, ref counter)];
        var header = new ReceiptHeader
        {
            Profile = SecurityProfile.Test,
            ParameterDigest = new Digest(counter.Next(8)),
            Program = new ProgramKey(new Digest(counter.Next(8)), 0, 3),
            ExitCode = 7,
            Journal = "golden"u8.ToArray(),
            Nonce = 11,
            SegmentCount = 2,
        };
        using var file = new MemoryStream();
        var writer = new ReceiptWriter(file, header, rules);
        foreach (SegmentEntry segment in segments) writer.WriteSegment(segment);
        writer.Complete();

        byte[] bytes = file.ToArray();
        Assert.That(Convert.ToHexStringLower(bytes.AsSpan(0, 20)), Is.EqualTo("5a4b564d0d0a1a0a010000005c00000008011220"));
        Assert.That(Sha256Digest.Of(bytes).ToString(), Is.EqualTo("784d9ffc14d1fd8dd3a380ad45d01135b4371f1d641b12ca624f5cc9fd922b55"), $"{bytes.Length} bytes");
    }

    /// <summary>A proof whose elements are 1, 2, 3 and so on, part after part.</summary>
    static SegmentEntry Counted(SessionRules rules, int classIndex, ref ElementCounter counter)
    {
        SegmentProof blank = BlankProof.Of(rules.Layout(classIndex));
        counter.Fill(blank.MainCap);
        counter.Fill(blank.PermutationCap);
        counter.Fill(blank.QuotientCap);
        counter.Fill(blank.Sums);
        counter.Fill(blank.Openings);
        foreach (Digest[] cap in blank.Fri.LayerCaps) counter.Fill(cap);
        counter.Fill(blank.Fri.FinalPolynomial);
        foreach (QueryProof query in blank.Fri.Queries)
        {
            foreach (TreeOpening tree in query.Trees)
            {
                counter.Fill(tree.Rows);
                counter.Fill(tree.Path);
            }
            foreach (LayerOpening layer in query.Layers)
            {
                counter.Fill(layer.Siblings);
                counter.Fill(layer.Path);
            }
        }
        return new SegmentEntry(classIndex, new SegmentProof
        {
            MainCap = blank.MainCap,
            PermutationCap = blank.PermutationCap,
            QuotientCap = blank.QuotientCap,
            Sums = blank.Sums,
            Openings = blank.Openings,
            Fri = new FriProof
            {
                BatchNonce = 300,
                LayerCaps = blank.Fri.LayerCaps,
                FoldNonces = [.. blank.Fri.FoldNonces.Select((_, layer) => (uint)layer + 70_000)],
                FinalPolynomial = blank.Fri.FinalPolynomial,
                QueryNonce = 1,
                Queries = blank.Fri.Queries,
            },
        });
    }

    struct ElementCounter
    {
        uint _last;

        public KoalaBear[] Next(int count)
        {
            var elements = new KoalaBear[count];
            Fill(elements);
            return elements;
        }

        public void Fill<T>(T[] values) where T : unmanaged
        {
            foreach (ref KoalaBear element in MemoryMarshal.Cast<T, KoalaBear>(values.AsSpan())) element = KoalaBear.FromCanonical(++_last);
        }
    }
}

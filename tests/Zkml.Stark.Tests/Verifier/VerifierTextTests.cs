using System.Reflection;
using Zkml.Fields;
using Zkml.Stark.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Verifier;

/// <summary>What the recursion relies on: the text does the same for every proof of a shape, and reads each element once. And: nothing is thrown.</summary>
sealed class VerifierTextTests
{
    static TolerantArithmetic Run(SegmentProof proof)
    {
        var arithmetic = new TolerantArithmetic();
        SegmentVerifier.Run<TolerantArithmetic, KoalaBear, KoalaBear5>(ref arithmetic, SampleSegments.Layout, SampleSegments.Context(new Random(1), proof), proof);
        return arithmetic;
    }

    [Test]
    public void Run_AnyProofOfAShape_MakesTheSameChecks()
    {
        List<CheckSite> checks = Run(SampleSegments.RandomProof(new Random(21), SampleSegments.Layout)).Checks;
        Assert.That(Run(SampleSegments.RandomProof(new Random(22), SampleSegments.Layout)).Checks, Is.EqualTo(checks));
        Assert.That(Run(BlankProof.Of(SampleSegments.Layout)).Checks, Is.EqualTo(checks));
        Assert.That(Run(SampleSession.Shared.Proof.Segments[1].Proof).Checks, Is.EqualTo(checks));
    }

    [Test]
    public void Run_RandomProof_ReadsEveryElementOnce()
    {
        SegmentProof proof = SampleSegments.RandomProof(new Random(23), SampleSegments.Layout);
        List<KoalaBear> elements = [];
        elements.AddRange(BaseElements.Of(proof.PermutationCap));
        elements.AddRange(BaseElements.Of(proof.QuotientCap));
        elements.AddRange(BaseElements.Of(proof.Sums));
        elements.AddRange(BaseElements.Of(proof.Openings));
        elements.AddRange(BaseElements.Of(proof.Fri.FinalPolynomial));
        foreach (Hashing.Digest[] cap in proof.Fri.LayerCaps) elements.AddRange(BaseElements.Of(cap));
        foreach (uint nonce in (uint[])[proof.Fri.BatchNonce, proof.Fri.QueryNonce, .. proof.Fri.FoldNonces]) elements.Add(KoalaBear.FromCanonical(nonce));
        foreach (QueryProof query in proof.Fri.Queries)
        {
            foreach (TreeOpening tree in query.Trees)
            {
                elements.AddRange(tree.Rows);
                elements.AddRange(BaseElements.Of(tree.Path));
            }
            foreach (LayerOpening layer in query.Layers)
            {
                elements.AddRange(BaseElements.Of(layer.Siblings));
                elements.AddRange(BaseElements.Of(layer.Path));
            }
        }
        // The main cap comes in with the context: the session has read it for G.
        Assert.That(Run(proof).Reads.Select(value => value.ToCanonical()).Order(), Is.EqualTo(elements.Select(value => value.ToCanonical()).Order()));
    }

    [Test]
    public void Check_DamagedStructure_RejectsAndNeverThrows()
    {
        var random = new Random(31);
        SampleSession session = SampleSession.Shared;
        var damages = new HashSet<RejectionReason>();
        for (int i = 0; i < 600; i++)
        {
            SegmentEntry[] segments = [.. session.Proof.Segments.Select(entry => entry with { Proof = ProofCopy.Of(entry.Proof) })];
            string what = Damage(random, segments[random.Next(segments.Length)].Proof);
            VerificationResult result = SessionVerifier.Check(session.Rules, session.Statement, session.Proof with { Segments = segments });
            Assert.That(result.IsAccepted, Is.False, $"round {i}: {what}");
            Assert.That(result.Detail, Is.Not.Empty);
            damages.Add(result.Reason);
        }
        Assert.That(damages, Has.Count.GreaterThan(12), "the damage reaches many checks");
    }

    /// <summary>Walks down to a random array of the proof and empties, shortens, repeats or removes it, or one of its objects.</summary>
    static string Damage(Random random, object part)
    {
        while (true)
        {
            PropertyInfo[] properties = [.. part.GetType().GetProperties().Where(p => p.PropertyType.IsClass)];
            PropertyInfo property = properties[random.Next(properties.Length)];
            object value = property.GetValue(part)!;
            if (value is not Array array)
            {
                if (random.Next(8) == 0)
                {
                    property.SetValue(part, null);
                    return $"{property.Name} removed";
                }
                part = value;
                continue;
            }
            bool hasObjects = array.GetType().GetElementType()!.IsClass && !array.GetType().GetElementType()!.IsArray;
            if (hasObjects && random.Next(3) > 0)
            {
                int index = random.Next(array.Length);
                if (random.Next(8) > 0)
                {
                    part = array.GetValue(index)!;
                    continue;
                }
                array.SetValue(null, index);
                return $"{property.Name}[{index}] removed";
            }
            int length = random.Next(4) switch { 0 => 0, 1 => array.Length - 1, 2 => array.Length + 1, _ => -1 };
            Array? changed = length < 0 ? null : Array.CreateInstance(array.GetType().GetElementType()!, length);
            if (changed is not null) Array.Copy(array, changed, Math.Min(length, array.Length));
            property.SetValue(part, changed);
            return $"{property.Name} of length {array.Length} becomes {length}";
        }
    }
}

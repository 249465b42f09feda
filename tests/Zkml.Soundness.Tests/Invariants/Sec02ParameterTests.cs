using System.Reflection;
using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Hashing;
using Zkml.Soundness.Tests.Proofs;
using Zkml.Stark;
using Zkml.Stark.Verifier;
using Zkml.Testing;

namespace Zkml.Soundness.Tests.Invariants;

/// <summary>SEC-2: the verifier takes every parameter from the profile, the class and the program; a proof can only name a class.</summary>
public sealed class Sec02ParameterTests
{
    // Whatever a proof holds besides field elements, digests and nonces would be a parameter of the prover's choice.
    [Test]
    public void Proof_HoldsNothingButElementsDigestsNoncesAndTheClass()
    {
        var seen = new HashSet<Type>();
        List<string> numbers = [];
        Walk(typeof(SessionProof));
        Assert.That(numbers, Is.EquivalentTo(new[] { "SessionProof.Nonce", "SegmentEntry.ClassIndex", "FriProof.BatchNonce", "FriProof.FoldNonces", "FriProof.QueryNonce" }));

        void Walk(Type type)
        {
            if (!seen.Add(type)) return;
            foreach (PropertyInfo property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public))
            {
                Type part = property.PropertyType;
                while (part.IsArray) part = part.GetElementType()!;
                if (part == typeof(KoalaBear) || part == typeof(KoalaBear5) || part == typeof(Digest)) continue;
                if (part == typeof(int) || part == typeof(uint)) numbers.Add($"{type.Name}.{property.Name}");
                else if (part.Namespace == typeof(SessionProof).Namespace) Walk(part);
                else Assert.Fail($"{type.Name}.{property.Name}: {part}");
            }
        }
    }

    // A proof of one profile is none of another, even where only the number of queries would differ.
    [Test]
    public void ProofOfTheTestProfile_ForAnotherProfile_IsRejected()
    {
        MachineRun run = MachineRun.Of(Programs.Halt());
        using var forger = new SessionForger(run.Program);
        SessionProof proof = forger.Prove(run);
        foreach (SecurityProfile profile in (SecurityProfile[])[SecurityProfile.P100, SecurityProfile.P128])
            Assert.That(SessionVerifier.Check(RiscvSession.Rules(profile, forger.Key), forger.Statement(run), proof).IsAccepted, Is.False);
        Assert.That(forger.Verify(run, proof).IsAccepted);
    }
}

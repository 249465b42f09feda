using Zkml.Air;
using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Machine;
using Zkml.Stark;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>
/// OB-5: everything that a session claims or commits to moves (α, β), and nothing that balances a bus is chosen after them. That every element of a
/// segment's proof moves the challenges behind it: TranscriptCoverageTests of Zkml.Stark.Tests.
/// </summary>
public sealed class Ob05ChallengeTests
{
    static readonly FriParameters s_parameters = FriParameters.ForSegment(SecurityProfile.P128) with { LogUpGrindBits = 0 };
    static readonly Digest[] s_cap = [.. Enumerable.Range(1, 4).Select(i => Digest.OfStatement(77, [KoalaBear.FromCanonical((uint)i)]))];
    static readonly SessionStatement s_statement = new(s_cap[0], 0, [.. Enumerable.Range(0, 16).Select(i => (ushort)i)]);

    static (KoalaBear5, KoalaBear5) Derive(Digest parameters, SessionStatement statement, params Digest[] leaves)
    {
        Digest global = SessionChallenge.Global(parameters, statement, leaves);
        Assert.That(SessionChallenge.TryDerive(s_parameters, global, 0, out KoalaBear5 alpha, out KoalaBear5 beta));
        Assert.That(alpha, Is.Not.EqualTo(beta));
        return (alpha, beta);
    }

    [Test]
    public void EveryPartOfASession_MovesBothChallenges()
    {
        Digest parameters = s_cap[3], leaf0 = SessionChallenge.Leaf(0, 2, s_cap), leaf1 = SessionChallenge.Leaf(1, 2, s_cap);
        List<(KoalaBear5 Alpha, KoalaBear5 Beta)> derived =
        [
            Derive(parameters, s_statement, leaf0, leaf1),
            Derive(s_cap[2], s_statement, leaf0, leaf1),
            Derive(parameters, s_statement with { ImageId = s_cap[1] }, leaf0, leaf1),
            Derive(parameters, s_statement with { ExitCode = 1 }, leaf0, leaf1),
            Derive(parameters, s_statement, leaf0),                                 // the number of segments
            Derive(parameters, s_statement, leaf1, leaf0),                          // their order
            Derive(parameters, s_statement, leaf0, leaf1, leaf1),
            Derive(parameters, s_statement, leaf0, SessionChallenge.Leaf(2, 2, s_cap)), // a segment's index
            Derive(parameters, s_statement, leaf0, SessionChallenge.Leaf(1, 3, s_cap)), // its class
        ];
        for (int limb = 0; limb < SessionStatement.OutputLimbCount; limb++)
        {
            ushort[] limbs = [.. s_statement.OutputLimbs];
            limbs[limb] ^= 0x8000;
            derived.Add(Derive(parameters, s_statement with { OutputLimbs = limbs }, leaf0, leaf1));
        }
        for (int element = 0; element < s_cap.Length * Digest.Length; element++)
        {
            Digest[] cap = [.. s_cap];
            cap[element / Digest.Length][element % Digest.Length] += KoalaBear.One;
            derived.Add(Derive(parameters, s_statement, leaf0, SessionChallenge.Leaf(1, 2, cap)));
        }
        Assert.That(derived.Select(pair => pair.Alpha).Distinct().Count(), Is.EqualTo(derived.Count));
        Assert.That(derived.Select(pair => pair.Beta).Distinct().Count(), Is.EqualTo(derived.Count));
    }

    [Test]
    public void TheNonce_MovesBothChallenges()
    {
        Digest global = SessionChallenge.Global(s_cap[3], s_statement, [SessionChallenge.Leaf(0, 2, s_cap)]);
        FriParameters parameters = s_parameters with { LogUpGrindBits = 1 };
        var derived = new HashSet<KoalaBear5>();
        int held = 0;
        for (uint nonce = 0; nonce < 64; nonce++)
        {
            if (!SessionChallenge.TryDerive(parameters, global, nonce, out KoalaBear5 alpha, out _)) continue;
            held++;
            derived.Add(alpha);
        }
        Assert.That(derived, Has.Count.EqualTo(held).And.Count.GreaterThan(10));
    }

    [Test]
    public void Multiplicities_AreMainOrPreprocessedCells()
    {
        foreach (MachineChip chip in RiscvMachine.Chips)
            foreach (RecordedInteraction interaction in chip.Graph.Interactions)
                Assert.That(Cells(chip.Graph, interaction.Multiplicity), Is.Not.Empty.And.All.AnyOf(ExprKind.Local, ExprKind.Preprocessed), $"{chip}, {interaction.Bus.Name}");
    }

    static IEnumerable<ExprKind> Cells(ExprGraph graph, int node)
    {
        ExprNode expression = graph.Nodes[node];
        return expression.Kind switch
        {
            ExprKind.Constant => [],
            ExprKind.Add or ExprKind.Subtract or ExprKind.Multiply => [.. Cells(graph, expression.A), .. Cells(graph, expression.B)],
            _ => [expression.Kind],
        };
    }
}

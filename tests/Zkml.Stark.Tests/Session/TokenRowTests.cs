using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine;

namespace Zkml.Stark.Tests.Session;

/// <summary>
/// OB-6 (c) and OB-7, from the recorded constraints of every chip: whatever bits a row's selectors take, it handles no token, or takes one and sends
/// one with a clock that is later by a positive constant; only HALT takes one and sends none.
/// </summary>
sealed class TokenRowTests
{
    static readonly Dictionary<Bus, int> s_clockElements = new() { [Buses.State] = 1, [Buses.Host] = 1, [Buses.ShaStart] = 1, [Buses.Sha] = 1 };

    static IEnumerable<Chip> TokenChips() => RiscvMachine.Chips.Where(chip => chip.Graph.Interactions.Any(i => s_clockElements.ContainsKey(i.Bus)));

    [Test]
    public void TokenChips_Machine_AreAllThatNameATokenBus() => Assert.That(TokenChips().Count(), Is.GreaterThan(15));

    [TestCaseSource(nameof(TokenChips))]
    public void Row_EverySelectorAssignment_PassesTheTokenOn(Chip chip)
    {
        ExprGraph graph = chip.Graph;
        RecordedInteraction[] tokens = [.. graph.Interactions.Where(i => s_clockElements.ContainsKey(i.Bus))];
        int[] selectors = [.. tokens.SelectMany(i => Cells(graph, i.Multiplicity)).Distinct()];
        Assert.That(selectors, Has.Length.InRange(1, 12), $"{chip}: selectors");
        int passed = 0, absorbed = 0;
        for (int bits = 0; bits < 1 << selectors.Length; bits++)
        {
            KoalaBear?[] known = Evaluate(graph, selectors, bits);
            if (IsImpossible(graph, known)) continue;
            (RecordedInteraction Token, KoalaBear Count)[] active = [.. tokens.Select(i => (i, known[i.Multiplicity]!.Value)).Where(pair => pair.Item2 != KoalaBear.Zero)];
            if (active.Length == 0) continue;
            RecordedInteraction[] taken = [.. active.Where(pair => pair.Count == -KoalaBear.One).Select(pair => pair.Token)];
            RecordedInteraction[] sent = [.. active.Where(pair => pair.Count == KoalaBear.One).Select(pair => pair.Token)];
            Assert.That(taken.Length + sent.Length, Is.EqualTo(active.Length), $"{chip}, selectors {bits:b}: a multiplicity is neither 1 nor -1");
            Assert.That(taken, Has.Length.EqualTo(1), $"{chip}, selectors {bits:b}: tokens taken");
            if (sent.Length == 0)
            {
                absorbed++;
                continue;
            }
            Assert.That(sent, Has.Length.EqualTo(1), $"{chip}, selectors {bits:b}: tokens sent");
            passed++;
            Assert.That(Advance(graph, selectors, bits, taken[0], sent[0]), Is.InRange(1, 64), $"{chip}, selectors {bits:b}: clock");
        }
        Assert.That((passed > 0, absorbed > 0), Is.EqualTo(chip == RiscvMachine.Halt ? (false, true) : (true, false)), chip.ToString());
    }

    /// <summary>Whether some constraint fails whatever the unknown cells are: it is not 0 itself, or a product of factors that cannot be 0.</summary>
    static bool IsImpossible(ExprGraph graph, KoalaBear?[] known)
    {
        RecordedConstraint[] constraints = [.. graph.Constraints.Where(c => c.Scope == RowScope.Every)];
        var factors = new HashSet<int>(); // u and v, where x = u·v for an x known not to be 0
        foreach (RecordedConstraint constraint in constraints)
        {
            ExprNode equation = graph.Nodes[constraint.Node];
            if (equation.Kind == ExprKind.Subtract && IsNotZero(equation.A) && graph.Nodes[equation.B] is { Kind: ExprKind.Multiply } product)
                factors.UnionWith([product.A, product.B]);
        }
        return constraints.Any(c => IsNotZero(c.Node)
            || (graph.Nodes[c.Node] is { Kind: ExprKind.Multiply } product && CannotBeZero(product.A) && CannotBeZero(product.B)));

        bool IsNotZero(int node) => known[node] is { } value && value != KoalaBear.Zero;

        bool CannotBeZero(int node) => IsNotZero(node) || factors.Contains(node);
    }

    // The difference of two affine expressions that agree at every point of a few is constant; random values tell.
    static uint Advance(ExprGraph graph, int[] selectors, int bits, RecordedInteraction taken, RecordedInteraction sent)
    {
        var random = new Random(bits);
        uint? advance = null;
        for (int round = 0; round < 3; round++)
        {
            KoalaBear[] values = [.. Evaluate(graph, selectors, bits, random).Select(value => value!.Value)];
            uint difference = (values[sent.Message[s_clockElements[sent.Bus]]] - values[taken.Message[s_clockElements[taken.Bus]]]).ToCanonical();
            Assert.That(advance ?? difference, Is.EqualTo(difference), "the clock advances by a constant");
            advance = difference;
        }
        return advance!.Value;
    }

    static IEnumerable<int> Cells(ExprGraph graph, int node)
    {
        ExprNode expression = graph.Nodes[node];
        return expression.Kind switch
        {
            ExprKind.Constant => [],
            ExprKind.Add or ExprKind.Subtract or ExprKind.Multiply => [.. Cells(graph, expression.A), .. Cells(graph, expression.B)],
            _ => [node],
        };
    }

    /// <summary>Values of the nodes that the selectors determine; the other cells are unknown, or random where a generator is given.</summary>
    static KoalaBear?[] Evaluate(ExprGraph graph, int[] selectors, int bits, Random? random = null)
    {
        var values = new KoalaBear?[graph.Nodes.Count];
        for (int node = 0; node < values.Length; node++)
        {
            (ExprKind kind, int a, int b, _) = graph.Nodes[node];
            int selector = Array.IndexOf(selectors, node);
            values[node] = kind switch
            {
                _ when selector >= 0 => KoalaBear.FromBool((bits >> selector & 1) != 0),
                ExprKind.Constant => KoalaBear.FromMontgomery((uint)a),
                ExprKind.Add => values[a] is { } x && values[b] is { } y ? x + y : null,
                ExprKind.Subtract => values[a] is { } x && values[b] is { } y ? x - y : null,
                ExprKind.Multiply when values[a] == KoalaBear.Zero || values[b] == KoalaBear.Zero => KoalaBear.Zero,
                ExprKind.Multiply => values[a] is { } x && values[b] is { } y ? x * y : null,
                _ => random is null ? null : KoalaBear.FromCanonical((uint)random.NextInt64(KoalaBear.Modulus)),
            };
        }
        return values;
    }
}

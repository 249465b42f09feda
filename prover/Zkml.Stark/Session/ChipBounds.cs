using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Stark;

/// <summary>How many messages one row of a chip can put on a bus, as integers: at most Sends of one sign and Receives of the other.</summary>
public readonly record struct BusWeight(Bus Bus, long Sends, long Receives);

/// <summary>A bus whose messages pass the control token on, and where the clock stands in them.</summary>
public readonly record struct TokenBus(Bus Bus, int ClockElement);

/// <summary>The largest values of a message that a preprocessed table vouches for, per element; -1 where nothing is known.</summary>
public sealed record LookupMaxima(Bus Bus, int[] Maxima);

/// <summary>
/// The integer bounds of one row of a chip (OB-6), read from its recorded constraints. LogUp compares multiplicities mod p; these bounds are why,
/// with heights as they are, equality mod p is equality of integers.
/// </summary>
/// <remarks>
/// A multiplicity is bounded where it is an affine combination of bits: columns with a constraint x·(x - 1) = 0, preprocessed columns (0 or 1 by
/// the image ID, OB-12) and columns that a lookup bounds. What remains are the multiplicities of lookup tables: witnesses, any element of F. They
/// may be left out when they only receive messages of preprocessed columns: of a message in the table any number may then be sent, which is what a
/// lookup is; of a message outside of it the sends alone must vanish mod p, and with fewer than p of them there are none.
/// </remarks>
public sealed class ChipBounds
{
    // Larger coefficients are not small integers but inverses of powers of two and the like.
    const long LargestCoefficient = 1 << 16;

    readonly Chip _chip;
    readonly IReadOnlyList<LookupMaxima> _lookups;
    readonly HashSet<int> _bits = [];

    /// <summary>Reads the bounds of a chip.</summary>
    /// <exception cref="ArgumentException">The chip has a multiplicity without a bound that is not a lookup table's, or an unclear clock.</exception>
    public ChipBounds(Chip chip, IReadOnlyList<TokenBus> tokens, IReadOnlyList<LookupMaxima> lookups)
    {
        _chip = chip;
        _lookups = lookups;
        FindBits();

        var weights = new Dictionary<Bus, BusWeight>();
        foreach (RecordedInteraction interaction in chip.Graph.Interactions)
        {
            if (TryBound(interaction.Multiplicity, out long low, out long high))
            {
                weights.TryGetValue(interaction.Bus, out BusWeight sum);
                weights[interaction.Bus] = new(interaction.Bus, sum.Sends + Math.Max(high, 0), sum.Receives + Math.Max(-low, 0));
            }
            else if (!IsLookupTable(interaction))
                throw new ArgumentException(
                    $"Chip {chip}, bus {interaction.Bus.Name}: expected a multiplicity that is a sum of bits, got an unbounded one.", nameof(chip));
        }
        Weights = [.. weights.Values];
        ClockAdvance = LargestAdvance(tokens);
    }

    /// <summary>What one row puts on each bus, lookup tables' own multiplicities excepted.</summary>
    public IReadOnlyList<BusWeight> Weights { get; }

    /// <summary>The most that one row advances the clock of a token that it passes on; 0 for a chip that passes none on.</summary>
    public long ClockAdvance { get; }

    long LargestAdvance(IReadOnlyList<TokenBus> tokens)
    {
        List<AffineForm> received = [], sent = [];
        foreach (RecordedInteraction interaction in _chip.Graph.Interactions)
        {
            TokenBus token = tokens.FirstOrDefault(token => token.Bus == interaction.Bus);
            if (token.Bus is null) continue;
            AffineForm clock = AffineForm.Of(_chip.Graph, interaction.Message[token.ClockElement]);
            if (!TryBound(interaction.Multiplicity, out long low, out long high)) continue;
            if (low < 0) received.Add(clock);
            if (high > 0) sent.Add(clock);
        }
        long largest = 0;
        foreach (AffineForm send in sent)
        {
            foreach (AffineForm receive in received)
            {
                if (!TryBound(send.Minus(receive), out _, out long advance))
                    throw new ArgumentException($"Chip {_chip}: expected the clock of a token to advance by a sum of bits, got another difference.");
                largest = Math.Max(largest, advance);
            }
        }
        if (sent.Count > 0 && received.Count == 0) throw new ArgumentException($"Chip {_chip}: expected a row that sends a token to receive one.");
        return largest;
    }

    bool TryBound(int node, out long low, out long high)
    {
        ExprNode expression = _chip.Graph.Nodes[node];
        // A receive is recorded as 0 - x.
        if (expression.Kind == ExprKind.Subtract && expression.A == 0 && _bits.Contains(expression.B))
        {
            (low, high) = (-1, 0);
            return true;
        }
        if (_bits.Contains(node))
        {
            (low, high) = (0, 1);
            return true;
        }
        return TryBound(AffineForm.Of(_chip.Graph, node), out low, out high);
    }

    bool TryBound(AffineForm form, out long low, out long high)
    {
        low = high = Signed(form.Constant);
        foreach (((ExprKind kind, int column), KoalaBear coefficient) in form.Terms)
        {
            long factor = Signed(coefficient), maximum = Maximum(kind, column);
            if (maximum < 0 || Math.Abs(factor) > LargestCoefficient) return false;
            if (factor > 0) high += factor * maximum;
            else low += factor * maximum;
        }
        return true;
    }

    /// <summary>The largest value of a column, -1 where there is no bound.</summary>
    long Maximum(ExprKind kind, int column)
    {
        if (kind == ExprKind.Preprocessed) return 1;
        if (kind != ExprKind.Local) return -1;
        int node = IndexOf(kind, column);
        if (_bits.Contains(node)) return 1;
        foreach (RecordedInteraction interaction in _chip.Graph.Interactions)
        {
            LookupMaxima? lookup = _lookups.FirstOrDefault(lookup => lookup.Bus == interaction.Bus);
            int element = lookup is null ? -1 : Array.IndexOf(interaction.Message, node);
            if (element >= 0) return lookup!.Maxima[element];
        }
        return -1;
    }

    int IndexOf(ExprKind kind, int column)
    {
        for (int i = 0; i < _chip.Graph.Nodes.Count; i++)
            if (_chip.Graph.Nodes[i].Kind == kind && _chip.Graph.Nodes[i].A == column) return i;
        return -1;
    }

    /// <summary>
    /// Finds the nodes that the constraints force to be 0 or 1: x by x·(x - 1) = 0; x and y - x by x·(y - x) = 0 where y is a bit; and x by x = u·v with
    /// u·(y - x) = 0 where y is a bit (x is 0 or y, as u is 0 or not).
    /// </summary>
    void FindBits()
    {
        int before;
        do
        {
            before = _bits.Count;
            foreach (RecordedConstraint constraint in _chip.Graph.Constraints)
                if (constraint.Scope == RowScope.Every) FindBits(_chip.Graph.Nodes[constraint.Node]);
        }
        while (_bits.Count > before);
    }

    void FindBits(ExprNode constraint)
    {
        if (constraint.Kind != ExprKind.Multiply) return;
        int x = constraint.A;
        ExprNode difference = _chip.Graph.Nodes[constraint.B];
        if (difference.Kind != ExprKind.Subtract) return;
        if (difference.A == x && IsOne(difference.B)) _bits.Add(x);
        if (!_bits.Contains(difference.A)) return;
        if (difference.B == x || IsProductWith(difference.B, x))
        {
            _bits.Add(difference.B);
            _bits.Add(constraint.B);
        }
    }

    bool IsOne(int node) => _chip.Graph.Nodes[node] is { Kind: ExprKind.Constant } one && KoalaBear.FromMontgomery((uint)one.A) == KoalaBear.One;

    /// <summary>Whether a constraint says x = factor · something.</summary>
    bool IsProductWith(int x, int factor)
    {
        foreach (RecordedConstraint constraint in _chip.Graph.Constraints)
        {
            ExprNode equation = _chip.Graph.Nodes[constraint.Node];
            if (constraint.Scope == RowScope.Every && equation.Kind == ExprKind.Subtract && equation.A == x
                && _chip.Graph.Nodes[equation.B] is { Kind: ExprKind.Multiply } product && (product.A == factor || product.B == factor))
                return true;
        }
        return false;
    }

    /// <summary>0 - x on messages of preprocessed columns alone.</summary>
    bool IsLookupTable(RecordedInteraction interaction) =>
        _chip.Graph.Nodes[interaction.Multiplicity] is { Kind: ExprKind.Subtract, A: 0 }
        && interaction.Message.All(node => AffineForm.Of(_chip.Graph, node).Terms.All(term => term.Cell.Kind == ExprKind.Preprocessed));

    static long Signed(KoalaBear value)
    {
        uint canonical = value.ToCanonical();
        return canonical <= KoalaBear.Modulus / 2 ? canonical : canonical - (long)KoalaBear.Modulus;
    }
}

using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Stark.Verifier;

/// <summary>The constraint identity at ζ: Σ_c folded_c = (ζ^N - 1)·Q(ζ).</summary>
sealed partial class SegmentVerification<TArithmetic, TBase, TExtension>
{
    void CheckConstraints()
    {
        TExtension[] zetaPowers = LiftPowers();   // ζ^(2^k)
        TExtension zetaToN = zetaPowers[_layout.LogHeight], vanishing = zetaToN - Extension(KoalaBear.One);
        var selectors = new RowSelectors<TExtension>?[_layout.LogHeight + 1];
        TExtension[] weights = Powers(_gamma, _layout.Shape.ConstraintCount);
        TExtension[] betaPowers = BetaPowers();

        TExtension folded = default;
        int group = 0, weight = 0;
        for (int table = 0; table < _layout.Shape.Tables.Length; table++)
        {
            Chip chip = _layout.Shape.Tables[table].Chip;
            int lift = _layout.LogLift(table);
            var folder = new PointFolder<TExtension>
            {
                Context = new FoldingContext<TExtension>
                {
                    Weights = weights.AsSpan(weight, chip.ConstraintCount),
                    Offsets = Offsets(chip),
                    BetaPowers = betaPowers,
                    Sum = _layout.SumIndices[table] < 0 ? default : _sums[_layout.SumIndices[table]],
                },
                Selectors = selectors[lift] ??= Selectors(zetaPowers[lift], vanishing, _layout.Shape.Tables[table].LogHeight),
            };
            TakeOpenings(table, ref folder, ref group);
            chip.Accept(ref folder);
            folded += folder.Folded;
            weight += chip.ConstraintCount;
        }
        _arithmetic.AssertEqual(vanishing * Quotient(zetaToN), folded, new(RejectionReason.ConstraintIdentity));
    }

    /// <summary>ζ^(2^k) for k in [0, log N]: the point at which a table lifted by 2^k is opened, and ζ^N.</summary>
    TExtension[] LiftPowers()
    {
        var powers = new TExtension[_layout.LogHeight + 1];
        powers[0] = _zeta;
        for (int k = 1; k < powers.Length; k++)
            powers[k] = powers[k - 1] * powers[k - 1];
        return powers;
    }

    /// <summary>ζ is outside of F and K has no field between, so no power ζ^(2^k) is in F either: the inverses exist.</summary>
    RowSelectors<TExtension> Selectors(TExtension point, TExtension vanishing, int logHeight)
    {
        var site = new CheckSite(RejectionReason.ZeroDenominator);
        TExtension transition = point - Extension(Domains.Root(logHeight).Inverse());
        return new(
            First: vanishing * _arithmetic.Inverse(point - Extension(KoalaBear.One), site),
            Transition: transition,
            Last: vanishing * _arithmetic.Inverse(transition, site));
    }

    /// <summary>α + tag for each interaction, with 2^8·segment index in the tags of local buses (OB-6).</summary>
    TExtension[] Offsets(Chip chip)
    {
        TExtension local = _context.Alpha + TExtension.Lift(_context.SegmentIndex * KoalaBear.FromCanonical(1u << 8));
        var offsets = new TExtension[chip.Graph.Interactions.Count];
        for (int i = 0; i < offsets.Length; i++)
        {
            Bus bus = chip.Graph.Interactions[i].Bus;
            offsets[i] = (bus.IsLocal ? local : _context.Alpha) + Extension(KoalaBear.FromCanonical(bus.TagInSegment(0)));
        }
        return offsets;
    }

    /// <summary>β, β², … up to the largest arity of the segment.</summary>
    TExtension[] BetaPowers()
    {
        int arity = 0;
        foreach (TableShape table in _layout.Shape.Tables)
            foreach (RecordedInteraction interaction in table.Chip.Graph.Interactions)
                arity = Math.Max(arity, interaction.Bus.Arity);
        return Powers(_context.Beta, arity + 1)[1..];
    }

    void TakeOpenings(int table, ref PointFolder<TExtension> folder, ref int group)
    {
        // A text may view the next row even where it reads nothing of it.
        folder.Next = new TExtension[_layout.Width(table, TracePhase.Main)];
        for (; _layout.Openings[group].Table == table; group++)
        {
            OpeningGroup opened = _layout.Openings[group];
            ReadOnlySpan<TExtension> values = _openings.AsSpan(opened.FirstOpening, opened.Count);
            switch (opened.Phase, opened.Point)
            {
                case (TracePhase.Preprocessed, _):
                    folder.Preprocessed = values;
                    break;
                case (TracePhase.Main, OpeningPoint.Zeta):
                    folder.Local = values;
                    break;
                case (TracePhase.Main, _):
                    folder.Next = values;
                    break;
                case (_, OpeningPoint.Zeta):
                    folder.PermutationLocal = values;
                    break;
                default:
                    var next = new TExtension[opened.FirstColumn + opened.Count];
                    values.CopyTo(next.AsSpan(opened.FirstColumn));
                    folder.PermutationNext = next;
                    break;
            }
        }
    }

    /// <summary>Q(ζ) = q_0(ζ)·(ζ^N + a)/(2a) + q_1(ζ)·(ζ^N - a)/(-2a): the weights are 1 and 0 where X^N = a, 0 and 1 where X^N = -a.</summary>
    TExtension Quotient(TExtension zetaToN)
    {
        ReadOnlySpan<TExtension> columns = _openings.AsSpan(_layout.OpeningCount - SegmentLayout.QuotientWidth);
        TExtension even = TExtension.Combine(columns[..KoalaBear5.Degree]), odd = TExtension.Combine(columns[KoalaBear5.Degree..]);
        KoalaBear shift = _layout.QuotientShift, scale = (shift + shift).Inverse();
        TExtension a = Extension(shift);
        return even * ((zetaToN + a) * scale) - odd * ((zetaToN - a) * scale);
    }
}

/// <summary>Runs a chip's constraint text over the values opened at ζ.</summary>
ref struct PointFolder<TExtension> : IAirVisitor where TExtension : unmanaged, IExtensionAlgebra<TExtension, TExtension>
{
    public required FoldingContext<TExtension> Context;
    public required RowSelectors<TExtension> Selectors;
    public ReadOnlySpan<TExtension> Local, Next, Preprocessed, PermutationLocal, PermutationNext;

    /// <summary>Σ_k γ^k·C_k of the chip, after the visit.</summary>
    public TExtension Folded;

    public void Visit<TAir>(in TAir air) where TAir : struct, IAir
    {
        var folder = new ConstraintFolder<TExtension, TExtension>(Context, Selectors, PermutationLocal, PermutationNext);
        air.Constrain<ConstraintFolder<TExtension, TExtension>, TExtension>(ref folder, new RowWindow<TExtension>(Local, Next, Preprocessed));
        folder.Finish();
        Folded = folder.Folded;
    }
}

using System.Runtime.CompilerServices;
using Zkml.Fields;

namespace Zkml.Air;

/// <summary>The challenges and row-independent values that folding one chip of one segment needs.</summary>
/// <typeparam name="TExtension">K-values; in the prover broadcast to all lanes.</typeparam>
public readonly ref struct FoldingContext<TExtension> where TExtension : unmanaged
{
    /// <summary>γ^k for each constraint of this chip, in the order of emission; [ConstraintCount].</summary>
    public required ReadOnlySpan<TExtension> Weights { get; init; }

    /// <summary>α + tag for each interaction; [InteractionCount].</summary>
    public required ReadOnlySpan<TExtension> Offsets { get; init; }

    /// <summary>β, β², …; at least the largest arity.</summary>
    public required ReadOnlySpan<TExtension> BetaPowers { get; init; }

    /// <summary>The chip's LogUp sum S.</summary>
    public required TExtension Sum { get; init; }
}

/// <summary>The row-dependent selectors, unnormalised: they only have to vanish in the right places.</summary>
/// <param name="First">(x^N - 1)/(x - 1).</param>
/// <param name="Transition">x - ω^-1.</param>
/// <param name="Last">(x^N - 1)/(x - ω^-1).</param>
public readonly record struct RowSelectors<TCell>(TCell First, TCell Transition, TCell Last) where TCell : unmanaged;

/// <summary>
/// Folds every constraint of a chip, LogUp included, into Σ_k γ^k·C_k: the one text that the prover's quotient (packed rows) and the
/// verifier (values opened at ζ) both run. Call <see cref="IAir.Constrain"/>, then <see cref="Finish"/>, then read <see cref="Folded"/>.
/// </summary>
/// <remarks>
/// LogUp constraints for a pair with denominators f1, f2 and multiplicities m1, m2 in column c: c·f1·f2 = m1·f2 + m2·f1.
/// The running sum s has s = 0 on the first row, and with D = s' - s - Σ c (D = S - s - Σ c on the last row) the last interaction
/// satisfies D·f = m, or the last pair D·f1·f2 = m1·f2 + m2·f1. Degree 3 with affine f and m; the last-row form of the pair would
/// have degree 4, so there m1 = m2 = 0 and D = 0 instead. Nothing wraps from the last row to the first (OB-16).
/// </remarks>
public ref struct ConstraintFolder<TCell, TExtension> : IAirBuilder<TCell>
    where TCell : unmanaged, IAlgebra<TCell>
    where TExtension : unmanaged, IExtensionAlgebra<TExtension, TCell>
{
    readonly FoldingContext<TExtension> _context;
    readonly RowSelectors<TCell> _selectors;
    readonly ReadOnlySpan<TCell> _permutationLocal, _permutationNext;
    readonly LogUpLayout _layout;
    TExtension _folded, _columnSum, _firstDenominator, _secondDenominator;
    TCell _firstMultiplicity, _secondMultiplicity;
    int _constraint, _interaction;

    /// <param name="context">Challenges and sum of this chip.</param>
    /// <param name="selectors">Selectors at this row.</param>
    /// <param name="permutationLocal">The chip's permutation columns, 5 base columns per K column.</param>
    /// <param name="permutationNext">The same of the next row; only the running sum (the last 5) is read, at the same places.</param>
    public ConstraintFolder(FoldingContext<TExtension> context, RowSelectors<TCell> selectors, ReadOnlySpan<TCell> permutationLocal, ReadOnlySpan<TCell> permutationNext)
    {
        _context = context;
        _selectors = selectors;
        _permutationLocal = permutationLocal;
        _permutationNext = permutationNext;
        _layout = new LogUpLayout(context.Offsets.Length);
    }

    /// <summary>Σ_k γ^k·C_k so far.</summary>
    public readonly TExtension Folded => _folded;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AssertZero(TCell x, string label = "") => _folded += TExtension.Scale(_context.Weights[_constraint++], x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AssertZeroFirst(TCell x, string label = "") => AssertZero(x * _selectors.First);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AssertZeroTransition(TCell x, string label = "") => AssertZero(x * _selectors.Transition);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AssertZeroLast(TCell x, string label = "") => AssertZero(x * _selectors.Last);

    /// <summary>Collects an interaction; every second one closes a pair.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Interact(Bus bus, TCell multiplicity, scoped ReadOnlySpan<TCell> message)
    {
        TExtension denominator = LogUp.Fingerprint(_context.Offsets[_interaction], _context.BetaPowers, message);
        if (_interaction++ % 2 == 0)
        {
            _firstDenominator = denominator;
            _firstMultiplicity = multiplicity;
            return;
        }
        _secondDenominator = denominator;
        _secondMultiplicity = multiplicity;
        if (_interaction < _layout.InteractionCount || !_layout.LastRowIsInert) ClosePair();
    }

    /// <summary>States the running-sum constraints, after the last interaction.</summary>
    public void Finish()
    {
        if (_layout.InteractionCount == 0) return;
        int start = _layout.PairColumnCount * KoalaBear5.Degree;
        TExtension sum = TExtension.Combine(_permutationLocal.Slice(start, KoalaBear5.Degree));
        TExtension next = TExtension.Combine(_permutationNext.Slice(start, KoalaBear5.Degree));
        TExtension partial = sum + _columnSum;
        TExtension step = next - partial, last = _context.Sum - partial;

        AssertZeroExtension(TExtension.Scale(sum, _selectors.First));
        if (_layout.LastRowIsInert)
        {
            TExtension numerator = TExtension.Scale(_secondDenominator, _firstMultiplicity) + TExtension.Scale(_firstDenominator, _secondMultiplicity);
            AssertZeroExtension(TExtension.Scale(step * _firstDenominator * _secondDenominator - numerator, _selectors.Transition));
            AssertZeroLast(_firstMultiplicity);
            AssertZeroLast(_secondMultiplicity);
            AssertZeroExtension(TExtension.Scale(last, _selectors.Last));
        }
        else
        {
            TExtension numerator = TExtension.Lift(_firstMultiplicity);
            AssertZeroExtension(TExtension.Scale(step * _firstDenominator - numerator, _selectors.Transition));
            AssertZeroExtension(TExtension.Scale(last * _firstDenominator - numerator, _selectors.Last));
        }
    }

    void ClosePair()
    {
        int start = (_interaction / 2 - 1) * KoalaBear5.Degree;
        TExtension column = TExtension.Combine(_permutationLocal.Slice(start, KoalaBear5.Degree));
        _columnSum += column;
        AssertZeroExtension(column * _firstDenominator * _secondDenominator
            - TExtension.Scale(_secondDenominator, _firstMultiplicity) - TExtension.Scale(_firstDenominator, _secondMultiplicity));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void AssertZeroExtension(TExtension x) => _folded += _context.Weights[_constraint++] * x;
}

using Zkml.Fields;

namespace Zkml.Air;

/// <summary>A constraint that a row violates.</summary>
public readonly record struct ConstraintFailure(int Constraint, string Label, uint Value);

/// <summary>Collects every violated constraint of one row, by label. Used by tests and by the prover's self-check.</summary>
public struct RowChecker(List<ConstraintFailure> failures, bool isFirst, bool isLast) : IAirBuilder<KoalaBear>
{
    int _index;

    public void AssertZero(KoalaBear x, string label = "") => Check(true, x, label);

    public void AssertZeroFirst(KoalaBear x, string label = "") => Check(isFirst, x, label);

    public void AssertZeroTransition(KoalaBear x, string label = "") => Check(!isLast, x, label);

    public void AssertZeroLast(KoalaBear x, string label = "") => Check(isLast, x, label);

    public readonly void Interact(Bus bus, KoalaBear multiplicity, scoped ReadOnlySpan<KoalaBear> message) { }

    void Check(bool holdsHere, KoalaBear x, string label)
    {
        if (holdsHere && x != KoalaBear.Zero) failures.Add(new(_index, label, x.ToCanonical()));
        _index++;
    }
}
